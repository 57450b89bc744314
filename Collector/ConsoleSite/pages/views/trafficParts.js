// What the pages of ports, sources, networks and countries have in common.

import { binsOf, unitOf } from "../charts/answers.js";
import { series } from "../charts/series.js";
import { Problem } from "../lib/ask.js";
import { moment, showSpan } from "../lib/choices.js";
import { fill, h } from "../lib/dom.js";
import { counted, number, plural } from "../lib/format.js";
import { country, network, portLabel } from "../lib/names.js";
import { here, link, set } from "../lib/place.js";
import { sorted } from "../lib/table.js";
import { label } from "../lib/zone.js";

/** Parameters of a filtered question about one thing: what it is, and what people filter by. */
export function about(context, own, more = {}) {
    return { ...context.all, q: both(own, context.filter), ...more };
}

/** Hours as the step of a span in which they are neither too few nor too many: sums are kept by hours. Else null. */
export function hourly(context) {
    const [from, to] = [moment(context.span.from), moment(context.span.to)];
    const hours = from === null || to === null ? 24 : (to - from) / 3_600_000;
    return hours >= 6 && hours <= 300 ? "hour" : null;
}

/** Two filters of which both must hold; either may be empty. */
export function both(own, filter) {
    return own && filter ? `${own} and (${filter})` : own || filter;
}

/** A column of distinct sources. */
export const SOURCES = {
    key: "sources", label: "Unique sources", isNumber: true, text: (row) => counted(row.sources, row.sources_precision),
    title: (row) => ({ estimate: "estimated, standard error 1.6 %", "at-least": "at least so many: sets cannot be united" }[row.sources_precision]),
};

/** Columns by name, for tables of several pages. `text` is what is written where it is not the value that is sorted by. */
export const COLUMNS = {
    packets: { key: "packets", label: "Packets", kind: "number" },
    bar: { key: "bar", label: "", kind: "bar", value: (row) => row.packets, sortable: false },
    sites: { key: "sites", label: "Sites", kind: "number" },
    port: {
        key: "port", label: "Port", value: (row) => portLabel(row.class, row.service_port, row.name),
        href: (row) => Number(row.service_port) >= 0 ? link(["port", row.class, row.service_port]) : null,
    },
    country: {
        key: "country", label: "Country", value: (row) => country(row.country),
        href: (row) => /^[A-Z]{2}$/.test(row.country ?? "") ? link(["country", row.country]) : null,
    },
    network: {
        key: "asn", label: "Network", value: (row) => row.asn === -1 ? "all other networks" : network(row.asn, row.as_name),
        href: (row) => row.asn > 0 ? link(["network", row.asn]) : null,
    },
    source: { key: "source", label: "Source", value: (row) => row.source, href: (row) => link(["source", row.source]) },
    site: { key: "site", label: "Site", href: (row) => link(["site", row.site]) },
    mark: { key: "scanner", label: "Mark", kind: "node", value: (row) => row.scanner ?? row.bogon, text: marks },
    signature: { key: "signature", label: "Signature", text: (row) => h("code", {}, row.signature ?? "others") },
    first: { key: "first_seen", label: "First seen", kind: "time" },
    last: { key: "last_seen", label: "Last seen", kind: "time" },
};

/** What is known of a source beside its figures: who scans there, why nothing can come from there. */
export function marks(row) {
    const found = [];
    if (row.scanner) found.push(h("span.chip", { title: "labelled as a scanner" }, row.scanner === "behaviour" ? "scanner by behaviour" : `scanner: ${row.scanner}`));
    if (row.bogon) found.push(h("span.chip", { title: `no packet can truly come from there: ${row.bogon}` }, "forged"));
    return found.length ? h("span.marks", {}, found) : "";
}

/**
 * Shows a table whose order is in the address.
 * @param options {sort: {key, descending} that it has by itself; name: of the parameter where a page has several tables}
 */
export function ordered(panel, columns, rows, context, { sort, name = "sort" } = {}) {
    const [key, direction] = (context.query[name] ?? "").split("-");
    const chosen = columns.some((column) => column.key === key) ? { key, descending: direction !== "up" } : sort;
    panel.table(written(columns), chosen ? sorted(rows, columns, chosen) : rows, {
        sort: chosen, onSort: (to, descending) => set({ [name]: `${to}${descending ? "" : "-up"}` }, { replace: true }),
    });
}

/** Columns as tables want them: what is written in place of what is sorted by. */
export function written(columns) {
    return columns.map((column) => column.text ? { ...column, value: column.text, kind: column.kind ?? "text" } : column);
}

/**
 * Puts "SQL" beside the title: a button that shows the statement that ran, and leads to Explore with the same question.
 * @param answer with `sql`: {text, parameters}
 * @param question what the address of Explore has besides the shared choices
 */
export function sqlTool(panel, answer, question) {
    panel.sqlButton?.remove();
    panel.sqlText?.remove();
    if (!answer.sql) return;
    const id = `sql-${panel.heading.id}`;
    const { text, parameters } = answer.sql;
    panel.sqlText = h("div.sql-text", { id, hidden: true },
        h("pre", { tabindex: "0", role: "region", "aria-label": `SQL of ${panel.title}` }, h("code", {}, text)),
        parameters.length ? h("p.note", {}, "With ", parameters.map((value, place) => [place ? ", " : "", h("code", {}, `$${place + 1} = ${value}`)]), ".") : null,
        h("p", {}, h("a", { href: link("/explore", question) }, "Open in Explore")));
    panel.sqlButton = h("button.quiet", {
        type: "button", "aria-expanded": "false", "aria-controls": id, on: {
            click: () => {
                panel.sqlText.hidden = !panel.sqlText.hidden;
                panel.sqlButton.setAttribute("aria-expanded", String(!panel.sqlText.hidden));
            },
        },
    }, "SQL");
    panel.tools.prepend(panel.sqlButton);
    panel.element.append(panel.sqlText);
}

/** Says why there is nothing, and what is nearest. */
export function nothing(panel, context, what = "packets") {
    const active = [
        context.filter && "a filter", context.scanners !== "all" && (context.scanners === "only" ? "scanners only" : "without scanners"),
    ].filter(Boolean);
    panel.empty(active.length ? `No ${what} match in this span: ${active.join(" and ")} ${active.length === 1 ? "is" : "are"} active. ` : `No ${what} in this span. `,
        active.length ? h("a", { href: here({ q: null, scanners: null }) }, "Show all sources without a filter") : null, active.length ? " · " : null,
        context.query.from !== "now-7d" ? h("a", { href: here({ from: "now-7d", to: null }) }, "Look at the last 7 days")
            : h("a", { href: here({ from: "now-30d", to: null }) }, "Look at the last 30 days"));
}

/** Figures as large as those of the overview: [[name, value, note]]; a value may be an element. */
export function figures(element, list) {
    fill(element, list.map(([name, value, note]) => h("div.figure", {}, h("dt", {}, name),
        h("dd", {}, h("div.value", {}, value), note ? h("div.change", {}, note) : null))));
}

/**
 * Packets and sources over time; dragging over it narrows the span.
 * @param told {bins, layers: [{label, values, dash, right}], step, summary, right: {unit}, what: of the left axis}
 */
export function timeline(panel, context, { bins, layers, step, summary, right, what = "packets" }) {
    const unit = unitOf(what, step);
    panel.picture({
        summary, height: 260,
        draw: (host, width) => series(host, width, {
            kind: "lines", bins, layers, unit, zone: context.zone, height: 220, right, onRange: showSpan, name: panel.title,
        }),
        table: {
            columns: [{ key: "start", label: "From", kind: "time" },
                ...layers.map((layer, place) => ({ key: `v${place}`, label: layer.label, kind: "number" })),
                { key: "coverage", label: "Observed", kind: "share" }],
            rows: bins.map((bin, at) => ({
                start: new Date(bin.start).toISOString(), coverage: bin.coverage,
                ...Object.fromEntries(layers.map((layer, place) => [`v${place}`, layer.values[at]])),
            })).reverse(),
        },
    });
}

/** An answer of filtered/series as a picture; of one address there are no sources to count. */
export function showTimeline(answer, panel, context, withSources = true) {
    const { rows } = answer;
    const sum = rows.reduce((total, row) => total + (row.packets ?? 0), 0);
    if (!sum) {
        const isUnseen = rows.every((row) => row.packets === null);
        if (isUnseen) panel.empty("Nothing was observed in this span: there is no data, which is not the same as no packets. ",
            h("a", { href: here({ from: "now-7d", to: null }) }, "Look at the last 7 days"));
        else nothing(panel, context);
        return;
    }
    const [packets, sources] = ["packets", "sources"].map((name) => rows.map((row) => row[name]));
    const isFar = withSources && Math.max(...sources) < Math.max(...packets) / 20;
    const most = packets.indexOf(Math.max(...packets));
    const layers = [{ label: "packets", values: packets }];
    if (withSources) layers.push({ label: "unique sources", values: sources, dash: true, right: isFar, place: 5, format: (value, place) => counted(value, rows[place].sources_precision) });
    timeline(panel, context, {
        bins: binsOf(rows, answer), step: answer.step, layers, right: isFar ? { unit: "sources" } : undefined,
        what: isFar || !withSources ? "packets" : "packets, sources",
        summary: `${plural(sum, "packet")}, most (${number(packets[most])}) in the bin from ${label(Date.parse(rows[most].time), context.zone, "minute")}.`,
    });
}

/** Dimension of Explore for a subject of filtered answers. */
const DIMENSIONS = { ports: "port", countries: "country", networks: "network", sites: "site" };

/** A panel with the first rows of what a filter lets in, and SQL beside it. */
export function topPanel(panel, context, subject, own, { by = "packets", limit = 10, columns, then }) {
    const parameters = about(context, own, { by, limit });
    return panel.load(context, [`filtered/top/${subject}`, parameters], (answer) => {
        sqlTool(panel, answer, { q: parameters.q, by: DIMENSIONS[subject] ?? "port", g: "table", rank: by });
        notes(panel, answer);
        then?.(answer);
        if (!answer.rows.length) return nothing(panel, context);
        return panel.table(written(columns), answer.rows);
    });
}

/** Says what the answer says of itself. */
export function notes(panel, answer) {
    const undecided = answer.total?.undecided_packets;
    const told = [...(answer.notes ?? [])];
    if (undecided > 0) told.push(`Of ${plural(undecided, "packet")} it cannot be told whether they match.`);
    panel.remark(...told.map((note) => h("span", {}, note, " ")));
}

/** Whether an answer is refused because it would have to read too much. */
export function isTooLarge(error) {
    return error instanceof Problem && error.status === 422;
}
