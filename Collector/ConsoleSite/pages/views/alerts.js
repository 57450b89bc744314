// The queue of alerts: what organisations are told of their addresses in dark space, the worst first.

import { MEANINGS, course, finding, grade, kind, state } from "../lib/alertWords.js";
import { fill, h } from "../lib/dom.js";
import { number, plural } from "../lib/format.js";
import { Panel } from "../lib/panel.js";
import { here, link, set } from "../lib/place.js";
import { label } from "../lib/zone.js";

const LIMIT = 50;
const CHOICES = [
    ["severity", "Severity", [["", "any severity"], ["medium", "medium or more"], ["high", "high"]]],
    ["finding", "Finding", [["", "any finding"], ["infection", "infection"], ["misconfiguration", "misconfiguration"], ["attack", "under attack"], ["none", "no finding"]]],
    ["kind", "Trigger", [["", "any trigger"], ["internal", "scans its own organisation"], ["external", "scans others"], ["backscatter", "answers forged packets"]]],
    ["acknowledged", "Acknowledged", [["", "acknowledged or not"], ["no", "not acknowledged"], ["yes", "acknowledged"]]],
];
const OWN = ["state", "organisation", "block", ...CHOICES.map(([name]) => name)];

/** The page /alerts. Its choices are in the address: state, severity, finding, kind, acknowledged, organisation, block, after. */
export default function alerts(main) {
    const states = h("nav.tabs", { "aria-label": "States of alerts" });
    const boxes = CHOICES.map(([name, title, pairs]) => select(name, title, pairs));
    const organisation = select("organisation", "Organisation", [["", "all organisations"]]);
    const block = h("input", { id: "alert-block", name: "block", placeholder: "192.0.2.0/24", size: "18", autocomplete: "off", spellcheck: "false" });
    const form = h("form.alert-choices", { on: { submit: (event) => {
        event.preventDefault();
        set({ block: block.value.trim(), after: null });
    } } }, boxes.map(({ element }) => element), organisation.element,
    h("label.choice", { for: "alert-block" }, h("span.unseen", {}, "Block of addresses"), block), h("button", { type: "submit" }, "Apply"));
    const queue = new Panel("Queue", { full: true });
    main.append(
        h("div.page-head", {}, h("h1", {}, "Alerts"), h("p", {}, "What organisations are told of their addresses in dark space, the worst first")),
        states, form, queue.element, h("details.panel.words", {}, h("summary", {}, "What the words mean"),
            h("dl", {}, MEANINGS.map(([word, text]) => [h("dt", {}, word), h("dd", {}, text)]))));

    return {
        title: "Alerts",
        async update(context) {
            const { query } = context;
            const own = Object.fromEntries(OWN.map((name) => [name, query[name]]));
            for (const box of [...boxes, organisation]) box.show(query[box.name] ?? "");
            block.value = query.block ?? "";
            await queue.load(context, ["alerts", { ...own, after: query.after, limit: LIMIT }], (answer) => {
                showStates(states, answer.states, query.state ?? "going");
                organisation.offer([["", "all organisations"], ...answer.organisations.map(({ organisation: code, name, alerts: count }) =>
                    [code, `${name} (${number(count)})`])], query.organisation ?? "");
                showQueue(queue, answer, context);
            });
        },
    };
}

function select(name, title, pairs) {
    const box = h("select", { id: `alert-${name}`, on: { change: () => set({ [name]: box.value, after: null }) } });
    const offer = (options, chosen) => {
        const all = options.some(([value]) => value === chosen) ? options : [...options, [chosen, chosen]];
        fill(box, all.map(([value, text]) => h("option", { value }, text)));
        box.value = chosen;
    };
    offer(pairs, "");
    return {
        name, offer, element: h("label.choice", { for: box.id }, h("span.unseen", {}, title), box),
        show: (chosen) => {
            if (![...box.options].some((option) => option.value === chosen)) box.append(h("option", { value: chosen }, chosen));
            box.value = chosen;
        },
    };
}

function showStates(element, counts, chosen) {
    const found = new Map(counts.map((row) => [row.state, row]));
    const sum = (names) => names.reduce((total, name) => total + Number(found.get(name)?.alerts ?? 0), 0);
    const going = ["open", "ongoing", "quiet"];
    fill(element, [["going", "Going on", going], ["open", "Open", ["open"]], ["ongoing", "Ongoing", ["ongoing"]], ["quiet", "Quiet", ["quiet"]],
        ["watching", "Watching", ["watching"]], ["closed", "Closed", ["closed"]], ["all", "All", [...found.keys()]]].map(([name, text, names]) =>
        h("a", { href: here({ state: name === "going" ? null : name, after: null }), "aria-current": name === chosen ? "page" : null },
            text, " ", h("span.count", {}, number(sum(names))))));
}

function showQueue(panel, { alerts: rows, next }, { query, zone }) {
    const active = [...OWN.filter((name) => name !== "state"), "after"].filter((name) => query[name]);
    if (!rows.length) {
        const where = { going: "that go on", all: "at all" }[query.state ?? "going"] ?? `that are ${query.state}`;
        panel.empty(active.length ? `No alerts ${where} match: ${plural(active.length, "choice")} active.` : `There are no alerts ${where}.`,
            active.length ? h("a", { href: here(Object.fromEntries(active.map((name) => [name, null]))) }, "Clear the choices") : null, " ",
            (query.state ?? "going") === "all" ? null : h("a", { href: here({ state: "all", after: null }) }, "See all states"));
        panel.remark();
        return;
    }
    panel.table([
        { key: "address", label: "Address", href: (row) => link(["alert", row.id]) },
        { key: "severity", label: "Severity", kind: "node", value: (row) => grade(row.severity) },
        { key: "finding", label: "Finding and trigger", kind: "node", value: (row) => [h("div", {}, finding(row.finding)), h("div.note", {}, kind(row.kind))] },
        { key: "state", label: "State", kind: "node", value: state },
        { key: "course", label: "Course", kind: "node", value: (row) => course(row.course) },
        { key: "last_seen", label: "Last seen", kind: "time" },
        { key: "told_at", label: "Told", kind: "node", value: (row) => told(row, zone) },
        { key: "organisation", label: "Organisation", kind: "node", value: (row) => [h("div", {}, row.organisation_name), h("div.note", {}, row.prefix ?? "")] },
        { key: "episode_packets", label: "Packets", kind: "number", title: () => "of this episode" },
        { key: "dark_addresses", label: "Dark targets", kind: "number", title: () => "distinct dark addresses, at least" },
        { key: "sites", label: "Sites", kind: "number", value: (row) => row.sites.length, title: (row) => row.sites.join(", ") },
    ], rows);
    panel.remark(`Times are in ${zone}. The span, the filter and the view of scanners do not narrow the queue. `, pages(query, next));
}

function told(row, zone) {
    if (row.told_at) return h("time", { datetime: row.told_at }, label(Date.parse(row.told_at), zone, "minute"));
    return h("span.note", {}, ["claimed", "ended"].includes(row.proof) ? "not told" : "not yet");
}

function pages(query, next) {
    return [
        query.after ? h("a", { href: here({ after: null }) }, "To the first alerts") : null, query.after && next ? " · " : null,
        next ? h("a", { href: here({ after: next }) }, `The next ${LIMIT}`) : null,
    ];
}
