// One address or block: what it did, where, and what is known of it.

import { binsOf } from "../charts/answers.js";
import { Problem } from "../lib/ask.js";
import { h } from "../lib/dom.js";
import { UNKNOWN, counted, number, plural } from "../lib/format.js";
import { country, network } from "../lib/names.js";
import { Panel } from "../lib/panel.js";
import { link } from "../lib/place.js";
import { label } from "../lib/zone.js";
import missing from "./missing.js";
import {
    COLUMNS, SOURCES, about, figures, hourly, isTooLarge, marks, notes, nothing, showTimeline, sqlTool, timeline, topPanel, written,
} from "./trafficParts.js";

export default function source(main, path) {
    const block = path[1] ?? "";
    if (!/^(?=.*[.:])[0-9a-f.:]+(\/\d{1,3})?$/i.test(block)) return missing(main);
    const isBlock = /\/\d+$/.test(block) && !/\.\d+\/32$|\/128$/.test(block);
    const words = h("p", {});
    const list = h("dl.figures", {});
    const panels = {
        series: new Panel("Over time", { wide: true }), identity: new Panel("What is known of it"), ports: new Panel("Ports"),
        ...(isBlock ? { sources: new Panel("Addresses of the block") } : {}), sites: new Panel("Sites"),
        signatures: new Panel("Header signatures"), tools: new Panel("Tools"), attacks: new Panel("Attacks on it"),
        ...(isBlock ? {} : { alerts: new Panel("Alerts") }), scans: new Panel("Scans", isBlock ? { wide: true } : { full: true }),
        ...(isBlock ? { alerts: new Panel("Alerts") } : {}),
    };
    main.append(h("div.page-head", {}, h("h1", {}, block), words), list, h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));
    const own = `source = ${block}`;
    const address = `source/${encodeURIComponent(block)}`;

    async function update(context) {
        const top = (name, columns, options = {}) => topPanel(panels[name], context, name, own, { columns, ...options });
        const known = (name, draw) => panels[name].load(context, [address, { ...context.span, limit: 20 }], (answer) => draw(answer, panels[name], context));
        await Promise.all([
            history(context), known("identity", identity), sitesOf(context, known), total(context), known("tools", tools), known("scans", scans),
            known("attacks", attacks), known("alerts", alerts),
            top("ports", [COLUMNS.port, COLUMNS.packets, COLUMNS.sites], { limit: 12 }),
            top("signatures", [COLUMNS.signature, COLUMNS.packets]),
            isBlock && top("sources", [COLUMNS.source, COLUMNS.packets, COLUMNS.sites, COLUMNS.mark]),
        ]);
    }

    /** What the filter lets in of it, where flows may be read; null where whole days must do. */
    async function present(context) {
        try {
            return await context.ask("filtered/top/sites", about(context, own, { by: "packets", limit: 100 }));
        } catch (error) {
            if (isTooLarge(error)) return null;
            throw error;
        }
    }

    async function sitesOf(context, known) {
        const isPresent = await present(context).catch(() => true);
        if (!isPresent) return known("sites", sites);
        return topPanel(panels.sites, context, "sites", own, { columns: [COLUMNS.site, COLUMNS.packets, ...(isBlock ? [SOURCES] : [])], limit: 100 });
    }

    /** Figures of the span as it is, or of its whole days (UTC) where flows are too many. */
    async function total(context) {
        try {
            const [now, known, seen] = await Promise.all([
                present(context), context.ask(address, { ...context.span, limit: 20 }),
                context.ask("filtered/top/sources", about(context, own, { by: "packets", limit: isBlock ? 1000 : 1 })).catch(() => null),
            ]);
            if (context.signal.aborted) return;
            const days = known.days.filter((day) => day.first_seen);
            const sum = now ? now.total.packets : days.reduce((whole, day) => whole + Number(day.packets), 0);
            const times = (now ? seen?.rows ?? [] : days).flatMap((row) => [row.first_seen, row.last_seen]).filter(Boolean).sort();
            const when = (text) => text ? label(Date.parse(text), context.zone, "minute") : UNKNOWN;
            figures(list, [
                ["Packets", number(sum), now ? null : "in whole days (UTC)"],
                isBlock ? ["Addresses seen", now ? counted(now.total.sources, now.total.sources_precision) : number(Math.max(0, ...days.map((day) => Number(day.sources)))), now ? null : "most in a day"]
                    : ["Ports", number(Math.max(0, ...days.map((day) => Number(day.most_services ?? 0))) || null), "most in a whole day at a sensor"],
                ["Sites", number(now ? now.rows.length : known.sites.length), "that it reached"],
                ["First seen", when(times[0]), "in this span"], ["Last seen", when(times.at(-1)), "in this span"],
            ]);
        } catch (error) {
            // The panels below say what cannot be told, and why.
            if (!(error instanceof Problem) && error.name !== "AbortError") console.error(error);
        }
    }

    /** By hours from flows where those may be read, else by the days (UTC) that are over. */
    async function history(context) {
        const parameters = about(context, own, { step: hourly(context) });
        try {
            await context.ask("filtered/series", parameters);
        } catch (error) {
            if (isTooLarge(error)) {
                await panels.series.load(context, [address, { ...context.span, limit: 20 }], (answer) => days(answer, context));
                return;
            }
        }
        await panels.series.load(context, ["filtered/series", parameters], (answer) => {
            sqlTool(panels.series, answer, { q: parameters.q, g: "lines" });
            notes(panels.series, answer);
            showTimeline(answer, panels.series, context, isBlock);
        });
    }

    function days(answer, context) {
        const rows = answer.days.map((day) => ({ ...day, time: `${day.day}T00:00:00Z` }));
        sqlTool(panels.series, {}, {});
        panels.series.remark(`By day (UTC): flows of so long a span are too many to read.${context.filter ? " The filter is not used here." : ""}`);
        if (!rows.some((row) => Number(row.packets) > 0)) return nothing(panels.series, context);
        return timeline(panels.series, context, {
            bins: binsOf(rows, { step: "day", span: answer.span }), step: "day",
            layers: [{ label: "packets", values: rows.map((row) => row.packets) }, ...(isBlock ? [{ label: "unique sources", dash: true, values: rows.map((row) => row.sources) }] : [])],
            what: isBlock ? "packets, sources" : "packets",
            summary: `${plural(rows.reduce((sum, row) => sum + Number(row.packets ?? 0), 0), "packet")} in ${plural(rows.length, "day")}.`,
        });
    }

    /** Where it belongs, who scans there, and why it may not be what it seems. */
    function identity(answer, panel) {
        const { identity: known, scanner_entries: entries, attacks: victims } = answer;
        panel.partial(null);
        words.replaceChildren(marks(known ?? {}) || "", victims.length ? h("span.chip", {}, "spoofable: victim of forged senders") : "");
        const row = (name, ...content) => [h("dt", {}, name), h("dd", {}, content)];
        panel.show(h("dl.facts", {},
            row("Country", known?.country ? h("a", { href: link(["country", known.country]) }, country(known.country)) : "not known"),
            row("Network", known?.asn ? h("a", { href: link(["network", known.asn]) }, network(known.asn, known.as_name)) : "not known"),
            row("Lists of scanners", entries.length ? entries.map((entry) => h("div", {}, listed(entry))) : "on none"),
            row("Can it be forged?", forged(known, victims))));
    }

    return { title: block, update };
}

function listed(entry) {
    const since = entry.list === "behaviour" ? `from ${entry.since} to ${entry.until}` : `list of ${entry.list_date}`;
    return `${entry.organisation ?? (entry.list === "behaviour" ? "by behaviour" : entry.list)}: ${entry.block} (${entry.organisation ? `${entry.list}, ` : ""}${since})`;
}

function forged(known, victims) {
    if (known?.bogon) return `Yes, it must be: ${known.bogon}. No packet can truly come from there.`;
    if (victims.length) return "Spoofable: its backscatter answers packets in which others forged dark addresses. It is a victim, not an attacker.";
    return "Spoofable: a single packet shows no sender. What several sites saw, or a tool marks, is likelier real.";
}

function sites(answer, panel, context) {
    panel.remark(`Of whole days (UTC).${context.filter ? " The filter is not used here." : ""}`);
    if (!answer.sites.length) return nothing(panel, context);
    return panel.table(written([COLUMNS.site, COLUMNS.packets, ...(/\//.test(answer.block) ? [{ key: "sources", label: "Addresses", kind: "number" }] : []),
        { key: "days", label: "Days", kind: "number" }, COLUMNS.last]), answer.sites);
}

function tools(answer, panel) {
    panel.remark("By what it sent in whole days (UTC): at least 3 SYNs of which nine in ten match.");
    if (!answer.tools.length) return panel.empty("No day of this span that is over has packets of it.");
    return panel.table(written([{ key: "tool", label: "Tool", value: (row) => row.tool === "none" ? "none known" : row.tool },
        { key: "sources", label: "Addresses", kind: "number" }, COLUMNS.packets]), answer.tools);
}

function scans(answer, panel) {
    if (!answer.scans.length) return panel.empty("No scan of it was found in this span.");
    return panel.table(written([COLUMNS.port, ...(/\//.test(answer.block) ? [COLUMNS.source] : []), COLUMNS.packets,
        { key: "seen", label: "Sites", kind: "number", value: (row) => row.sites?.length ?? null }, COLUMNS.first, COLUMNS.last,
        { key: "open", label: "State", value: (row) => row.is_open ? "● goes on" : "○ over" }]), answer.scans);
}

function attacks(answer, panel) {
    if (!answer.attacks.length) return panel.empty("No answers of it to forged senders: it was not seen under attack.");
    return panel.table(written([{ key: "ports", label: "Ports", value: (row) => `${row.ports || "all"} (protocol ${row.protocol})` }, COLUMNS.packets, COLUMNS.first, COLUMNS.last]), answer.attacks);
}

function alerts(answer, panel) {
    panel.partial(null);
    if (answer.alerts === null) return panel.empty("Alerts are told to analysts and operators.");
    if (!answer.alerts.length) return panel.empty("No organisation was ever told of it.");
    return panel.table(written([
        { key: "id", label: "Alert", value: (row) => `#${row.id} ${row.finding}`, href: (row) => link(["alert", row.id]) },
        { key: "organisation", label: "Organisation" }, { key: "severity", label: "Severity" }, { key: "state", label: "State" }, COLUMNS.last]), answer.alerts);
}

