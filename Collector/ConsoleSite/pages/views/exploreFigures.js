// Answers of Explore as what graphs and tables show.

import { h } from "../lib/dom.js";
import { className, country, network, portLabel } from "../lib/names.js";
import { chosen, link } from "../lib/place.js";

const OPEN = 60000;

/** A value of a dimension: {id, label, href, only: the filter that lets in nothing else}. `row` has its columns. */
export function valueOf(dimension, row) {
    switch (dimension) {
    case "port": {
        const label = portLabel(row.class, row.service_port, row.name);
        const isOne = row.service_port !== null && row.service_port >= 0;
        return {
            id: `${row.class}/${row.service_port}`, label, href: isOne ? link(["port", row.class, row.service_port]) : null,
            only: isOne ? `class = ${row.class} and port = ${row.service_port}` : null,
        };
    }
    case "country": {
        const code = row.country || null;
        return { id: code ?? "unknown", label: country(code), href: code && link(["country", code]), only: `country = ${code ?? "unknown"}` };
    }
    case "network": {
        const isKnown = row.asn !== null && row.asn !== undefined && row.asn > 0;
        return {
            id: String(row.asn), label: network(isKnown ? row.asn : null, row.as_name), href: isKnown ? link(["network", row.asn]) : null,
            only: `asn = ${isKnown ? row.asn : "unknown"}`,
        };
    }
    case "site": return { id: row.site, label: row.site, href: link(["site", row.site]), only: `site = ${row.site}` };
    case "class": return { id: row.class, label: className(row.class), href: null, only: `class = ${row.class}` };
    default: return { id: row.proto, label: row.proto === "other" ? "other protocols" : String(row.proto).toUpperCase(), href: null, only: `proto = ${row.proto}` };
    }
}

/** Address of the same page with a filter that also wants this. */
export function narrowed(only, here) {
    const present = chosen("q");
    const whole = /\bor\b/i.test(present) ? `(${present})` : present;
    return here({ q: present ? `${whole} and ${only}` : only });
}

/** Bins as charts take them. */
export function binsOf(rows, now = Date.now()) {
    return rows.map((row) => {
        const [start, stop] = [Date.parse(row.start), Date.parse(row.stop)];
        return { start, stop, state: row.state, coverage: row.coverage, isOpen: stop > now - OPEN };
    });
}

/** Bins of a series, whose rows have no end: each ends where the next begins, the last one where the span does. */
export function binsOfSeries(rows, span) {
    const starts = rows.map((row) => Date.parse(row.time));
    const length = starts.length > 1 ? starts.at(-1) - starts.at(-2) : Date.parse(span.to) - starts[0];
    return binsOf(rows.map((row, place) => ({
        ...row, start: row.time, stop: new Date(starts[place + 1] ?? Math.max(Date.parse(span.to), starts[place] + length)).toISOString(),
    })));
}

/** Layers of a stack: [{label, href, only, values, packets, sources, isOther}], the others last when they can be told. */
export function layersOf(answer, dimension) {
    const layers = answer.layers.map((layer) => ({
        ...valueOf(dimension, layer.key), values: layer.values, packets: layer.packets, sources: layer.sources,
        precision: layer.sources_precision,
    }));
    const rest = answer.other.values ?? [];
    if (rest.some((value) => value > 0)) {
        layers.push({ label: "Other", values: rest, packets: sum(rest), sources: null, precision: "none", isOther: true });
    }
    return layers;
}

/** Least, greatest, last, mean and 95th percentile of what is known; null of each when nothing is. */
export function statistics(values) {
    const found = values.filter((value) => value !== null && value !== undefined);
    if (!found.length) return { least: null, most: null, last: null, average: null, p95: null };
    const order = [...found].sort((a, b) => a - b);
    return {
        least: order[0], most: order.at(-1), last: found.at(-1), average: sum(found) / found.length,
        // The nearest rank: the least value that 95 % of the bins do not exceed.
        p95: order[Math.ceil(order.length * 0.95) - 1],
    };
}

/** The sum of what is known; null when nothing is. */
export function sum(values) {
    const found = values.filter((value) => value !== null && value !== undefined);
    return found.length ? found.reduce((total, value) => total + Number(value), 0) : null;
}

/**
 * Nodes and links of groups, a column for each dimension: the first values of each, and "other" so that every column has
 * the whole.
 */
export function flowsOf(answer, dimensions, most = 12) {
    const firsts = dimensions.map(({ name }) => {
        const totals = new Map();
        for (const row of answer.rows) {
            const value = valueOf(name, row);
            totals.set(value.id, { value, packets: (totals.get(value.id)?.packets ?? 0) + row.packets });
        }
        return new Map([...totals].sort(([, a], [, b]) => b.packets - a.packets).slice(0, most).map(([id, { value }]) => [id, value]));
    });
    const nodes = new Map();
    const links = new Map();
    const add = (path, packets) => {
        path.forEach(({ id, ...node }) => nodes.set(id, { id, ...node }));
        for (let place = 1; place < path.length; place += 1) {
            const key = `${path[place - 1].id}\n${path[place].id}`;
            links.set(key, { source: path[place - 1].id, target: path[place].id, value: (links.get(key)?.value ?? 0) + packets });
        }
    };
    const other = (place) => ({ id: `${place} other`, label: `other ${OTHERS[dimensions[place].name]}`, href: null, isOther: true });
    for (const row of answer.rows) {
        add(dimensions.map(({ name }, place) => {
            const { id, label, href } = valueOf(name, row);
            return firsts[place].has(id) ? { id: `${place} ${id}`, label, href } : other(place);
        }), row.packets);
    }
    const rest = (answer.total.packets ?? 0) - (sum(answer.rows.map((row) => row.packets)) ?? 0);
    if (rest > 0) add(dimensions.map((_, place) => other(place)), rest);
    return { nodes: [...nodes.values()], links: [...links.values()] };
}

const OTHERS = { port: "ports", country: "countries", network: "networks", site: "sites", class: "classes", proto: "protocols" };

/** Columns of a table of groups. */
export function groupColumns(dimensions, total, here) {
    return [
        ...dimensions.map(({ name, label }) => ({
            key: name, label, kind: "text", value: (row) => valueOf(name, row).label, href: (row) => valueOf(name, row).href,
        })),
        { key: "packets", label: "Packets", kind: "number" },
        { key: "share", label: "Share", kind: "share", value: (row) => (total ? row.packets / total : null) },
        { key: "bar", label: "Of the most", kind: "bar", value: (row) => row.packets, sortable: false },
        { key: "sources", label: "Sources", isNumber: true, value: (row) => sourcesText(row.sources, row.sources_precision) },
        {
            key: "only", label: "Filter", kind: "node", sortable: false, value: (row) => {
                const only = dimensions.map(({ name }) => valueOf(name, row).only);
                return only.includes(null) ? "" : onlyLink([...new Set(only.join(" and ").split(" and "))].join(" and "), here);
            },
        },
    ];
}

/** A link to the same page for this alone. */
export function onlyLink(only, here) {
    return h("a.narrow-to", { href: narrowed(only, here), title: `Filter: ${only}`, "aria-label": `Only ${only}` }, "only");
}

/** Distinct sources with what the number is worth. */
export function sourcesText(sources, precision) {
    if (sources === null || sources === undefined) return "–";
    const figure = new Intl.NumberFormat("en").format(sources);
    return { least: `≥ ${figure}`, "at-least": `≥ ${figure}`, estimate: `≈ ${figure}` }[precision] ?? figure;
}
