// What was not observed, in words.

import { h } from "./dom.js";
import { share } from "./format.js";

/** Rows of coverage whose site did not deliver all of the span. What is late is not missing yet. */
export function lacking(coverage) {
    return coverage.filter((row) => row.state === "missing" || row.state === "partial");
}

/** "id-2 sent nothing, th-1 only 40 %: totals are without what is missing"; null when all is there. */
export function partial(coverage) {
    const rows = lacking(coverage);
    if (!rows.length) return null;
    const told = rows.slice(0, 4).map((row) =>
        row.state === "missing" ? `${row.site} sent nothing` : `${row.site} only ${share(row.coverage)}`);
    if (rows.length > 4) told.push(`and ${rows.length - 4} more sites`);
    return [h("span.hatch", { "aria-hidden": "true" }), ` ${told.join(", ")}: totals are without what is missing`];
}
