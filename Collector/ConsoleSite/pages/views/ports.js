// Ports: which are asked for, and what has changed against the week before.

import { h } from "../lib/dom.js";
import { UNKNOWN, change, number, plural, share } from "../lib/format.js";
import { Panel } from "../lib/panel.js";
import { here } from "../lib/place.js";
import { label } from "../lib/zone.js";
import { news } from "./news.js";
import { showStack } from "./overviewPictures.js";
import { COLUMNS, SOURCES, about, notes, nothing, ordered, sqlTool } from "./trafficParts.js";

/** What the server ranks by; other columns are sorted among the rows that are here. */
const RANKS = ["sources", "packets", "sites"];
const ROWS = 30, MOST = 480;

const CHANGE = {
    key: "change", label: "Packets vs 7 d", isNumber: true, value: (row) => ratio(row.packets_compared, row.packets_before),
    text: (row) => difference(row.packets_compared, row.packets_before),
    title: (row) => row.packets_before === null ? null : `${number(row.packets_compared)} now, ${number(row.packets_before)} a week before, in whole hours`,
};
const CHANGE_OF_SOURCES = {
    key: "change_sources", label: "Sources vs 7 d", isNumber: true, value: (row) => ratio(row.sources_compared, row.sources_before),
    text: (row) => difference(row.sources_compared, row.sources_before),
    title: (row) => row.sources_before === null ? null : `${number(row.sources_compared)} now, ${number(row.sources_before)} a week before`,
};
const FIRST = { key: "first_day", label: "First day", text: (row) => row.first_day ?? UNKNOWN };

/** A change in words; what had none in both, at the sites that are compared, has none. */
const difference = (now, before) => ratio(now, before) === null ? UNKNOWN : change(now, before);

/** How many times as many; what had none before is beyond all that had some. */
function ratio(now, before) {
    if (now === null || before === null || now === undefined || before === undefined || now + before === 0) return null;
    return before > 0 ? now / before : 1e15 + now;
}

export default function ports(main) {
    const panels = {
        stack: new Panel("Packets by destination port", { wide: true }), news: new Panel("New and rising ports"),
        table: new Panel("Ports", { full: true }),
    };
    main.append(h("div.page-head", {}, h("h1", {}, "Ports"), h("p", {}, "Which services are asked for, by how many, and what has changed.")),
        h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));
    return {
        title: "Ports",
        update: (context) => Promise.all([
            stack(panels.stack, context), news(panels.news, context, "ports"),
            context.filter ? filtered(panels.table, context) : compared(panels.table, context),
        ]),
    };
}

function stack(panel, context) {
    return panel.load(context, ["filtered/stack/ports", about(context, "", { n: 8 })], (answer) => {
        sqlTool(panel, answer, { by: "port", g: "stack" });
        notes(panel, answer);
        showStack(answer, panel, context);
    });
}

function rankOf(context) {
    const [key] = (context.query.sort ?? "").split("-");
    return { rank: RANKS.includes(key) ? key : "sources", rows: Math.min(MOST, Number(context.query.n) || ROWS) };
}

/** All ports, beside the week before. */
function compared(panel, context) {
    const { rank, rows } = rankOf(context);
    const parameters = { ...context.span, scanners: context.scanners, by: rank, limit: rows };
    return panel.load(context, ["ports", parameters], (answer) => {
        sqlTool(panel, {}, {});
        if (!answer.ports.length) return nothing(panel, context);
        const columns = [COLUMNS.port, COLUMNS.packets, COLUMNS.bar, SOURCES, { ...COLUMNS.sites, label: "Sites" },
            ...(answer.comparison ? [CHANGE, CHANGE_OF_SOURCES] : []), FIRST];
        ordered(panel, columns, answer.ports, context, { sort: { key: rank, descending: true } });
        panel.remark(told(answer.comparison, context), " ", more(answer.ports.length, rows));
    });
}

/** The ports of what the filter lets in. */
function filtered(panel, context) {
    const { rank, rows } = rankOf(context);
    const parameters = about(context, "", { by: rank, limit: rows });
    return panel.load(context, ["filtered/top/ports", parameters], (answer) => {
        sqlTool(panel, answer, { by: "port", g: "table", rank });
        if (!answer.rows.length) return nothing(panel, context);
        ordered(panel, [COLUMNS.port, COLUMNS.packets, COLUMNS.bar, SOURCES, COLUMNS.sites], answer.rows, context, { sort: { key: rank, descending: true } });
        notes(panel, answer);
        panel.note.append("The week before and the first day are kept for all traffic, and not told beside a filter. ",
            h("a", { href: here({ q: null }) }, "Without the filter"), " ", more(answer.rows.length, rows));
        panel.note.hidden = false;
    });
}

function more(found, asked) {
    if (found < asked || asked >= MOST) return "";
    return h("a", { href: here({ n: Math.min(MOST, asked * 4) }) }, `Show ${Math.min(MOST, asked * 4)} ports`);
}

/** What was compared with what, in words. */
function told(comparison, context) {
    if (!comparison) return "There is nothing to compare with: no site observed both these hours and the same hours 7 days before, or no hour of the span is over.";
    const at = (text) => label(Date.parse(text), context.zone, "minute");
    const { span, sites, left_out: without } = comparison;
    const reasons = without.map((site) => `${site.site} (${part(site.coverage)} observed now, ${part(site.coverage_before)} before)`);
    return `vs 7 d: whole hours from ${at(span.from)} to ${at(span.to)} against the same hours 7 days before, at ${plural(sites.length, "site")} that observed both.${
        reasons.length ? ` Left out on both sides: ${reasons.join(", ")}.` : ""} First day: among the days that are kept (UTC).`;
}

const part = (coverage) => coverage === null ? "nothing" : share(coverage);

