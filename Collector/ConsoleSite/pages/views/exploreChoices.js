// What can be chosen in Explore, and what a choice asks the server.

import { moment } from "../lib/choices.js";

/** Dimensions: name in the address and the API, words, and the subject of a graph over time that has layers of it. */
export const DIMENSIONS = [
    { name: "port", label: "Port", subject: "ports" }, { name: "country", label: "Country", subject: "countries" },
    { name: "network", label: "Network", subject: "networks" }, { name: "site", label: "Site", subject: "sites" },
    { name: "class", label: "Traffic class" }, { name: "proto", label: "Protocol" },
];
/** Graphs: name in the address, words, and how many layers or rows it has at most and by itself. */
export const KINDS = [
    { name: "stack", label: "Stacked", isTime: true, most: 8, standard: 7 },
    { name: "lines", label: "Lines", isTime: true, most: 8, standard: 7 },
    { name: "grid", label: "Grid", isTime: true, most: 24, standard: 12 },
    { name: "heat", label: "Heat map", isTime: true, most: 40, standard: 24 },
    { name: "sankey", label: "Sankey", most: 1000, standard: 500 },
    { name: "map", label: "Map", most: 300, standard: 300 },
    { name: "table", label: "Table", most: 1000, standard: 50 },
];
export const RANKS = [["packets", "Packets"], ["sources", "Sources"], ["sites", "Sites"]];
export const MEASURES = [["packets", "Packets"], ["sources", "Distinct sources"]];
export const STEPS = [["", "As it suits"], ["5 minutes", "5 minutes"], ["10 minutes", "10 minutes"], ["hour", "Hours"], ["day", "Days"], ["week", "Weeks"], ["month", "Months"]];

const SECONDS = { "5 minutes": 300, "10 minutes": 600, hour: 3600, day: 86400, week: 604800, month: 2678400 };
const MOST_BINS = 170;

/** What the address has chosen, each in bounds. */
export function choicesOf(query) {
    const kind = KINDS.find(({ name }) => name === query.g) ?? KINDS[0];
    const named = (query.by ?? "").split(",").map((name) => DIMENSIONS.find((one) => one.name === name)).filter(Boolean);
    const dimensions = [...new Set(named)].slice(0, 3);
    const count = /^\d{1,4}$/.test(query.n ?? "") ? Number(query.n) : kind.standard;
    return {
        kind, dimensions: dimensions.length ? dimensions : [DIMENSIONS[0]], n: Math.max(1, Math.min(kind.most, count)),
        rank: RANKS.some(([name]) => name === query.rank) ? query.rank : "packets",
        measure: query.m === "sources" ? "sources" : "packets",
        step: STEPS.some(([name]) => name === query.step) ? query.step ?? "" : "", isCompared: query.prev === "yes",
    };
}

/** The dimension whose values are the layers of a graph over time; undefined when none of those chosen can be. */
export function layered({ dimensions }) {
    return dimensions.find(({ subject }) => subject);
}

/** [path of the API, parameters] of the graph; null when the choice has none. */
export function question(choice, context) {
    if (choice.kind.isTime) {
        const layers = layered(choice);
        return layers && [`filtered/stack/${layers.subject}`, {
            ...context.all, by: choice.rank, n: choice.n, measure: choice.measure, step: stepOf(choice, context),
        }];
    }
    if (choice.kind.name === "map") return ["filtered/groups", { ...context.all, by: "country", n: choice.n }];
    if (choice.kind.name === "sankey" && choice.dimensions.length < 2) return null;
    return ["filtered/groups", { ...context.all, by: choice.dimensions.map(({ name }) => name).join(","), n: choice.n }];
}

/** [path, parameters] of everything together, beside the span before. */
export function comparison(choice, context) {
    return ["filtered/series", { ...context.all, step: stepOf(choice, context), previous: "yes" }];
}

/** The step that was chosen, or the shortest that is quick to answer and to look at; the server's where the span is not known here. */
export function stepOf(choice, context) {
    if (choice.step) return choice.step;
    const [from, to] = [moment(context.span.from), moment(context.span.to)];
    if (from === null || to === null || to <= from) return null;
    const isHourly = ["countries", "networks"].includes(layered(choice)?.subject) || context.scanners !== "all";
    const fitting = Object.entries(SECONDS).filter(([, seconds]) => !isHourly || seconds >= 3600);
    return (fitting.find(([, seconds]) => (to - from) / 1000 / seconds <= MOST_BINS) ?? fitting.at(-1))[0];
}
