// SQL as people read and copy it.

import { h } from "./dom.js";
import { say } from "./say.js";

const KEYWORDS = new Set(("all and any array as asc between by case cast coalesce count create cross date desc distinct each else end exists "
    + "false filter from full function group having in inner interval into is join lateral left like limit materialized max min not null nulls "
    + "on or order outer over partition right round row select sum table then timestamp true union using values when where window with within at "
    + "time zone first last").split(" "));
const PART = /(--[^\n]*)|('(?:[^']|'')*')|(\$\d+|:'?[a-z_]+'?(?![:\w]))|([A-Za-z_][A-Za-z_0-9]*)|([\s\S])/g;

/** SQL with its words in colours: always the same text, whatever it is. */
export function sql(text) {
    const parts = [];
    let before = "";
    for (const [part, comment, string, variable, word] of text.matchAll(PART)) {
        const isCast = before.endsWith(":") && variable?.startsWith(":");
        const kind = comment ? "comment" : string ? "text" : variable && !isCast ? "variable"
            : word && KEYWORDS.has(word.toLowerCase()) ? "keyword" : null;
        parts.push(kind ? h(`span.${kind}`, {}, part) : part);
        before = part;
    }
    return h("pre.sql", { tabindex: "0", role: "region", "aria-label": "SQL" }, h("code", {}, parts));
}

/** The same as psql runs it: a statement with parameters, prepared and executed. */
export function runnable(text, parameters) {
    if (!parameters.length) return `${text};\n`;
    const quoted = parameters.map((value) => `'${String(value).replaceAll("'", "''")}'`);
    return `PREPARE question (${parameters.map(() => "text").join(", ")}) AS\n${text};\nEXECUTE question (${quoted.join(", ")});\n`;
}

/** The parameters of a statement by their numbers. */
export function parameterList(parameters) {
    if (!parameters.length) return h("p.note", {}, "It has no parameters.");
    return h("dl.parameters", {}, parameters.map((value, place) => [
        h("dt", {}, h("code", {}, `$${place + 1}`)), h("dd", {}, h("code", {}, String(value)))]));
}

/** A button that copies a text; `text` may be a function. */
export function copyButton(label, text) {
    return h("button.quiet", { type: "button", on: { click: () => copy(typeof text === "function" ? text() : text) } }, label);
}

async function copy(text) {
    try {
        await navigator.clipboard.writeText(text);
        say("It is copied.");
    } catch {
        prompt("The text:", text);
    }
}
