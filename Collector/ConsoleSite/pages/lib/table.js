// Tables of figures: numbers to the right, bars beside them, sorted by their headings, walked with j and k.

import { h } from "./dom.js";
import { UNKNOWN, number, share, short, duration } from "./format.js";
import { bar } from "../charts/bars.js";
import { label } from "./zone.js";
import { chosen } from "./place.js";

const RIGHT = new Set(["number", "short", "share", "duration"]);

/**
 * A table.
 * @param columns [{key, label, kind, unit, value(row), href(row), title(row), sortable}]; kind is text, number, short, share,
 *     duration, time, bar (a bar of the value against the greatest), or node (value gives an Element). `href` makes a
 *     link of the cell, and the row is opened by it. isNumber: texts that are to the right as numbers are.
 * @param rows objects; `value` is row[key] unless the column says otherwise.
 * @param options {caption, sort: {key, descending}, onSort(key, descending), isFirstOpen}
 */
export function table(columns, rows, options = {}) {
    const most = new Map(columns.filter((column) => column.kind === "bar").map((column) => [
        column.key, Math.max(0, ...rows.map((row) => Number(value(column, row)) || 0))]));
    const body = rows.map((row) => h("tr", { "data-row": true }, columns.map((column, place) => {
        const inner = cell(column, row, most.get(column.key));
        return h(place === 0 ? "th" : "td", {
            scope: place === 0 ? "row" : null, class: kindClass(column), title: column.title?.(row),
        }, inner);
    })));
    const scroll = h("div.table-scroll", {}, h("table", {},
        options.caption ? h("caption.unseen", {}, options.caption) : null,
        h("thead", {}, h("tr", {}, columns.map((column) => heading(column, options)))),
        h("tbody", {}, body)));
    // What can be wider than the window must be reached by keys, and nothing in it leads there.
    if (!scroll.querySelector("a, button")) {
        for (const [name, text] of [["tabindex", "0"], ["role", "group"], ["aria-label", options.caption ?? "Table"]]) scroll.setAttribute(name, text);
    }
    return scroll;
}

function heading(column, { sort, onSort }) {
    const text = [column.label || h("span.unseen", {}, "as a bar"), column.unit ? h("span.unit", {}, `, ${column.unit}`) : null];
    if (!onSort || column.sortable === false) return h("th", { scope: "col", class: kindClass(column) }, text);
    const isSorted = sort?.key === column.key;
    const isDescending = isSorted ? !sort.descending : column.kind !== "text";
    return h("th", {
        scope: "col", class: kindClass(column),
        "aria-sort": isSorted ? (sort.descending ? "descending" : "ascending") : null,
    }, h("button.sort", { type: "button", on: { click: () => onSort(column.key, isDescending) } }, text,
        h("span.arrow", { "aria-hidden": "true" }, isSorted ? (sort.descending ? " ▼" : " ▲") : "")));
}

function value(column, row) {
    return column.value ? column.value(row) : row[column.key];
}

function cell(column, row, most) {
    const content = written(column, row, most);
    const href = column.href?.(row);
    return href ? h("a", { href }, content) : content;
}

function written(column, row, most) {
    const raw = value(column, row);
    switch (column.kind) {
    case "number": return number(raw);
    case "short": return short(raw);
    case "share": return share(raw);
    case "duration": return duration(raw);
    case "time": return raw ? h("time", { datetime: raw }, label(Date.parse(raw), chosen("tz"), "minute")) : UNKNOWN;
    case "bar": return bar(Number(raw) || 0, most);
    case "node": return raw ?? UNKNOWN;
    default: return raw === null || raw === undefined || raw === "" ? UNKNOWN : raw;
    }
}

function kindClass(column) {
    return column.kind === "bar" ? "bar-cell" : RIGHT.has(column.kind) || column.isNumber ? "number" : "";
}

/** Rows of a table in an order. Unknown values come last either way. */
export function sorted(rows, columns, { key, descending }) {
    const column = columns.find((candidate) => candidate.key === key);
    if (!column) return rows;
    const sign = descending ? -1 : 1;
    return [...rows].sort((a, b) => {
        const [left, right] = [value(column, a), value(column, b)];
        const isLeft = left !== null && left !== undefined;
        const isRight = right !== null && right !== undefined;
        if (!isLeft || !isRight) return Number(isRight) - Number(isLeft);
        if (!Number.isNaN(Number(left)) && !Number.isNaN(Number(right))) return sign * (Number(left) - Number(right));
        return sign * String(left).localeCompare(String(right), "en", { numeric: true });
    });
}
