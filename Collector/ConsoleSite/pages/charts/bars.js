// A bar beside a figure in a table.

import { h } from "../lib/dom.js";

/** A bar of a value against the greatest, which fills the cell. */
export function bar(value, most) {
    const part = most > 0 ? Math.max(0, Math.min(1, value / most)) : 0;
    return h("span.bar", { "aria-hidden": "true", style: { "--part": `${(part * 100).toFixed(2)}%` } });
}
