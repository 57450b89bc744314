// What a sensor says of itself, as a list of facts. What it does not report is not made up.

import { duration, number } from "../lib/format.js";
import { h } from "../lib/dom.js";
import { stateMark } from "../lib/coverage.js";
import { clockWords, drops, keyWords, reported, since, stateCell, waitingWords } from "./siteParts.js";

const LINKS = { up: "up", down: "✕ down", gone: "✕ gone", unknown: "state not reported" };

/** A list for each sensor of an answer of the API. */
export function sensorFacts({ sensors, at }) {
    if (!sensors.length) return h("p.note", {}, "No active sensor is registered at this site.");
    return h("div.sensors", {}, sensors.map((sensor) => h("div", {},
        h("h3", {}, sensor.sensor, " ", stateMark(sensor.state)),
        h("dl.pairs", {}, facts(sensor, at).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))))));
}

function facts(sensor, at) {
    const age = (moment) => (moment ? `${duration(since(moment, at))} ago` : reported(null));
    return [
        ["State", stateCell(sensor)],
        ["Last batch stored", sensor.last_commit ? age(sensor.last_commit) : "never"],
        ["Observed until", age(sensor.last_observed)],
        ["Lag of its newest window", reported(sensor.lag_seconds, duration)],
        ["Frames, 24 h", reported(sensor.received_24h)],
        ["Dropped by the kernel (ring full)", drops(sensor.kernel_dropped_24h, sensor.received_24h)],
        ["Dropped by the interface", drops(sensor.interface_dropped_24h, sensor.received_24h)],
        ["Lost in its own queues", lost(sensor)],
        ["Packets without source (table full)", reported(sensor.overflowed_24h)],
        ["Spool", waitingWords(sensor, at)],
        ["Clock", clockWords(sensor)],
        ["Link", sensor.link ? h("span", { class: ["down", "gone"].includes(sensor.link) ? "bad" : "" }, LINKS[sensor.link] ?? sensor.link) : reported(null)],
        ["Version", reported(sensor.version, String)],
        ["Configuration", reported(sensor.configuration, (text) => h("code", {}, text))],
        ["Age of its key", keyWords(sensor, at)],
        ["Batches as of a clone", Number(sensor.conflicts) ? h("span.bad", {}, `✕ ${number(sensor.conflicts)}`) : "none"],
        ["Dark IPv4 addresses of the site", reported(sensor.site_addresses)],
    ];
}

/** What a sensor had captured and lost before it was delivered. */
function lost(sensor) {
    if (!Number(sensor.gaps_24h)) return "nothing declared";
    return h("span.warn", {}, `▲ ${sensor.gap_packets_24h === null ? "packets not known" : `${number(sensor.gap_packets_24h)} packets`}`,
        h("small.under", {}, `${number(sensor.gaps_24h)} reports`));
}
