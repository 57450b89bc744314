// Answers of the API as charts want them: times in milliseconds, and null wherever nothing is known.

import { number } from "../lib/format.js";
import { country, portLabel } from "../lib/names.js";
import { link } from "../lib/place.js";

const SECONDS = { "5 minutes": 300, "10 minutes": 600, hour: 3_600, day: 86_400, week: 604_800, month: 2_678_400 };

/** Figures that are not exact: at least so many, or about so many. */
export function counted(value, precision) {
    const text = number(value);
    if (value == null) return text;
    return `${{ least: "≥ ", "at-least": "≥ ", estimate: "≈ " }[precision] ?? ""}${text}`;
}

/**
 * Rows of a series, or bins of a stack, as bins: [{start, stop, state, coverage, isOpen}]. The last one is open when the span
 * ends within it, or it is not over by the clock of this machine.
 * @param answer with `span`, and with `step` unless every row has its own stop.
 */
export function binsOf(rows, answer) {
    const end = Date.parse(answer.span.to), starts = rows.map((row) => Date.parse(row.start ?? row.time));
    return rows.map((row, place) => {
        const stop = row.stop ? Date.parse(row.stop)
            : starts[place + 1] ?? starts[place] + (starts[place] - starts[place - 1] || SECONDS[answer.step] * 1_000);
        return {
            start: starts[place], stop, state: row.state ?? "complete", coverage: row.coverage ?? null,
            isOpen: place === rows.length - 1 && (stop > end || stop > Date.now()),
        };
    });
}

/** "packets in 5 min", for the axis of a series. */
export function unitOf(what, step) {
    const name = { "5 minutes": "5 min", "10 minutes": "10 min", hour: "an hour", day: "a day", week: "a week", month: "a month" };
    return `${what} ${step.endsWith("minutes") ? "in" : ""} ${name[step] ?? step}`.replace("  ", " ");
}

/** Packets and distinct sources, and what packets were in the span before, of an answer of filtered/series. */
export function seriesOf(answer, zone) {
    const { rows, previous } = answer;
    const [packets, sources] = ["packets", "sources"].map((name) => Math.max(0, ...rows.map((row) => row[name] ?? 0)));
    // Sources have an axis of their own where they would lie on the ground beside packets.
    const isFar = sources < packets / 20;
    const layers = [
        { label: "packets", values: rows.map((row) => row.packets) },
        {
            label: "unique sources", dash: true, right: isFar, place: 5, values: rows.map((row) => row.sources),
            format: (value, place) => counted(value, rows[place].sources_precision),
        },
    ];
    if (previous?.rows.some((row) => row && row.packets !== null)) {
        layers.push({ label: "packets, the span before", isPrevious: true, values: previous.rows.map((row) => row?.packets ?? null) });
    }
    return {
        kind: "lines", zone, bins: binsOf(rows, answer), layers, unit: unitOf(isFar ? "packets" : "packets, sources", answer.step),
        right: isFar && sources > 0 ? { unit: "sources" } : undefined,
        name: "Packets and unique sources over time",
    };
}

/** What a layer of a stack is called, and the address of its page. */
export function layerName(subject, key) {
    switch (subject) {
    case "countries": return { label: country(key.country), href: known(key.country) && link(["country", key.country]) };
    case "networks": {
        const isKnown = known(key.asn);
        return {
            label: isKnown ? `AS${key.asn} ${key.as_name ?? ""}`.trim() : "unknown network",
            href: isKnown && link(["network", key.asn]),
        };
    }
    case "sites": return { label: key.site, href: link(["site", key.site]) };
    default: return {
        label: portLabel(key.class, key.service_port, key.name),
        href: known(key.service_port) && link(["port", key.class, key.service_port]),
    };
    }
}

const known = (value) => value !== null && value !== undefined && value !== "unknown" && Number(value) !== -1;

/** The first layers of an answer of filtered/stack, and all others as one. */
export function stackOf(answer, zone, most = 8) {
    const { layers } = answer, measure = answer.measure ?? "packets", rest = layers.slice(most);
    const others = answer.other.values.map((value, bin) => value === null && !rest.length ? null
        : rest.reduce((sum, layer) => layer.values[bin] === null ? sum : (sum ?? 0) + layer.values[bin], value));
    const shown = layers.slice(0, most).map((layer) => ({ ...layerName(answer.subject, layer.key), values: layer.values }));
    if (others.some((value) => value > 0)) shown.push({ label: "other", values: others, isOther: true });
    return {
        kind: "stack", zone, bins: binsOf(answer.bins, answer), layers: shown, unit: unitOf(measure, answer.step),
        total: measure === "packets",
    };
}

/** All layers of an answer of filtered/stack as rows of a heat map. */
export function heatOf(answer, zone) {
    return {
        zone, bins: binsOf(answer.bins, answer), unit: unitOf(answer.measure ?? "packets", answer.step),
        rows: answer.layers.map((layer) => ({ ...layerName(answer.subject, layer.key), values: layer.values })),
    };
}

/**
 * Groups of two or three dimensions as a flow from the first to the last, with the first `most` of each and the rest as other.
 * @param answer of filtered/groups, whose total has what rows beyond its limit have.
 */
export function flowOf(answer, most = 6) {
    const columns = answer.by.map((dimension) => ({
        port: { subject: "ports", keys: ["class", "service_port", "name"] }, country: { subject: "countries", keys: ["country"] },
        network: { subject: "networks", keys: ["asn", "as_name"] }, site: { subject: "sites", keys: ["site"] },
    }[dimension]));
    const identity = (column, row, place) => `${place} ${column.keys.slice(0, 2).map((key) => row[key]).join(" ")}`;
    const sums = columns.map((column, place) => {
        const found = new Map();
        for (const row of answer.rows) {
            const id = identity(column, row, place), node = found.get(id);
            if (node) node.value += row.packets;
            else found.set(id, { id, value: row.packets, ...layerName(column.subject, row) });
        }
        return [...found.values()].sort((a, b) => b.value - a.value).slice(0, most);
    });
    const chosen = sums.map((nodes) => new Set(nodes.map((node) => node.id))), links = new Map();
    const add = (source, target, value) => {
        const key = `${source}\n${target}`;
        links.set(key, { source, target, value: (links.get(key)?.value ?? 0) + value });
    };
    const other = (place) => `${place} other`;
    let rest = answer.total?.packets ?? 0;
    for (const row of answer.rows) {
        rest -= row.packets;
        const path = columns.map((column, place) => {
            const id = identity(column, row, place);
            return chosen[place].has(id) ? id : other(place);
        });
        path.slice(1).forEach((id, place) => add(path[place], id, row.packets));
    }
    if (rest > 0) columns.slice(1).forEach((_, place) => add(other(place), other(place + 1), rest));
    const all = [...links.values()], used = new Set(all.flatMap((found) => [found.source, found.target]));
    const nodes = sums.flatMap((found, place) => [...found, { id: other(place), label: "other", isOther: true }])
        .filter((node) => used.has(node.id));
    return { nodes, links: all, unit: "packets" };
}
