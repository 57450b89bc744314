// Where a filter is typed.

import { h } from "./dom.js";
import { chosen, set } from "./place.js";

/** The filter of the page; Enter or the button applies it. */
export function filterBox() {
    const input = h("input", { id: "filter", type: "text", autocomplete: "off", spellcheck: "false", placeholder: "proto = tcp and port in (23, 2323) and not scanner" });
    const form = h("form.filter", {
        role: "search", on: {
            submit: (event) => {
                event.preventDefault();
                set({ q: input.value.trim() });
            },
        },
    }, h("label", { for: "filter" }, "Filter"), input, h("button", { type: "submit" }, "Apply"), h("kbd", { "aria-hidden": "true" }, "/"));
    return { element: form, update: () => { input.value = chosen("q"); }, focus: () => input.focus() };
}
