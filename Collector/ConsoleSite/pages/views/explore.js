// Explore: one filter, one to three dimensions, any graph, the figures under it, and the SQL that ran.

import { heat } from "../charts/heat.js";
import { map } from "../charts/map.js";
import { sankey } from "../charts/sankey.js";
import { series } from "../charts/series.js";
import { theme } from "../charts/colours.js";
import { address } from "../lib/ask.js";
import { showSpan } from "../lib/choices.js";
import { partial } from "../lib/coverage.js";
import { fill, h } from "../lib/dom.js";
import { change, number, plural, share } from "../lib/format.js";
import { country } from "../lib/names.js";
import { Panel } from "../lib/panel.js";
import { go, here, link, place, set } from "../lib/place.js";
import { copyButton, parameterList, runnable, sql } from "../lib/sqlText.js";
import { sorted } from "../lib/table.js";
import { worldOf } from "../lib/world.js";
import { DIMENSIONS, KINDS, MEASURES, RANKS, STEPS, choicesOf, comparison, layered, question } from "./exploreChoices.js";
import {
    binsOf, binsOfSeries, flowsOf, groupColumns, layersOf, onlyLink, sourcesText, statistics, sum,
} from "./exploreFigures.js";

export default function explore(main) {
    const page = new Explore(main);
    return { title: "Explore", update: (context) => page.update(context) };
}

class Explore {
    constructor(main) {
        this.downloads = h("span.downloads", {});
        this.asking = h("form.asking", { "aria-label": "What the graph shows", on: { submit: (event) => event.preventDefault() } });
        this.graph = new Panel("Graph", { full: true, tools: [this.downloads] });
        this.before = new Panel("Against the span before", { full: true });
        this.figures = new Panel("Figures", { full: true });
        this.figures.element.classList.add("bounded");
        this.statement = new Panel("The SQL that ran", { full: true });
        main.append(h("div.page-head", {}, h("h1", {}, "Explore"), h("p", {}, "One filter, up to three dimensions, any graph; the address holds all of it.")),
            this.asking, h("div.panels", {}, this.graph.element, this.before.element, this.figures.element, this.statement.element));
    }

    async update(context) {
        const choice = choicesOf(context.query);
        this.#offer(choice);
        this.context = context;
        const asked = question(choice, context);
        const isCompared = choice.kind.isTime && choice.isCompared;
        this.before.element.hidden = !isCompared;
        const isFound = Boolean(asked);
        this.figures.element.hidden = !isFound || choice.kind.name === "table";
        this.statement.element.hidden = !isFound;
        fill(this.downloads);
        if (!isFound) {
            this.graph.partial(null);
            this.#cannot(choice);
            return;
        }
        const [path, parameters] = asked;
        const table = choice.kind.isTime ? "layers" : "rows";
        fill(this.downloads, h("a", { href: address(path, { ...parameters, format: "csv", table }), download: true }, "CSV"), " ",
            h("a", { href: address(path, { ...parameters, format: "json" }), download: true }, "JSON"));
        await Promise.all([
            this.graph.load(context, asked, (answer) => this.#draw(answer, choice)),
            isCompared ? this.before.load(context, comparison(choice, context), (answer) => this.#compare(answer, choice)) : null,
            choice.kind.name === "table" ? null : this.figures.load(context, asked, (answer) => this.#count(answer, choice)),
            this.statement.load(context, asked, (answer) => this.#tell(answer)),
        ]);
    }

    // MARK: Choices

    #offer(choice) {
        const { kind, dimensions } = choice;
        const focused = this.asking.contains(document.activeElement) ? document.activeElement.id : null;
        const by = [0, 1, 2].map((index) => select(
            `by-${index}`, ["Dimension", "then", "then"][index], dimensions[index]?.name ?? "",
            [...(index ? [["", "–"]] : []), ...DIMENSIONS.map(({ name, label }) => [name, label])], () => {
                const names = [0, 1, 2].map((place) => this.asking.querySelector(`#by-${place}`).value).filter(Boolean);
                set({ by: [...new Set(names)].join(","), s: null });
            }));
        const kinds = h("fieldset", {}, h("legend", {}, "Graph"), h("div.kinds", {}, KINDS.map(({ name, label }) => h("label", {},
            h("input", { type: "radio", name: "g", id: `g-${name}`, value: name, checked: name === kind.name, on: { change: () => set({ g: name === "stack" ? null : name, n: null, s: null }) } }),
            h("span", {}, label)))));
        const count = h("input", {
            id: "explore-n", type: "number", min: "1", max: String(kind.most), value: String(choice.n),
            on: { change: (event) => set({ n: Number(event.target.value) === kind.standard ? null : event.target.value }) },
        });
        fill(this.asking, kinds, by, h("label", {}, kind.isTime ? "Layers at most" : "Rows at most", count),
            kind.isTime ? [
                select("rank", "Ranked by", choice.rank, RANKS, (value) => set({ rank: value === "packets" ? null : value })),
                select("measure", "Shows", choice.measure, MEASURES, (value) => set({ m: value === "packets" ? null : value })),
                select("step", "Bins", choice.step, STEPS, (value) => set({ step: value || null })),
                h("label.check-line", {}, h("input", {
                    id: "compare", type: "checkbox", checked: choice.isCompared, on: { change: (event) => set({ prev: event.target.checked ? "yes" : null }) },
                }), "beside the span before"),
            ] : null);
        if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }

    /** Why there is no graph for a choice, and what would have one. */
    #cannot({ kind, dimensions }) {
        const to = (label, changes) => h("a", { href: here(changes) }, label);
        this.graph.heading.textContent = kind.label;
        if (kind.name === "sankey") {
            const [first] = dimensions;
            const second = first.name === "site" ? "port" : "site";
            this.graph.empty("Flows need two dimensions or three. ", to(`By ${first.name} and ${second}`, { by: `${first.name},${second}` }), " · ",
                to("By country, port and site", { by: "country,port,site" }));
        } else {
            this.graph.empty("Graphs over time have layers of ports, countries, networks or sites. ", to("By port", { by: "port" }), " · ",
                to("The same as a table", { g: "table" }));
        }
    }

    // MARK: Graphs

    async #draw(answer, choice) {
        const { kind } = choice;
        const filters = Number(Boolean(this.context.filter)) + Number(this.context.scanners !== "all");
        this.graph.heading.textContent = titleOf(choice);
        this.graph.remark(...(answer.notes ?? []).map((note) => h("span", {}, `${note}. `.replace("..", "."))));
        const isEmpty = kind.isTime ? !answer.layers.length && !answer.bins.some(({ packets }) => packets > 0) : !answer.rows.length;
        if (isEmpty) {
            const isUnknown = kind.isTime && answer.bins.every(({ packets }) => packets === null);
            this.graph.empty(isUnknown ? "Nothing was observed in this span: nobody knows what came. "
                : `No packets match${filters ? `; ${plural(filters, "filter")} active` : ""}. `,
            filters ? h("a", { href: here({ q: null, scanners: null }) }, "Clear the filters") : null, filters ? " · " : null,
            h("a", { href: here({ from: "now-7d", to: null }) }, "The last 7 days"));
            return;
        }
        if (kind.isTime) this.#drawTime(answer, choice);
        else if (kind.name === "sankey") this.#drawFlows(answer, choice);
        else if (kind.name === "map") await this.#drawMap(answer);
        else this.#drawGroups(this.graph, answer, choice.dimensions);
    }

    #drawTime(answer, choice) {
        const dimension = layered(choice);
        const [bins, layers] = [binsOf(answer.bins), layersOf(answer, dimension.name)];
        const { zone } = this.context;
        const unit = `${choice.measure} a bin`;
        const columns = [
            { key: "start", label: "Time", kind: "time", value: (row) => new Date(row.bin.start).toISOString() },
            ...layers.map(({ label }, index) => ({ key: String(index), label, kind: "number", value: (row) => row.values[index] })),
            { key: "state", label: "State", kind: "text", value: (row) => row.bin.state },
        ];
        const rows = bins.map((bin, index) => ({ bin, values: layers.map(({ values }) => values[index]) }));
        this.graph.picture({
            summary: `${titleOf(choice)}: ${layers.slice(0, 3).map(({ label, packets }) => `${label} ${number(packets)} packets`).join(", ")}, in ${plural(bins.length, "bin")} of ${STEP_WORDS[answer.step]}.`,
            height: choice.kind.name === "stack" || choice.kind.name === "lines" ? 360 : 200,
            table: { columns, rows },
            draw: (host, width) => {
                const colours = theme(host);
                const drawn = layers.map((layer) => ({
                    label: layer.label, href: layer.href, values: layer.values, colour: layer.isOther ? colours.other : undefined,
                    dash: layer.isOther && choice.kind.name === "lines",
                }));
                const data = { bins, zone, unit, name: titleOf(choice) };
                if (choice.kind.name === "heat") return heat(host, width, { ...data, rows: drawn, unit: choice.measure });
                return series(host, width, {
                    ...data, layers: drawn, kind: choice.kind.name, height: 340, total: choice.measure === "packets",
                    onRange: (from, to) => showSpan(from, to),
                });
            },
        });
    }

    #drawFlows(answer, choice) {
        const { nodes, links } = flowsOf(answer, choice.dimensions);
        const height = Math.max(300, Math.min(720, nodes.length * 20));
        this.graph.picture({
            summary: `${titleOf(choice)}: ${number(answer.total.packets)} packets; the most common is ${groupLabel(answer.rows[0], choice.dimensions)} with ${number(answer.rows[0].packets)}.`,
            height, table: { columns: groupColumns(choice.dimensions, answer.total.packets, here).filter(({ kind }) => kind !== "node"), rows: answer.rows },
            draw: (host, width) => sankey(host, width, { nodes, links, unit: "packets", height, name: titleOf(choice), onOpen: go }),
        });
    }

    async #drawMap(answer) {
        const { land, points, why } = await worldOf(this.context);
        const known = answer.rows.filter((row) => row.country);
        const values = Object.fromEntries(known.map((row) => [row.country, row.packets]));
        const unknown = sum(answer.rows.filter((row) => !row.country).map((row) => row.packets)) ?? 0;
        if (!land) this.graph.remark(`${why} Until then circles stand for countries. `, "Where a source is registered is not where the people behind it are.");
        else this.graph.remark("Where a source is registered is not where the people behind it are.", unknown ? ` ${number(unknown)} packets have no country.` : "");
        this.graph.picture({
            summary: `Packets by country: ${known.slice(0, 3).map((row) => `${country(row.country)} ${number(row.packets)}`).join(", ")}.`,
            height: 420,
            table: { columns: groupColumns([DIMENSIONS[1]], answer.total.packets, here).filter(({ kind }) => kind !== "node"), rows: answer.rows },
            draw: (host, width) => map(host, width, {
                land, points, values, unit: "packets", name: "Packets by country", height: Math.min(520, Math.max(220, width * 0.48)),
                onOpen: (code) => go(link(["country", code])),
            }),
        });
    }

    #drawGroups(panel, answer, dimensions) {
        const total = answer.total.packets;
        const columns = groupColumns(dimensions, total, here);
        const sort = sortOf("packets");
        panel.table(columns, sorted(answer.rows, columns, sort), { sort, onSort: setSort });
        const told = sum(answer.rows.map((row) => row.packets)) ?? 0;
        const rest = total - told;
        panel.remark(`${plural(answer.rows.length, "row")} have ${number(told)} of ${number(total)} packets`,
            rest > 0 ? `; ${number(rest)} (${share(rest / total)}) are in other rows.` : ".",
            answer.total.undecided_packets > 0 ? ` Whether ${number(answer.total.undecided_packets)} more match is not known.` : "",
            " Sources of several rows may be the same ones.", ...(answer.notes ?? []).map((note) => ` ${note}.`.replace("..", ".")));
    }

    // MARK: Figures

    #count(answer, choice) {
        if (!choice.kind.isTime) {
            this.#drawGroups(this.figures, answer, choice.kind.name === "map" ? [DIMENSIONS[1]] : choice.dimensions);
            return;
        }
        const layers = layersOf(answer, layered(choice).name);
        const whole = sum(answer.bins.map(({ packets }) => packets));
        const rows = layers.map((layer, index) => ({ ...layer, index, ...statistics(layer.values) }));
        const columns = [
            {
                key: "label", label: layered(choice).label, kind: "node", value: (row) => row.label,
                href: (row) => row.href,
            },
            { key: "least", label: "Min", kind: "number" }, { key: "average", label: "Average", kind: "number" },
            { key: "p95", label: "p95", kind: "number" }, { key: "most", label: "Max", kind: "number" },
            { key: "last", label: "Last", kind: "number" }, { key: "packets", label: "Packets", kind: "number" },
            { key: "share", label: "Share", kind: "share", value: (row) => (whole ? row.packets / whole : null) },
            { key: "sources", label: "Sources", isNumber: true, value: (row) => sourcesText(row.sources, row.precision) },
            { key: "only", label: "Filter", kind: "node", sortable: false, value: (row) => (row.only ? onlyLink(row.only, here) : "") },
        ];
        const sort = sortOf(null);
        this.figures.table(columns, sort.key ? sorted(rows, columns, sort) : rows, { sort, onSort: setSort });
        const seen = answer.bins.filter(({ packets }) => packets !== null).length;
        this.figures.remark(`Min to last are ${choice.measure} in a bin of ${STEP_WORDS[answer.step]}, of the ${number(seen)} of ${plural(answer.bins.length, "bin")} of which something is known. `,
            `All together: ${number(whole)} packets. Sources do not add up: the same one may be in several rows.`);
    }

    #compare(answer, choice) {
        const { rows, previous, span } = answer;
        const bins = binsOfSeries(rows, span);
        const pick = (row) => row?.[choice.measure] ?? null;
        const [now, before] = [rows.map(pick), previous.rows.map(pick)];
        const [a, b] = [sum(now), sum(before)];
        const lacks = [partial(answer.coverage), partial(previous.coverage)].some(Boolean);
        const words = choice.measure === "packets" ? `${number(a)} packets now, ${number(b)} before: ${change(a, b)}.` : "Distinct sources of each bin; they do not add up.";
        this.before.remark(words, lacks ? " Not all of both spans was observed, so that some of the difference may be that." : "");
        this.before.picture({
            summary: words, height: 200,
            table: {
                columns: [
                    { key: "time", label: "Time", kind: "time" }, { key: "now", label: "This span", kind: "number" },
                    { key: "before", label: "Span before", kind: "number" },
                    { key: "change", label: "Change", kind: "text", value: (row) => change(row.now, row.before) },
                ],
                rows: rows.map((row, index) => ({ time: row.time, now: now[index], before: before[index] })),
            },
            draw: (host, width) => series(host, width, {
                bins, zone: this.context.zone, unit: `${choice.measure} a bin`, kind: "lines", height: 190, name: "All that the filter lets in, beside the span before",
                layers: [{ label: "This span", values: now }, { label: "Span before", values: before, dash: true, colour: theme(host).other }],
                onRange: (from, to) => showSpan(from, to),
            }),
        });
    }

    // MARK: SQL

    #tell(answer) {
        this.statement.partial(null);
        this.statement.show(
            h("p", {}, `Answered from ${answer.views.join(", ")}, with bound parameters. `,
                copyButton("Copy for psql", () => runnable(answer.sql.text, answer.sql.parameters)), " ", copyButton("Copy the text", answer.sql.text)),
            sql(answer.sql.text), parameterList(answer.sql.parameters));
    }
}

const STEP_WORDS = { "5 minutes": "5 minutes", "10 minutes": "10 minutes", hour: "an hour", day: "a day", week: "a week", month: "a month" };

/** The sort of the address: -packets for the greatest first. */
function sortOf(standard) {
    const text = place().query.s ?? (standard ? `-${standard}` : "");
    return text.startsWith("-") ? { key: text.slice(1), descending: true } : { key: text || null, descending: false };
}

function setSort(key, descending) {
    set({ s: `${descending ? "-" : ""}${key}` }, { replace: true });
}

function titleOf({ kind, dimensions, measure, ...choice }) {
    const what = measure === "sources" && kind.isTime ? "Distinct sources" : "Packets";
    if (kind.name === "map") return "Packets by country";
    if (kind.isTime) return `${what} by ${layered({ dimensions }).label.toLowerCase()} over time, the first ${choice.n} by ${choice.rank}`;
    return `${what} by ${dimensions.map(({ label }) => label.toLowerCase()).join(", ")}`;
}

function groupLabel(row, dimensions) {
    return groupColumns(dimensions, 1, here).slice(0, dimensions.length).map((column) => column.value(row)).join(" – ");
}

function select(id, label, present, pairs, choose) {
    const box = h("select", { id: id.startsWith("by") ? id : `explore-${id}`, on: { change: (event) => choose(event.target.value) } },
        pairs.map(([value, text]) => h("option", { value, selected: value === present }, text)));
    return h("label", {}, label, box);
}
