// Years in the form in which NICT publishes those of NICTER, ours beside them.

import { years as chart } from "../charts/years.js";
import { address } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { number, share } from "../lib/format.js";
import { Panel } from "../lib/panel.js";
import { set } from "../lib/place.js";
import { table } from "../lib/table.js";

const MEASURES = [
    { name: "rate", label: "Packets per address", ours: "packets_per_address", theirs: "nicter_packets_per_address", unit: "packets per dark address in the year" },
    { name: "packets", label: "Packets", ours: "packets", theirs: "nicter_packets", unit: "packets in the year" },
    { name: "addresses", label: "Dark addresses", ours: "addresses", theirs: "nicter_addresses", unit: "dark IPv4 addresses" },
];
const ORIGINS = { published: "published", rounded: "rounded, from press reports", derived: "number of addresses is derived" };

export default function years(main) {
    const kinds = h("div.kinds", {});
    const graph = new Panel("Packets per address", { full: true });
    const figures = new Panel("Year by year", {
        full: true, tools: [h("a", { href: address("years", { format: "csv" }), download: true }, "CSV"), h("a", { href: address("years", { format: "json" }), download: true }, "JSON")],
    });
    main.append(h("div.page-head", {}, h("h1", {}, "Years"), h("p", {}, "Ours beside NICTER’s published series. Filter and span do not apply here; years are of UTC.")),
        h("form.asking", { "aria-label": "What the graph shows", on: { submit: (event) => event.preventDefault() } }, h("fieldset", {}, h("legend", {}, "Graph of"), kinds)),
        h("div.panels", {}, graph.element, figures.element));
    return {
        title: "Years",
        async update(context) {
            const measure = MEASURES.find(({ name }) => name === context.query.m) ?? MEASURES[0];
            const isFocused = kinds.contains(document.activeElement);
            fill(kinds, MEASURES.map(({ name, label }, index) => h("label", {}, h("input", {
                type: "radio", name: "m", id: `m-${name}`, checked: name === measure.name, on: { change: () => set({ m: index ? name : null }) },
            }), h("span", {}, label))));
            if (isFocused) document.getElementById(`m-${measure.name}`).focus();
            await Promise.all([
                graph.load(context, ["years", {}], ({ years: rows }) => draw(graph, rows, measure)),
                figures.load(context, ["years", {}], (answer) => tell(figures, answer)),
            ]);
        },
    };
}

/** All years from the first to the last, so that those without a figure are seen as such. */
function filled(rows) {
    const known = new Map(rows.map((row) => [row.year, row]));
    const [first, last] = [Math.min(...known.keys()), Math.max(...known.keys())];
    return Array.from({ length: last - first + 1 }, (_, place) => known.get(first + place) ?? { year: first + place });
}

function draw(panel, rows, { label, ours, theirs, unit }) {
    panel.heading.textContent = label;
    const all = filled(rows);
    const layers = [
        { label: "This telescope", values: all.map((row) => row[ours] ?? null), open: all.map((row) => row.is_whole === false), notes: all.map(oursNote) },
        { label: "NICTER", values: all.map((row) => row[theirs] ?? null), open: all.map((row) => row.nicter_origin !== "published"), notes: all.map((row) => ORIGINS[row.nicter_origin] ?? null) },
    ];
    const newest = all.filter((row) => row[ours] != null).at(-1);
    panel.remark("Filled marks are whole years and published figures; open ones are not whole, rounded or derived. A year without a mark has no figure: that is not 0.");
    panel.picture({
        summary: `${label}, a year at a time. ${newest ? `This telescope in ${newest.year}: ${number(newest[ours])}.` : "This telescope has no year yet."}`,
        height: 340,
        draw: (host, width) => chart(host, width, { years: all.map(({ year }) => year), layers, unit, name: `${label} by year`, height: 310 }),
    });
}

function oursNote(row) {
    if (row.is_whole === undefined || row.is_whole === null) return null;
    const parts = row.is_whole ? [] : [`${number(row.days ?? 0)} of ${row.days_of_year} days`];
    if (row.coverage !== null && row.coverage < 0.9995) parts.push(`${share(row.coverage)} of them observed`);
    return parts.join(", ") || null;
}

function tell(panel, { years: rows, notes }) {
    const columns = [
        { key: "year", label: "Year", kind: "text" },
        { key: "packets", label: "Packets", kind: "number" }, { key: "addresses", label: "Addresses", kind: "number" },
        { key: "packets_per_address", label: "Packets per address", kind: "number" }, { key: "sites", label: "Sites", kind: "number" },
        { key: "whole", label: "Observed", kind: "node", value: state },
        { key: "nicter_packets", label: "NICTER packets", kind: "number" }, { key: "nicter_addresses", label: "NICTER addresses", kind: "number" },
        { key: "nicter_packets_per_address", label: "NICTER packets per address", kind: "number" },
        { key: "nicter_origin", label: "NICTER’s figures", kind: "text", value: (row) => ORIGINS[row.nicter_origin] },
    ];
    panel.show(table(columns, filled(rows).reverse(), { caption: "Year by year" }),
        h("h3", {}, "What can be compared"), h("ul", {}, notes.map((note) => h("li", {}, note))));
}

/** Whether a year of ours is whole: shape, word and colour. */
function state(row) {
    if (row.is_whole === undefined || row.is_whole === null) return null;
    const first = row.first_day ? ` (${row.first_day} to ${row.last_day})` : "";
    return row.is_whole ? h("span.good", {}, `● whole year${row.coverage < 0.9995 ? `, ${share(row.coverage)} observed` : ""}`)
        : h("span.warn", {}, `▲ not whole: ${oursNote(row)}${first}`);
}
