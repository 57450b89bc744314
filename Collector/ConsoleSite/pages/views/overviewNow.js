// What is now: the key figures beside what is usual at this hour, and how every site is.

import { fill, h } from "../lib/dom.js";
import { change, duration, number, plural, share } from "../lib/format.js";
import { link } from "../lib/place.js";
import { label } from "../lib/zone.js";

/** Sites that the table has; there is a page of all of them. */
const LISTED = 10;
/** Share of lost packets from which a site is told to lose some. */
const LOSS = 0.001;

const STATES = {
    ok: { mark: "●", word: "live", kind: "good", rank: 3 }, late: { mark: "▲", word: "late", kind: "warn", rank: 1 },
    silent: { mark: "✕", word: "silent", kind: "bad", rank: 0 },
};

/** The five key figures: {element, show(answer of overview, context)}. */
export function figureRow() {
    const tiles = {
        packets: tile("Packets per minute", "/explore"), sources: tile("Unique sources, 24 h", "/sources"),
        sites: tile("Sites reporting", "/sites"), alerts: tile("Open alerts", "/alerts"),
        delay: tile("Batch lag, p99", "/sites"),
    };
    const note = h("p.note.figures-note", { hidden: true });
    return {
        element: h("div", {}, h("dl.figures", {}, Object.values(tiles).map((one) => one.element)), note),
        show(answer, context) {
            const of = Object.fromEntries(answer.figures.map((figure) => [figure.name, figure]));
            tiles.packets.show(number(round(of.packets?.value)), usual(of.packets), title(of.packets, "packets a minute"));
            const least = of.sources?.unit.includes("at least") && of.sources.value !== null ? "≥ " : "";
            tiles.sources.show(least + number(of.sources?.value), usual(of.sources), title(of.sources, "sources"));
            // Those that are not silent now; what api.overview counts is of an hour, in which a site that stops still reported.
            const sites = sitesOf(answer), reporting = sites.filter((site) => site.state !== "silent");
            tiles.sites.show(`${number(reporting.length)} of ${number(sites.length)}`, quiet(sites, context),
                title(of["sites reporting"], "sites"));
            const alerts = Object.fromEntries(answer.alerts.map((row) => [row.state, row.alerts]));
            const high = answer.alerts.filter((row) => row.state !== "quiet").reduce((sum, row) => sum + row.high, 0);
            tiles.alerts.show(number((alerts.open ?? 0) + (alerts.ongoing ?? 0)),
                [high ? `${number(high)} of high severity` : "none of high severity", alerts.quiet ? `, ${number(alerts.quiet)} quiet` : ""].join(""));
            const delay = of["delay of 99 %"];
            tiles.delay.show(duration(delay?.value), difference(delay), title(delay, "s"));
            const isFiltered = context.filter || context.scanners !== "all";
            note.hidden = !isFiltered;
            fill(note, isFiltered ? "These figures and the list of sites are of all sources: the filter does not change them." : "");
        },
    };
}

function tile(name, path) {
    const value = h("dd.value", {}, "–"), usual = h("dd.change", {}, "\u00a0");
    const anchor = h("a", { href: link(path) }, name);
    return {
        element: h("div.figure", {}, h("dt", {}, anchor), value, usual),
        show(text, words, explanation) {
            anchor.setAttribute("href", link(path));
            value.textContent = text;
            usual.textContent = words;
            value.title = explanation ?? "";
        },
    };
}

function usual(figure) {
    if (figure?.value == null || figure.usual == null) return "nothing to compare with yet";
    if (Math.abs(figure.value - figure.usual) < 0.0005 * figure.usual) return "as the 7 d median";
    return `${change(figure.value, figure.usual)} vs 7 d median`;
}

function title(figure, unit) {
    if (!figure) return "";
    return `median of the same hour of the last 7 days: ${number(figure.usual)} ${unit}`;
}

function round(value) {
    return value === null || value === undefined || value < 10 ? value : Math.round(value);
}

function difference(figure) {
    if (figure?.value == null || figure.usual == null) return "nothing to compare with yet";
    const seconds = figure.value - figure.usual;
    if (Math.abs(seconds) < 0.05) return "as the 7 d median";
    return `${seconds > 0 ? "▲ +" : "▼ −"}${duration(Math.abs(seconds))} vs 7 d median`;
}

/** Which sites do not deliver, and since when. */
function quiet(sites, { zone }) {
    const rows = sites.filter((row) => row.state === "silent" || row.state === "late");
    if (!rows.length) return "all are live";
    const [first] = rows, end = first.end ?? first.commit, since = end ? ` since ${label(end, zone, "time")}` : "";
    return `${first.site} ${STATES[first.state].word}${since}${rows.length > 1 ? ` and ${rows.length - 1} more` : ""}`;
}

/** Sites with the state of the worst of their sensors, the worst first. */
function sitesOf(answer) {
    const sites = new Map(), packets = new Map(answer.coverage.map((row) => [row.site, row.packets]));
    for (const sensor of answer.sensors) {
        const site = sites.get(sensor.site) ?? {
            site: sensor.site, state: "ok", commit: null, end: null, dropped: 0, addresses: sensor.site_addresses, sensors: 0,
        };
        site.sensors += 1;
        site.dropped += sensor.dropped_24h ?? 0;
        if (STATES[sensor.state]?.rank < STATES[site.state].rank) site.state = sensor.state;
        site.commit = latest(site.commit, sensor.last_commit);
        site.end = latest(site.end, sensor.last_window_end);
        sites.set(sensor.site, site);
    }
    return [...sites.values()].map((site) => {
        const all = site.dropped + (packets.get(site.site) ?? 0), loss = site.dropped > 0 ? site.dropped / all : 0;
        return { ...site, loss, rank: site.state === "ok" && loss >= LOSS ? 2 : STATES[site.state].rank };
    }).sort((a, b) => a.rank - b.rank || a.site.localeCompare(b.site, "en", { numeric: true }));
}

function latest(before, text) {
    const ms = text ? Date.parse(text) : null;
    return before === null || (ms !== null && ms > before) ? ms : before;
}

function stateOf(row) {
    const { mark, word, kind } = row.rank === 2 ? { mark: "▲", word: `loses ${share(row.loss)}`, kind: "warn" } : STATES[row.state];
    return h("span", { class: kind }, h("span", { "aria-hidden": "true" }, `${mark}\u00a0`), word.replaceAll(" ", "\u00a0"));
}

/** The table of sites. */
export function showSites(answer, panel) {
    const rows = sitesOf(answer), at = Date.parse(answer.at);
    if (!rows.length) {
        panel.empty("No sensor is registered yet: darkscope-collector enroll makes the first one.");
        return;
    }
    panel.table([
        { key: "site", label: "Site", href: (row) => link(["site", row.site]) },
        { key: "state", label: "State", kind: "node", value: stateOf },
        {
            key: "commit", label: "Last batch", kind: "duration", value: (row) => row.commit === null ? null : (at - row.commit) / 1_000,
            title: (row) => row.commit === null ? "never" : new Date(row.commit).toISOString(),
        },
        { key: "addresses", label: "Dark IPs", kind: "number" },
    ], rows.slice(0, LISTED));
    panel.remark(...rows.length > LISTED ? [h("a", { href: link("/sites") }, `All ${plural(rows.length, "site")}`)] : []);
}
