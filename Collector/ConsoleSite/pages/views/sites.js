// Is every site alive? Each with its state, what it observed, its lag and drops; and every sensor with what it says of itself.

import { number, plural } from "../lib/format.js";
import { fill, h } from "../lib/dom.js";
import { lack, lacking, listed, silence } from "../lib/coverage.js";
import { link, place, set } from "../lib/place.js";
import { Panel } from "../lib/panel.js";
import { sorted } from "../lib/table.js";
import { label } from "../lib/zone.js";
import { badness, clockWords, drops, keyWords, reported, since, smallActivity, smallStrip, stateCell, waitingWords } from "./siteParts.js";

export default function sites(main) {
    const words = h("p", { "aria-live": "polite" });
    const panel = new Panel("Sites", { full: true });
    const sensors = new Panel("Sensors", {
        full: true, note: "Drops are of windows of the last 24 hours: kernel, for want of room in the capture's ring; interface, before it. "
            + "Packets without source found the flow table full and are counted all the same. A spool is seen only by what has not come.",
    });
    main.append(h("div.page-head", {}, h("h1", {}, "Sites"), words), h("div.panels", {}, panel.element, sensors.element));

    async function update(context) {
        const question = ["sites", context.span];
        await Promise.all([
            panel.load(context, question, (answer) => {
                fill(words, headline(answer));
                // Each row says for itself what is missing.
                panel.partial(null);
                showSites(answer);
            }),
            sensors.load(context, question, (answer) => {
                sensors.partial(null);
                showSensors(answer);
            }),
        ]);
    }

    function showSites(answer) {
        if (!answer.sites.length) {
            panel.empty("No site is registered, or none that you may see. darkscope site add registers one.");
            return;
        }
        const coverage = new Map(answer.coverage.map((row) => [row.site, row]));
        const dropped = dropsOfSites(answer.sensors);
        const [from, to] = [Date.parse(answer.span.from), Date.parse(answer.span.to)];
        const columns = [
            {
                key: "site", label: "Site", kind: "node", order: (row) => row.site,
                value: (row) => h("span", {}, h("a", { href: link(["site", row.site]) }, row.site), row.name !== row.site ? h("small.under", {}, row.name) : null),
            },
            { key: "state", label: "State", kind: "node", value: (row) => stateCell(row), order: badness },
            { key: "batch", label: "Last batch", kind: "duration", value: (row) => since(row.last_commit, answer.at) },
            { key: "lag_seconds", label: "Lag", kind: "duration" },
            { key: "coverage", label: "Observed", kind: "share", value: (row) => coverage.get(row.site)?.coverage ?? null },
            {
                key: "strip", label: `By ${answer.strip.seconds > 3600 ? "day" : "hour"}`, kind: "node", sortable: false,
                value: (row) => smallStrip(row.strip, row.strip_coverage),
            },
            { key: "activity", label: "Packets, 24 h", kind: "node", sortable: false, value: (row) => smallActivity(row.activity) },
            { key: "dropped_24h", label: "Dropped, 24 h", kind: "node", isNumber: true, value: (row) => drops(...dropped(row)), order: (row) => dropped(row)[0] },
            { key: "addresses", label: "Dark IPv4", kind: "number" },
        ];
        const sort = chosenSort("state");
        panel.table(columns, inOrder(answer.sites, columns, sort), { sort, onSort });
        panel.remark(`Observed: the part of the dark addresses and of the time from ${label(from, answer.span.zone)} to ${label(to, answer.span.zone)} (${answer.span.zone}). Hatched: nothing was observed, which is not the same as no packets. ${absent(answer.coverage)}`);
    }

    function showSensors(answer) {
        const columns = [
            { key: "sensor", label: "Sensor", kind: "text", value: (row) => `${row.site}/${row.sensor}`, href: (row) => link(["site", row.site]) },
            { key: "state", label: "State", kind: "node", value: (row) => stateCell(row) },
            { key: "lag_seconds", label: "Lag", kind: "duration" },
            { key: "kernel", label: "Kernel drops", kind: "node", isNumber: true, value: (row) => drops(row.kernel_dropped_24h, row.received_24h) },
            { key: "interface", label: "Interface drops", kind: "node", isNumber: true, value: (row) => drops(row.interface_dropped_24h, row.received_24h) },
            { key: "overflowed", label: "Without source", kind: "node", isNumber: true, value: (row) => reported(row.overflowed_24h) },
            { key: "gaps", label: "Losses, 24 h", kind: "node", value: gapWords },
            { key: "clock", label: "Clock", kind: "node", value: clockWords },
            { key: "waiting", label: "Spool", kind: "node", value: (row) => waitingWords(row, answer.at) },
            { key: "version", label: "Version", kind: "node", value: (row) => reported(row.version, String) },
            { key: "key", label: "Key, age", kind: "node", isNumber: true, value: (row) => keyWords(row, answer.at) },
        ];
        sensors.table(columns, [...answer.sensors].sort((a, b) => badness(b) - badness(a)));
    }

    return { title: "Sites", update };
}

/** "4 of 5 sites live; id-2 silent since 14:02". */
function headline({ sites }) {
    const live = sites.filter((site) => site.state === "ok").length;
    const rest = sites.filter((site) => site.state !== "ok").sort((a, b) => badness(b) - badness(a));
    const told = listed(rest, (site) => `${site.site} ${silence(site)}`);
    return `${live} of ${plural(sites.length, "site")} live${told ? `; ${told}` : ""}.`;
}

function absent(coverage) {
    const rows = lacking(coverage);
    if (!rows.length) return "";
    return `Totals of the span are without what is missing: ${listed(rows, (row) => `${row.site} ${lack(row)}`)}.`;
}

/** Frames that were dropped and taken at the sensors of a site; null where none of them reported any. */
function dropsOfSites(sensors) {
    const found = new Map();
    for (const sensor of sensors.filter((row) => row.received_24h !== null)) {
        const [dropped, received] = found.get(sensor.site) ?? [0, 0];
        found.set(sensor.site, [dropped + Number(sensor.dropped_24h), received + Number(sensor.received_24h)]);
    }
    return ({ site }) => found.get(site) ?? [null, null];
}

function gapWords(row) {
    if (!Number(row.gaps_24h)) return "none";
    const packets = row.gap_packets_24h === null ? "packets not known" : plural(row.gap_packets_24h, "packet");
    return h("span.warn", {}, `▲ ${number(row.gaps_24h)}`, h("small.under", {}, packets));
}

function chosenSort(standard) {
    const text = place().query.sort ?? `-${standard}`;
    return { key: text.replace(/^-/, ""), descending: text.startsWith("-") };
}

function onSort(key, isDescending) {
    set({ sort: `${isDescending ? "-" : ""}${key}` }, { replace: true });
}

/** Rows by a column that is sorted; columns of elements say by what. */
function inOrder(rows, columns, sort) {
    return sorted(rows, columns.map((column) => ({ ...column, value: column.order ?? column.value })), sort);
}
