// Answers of the API as charts want them: times in milliseconds, and null wherever nothing is known.

import { counted } from "../lib/format.js";
import { country, portLabel } from "../lib/names.js";
import { link } from "../lib/place.js";

const SECONDS = { "5 minutes": 300, "10 minutes": 600, hour: 3_600, day: 86_400, week: 604_800, month: 2_678_400 };

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

const DIMENSIONS = {
    port: { subject: "ports", keys: ["class", "service_port"] }, country: { subject: "countries", keys: ["country"] },
    network: { subject: "networks", keys: ["asn"] }, site: { subject: "sites", keys: ["site"] },
};

/**
 * Groups as a flow from dimension to dimension, with the first `most` of each and the rest as other.
 * @param answers of filtered/groups, one or several of the same packets; each gives the links between dimensions that it has
 *   side by side, and their totals have what rows beyond their limits have.
 * @param dimensions the columns in their order; those of the answer when there is but one.
 */
export function flowOf(answers, dimensions = [answers].flat()[0].by, most = 6) {
    const list = [answers].flat(), links = new Map(), other = (place) => `${place} other`;
    const identity = (row, place) => `${place} ${DIMENSIONS[dimensions[place]].keys.map((key) => row[key]).join(" ")}`;
    const columns = dimensions.map((dimension, place) => {
        const found = new Map();
        for (const row of list.find((answer) => answer.by.includes(dimension)).rows) {
            const id = identity(row, place), node = found.get(id);
            if (node) node.value += row.packets;
            else found.set(id, { id, value: row.packets, ...layerName(DIMENSIONS[dimension].subject, row) });
        }
        return [...found.values()].sort((a, b) => b.value - a.value).slice(0, most);
    });
    const chosen = columns.map((nodes) => new Set(nodes.map((node) => node.id)));
    const at = (row, place) => chosen[place].has(identity(row, place)) ? identity(row, place) : other(place);
    const add = (source, target, value) => {
        const key = `${source}\n${target}`;
        links.set(key, { source, target, value: (links.get(key)?.value ?? 0) + value });
    };
    for (const answer of list) {
        for (let place = 0; place + 1 < dimensions.length; place += 1) {
            if (!answer.by.includes(dimensions[place]) || !answer.by.includes(dimensions[place + 1])) continue;
            for (const row of answer.rows) add(at(row, place), at(row, place + 1), row.packets);
        }
    }
    // What one answer knows of a node and the one beside it does not comes from other, or goes there.
    const sum = (end, id) => d3.sum([...links.values()].filter((found) => found[end] === id), (found) => found.value);
    for (let place = 1; place + 1 < dimensions.length; place += 1) {
        for (const id of [...chosen[place], other(place)]) {
            const more = sum("target", id) - sum("source", id);
            if (more > 0) add(id, other(place + 1), more);
            if (more < 0) add(other(place - 1), id, -more);
        }
    }
    // What no row tells of is other in every column.
    const told = d3.sum([...links.values()].filter((found) => found.source.startsWith("0 ")), (found) => found.value);
    const rest = Math.max(...list.map((answer) => answer.total?.packets ?? 0)) - told;
    for (let place = 0; rest > 0 && place + 1 < dimensions.length; place += 1) add(other(place), other(place + 1), rest);
    const all = [...links.values()], used = new Set(all.flatMap((found) => [found.source, found.target]));
    const nodes = columns.flatMap((found, place) => [...found, { id: other(place), label: "other", isOther: true }])
        .filter((node) => used.has(node.id));
    return { nodes, links: all, unit: "packets" };
}
