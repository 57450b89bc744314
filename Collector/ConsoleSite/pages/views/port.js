// One port: how it develops, who asks for it and where it is seen.

import { binsOf } from "../charts/answers.js";
import { Problem } from "../lib/ask.js";
import { h } from "../lib/dom.js";
import { UNKNOWN, counted, duration, number, plural, share } from "../lib/format.js";
import { className, isBackscatter, isClass, portLabel } from "../lib/names.js";
import { Panel } from "../lib/panel.js";
import { here } from "../lib/place.js";
import { label } from "../lib/zone.js";
import missing from "./missing.js";
import {
    COLUMNS, SOURCES, about, figures, hourly, notes, nothing, ordered, showTimeline, sqlTool, timeline, topPanel, written,
} from "./trafficParts.js";

const SCANNERS = { all: "all sources", without: "without scanners", only: "scanners only" };

export default function port(main, path) {
    const [, trafficClass, service] = path;
    if (!isClass(trafficClass) || !/^\d{1,5}$/.test(service ?? "") || Number(service) > 65535) return missing(main);
    const heading = h("h1", {}, portLabel(trafficClass, Number(service)));
    const words = h("p", {}, className(trafficClass), isBackscatter(trafficClass) ? ": answers to packets with forged dark senders; its sources are victims" : "");
    const list = h("dl.figures", {});
    const panels = {
        series: new Panel("Packets over time", { wide: true }), sites: new Panel("Where it is seen"),
        countries: new Panel("Countries"), networks: new Panel("Networks"), sources: new Panel("Sources with the most packets"),
        shared: new Panel("Other ports of its sources"), tools: new Panel("Tools"), signatures: new Panel("Header signatures"),
    };
    main.append(h("div.page-head", {}, heading, words), list, h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));
    const own = `class = ${trafficClass} and port = ${service}`;
    const address = ["port", trafficClass, service].map(encodeURIComponent).join("/");

    /** Views of scanners are kept by hours. */
    const question = (context) => [address, { ...context.span, step: hourly(context) }];

    async function update(context) {
        const top = (panel, subject, columns, options = {}) => topPanel(panels[panel], context, subject, own, { columns, ...options });
        await Promise.all([
            history(context), sites(context), shared(context), total(context),
            top("countries", "countries", [COLUMNS.country, SOURCES, COLUMNS.packets], { by: "sources" }),
            top("networks", "networks", [COLUMNS.network, SOURCES, COLUMNS.packets], { by: "sources" }),
            top("sources", "sources", [COLUMNS.source, COLUMNS.packets, COLUMNS.sites, COLUMNS.mark]),
            top("signatures", "signatures", [COLUMNS.signature, SOURCES, COLUMNS.packets]),
            tools(context),
        ]);
    }

    /** With a filter it is the filter's series; else all three views of scanners beside each other. */
    function history(context) {
        if (context.filter || context.scanners === "only") {
            return panels.series.load(context, ["filtered/series", about(context, own)], (answer) => {
                sqlTool(panels.series, answer, { q: about(context, own).q, g: "lines" });
                notes(panels.series, answer);
                showTimeline(answer, panels.series, context);
            });
        }
        return panels.series.load(context, question(context), (answer) => {
            sqlTool(panels.series, {}, {});
            views(answer, context);
        });
    }

    function views(answer, context) {
        const { series: rows, views: kinds } = answer;
        if (rows.every((row) => !row.packets)) {
            panels.series.remark();
            if (rows.every((row) => row.packets === null)) panels.series.empty("Nothing was observed in this span: there is no data.");
            else nothing(panels.series, context);
            return;
        }
        const values = (name) => {
            const found = new Map(kinds[name].map((bin) => [bin.time, bin.packets]));
            return rows.map((row) => row.packets === null ? null : found.get(row.time) ?? 0);
        };
        const layers = [{ label: SCANNERS.all, values: rows.map((row) => row.packets) }];
        if (kinds.without) layers.push({ label: SCANNERS.without, values: values("without") });
        if (kinds.only) layers.push({ label: SCANNERS.only, values: values("only"), dash: true });
        const sum = (list) => list.reduce((total, value) => total + (value ?? 0), 0);
        timeline(panels.series, context, {
            bins: binsOf(rows, answer), step: answer.step, layers: context.scanners === "without" && kinds.without ? layers.slice(1) : layers, what: "packets",
            summary: layers.map((layer) => `${plural(sum(layer.values), "packet")} ${layer.label}`).join(", "),
        });
        panels.series.remark(kinds.without ? "Drag over the picture to look at a shorter span."
            : "Scanners are told apart in whole hours (UTC), of which these bins are not made. ",
        kinds.without ? null : h("a", { href: here({ from: "now-7d", to: null }) }, "Look at 7 days"));
    }

    /** Sites by what they saw of the sources that count, with when each saw it first. */
    function sites(context) {
        return panels.sites.load(context, question(context), (answer) => {
            heading.textContent = portLabel(trafficClass, Number(service), answer.name);
            const seen = answer.sites[context.scanners], first = new Map(answer.first_seen.map((row) => [row.site, row]));
            const observing = answer.first_seen.length;
            panels.sites.remark(seen.length ? `${spread(seen.length, observing)}.` : "", context.filter ? " Of the port as a whole: the filter is not used here." : "");
            if (!seen.length) return nothing(panels.sites, context);
            const columns = [COLUMNS.site, COLUMNS.packets, SOURCES, {
                key: "first", label: "First seen", value: (row) => first.get(row.site)?.first_seen ?? null,
                text: (row) => when(first.get(row.site), context),
                title: (row) => after(first.get(row.site)),
            }];
            return ordered(panels.sites, columns, seen, context, { sort: { key: "packets", descending: true }, name: "sites" });
        });
    }

    /** Which other ports its sources asked for. */
    function shared(context) {
        const parameters = { ...context.span, scanners: context.scanners, limit: 12 };
        const panel = panels.shared;
        return panel.load(context, [`${address}/flows`, parameters], (answer) => {
            panel.remark(`Of ${plural(answer.total.sources, "source")} in this span, read from flows.`, context.filter ? " The filter is not used here." : "");
            if (!answer.shared.length) {
                panel.empty(answer.total.sources ? "Its sources asked for nothing else." : "It has no sources in this span.");
                return;
            }
            panel.table(written([COLUMNS.port, { key: "shared_sources", label: "Shared sources", kind: "number" },
                { key: "share", label: "of its sources", kind: "share" }]), answer.shared);
        });
    }

    /** What its sources scan with. */
    function tools(context) {
        const parameters = { ...context.span, scanners: context.scanners, limit: 12 };
        const panel = panels.tools;
        return panel.load(context, [`${address}/flows`, parameters], (answer) => {
            panel.remark("By what each source sent to this port: at least 3 SYNs of which nine in ten match.", context.filter ? " The filter is not used here." : "");
            if (!answer.tools.length) {
                panel.empty("It has no sources in this span.");
                return;
            }
            panel.table(written([{ key: "tool", label: "Tool", value: (row) => row.tool === "none" ? "none known" : row.tool },
                { key: "sources", label: "Unique sources", kind: "number" },
                { key: "share", label: "of all", kind: "share", value: (row) => row.sources / answer.total.sources }]), answer.tools);
        });
    }

    /** Figures of what the filter and the choice of scanners let in; dark addresses from flows where those may be read. */
    async function total(context) {
        try {
            const answer = await context.ask("filtered/top/sites", about(context, own, { by: "packets", limit: 1000 }));
            const { total: sum, rows } = answer;
            const lines = [
                ["Packets", number(sum.packets), sum.undecided_packets > 0 ? `${number(sum.undecided_packets)} more may be` : SCANNERS[context.scanners]],
                ["Unique sources", counted(sum.sources, sum.sources_precision), null],
                ["Sites", number(rows.length), spread(rows.length, answer.coverage.length)],
            ];
            figures(list, lines);
            if (context.filter) return;
            const { total: told } = await context.ask(`${address}/flows`, { ...context.span, scanners: context.scanners, limit: 12 });
            if (context.signal.aborted) return;
            figures(list, [...lines, ["Dark addresses asked", counted(told.dark_targets, told.dark_targets_precision), "as far as flows tell"]]);
        } catch (error) {
            // The panels below say what cannot be told, and why.
            if (!(error instanceof Problem) && error.name !== "AbortError") console.error(error);
        }
    }

    return { title: portLabel(trafficClass, Number(service)), update };
}

/** One site is local, all are global. */
function spread(seen, observing) {
    if (!observing) return null;
    if (seen === 1 && observing > 1) return `local: one of ${plural(observing, "site")} saw it`;
    if (seen >= observing) return observing > 1 ? "global: every site saw it" : "one site observes";
    return `${number(seen)} of ${plural(observing, "site")} saw it`;
}

function when(row, context) {
    return row?.first_seen ? label(Date.parse(row.first_seen), context.zone, "short") : UNKNOWN;
}

/** How much later than the first site, as far as it was observed. */
function after(row) {
    if (!row?.first_seen) return "not seen in the days of this span";
    const exact = `within ${duration(row.within_seconds)}`;
    if (!row.lag_seconds) return `the first site, ${exact}`;
    return `${duration(row.lag_seconds)} after the first site, ${exact}${
        row.started_later ? "; it did not observe yet when the first site saw it" : row.coverage_of_lag === null ? "" : `; ${share(row.coverage_of_lag)} of the time between was observed`}`;
}

