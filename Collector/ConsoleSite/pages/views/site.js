// One site: how its sensors are, what they observed, when they were silent, what they lost, and what is unlike the others.

import { series } from "../charts/series.js";
import { strip } from "../charts/strip.js";
import { duration, number, plural, share } from "../lib/format.js";
import { fill, h } from "../lib/dom.js";
import { clock, sinceWhen, stateMark } from "../lib/coverage.js";
import { country, portLabel } from "../lib/names.js";
import { link } from "../lib/place.js";
import { Panel } from "../lib/panel.js";
import { showSpan } from "../lib/choices.js";
import { label } from "../lib/zone.js";
import { sensorFacts } from "./siteFacts.js";
import { silentSteps } from "./siteSteps.js";

const HOUR = 3_600_000;
const DESTINATIONS = { full: "tells its dark addresses in full", permuted: "tells its dark addresses permuted", none: "does not tell its dark addresses" };
const REASONS = {
    awaited: "waits at the sensor, may still come", dropped: "its spool was full", corrupt: "its spool was damaged",
    stopped: "it was not running", rejected: "refused by the collector", unwritable: "its spool could not be written",
};
const FINDINGS = {
    "only here": "only here", "more here": "more here", "less here": "less here",
    "missing here": "missing here: filtered upstream?",
};

export default function site(main, path) {
    const code = path[1] ?? "";
    const heading = h("h1", {}, code || "Site");
    const about = h("p", {});
    const state = h("p.site-state", { "aria-live": "polite" });
    const steps = h("div", {});
    const panels = {
        hours: new Panel("What was observed, by hour", { full: true }), facts: new Panel("Sensors now", { wide: true }),
        silences: new Panel("Silences"), windows: new Panel("The last three hours, window by window", { wide: true }),
        losses: new Panel("Losses that were declared"), pool: new Panel("Unlike the other sites", { full: true }),
    };
    main.append(h("div.page-head", {}, heading, state, about), steps, h("div.panels", {}, Object.values(panels).map((panel) => panel.element)));

    async function update(context) {
        const question = [`site/${encodeURIComponent(code)}`, context.span];
        const load = (name, draw) => panels[name].load(context, question, (answer, panel) => draw(answer, panel, context));
        await Promise.all([
            load("hours", (answer, panel) => {
                head(answer);
                showHours(answer, panel, context);
            }),
            load("facts", (answer, panel) => plain(panel, sensorFacts(answer))),
            load("silences", showSilences), load("windows", showWindows), load("losses", showLosses),
            panels.pool.load(context, [`${question[0]}/pool`, { ...context.span, limit: 20 }], (answer, panel) => showPool(answer, panel, code)),
        ]);
    }

    function head({ about: row, sensors }) {
        const name = row?.name && row.name !== code ? `${row.name} (${code})` : code;
        heading.textContent = name;
        document.title = `${name} · Darkscope`;
        if (!row) return;
        fill(state, stateMark(row.state), sinceWhen(row) ? ` ${sinceWhen(row)}` : "");
        fill(about, [
            row.country ? country(row.country) : null, `zone ${row.zone}`,
            row.addresses === null ? "size of the dark space not registered" : `${number(row.addresses)} dark IPv4 addresses`,
            DESTINATIONS[row.destinations], plural(row.sensors, "sensor"),
        ].filter(Boolean).join(" · "));
        fill(steps, row.state === "ok" ? [] : silentSteps(row, sensors));
    }

    return { title: code || "Site", update };
}

/** What is said beside an answer of which each part says for itself what is missing. */
function plain(panel, ...children) {
    panel.partial(null);
    panel.show(...children);
}

/** Hours of each sensor as a strip below the other's. */
function showHours(answer, panel, context) {
    panel.partial(null);
    const names = answer.sensors.map((sensor) => sensor.sensor);
    const rows = names.map((name) => ({ name, bins: binsOf(answer, name) }));
    if (!rows.length || !rows.some((row) => row.bins.length)) {
        panel.empty("No hour of this span is known of this site: it was not registered, or the span lies before.");
        return;
    }
    const observed = answer.coverage[0];
    const missing = answer.hours.filter((hour) => hour.state === "missing").length;
    panel.picture({
        summary: `Observed ${observed ? share(observed.coverage) : "nothing"} of the span; ${plural(missing, "hour")} without any observation.`,
        height: rows.length * 74,
        draw(host, width) {
            const drawn = rows.map((row) => {
                const part = h("div", {});
                host.append(rows.length > 1 ? h("p.note", {}, row.name) : "", part);
                return strip(part, width, {
                    bins: row.bins, zone: context.zone, height: 40, name: `Observed by ${row.name}, hour by hour`, onRange: showSpan,
                });
            });
            return { destroy: () => drawn.forEach((one) => one.destroy()) };
        },
        table: {
            columns: [
                { key: "start", label: "Hour", kind: "time" }, { key: "sensor", label: "Sensor", kind: "text" },
                { key: "state", label: "State", kind: "node", value: (row) => (row.state === "late" ? "still arriving" : stateMark(row.state)) },
                { key: "coverage", label: "Observed", kind: "share" }, { key: "packets", label: "Packets", kind: "number" },
                { key: "dropped", label: "Dropped frames", kind: "number" }, { key: "gaps", label: "Gaps", kind: "number" },
                { key: "lost_packets", label: "Packets known lost", kind: "number" },
            ], rows: [...answer.hours].reverse(),
        },
    });
    panel.remark(`Full height: all of the hour. Hatched: nothing was observed${missing ? ` (${plural(missing, "hour")})` : ""}. Observed in the span: ${observed ? share(observed.coverage) : "nothing"}.`);
}

/** An hour for each that lies in the span from the first that is known; those without a row were not observed. */
function binsOf(answer, sensor) {
    const known = new Map(answer.hours.filter((hour) => hour.sensor === sensor).map((hour) => [Date.parse(hour.start), hour]));
    if (!known.size) return [];
    const end = Math.min(Date.parse(answer.span.to), Date.parse(answer.at));
    const bins = [];
    for (let start = Math.min(...known.keys()); start < end; start += HOUR) {
        const hour = known.get(start), over = Math.min(1, (Date.parse(answer.at) - start) / HOUR);
        bins.push({
            start, stop: start + HOUR, state: hour?.state ?? "missing", packets: hour ? hour.packets : null,
            coverage: hour ? Math.min(1, (hour.coverage ?? (hour.packets === null ? 0 : 1)) / over) : 0, isOpen: over < 1,
        });
    }
    return bins;
}

function showSilences(answer, panel) {
    panel.partial(null);
    const { silences, silences_since: from, span, sensors } = answer;
    if (!silences.length) {
        panel.empty(from ? "No silence in this span." : "Nothing is known of this span.");
        return;
    }
    panel.table([
        { key: "start", label: "From", kind: "node", value: (row) => timeOf(row.start) },
        { key: "stop", label: "To", kind: "node", value: (row) => (row.stop ? timeOf(row.stop) : h("span.bad", {}, "✕ goes on")) },
        { key: "seconds", label: "For", kind: "duration" },
        { key: "reason", label: "Why", kind: "node", value: (row) => REASONS[row.reason] ?? h("span.note", {}, "not reported") },
        ...(sensors.length > 1 ? [{ key: "sensor", label: "Sensor", kind: "text" }] : []),
    ], silences.slice(0, 12));
    const known = from && Date.parse(from) > Date.parse(span.from) + 1000 ? ` Known from ${label(Date.parse(from), span.zone)}.` : "";
    panel.remark(`${silences.length > 12 ? `The newest 12 of ${number(silences.length)}. ` : ""}A silence is time in which nothing was measured; packets of then are in no total.${known}`);
}

const timeOf = (moment) => h("time", { datetime: moment }, clock(moment));

/** Packets of each window, and how long after its end it was stored. */
function showWindows(answer, panel, context) {
    panel.partial(null);
    const { windows } = answer;
    if (!windows.length) {
        panel.empty("No window of the last three hours is stored.");
        return;
    }
    const length = Math.max(...windows.map((row) => row.seconds)) * 1000;
    const first = Math.floor(Date.parse(windows[0].start) / length) * length;
    const last = Math.floor(Date.parse(answer.at) / length) * length;
    const bins = [];
    for (let start = first; start < last; start += length) bins.push({ start, stop: start + length, state: "missing", coverage: 0, isOpen: false });
    const values = (pick) => {
        const found = bins.map(() => null);
        for (const row of windows) {
            const place = Math.floor((Date.parse(row.start) - first) / length);
            if (!bins[place]) continue;
            Object.assign(bins[place], { state: "complete", coverage: 1 });
            found[place] = pick(found[place], row);
        }
        return found;
    };
    const packets = values((known, row) => (known ?? 0) + row.packets);
    const delays = values((known, row) => Math.max(known ?? 0, row.delay_seconds));
    const worst = Math.max(...delays.filter((delay) => delay !== null));
    panel.picture({
        summary: `${plural(windows.length, "window")}; the longest took ${duration(worst)} from its end to its storage.`,
        height: 210,
        draw: (host, width) => series(host, width, {
            bins, zone: context.zone, height: 190, unit: "packets", name: "Packets of each window, and how long it took to be stored",
            kind: "lines", right: { unit: "s" },
            layers: [{ label: "packets", values: packets }, { label: "seconds to storage", values: delays, dash: [4, 3], right: true, format: duration }],
        }),
        table: {
            columns: [
                { key: "start", label: "Window", kind: "time" }, { key: "sensor", label: "Sensor", kind: "text" },
                { key: "packets", label: "Packets", kind: "number" }, { key: "dropped", label: "Dropped frames", kind: "number" },
                { key: "delay_seconds", label: "To storage", kind: "duration" },
                { key: "clock_offset_seconds", label: "Clock error", kind: "duration" },
            ], rows: [...windows].reverse(),
        },
    });
}

function showLosses(answer, panel) {
    panel.partial(null);
    if (!answer.losses.length) {
        panel.empty("Nothing was declared lost in this span.");
        return;
    }
    panel.table([
        { key: "lost_from", label: "From", kind: "node", value: (row) => (row.lost_from ? timeOf(row.lost_from) : h("span.note", {}, "not known")) },
        { key: "lost_to", label: "To", kind: "node", value: (row) => (row.lost_to ? timeOf(row.lost_to) : h("span.note", {}, "not known")) },
        { key: "reason", label: "Why", kind: "node", value: (row) => REASONS[row.reason] ?? row.reason },
        { key: "packets", label: "Packets", kind: "node", value: (row) => (row.packets === null ? h("span.note", {}, "not known") : number(row.packets)) },
    ], answer.losses);
    panel.remark("What sensors had and lost. Stored and lost packets together are what was captured, where the number lost is known.");
}

function showPool(answer, panel, code) {
    // Only hours that both observed are compared.
    panel.partial(null);
    if (answer.ports === null) {
        panel.empty("There is no other site to compare with, or none whose figures you may see.");
        return;
    }
    const { zone } = answer.span;
    const span = `${label(Date.parse(answer.span.from), zone)} to ${label(Date.parse(answer.span.to), zone)} (${zone})`;
    const isCut = answer.span.from !== answer.asked.from;
    const words = `Hours in which this site and others observed, from ${span}${isCut ? ", the end of the span: more cannot be compared at once" : ""}. Scans come in bursts: judge by sources too.`;
    if (!answer.ports.length) {
        panel.empty("No port is unlike what the rate of the other sites lets expect.");
        panel.remark(words);
        return;
    }
    panel.table([
        { key: "finding", label: "Finding", kind: "text", value: (row) => FINDINGS[row.finding] ?? row.finding },
        {
            key: "port", label: "Port", kind: "text", value: (row) => portLabel(row.class, row.service_port, row.name),
            href: (row) => link(["port", row.class, row.service_port], { site: code }),
        },
        { key: "packets", label: "Packets here", kind: "number" },
        { key: "expected", label: "Expected", kind: "number", value: (row) => Math.round(row.expected) },
        { key: "packets_per_address_day", label: "Per address and day here", kind: "number" },
        { key: "pool_packets_per_address_day", label: "At the others", kind: "number" },
        { key: "sources", label: "Sources, greatest hour", kind: "number" },
        { key: "pool_sites", label: "Sites that saw it", kind: "text", value: (row) => `${number(row.pool_sites)} of ${number(row.pool_sites_observing)}` },
    ], answer.ports);
    panel.remark(words);
}
