// Sources: who sends, by address, by block, by network and by country.

import { h } from "../lib/dom.js";
import { number, plural } from "../lib/format.js";
import { Panel } from "../lib/panel.js";
import { here, link } from "../lib/place.js";
import { news } from "./news.js";
import {
    COLUMNS, SOURCES, about, hourly, isTooLarge, notes, nothing, ordered, showTimeline, sqlTool,
} from "./trafficParts.js";

const KINDS = [["addresses", "Addresses"], ["blocks", "Blocks"], ["networks", "Networks"], ["countries", "Countries"]];
const ROWS = 30, MOST = 480;

const BLOCK = { key: "block", label: "Block", href: (row) => link(["source", row.block]) };
const DAYS = { key: "days", label: "Days", kind: "number" };
const TOOL = { key: "tool", label: "Tool", value: (row) => row.tool ?? "" };
const SERVICES = { key: "services", label: "Ports", isNumber: true, text: (row) => `${/least|estimate/.test(row.services_precision) ? "≥ " : ""}${number(row.services)}` };
const SCANNERS_IN = {
    key: "scanner_sources", label: "Scanners in it", isNumber: true,
    text: (row) => number(row.scanner_sources), title: (row) => row.scanner === "behaviour" ? "by behaviour" : row.scanner,
};
const COLUMNS_OF = {
    addresses: [COLUMNS.source, COLUMNS.packets, COLUMNS.bar, COLUMNS.sites, COLUMNS.country, COLUMNS.network, COLUMNS.mark, COLUMNS.first, COLUMNS.last],
    days: [COLUMNS.source, COLUMNS.packets, COLUMNS.bar, SERVICES, COLUMNS.sites, DAYS, COLUMNS.country, COLUMNS.network, COLUMNS.mark, TOOL, COLUMNS.first, COLUMNS.last],
    blocks: [BLOCK, COLUMNS.packets, COLUMNS.bar, SOURCES, COLUMNS.sites, DAYS, COLUMNS.country, COLUMNS.network, SCANNERS_IN, COLUMNS.first, COLUMNS.last],
    networks: [COLUMNS.network, COLUMNS.packets, COLUMNS.bar, SOURCES, COLUMNS.sites],
    countries: [COLUMNS.country, COLUMNS.packets, COLUMNS.bar, SOURCES, COLUMNS.sites],
};

export default function sources(main) {
    const tabs = h("nav.tabs", { "aria-label": "What sources are told by" });
    const panels = { series: new Panel("Packets and unique sources", { wide: true }), news: new Panel("New sources"), table: new Panel("Sources", { full: true }) };
    main.append(h("div.page-head", {}, h("h1", {}, "Sources"), h("p", {}, "Who sends. A source may be forged: one that several sites saw is likelier real.")),
        h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));
    panels.table.element.querySelector(".panel-head").after(tabs);

    async function update(context) {
        const kind = KINDS.some(([name]) => name === context.query.of) ? context.query.of : "addresses";
        tabs.replaceChildren(...KINDS.map(([name, text]) =>
            h("a", { href: here({ of: name === "addresses" ? null : name, sort: null }), "aria-current": name === kind ? "true" : null }, text)));
        panels.news.heading.textContent = kind === "countries" ? "New and rising countries" : "New sources";
        await Promise.all([
            panels.series.load(context, ["filtered/series", about(context, "", { step: context.scanners === "all" && !context.filter ? null : hourly(context) })], (answer) => {
                sqlTool(panels.series, answer, { g: "lines" });
                notes(panels.series, answer);
                showTimeline(answer, panels.series, context);
            }),
            news(panels.news, context, kind === "countries" ? "countries" : "sources"),
            show(panels.table, kind, context),
        ]);
    }
    return { title: "Sources", update };
}

async function show(panel, kind, context) {
    const rows = Math.min(MOST, Number(context.query.n) || ROWS);
    const isBySources = (context.query.sort ?? "").startsWith("sources");
    const [path, parameters] = await question(kind, context, isBySources ? "sources" : "packets", rows);
    await panel.load(context, [path, parameters], (answer) => {
        const found = answer.rows ?? answer.sources;
        sqlTool(panel, answer, { by: kind === "networks" ? "network" : kind === "countries" ? "country" : "port", g: "table" });
        notes(panel, answer);
        if (answer.days) panel.note.append(wholeDays(answer.days, kind, context));
        if (found.length >= rows && rows < MOST) panel.note.append(" ", h("a", { href: here({ n: Math.min(MOST, rows * 4) }) }, `Show ${Math.min(MOST, rows * 4)} rows`));
        panel.note.hidden = !panel.note.textContent;
        if (!found.length) {
            if (answer.days && answer.days.days_known === 0) panel.empty("The days of this span are not summed yet: a day (UTC) comes when it is over. ",
                h("a", { href: here({ from: "now-7d", to: null }) }, "Look at the last 7 days"));
            else nothing(panel, context, "sources");
            return;
        }
        ordered(panel, COLUMNS_OF[answer.days && kind === "addresses" ? "days" : kind], found, context,
            { sort: { key: isBySources ? "sources" : "packets", descending: true } });
    });
}

/** Addresses come from flows where those may be read, and else, as blocks always do, from days that are over. */
async function question(kind, context, by, limit) {
    if (kind === "blocks") return ["sources", { ...context.span, of: "blocks", scanners: context.scanners, limit }];
    const asked = [`filtered/top/${kind === "addresses" ? "sources" : kind}`, about(context, "", { by: kind === "addresses" ? "packets" : by, limit })];
    if (kind !== "addresses" || context.filter) return asked;
    try {
        await context.ask(...asked);
        return asked;
    } catch (error) {
        return isTooLarge(error) ? ["sources", { ...context.span, of: "addresses", scanners: context.scanners, limit }] : asked;
    }
}

function wholeDays(days, kind, context) {
    const told = `Of the ${plural(days.days, "day")} (UTC) from ${days.first_day} to ${days.last_day} that hold the span, whole`
        + `${days.days_known < days.days ? `; ${number(days.days_known)} of them are summed` : ""}.`;
    return context.filter && kind === "blocks" ? `${told} The filter is not used for blocks.` : told;
}
