// A network or a country: what it sends, and what that is against the addresses it announces.

import { Problem } from "../lib/ask.js";
import { h } from "../lib/dom.js";
import { UNKNOWN, counted, number, plural } from "../lib/format.js";
import { Panel } from "../lib/panel.js";
import { COLUMNS, SOURCES, about, figures, hourly, notes, showTimeline, sqlTool, topPanel } from "./trafficParts.js";

/**
 * The page of a network or a country.
 * @param what {name: heading, own: its filter, path: of its answer, words(answer): the line below the heading, parts: [title,
 *     columns] of what is announced; hasNetworks: whether it has several networks}
 */
export function originPage(main, what) {
    const heading = h("h1", {}, what.name);
    const words = h("p", {});
    const list = h("dl.figures", {});
    const announcedPanel = new Panel(what.parts.title);
    const panels = {
        series: new Panel("Packets and unique sources", { wide: true }),
        ...(what.hasNetworks ? { networks: new Panel("Networks that send") } : { announced: announcedPanel }),
        ports: new Panel("Ports"), sources: new Panel("Sources with the most packets"), sites: new Panel("Sites"),
        announced: announcedPanel, ...(what.hasNetworks ? { signatures: new Panel("Header signatures", { wide: true }) } : {}),
    };
    main.append(h("div.page-head", {}, heading, words), list, h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));

    async function update(context) {
        const top = (name, columns, options = {}) => topPanel(panels[name], context, options.subject ?? name, what.own, { columns, ...options });
        await Promise.all([
            panels.series.load(context, ["filtered/series", about(context, what.own, { step: hourly(context) })], (answer) => {
                sqlTool(panels.series, answer, { q: about(context, what.own).q, g: "lines" });
                notes(panels.series, answer);
                showTimeline(answer, panels.series, context);
            }),
            announced(context), total(context),
            top("ports", [COLUMNS.port, SOURCES, COLUMNS.packets], { by: "sources" }),
            top("sources", [COLUMNS.source, COLUMNS.packets, COLUMNS.sites, COLUMNS.mark]),
            top("sites", [COLUMNS.site, SOURCES, COLUMNS.packets], { limit: 100 }),
            what.hasNetworks && top("networks", [COLUMNS.network, SOURCES, COLUMNS.packets, COLUMNS.sites], { by: "sources" }),
            what.hasNetworks && top("signatures", [COLUMNS.signature, SOURCES, COLUMNS.packets]),
        ]);
    }

    /** What is announced, by network or by country. */
    function announced(context) {
        const panel = panels.announced;
        return panel.load(context, [what.path, { ...context.span, limit: 12 }], (answer) => {
            // The table of origins has nothing to do with what was observed.
            panel.partial(null);
            heading.textContent = what.heading?.(answer) ?? what.name;
            words.textContent = what.words(answer);
            if (!answer.origins) {
                panel.empty("No table of countries and networks is imported. An operator does so with ", h("code", {}, "darkscope origins import"), ".");
                return;
            }
            panel.remark(`IPv4 addresses after ${answer.origins.name} of ${answer.origins.data_date}.`);
            if (!answer.announced.length) {
                panel.empty("That table knows no addresses of it.");
                return;
            }
            panel.table([...what.parts.columns, { key: "addresses", label: "Addresses", kind: "number" }], answer.announced);
        });
    }

    /** Figures of what the filter and the choice of scanners let in, beside the announced addresses. */
    async function total(context) {
        try {
            const [sites, known] = await Promise.all([
                context.ask("filtered/top/sites", about(context, what.own, { by: "packets", limit: 100 })),
                context.ask(what.path, { ...context.span, limit: 12 }),
            ]);
            if (context.signal.aborted) return;
            const { total: sum, rows } = sites, addresses = known.announced_addresses;
            const part = (value) => addresses > 0 && value !== null ? number(value * 1000 / addresses) : UNKNOWN;
            const victims = known.totals.find((row) => row.is_backscatter);
            figures(list, [
                ["Packets", number(sum.packets), victims && !context.filter && context.scanners === "all"
                    ? `${number(victims.packets)} of them backscatter of ${plural(victims.sources, "victim")}` : null],
                ["Unique sources", counted(sum.sources, sum.sources_precision), null],
                ["Sites", number(rows.length), `of ${plural(sites.coverage.length, "site")} that observe`],
                ["Announced addresses", number(addresses), addresses === null ? "not known" : "IPv4"],
                ["Sources per 1,000", part(sum.sources), "announced addresses"],
            ]);
        } catch (error) {
            // The panels below say what cannot be told, and why.
            if (!(error instanceof Problem) && error.name !== "AbortError") console.error(error);
        }
    }

    return { title: what.name, update };
}
