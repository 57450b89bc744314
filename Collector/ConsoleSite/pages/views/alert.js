// One alert: what is known of an address, what it rests on, what its organisation was told, and what people did.

import { course, event, finding, grade, kind, marks, proof, state } from "../lib/alertWords.js";
import { series } from "../charts/series.js";
import { fill, h } from "../lib/dom.js";
import { UNKNOWN, duration, number, plural } from "../lib/format.js";
import { className, country, portLabel } from "../lib/names.js";
import { Panel } from "../lib/panel.js";
import { link } from "../lib/place.js";
import { label } from "../lib/zone.js";
import { actions } from "./alertActions.js";
import { notices } from "./alertNotices.js";

/** Flows that are shown before somebody asks for more. */
const FLOWS = 20;

/** The page /alert/NUMBER. */
export default function alert(main, path) {
    const id = path[1] ?? "";
    const heading = h("h1", {}, `Alert ${id}`);
    const line = h("p", {});
    const figures = h("dl.figures", {});
    const hours = new Panel("Evidence, packets in each hour", { wide: true, note: "Evidence is kept as long as flows are; at most the last 14 days are drawn." });
    const facts = new Panel("What it is");
    const services = new Panel("What it sent", { wide: true });
    const sensors = new Panel("Who saw it");
    const told = new Panel("Notices and messages", { wide: true });
    const history = new Panel("History");
    const flows = new Panel("Evidence, flow by flow", { full: true });
    const deeds = actions(id);
    main.append(h("div.page-head", {}, heading, line), figures, h("div.panels", {}, [hours, facts, services, sensors, told, history].map((panel) => panel.element),
        deeds.element, flows.element));

    return {
        title: `Alert ${id}`,
        async update(context) {
            const question = [`alert/${encodeURIComponent(id)}`, {}];
            const time = (text) => (text ? h("time", { datetime: text }, label(Date.parse(text), context.zone, "second")) : UNKNOWN);
            await Promise.all([
                facts.load(context, question, (answer) => {
                    const row = answer.alert;
                    document.title = `${row.address}, alert ${id} · Darkscope`;
                    fill(heading, row.address, h("span.note", {}, ` alert ${id}`));
                    fill(line, finding(row.finding), " · ", grade(row.severity), " · ", state(row), row.course ? [" · ", course(row.course)] : null,
                        " · ", row.organisation_name);
                    showFigures(figures, row);
                    facts.show(list(row, answer.organisation, time));
                    facts.remark(`Times are in ${context.zone}.`);
                    deeds.update(row, () => this.update(context.again()));
                }),
                hours.load(context, question, ({ hours: bins }) => showHours(hours, bins, context.zone)),
                services.load(context, question, ({ services: rows }) => showServices(services, rows)),
                sensors.load(context, question, ({ sensors: rows }) => showSensors(sensors, rows)),
                history.load(context, question, ({ history: rows }) => showHistory(history, rows, time)),
                told.load(context, question, (answer) => notices(told, answer, context, time)),
                flows.load(context, question, ({ evidence }) => showFlows(flows, evidence, time)),
            ]);
        },
    };
}

function showFigures(element, row) {
    fill(element, [
        ["Packets in this episode", number(row.episode_packets), `${number(row.packets)} in all`],
        ["Dark addresses hit", number(row.dark_addresses), "distinct, at least"],
        ["Sites that saw it", number(row.sites.length), row.sites.join(", ") || "evidence is no longer kept"],
        ["First packet to notice", duration(row.seconds_to_notify), row.is_late ? "the evidence came late, after an outage" : "of this episode"],
        ["Episode", number(row.episode), row.episode > 1 ? "it was closed before and came back" : "the first"],
    ].map(([name, value, note]) => h("div.figure", {}, h("dt", {}, name), h("dd.value", {}, value), h("dd.change", {}, note))));
}

function list(row, organisation, time) {
    const pairs = [
        ["Address", h("a", { href: link(["source", row.address]) }, row.address)],
        ["Organisation", [organisation.name, organisation.country ? `, ${country(organisation.country)}` : ""]],
        ["Block", row.prefix ? [h("a", { href: link(["source", row.prefix]) }, row.prefix), `, ${proof(row.proof)}`] : "it is no longer registered"],
        ["Finding", finding(row.finding)], ["Trigger", kind(row.kind)],
        ["Confidence", [row.confidence, row.reasons.length ? h("ul.plain", {}, row.reasons.map((text) => h("li", {}, text))) : null]],
        ["Tool", row.tool ?? UNKNOWN], ["Marks", marks(row).join(", ") || "none"],
        ["First packet", time(row.episode_first_seen ?? row.first_seen)], ["Last packet", time(row.episode_last_seen ?? row.last_seen)],
        ["Opened", time(row.opened_at)], ["Closed", row.closed_at ? time(row.closed_at) : "no"],
        ["Told", row.told_at ? [time(row.told_at), `, of ${plural(row.told_packets, "packet")}`] : "not yet"],
        ["To be told", row.news ? `${event(row.news)}, with the next notice` : "nothing new"],
        ["Is told", `${organisation.digest} digests in ${organisation.language}, TLP:${String(organisation.tlp).toUpperCase()}, ${plural(organisation.contacts, "contact")}`],
        ["Closes after", `${number(organisation.clean_hours)} h without evidence`],
    ];
    if (row.note) pairs.push(["Note", row.note]);
    return h("dl.facts", {}, pairs.map(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

function showHours(panel, rows, zone) {
    if (!rows.some((row) => row.packets > 0)) {
        panel.empty("The flows of this alert are no longer kept: what it rested on is in its history and notices.");
        return;
    }
    const bins = rows.map((row) => ({ start: Date.parse(row.start), stop: Date.parse(row.stop), state: row.state, coverage: row.coverage, isOpen: Date.parse(row.stop) > Date.now() }));
    const values = rows.map((row) => (row.packets === null ? null : Number(row.packets)));
    const total = values.reduce((sum, value) => sum + (value ?? 0), 0);
    const unseen = rows.filter((row) => row.state === "missing").length;
    panel.picture({
        summary: `${plural(total, "packet")} in ${plural(rows.filter((row) => row.packets > 0).length, "hour")} of ${number(rows.length)}; most in an hour ${number(Math.max(...values.map((value) => value ?? 0)))}.`
            + (unseen ? ` In ${plural(unseen, "hour")} nobody watched.` : ""),
        height: 300,
        table: { columns: [{ key: "start", label: `Hour (${zone})`, kind: "time" }, { key: "packets", label: "Packets", kind: "number" },
            { key: "coverage", label: "Observed", kind: "share" }, { key: "state", label: "State" }], rows },
        draw: (host, width) => series(host, width, { bins, layers: [{ name: "packets", label: "packets", values }], kind: "lines", unit: "packets", zone, height: 300 }),
    });
}

function showServices(panel, rows) {
    if (!rows.length) {
        panel.empty("The flows of this alert are no longer kept.");
        return;
    }
    panel.table([
        { key: "service_port", label: "Service", value: (row) => portLabel(row.class, row.service_port, row.name), href: (row) => link(["port", row.class, row.service_port]) },
        { key: "class", label: "Traffic", value: (row) => className(row.class) },
        { key: "packets", label: "Packets", kind: "number" }, { key: "packets", label: "", kind: "bar" }, { key: "sites", label: "Sites", kind: "number" },
        { key: "first_seen", label: "First seen", kind: "time" }, { key: "last_seen", label: "Last seen", kind: "time" },
    ], rows);
}

function showSensors(panel, rows) {
    if (!rows.length) {
        panel.empty("No sensor saw anything in this episode.");
        return;
    }
    panel.table([
        { key: "site", label: "Site", href: (row) => link(["site", row.site]) }, { key: "trust", label: "Trust" },
        { key: "packets", label: "Packets", kind: "number" }, { key: "dark_addresses", label: "Dark targets", kind: "number" },
        { key: "ttl", label: "TTL", value: (row) => (row.ttl_least === row.ttl_most ? row.ttl_least : `${row.ttl_least} to ${row.ttl_most}`) },
        { key: "last_seen", label: "Last seen", kind: "time" },
    ], rows);
}

function showHistory(panel, rows, time) {
    if (!rows.length) {
        panel.empty("Nothing happened to it yet: it is only watched.");
        return;
    }
    panel.show(h("ol.history", {}, [...rows].reverse().map((row) => h("li", {}, h("div.note", {}, time(row.at)),
        h("div", {}, h("strong", {}, event(row.event)), row.person ? ` by ${row.person}` : ""), row.note ? h("div", {}, row.note) : null))));
}

function showFlows(panel, rows, time, most = FLOWS) {
    if (!rows.length) {
        panel.empty("The flows of this alert are no longer kept.");
        return;
    }
    const tool = (row) => ["zmap", "masscan", "mirai"].filter((name) => Number(row[name]) > 0).join(", ");
    panel.table([
        { key: "last_seen", label: "Last packet", kind: "node", value: (row) => time(row.last_seen) }, { key: "site", label: "Sensor", value: (row) => `${row.site}/${row.sensor}` },
        { key: "service_port", label: "Service", value: (row) => portLabel(row.class, row.service_port, row.name), href: (row) => link(["port", row.class, row.service_port]) },
        // A port is a name, not a figure.
        { key: "source_port", label: "Source port", kind: "node", value: (row) => h("span", {}, row.source_port) },
        { key: "packets", label: "Packets", kind: "number" }, { key: "destinations", label: "Dark targets", kind: "number" },
        { key: "ttl", label: "TTL", kind: "number" }, { key: "ip_length", label: "Bytes", kind: "number" }, { key: "tool", label: "Headers as of", value: tool },
    ], rows.slice(0, most));
    panel.remark(rows.length > most
        ? h("button.quiet", { type: "button", on: { click: () => showFlows(panel, rows, time, rows.length) } }, `Show ${number(rows.length)} flows`) : "The newest flows, 100 at most.",
    " Dark addresses are never shown here.");
}
