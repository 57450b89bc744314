// The first page: is every site alive, and what has changed? Figures of now, then the span that is chosen.

import { seriesOf } from "../charts/answers.js";
import { ask } from "../lib/ask.js";
import { moment } from "../lib/choices.js";
import { h } from "../lib/dom.js";
import { Panel } from "../lib/panel.js";
import { iso } from "../lib/zone.js";
import { figureRow, showSites } from "./overviewNow.js";
import { showCountries, showFlow, showHeat, showMap, showNews, showPorts, showSeries, showStack, wordsOf } from "./overviewPictures.js";

/** How long pictures of the whole span stay while only the newest bins change, in milliseconds. */
const RENEWED = 5 * 60_000;
/** Minutes are stored site by site: those of so many milliseconds are shown together. */
const GATHERED = 2_000;
/** Ports that the heat map has; the stack shows the first of them. */
const HEAT_ROWS = 24;
/** Combinations of country, port and site that flows are made of; what is beyond them is in "other". */
const FLOWS = 1_000;
/** Flows are read of so many days, and of so many packets that it takes half a second. */
const FLOW_DAYS = 31, FLOW_PACKETS = 100_000;
/** The question that the map and the list of countries share. */
const countriesOf = ({ all }) => ["filtered/top/countries", { ...all, by: "sources", limit: 300 }];

export default function overview(main) {
    const figures = figureRow();
    const panels = {
        series: new Panel("Packets and unique sources", { wide: true }), sites: new Panel("Sites"),
        stack: new Panel("Packets by destination port", { wide: true }), ports: new Panel("Top ports by unique sources"),
        news: new Panel("New and rising in the newest whole hour", { full: true }),
        map: new Panel("Sources by country", { wide: true }), countries: new Panel("Top countries by unique sources"),
        heat: new Panel("Port by time", { wide: true }), flow: new Panel("Country to port to site"),
    };
    main.append(h("h1.unseen", {}, "Overview"), figures.element,
        h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));
    let shown = null;
    let timer = null;

    async function update(context) {
        const { all } = context, key = JSON.stringify(all);
        const isRecent = shown?.key === key && Date.now() - shown.at < RENEWED;
        shown = { key, context, at: isRecent ? shown.at : Date.now(), chart: isRecent ? shown.chart : null };
        const load = (name, path, parameters, draw) =>
            panels[name].load(context, [path, { ...all, ...parameters }], (answer, panel) => draw(answer, panel, context));
        // What is now is the cheapest answer and the first that is looked for: nothing competes with it.
        await now(context);
        if (context.signal.aborted) return;
        const rest = [load("series", "filtered/series", { previous: "yes" }, drawSeries)];
        if (!isRecent) {
            rest.push(
                load("stack", "filtered/stack/ports", { n: HEAT_ROWS }, showStack),
                load("ports", "filtered/top/ports", { by: "sources", limit: 10 }, showPorts),
                panels.news.load(context, ["new", { ...context.span, of: "ports", unit: "hour", limit: 5 }], showNews),
                load("map", ...countriesOf(context), showMap), load("countries", ...countriesOf(context), showCountries),
                load("heat", "filtered/stack/ports", { n: HEAT_ROWS }, showHeat),
                panels.flow.load(
                    { ...context, ask: askFlow(context) }, ["filtered/groups", { ...all, by: "country,port,site", n: FLOWS }],
                    (answer, panel) => showFlow(answer, panel, context)));
        }
        await Promise.all(rest);
    }

    /**
     * Countries, ports and sites go together in flows alone, which are read one by one. Sums have countries by site, and ports
     * by site: they tell of spans with many packets, whose flows would take seconds.
     */
    function askFlow(context) {
        return async (path, parameters) => {
            const { coverage } = await context.ask(...countriesOf(context));
            const [from, to] = ["from", "to"].map((name) => moment(parameters[name]));
            const isShort = from === null || to === null || to - from <= FLOW_DAYS * 86_400_000;
            try {
                if (isShort && d3.sum(coverage, (row) => row.packets) <= FLOW_PACKETS) return await context.ask(path, parameters);
            } catch (error) {
                if (error.status !== 422) throw error;
            }
            const bySite = await Promise.all(["country,site", "port,site"].map((by) => context.ask(path, { ...parameters, by })));
            return { ...bySite[0], bySite };
        };
    }

    /** What is now, of one answer: all sources, whatever the filter says. */
    function now(context) {
        return panels.sites.load(context, ["overview", {}], (answer, panel) => {
            // Which sites are missing from a span is told where figures are of that span.
            panel.partial(null);
            figures.show(answer, context);
            showSites(answer, panel);
        });
    }

    function drawSeries(answer, panel, context) {
        shown.chart = showSeries(answer, panel, context, shown.chart);
    }

    /** A minute was stored: the newest bins and what is now are asked for again, and nothing else of the page changes. */
    function live() {
        timer ??= setTimeout(async () => {
            timer = null;
            const { context, chart } = shown;
            if (context.signal.aborted) return;
            const fresh = { ...context, ask: (path, parameters) => ask(path, parameters, context.signal) };
            await Promise.all([now(fresh), chart && newest(fresh, chart)]);
        }, GATHERED);
    }

    async function newest(context, chart) {
        const { bins, layers, step } = chart.data;
        const from = iso(bins[Math.max(0, bins.length - 2)].start);
        try {
            const answer = await context.ask("filtered/series", { ...context.all, from, step });
            const next = seriesOf(answer, context.zone);
            next.bins.forEach((bin, place) => {
                const at = bins.findIndex((known) => known.start === bin.start);
                if (at < 0) return;
                bins[at] = bin;
                for (const layer of [0, 1]) layers[layer].values[at] = next.layers[layer].values[place];
            });
            chart.drawn?.update(chart.data);
            if (chart.drawn) panels.series.retell(wordsOf(chart.data));
        } catch (error) {
            // What is shown stays true for its time, and the header says when it was heard last.
            if (error.name !== "AbortError") console.warn(error);
        }
    }

    return {
        title: "Overview", update,
        live() { if (shown) live(); },
        leave() { clearTimeout(timer); },
    };
}
