// The panels of the first page that show the span that is chosen.

import { flowOf, heatOf, seriesOf, stackOf } from "../charts/answers.js";
import { heat } from "../charts/heat.js";
import { map } from "../charts/map.js";
import { sankey } from "../charts/sankey.js";
import { series } from "../charts/series.js";
import { showSpan } from "../lib/choices.js";
import { h } from "../lib/dom.js";
import { change, counted, number, plural, short } from "../lib/format.js";
import { country, portLabel } from "../lib/names.js";
import { go, here, link } from "../lib/place.js";
import { label } from "../lib/zone.js";
import { worldOf } from "../lib/world.js";

const LAYERS = 8, LISTED = 10;

/** Pictures are higher where there is room for it: on a wall of 3,840 pixels about twice as high. */
const tall = (height) => Math.round(height * Math.max(1, Math.min(2, innerWidth / 1_900)));
const isNarrow = () => innerWidth < 500;

const PORT = {
    key: "port", label: "Port", value: (row) => portLabel(row.class, row.service_port, row.name),
    href: (row) => link(["port", row.class, row.service_port]),
};
const LAYER = { key: "label", label: "Port", href: (row) => row.href || null };
const SOURCES = { key: "sources", label: "Sources", isNumber: true, value: (row) => counted(row.sources, row.sources_precision) };

/** Packets, and sources as a bar, in tables of the first by sources. */
const ranked = () => [
    SOURCES, { key: "packets", label: "Packets", kind: "short" },
    { key: "bar", label: h("span.unseen", {}, "Sources as a bar"), kind: "bar", value: (row) => row.sources },
];

/** Says why there is nothing, and where there is something. */
function nothing(panel, { filter, scanners, query }) {
    const choice = { only: "the choice of scanners only", without: "the choice of sources without scanners" }[scanners];
    const active = [filter && "a filter", choice].filter(Boolean);
    panel.empty(
        active.length ? `No packets match in this span; ${active.join(" and ")} ${active.length > 1 ? "are" : "is"} active.`
            : "No packets in this span.",
        active.length ? h("a.action", { href: here({ q: null, scanners: null }) }, "Clear the filter") : null, " ",
        lastWeek({ query }));
}

function lastWeek({ query }) {
    return query.from === "now-7d" && !query.to ? null
        : h("a.action", { href: here({ from: "now-7d", to: null }) }, "Look at the last 7 days");
}

/**
 * Draws the series, or puts new figures into the chart that is there when its bins are the same.
 * @return {data, drawn}: the chart, whose data may be changed before drawn.update(data); null when there is none.
 */
export function showSeries(answer, panel, context, before) {
    const data = { ...seriesOf(answer, context.zone), onRange: showSpan, step: answer.step };
    const { bins, layers: [packets] } = data;
    if (!bins.length || packets.values.every((value) => value === null)) {
        nothing(panel, context);
        return null;
    }
    const isSame = before?.drawn && before.data.bins[0].start === bins[0].start && before.data.bins.length === bins.length
        && before.data.zone === data.zone;
    if (isSame) {
        before.data = data;
        before.drawn.update(data);
        panel.retell(wordsOf(data));
        return before;
    }
    const chart = { data, drawn: null };
    panel.picture({
        ...wordsOf(data), height: tall(252),
        draw: (host, width) => {
            const drawn = series(host, width, { ...chart.data, height: tall(220) });
            chart.drawn = drawn;
            return {
                destroy() {
                    drawn.destroy();
                    chart.drawn = null;
                },
            };
        },
    });
    return chart;
}

/** The chart in words and as a table, for panel.picture and panel.retell. */
export function wordsOf(data) {
    const { bins, layers: [packets, sources, previous] } = data;
    return {
        summary: summaryOf(data, packets, previous),
        table: {
            columns: [
                { key: "start", label: "From", kind: "time" }, { key: "packets", label: "Packets", kind: "number" },
                { key: "sources", label: "Unique sources", isNumber: true },
                { key: "previous", label: "Packets, the span before", kind: "number" },
                { key: "coverage", label: "Observed", kind: "share" },
            ],
            rows: bins.map((bin, place) => ({
                start: new Date(bin.start).toISOString(), packets: packets.values[place],
                sources: sources.format(sources.values[place], place), previous: previous?.values[place] ?? null,
                coverage: bin.coverage,
            })).reverse(),
        },
    };
}

function firstThree(rows, words) {
    return `First: ${rows.slice(0, 3).map(words).join(", ")}.`;
}

/** The sum, the highest bin, and the change against the span before, of bins that both have. */
function summaryOf({ bins, zone }, packets, previous) {
    let sum = 0, most = -1, now = 0, then = 0;
    packets.values.forEach((value, place) => {
        if (value === null) return;
        sum += value;
        if (most < 0 || value > packets.values[most]) most = place;
        const old = previous?.values[place];
        if (old !== null && old !== undefined && !bins[place].isOpen) [now, then] = [now + value, then + old];
    });
    const compared = then > 0 ? `; ${change(now, then)} against the span before` : "";
    return `${number(sum)} packets, most (${number(packets.values[most])}) from ${label(bins[most].start, zone, "short")}${compared}.`;
}

/** The first ports as layers, and all others. */
export function showStack(answer, panel, context) {
    if (!answer.layers.length) return nothing(panel, context);
    const data = { ...stackOf(answer, context.zone, LAYERS), onRange: showSpan, name: "Packets by destination port over time" };
    const hasOther = data.layers[data.layers.length - 1].isOther;
    panel.heading.textContent = `Packets by destination port${hasOther ? `, top ${data.layers.length - 1} and other` : ""}`;
    return panel.picture({
        summary: firstThree(answer.layers, (layer, place) => `${data.layers[place].label} ${number(layer.packets)}`),
        height: isNarrow() ? 290 : tall(340),
        draw: (host, width) => series(host, width, { ...data, height: width < 500 ? 220 : tall(300) }),
        table: {
            columns: [
                LAYER, { key: "packets", label: "Packets", kind: "number" },
                { key: "least", label: "Least a bin", kind: "number" }, { key: "most", label: "Most a bin", kind: "number" },
                { key: "last", label: "Last whole bin", kind: "number" },
            ],
            rows: data.layers.map(({ label: name, href, values }) => {
                const known = values.filter((value, place) => value !== null && !data.bins[place].isOpen);
                return {
                    label: name, href, packets: values.reduce((sum, value) => sum + (value ?? 0), 0), least: d3.min(known) ?? null,
                    most: d3.max(known) ?? null, last: known[known.length - 1] ?? null,
                };
            }),
        },
    });
}

/** Ports by time, more of them than the stack has. */
export function showHeat(answer, panel, context) {
    if (!answer.layers.length) return nothing(panel, context);
    const data = { ...heatOf(answer, context.zone), name: "Packets by port and time" };
    panel.heading.textContent = `Port by time, ${plural(answer.layers.length, "port")} (log scale)`;
    const most = answer.layers.map((layer) => d3.max(layer.values) ?? 0);
    return panel.picture({
        summary: `Most in a bin: ${number(d3.max(most))} at ${data.rows[most.indexOf(d3.max(most))].label}.`,
        height: tall(360),
        draw: (host, width) => heat(host, width, {
            ...data, rowHeight: Math.max(8, Math.min(tall(22), Math.floor(tall(288) / data.rows.length))),
        }),
        table: {
            columns: [
                LAYER, { key: "packets", label: "Packets", kind: "number" },
                { key: "most", label: "Most a bin", kind: "number" }, { key: "when", label: "when", kind: "time" },
            ],
            rows: data.rows.map(({ label: name, href, values }, place) => ({
                label: name, href, packets: answer.layers[place].packets, most: most[place],
                when: new Date(data.bins[Math.max(0, values.indexOf(most[place]))].start).toISOString(),
            })),
        },
    });
}

/** The first ports by sources. */
export function showPorts(answer, panel, context) {
    if (!answer.rows.length) return nothing(panel, context);
    return panel.table([PORT, ...ranked()], answer.rows.slice(0, LISTED));
}

/** Ports that are new, above what is usual, or in a surge. */
export function showNews(answer, panel) {
    const rows = [
        ...answer.surges.map((row) => ({ ...row, what: "▲ surge", why: row.explanation ?? `${number(row.times_usual)} × usual` })),
        ...answer.new.map((row) => ({ ...row, what: "★ new", why: "not seen in the 28 days before" })),
        ...answer.rising.map((row) => ({
            ...row, what: "▲ rising",
            why: row.usual_7 > 0 ? `${number(row.packets_per_address_day / row.usual_7)} × the usual of 7 d` : "far above what is usual",
        })),
    ];
    panel.heading.textContent = `New and rising, ${label(Date.parse(answer.span.from), answer.span.zone, "short")} to ${
        label(Date.parse(answer.span.to), answer.span.zone, "time")} ${answer.span.zone}`;
    if (!rows.length) return panel.empty("Nothing new: every port was seen in the 28 days before, and none is far above its usual.");
    return panel.table([
        PORT,
        { key: "what", label: "What", kind: "node", value: (row) => h("div.news-why", {}, row.what, " ", h("span.note", {}, row.why)) },
        { key: "packets", label: "Packets", kind: "number" },
        SOURCES,
        { key: "sites", label: "Sites", kind: "number" },
    ], rows);
}

const isCountry = (row) => /^[A-Z]{2}$/.test(row.country ?? "");

/** Countries by sources on the map. */
export async function showMap(answer, panel, context) {
    const rows = answer.rows.filter(isCountry);
    if (!answer.rows.length) return nothing(panel, context);
    if (!rows.length) return panel.empty("No country is known of these sources. Countries come from a table of origins: "
        + "darkscope origins import FILE.");
    const places = await worldOf(context);
    const values = Object.fromEntries(rows.map((row) => [row.country, row.sources]));
    const packets = new Map(rows.map((row) => [row.country, row.packets]));
    const unknown = answer.rows.find((row) => !isCountry(row));
    panel.remark(`Logarithmic scale; circles for countries too small to see.${
        unknown ? ` Of ${short(unknown.sources)} sources the country is not known.` : ""}${places.why ? ` ${places.why}` : ""}`);
    return panel.picture({
        summary: `Sources of ${plural(rows.length, "country", "countries")}. ${
            firstThree(rows, (row) => `${country(row.country)} ${number(row.sources)}`)}`,
        height: isNarrow() ? 200 : tall(330),
        draw: (host, width) => map(host, width, {
            land: places.land, points: places.points, values, unit: "sources", name: "Sources by country",
            notes: (code) => packets.has(code) ? [`${number(packets.get(code))} packets`] : [],
            onOpen: (code) => go(link(["country", code])),
        }),
        table: { columns: countryColumns(), rows: rows.slice(0, 60) },
    });
}

function countryColumns() {
    return [
        {
            key: "country", label: "Country", value: (row) => country(row.country),
            href: (row) => isCountry(row) ? link(["country", row.country]) : null,
        },
        ...ranked(),
    ];
}

/** The first countries by sources. */
export function showCountries(answer, panel, context) {
    if (!answer.rows.length) return nothing(panel, context);
    return panel.table(countryColumns(), answer.rows.slice(0, LISTED));
}

function flowName(row) {
    const parts = [country(row.country), row.class && portLabel(row.class, row.service_port, row.name), row.site];
    return parts.filter(Boolean).join(" to ");
}

/** What goes from which country to which port at which site. */
export function showFlow(answer, panel, context) {
    if (!answer.rows.length) return nothing(panel, context);
    const { bySite } = answer, order = bySite ? ["country", "site", "port"] : ["country", "port", "site"];
    const flow = flowOf(bySite ?? answer, order);
    panel.heading.textContent = order.join(" to ").replace("c", "C");
    panel.remark(...bySite ? ["From sums by site. Which country sent to which port is known of flows: ",
        h("a", { href: link("/explore", { by: "country,port,site", g: "sankey" }) }, "ask them"), "."] : []);
    return panel.picture({
        summary: `${number(answer.total.packets)} packets; first: ${flowName(answer.rows[0])}.`,
        height: tall(356),
        draw: (host, width) => sankey(host, width, { ...flow, height: tall(356), name: `Packets from ${order.join(" to ")}` }),
        table: {
            columns: [
                { key: "country", label: "Country", value: (row) => country(row.country) },
                ...bySite ? [] : [{ ...PORT, href: undefined }],
                { key: "site", label: "Site", href: (row) => link(["site", row.site]) },
                { key: "packets", label: "Packets", kind: "number" },
            ],
            rows: answer.rows.slice(0, 40),
        },
    });
}
