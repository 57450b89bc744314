// What pages of sites and sensors share: cells and words of what is known of them. What is not reported says so.

import { spark } from "../charts/spark.js";
import { UNKNOWN, duration, number, share } from "../lib/format.js";
import { h } from "../lib/dom.js";
import { sinceWhen, stateMark } from "../lib/coverage.js";

/** States in the order in which people want to see them. */
const ORDER = ["silent", "degraded", "late", "ok"];

/** How bad a state is, for sorting: the worst is the greatest. */
export const badness = (row) => ORDER.length - ORDER.indexOf(row.state);

/** Seconds from a moment (RFC 3339) to another; null when it is not known. */
export const since = (moment, at) => (moment ? Math.max(0, (Date.parse(at) - Date.parse(moment)) / 1000) : null);

/** ✕ silent, and below it since when. */
export function stateCell(row) {
    const words = sinceWhen(row);
    return h("span", {}, stateMark(row.state), words ? h("small.under", {}, words) : null);
}

/** A value as it is written by a function, or that nobody reported it. */
export function reported(value, write = number) {
    return value === null || value === undefined ? h("span.note", {}, "not reported") : write(value);
}

/** Frames that were dropped, and which part of all they are. */
export function drops(dropped, received) {
    if (dropped === null || dropped === undefined || received === null || received === undefined) return reported(null);
    const all = Number(received) + Number(dropped);
    const part = all > 0 ? Number(dropped) / all : 0;
    return h("span", { class: Number(dropped) > 0 ? "warn" : "" }, `${Number(dropped) > 0 ? "▲ " : ""}${number(dropped)}`,
        Number(dropped) > 0 ? h("small.under", {}, share(part)) : null);
}

/** "+12 ms, synchronised" of the newest window of a sensor. */
export function clockWords({ clock, clock_offset_seconds: offset }) {
    if (!clock) return reported(null);
    if (clock === "file") return "of a capture file";
    const isOff = clock === "unsynchronised" || Math.abs(offset ?? 0) > 5;
    const size = offset === null || offset === undefined ? "error not reported" : `± ${duration(Math.abs(offset))}`;
    return h("span", { class: isOff ? "warn" : "" }, `${isOff ? "▲ " : ""}${clock === "unknown" ? "state not reported" : clock}`,
        h("small.under", {}, size));
}

/** Batches that a sensor still has, as far as it is known here. */
export function waitingWords(sensor, at) {
    if (sensor.state === "silent") return h("span.note", {}, "unknown while silent");
    if (sensor.waiting_batches === null || sensor.waiting_batches === undefined) return reported(null);
    if (Number(sensor.waiting_batches) === 0) return "nothing waits";
    const age = since(sensor.waiting_since, at);
    return h("span.warn", {}, `▲ ${number(sensor.waiting_batches)} batches`,
        h("small.under", {}, age === null ? "age not reported" : `up to ${duration(age)} old`));
}

/** Keys do not expire; how old the newest is says when somebody last looked after it. */
export function keyWords(row, at) {
    if (!Number(row.keys)) return h("span.bad", {}, "✕ no key");
    const age = since(row.key_since, at);
    return h("span", {}, age === null ? UNKNOWN : duration(age), Number(row.keys) > 1 ? h("small.under", {}, `${number(row.keys)} keys`) : null);
}

/** A strip of bars as small as a word: what was observed of each bin; hatched where it was nothing. */
export function smallStrip(states, coverage) {
    return tiny(states.map((state, place) => (state && state !== "missing" && coverage[place] > 0 ? coverage[place] : null)), "--good");
}

/** Packets of each hour as small bars; hatched where nothing was observed. */
export function smallActivity(packets) {
    return packets.some((value) => value !== null) ? tiny(packets, "--series-1") : UNKNOWN;
}

function tiny(values, colour) {
    const host = h("span.tiny", {});
    const draw = () => spark(host, values, {
        width: 132, height: 18, bars: true, colour: getComputedStyle(document.documentElement).getPropertyValue(colour).trim(),
    });
    // It is drawn once it is in the page: before, it has no colours.
    requestAnimationFrame(draw);
    return host;
}
