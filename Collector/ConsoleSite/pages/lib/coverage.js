// What was not observed, in words: how a site or a sensor is, and what its absence means for the figures. No packets and no
// data never look alike.

import { h } from "./dom.js";
import { share } from "./format.js";
import { chosen } from "./place.js";
import { label } from "./zone.js";

const STATES = {
    ok: ["●", "live", "good"], degraded: ["▲", "partly silent", "warn"], late: ["▲", "late", "warn"], silent: ["✕", "silent", "bad"],
    complete: ["●", "complete", "good"], quiet: ["●", "quiet", "good"], partial: ["▲", "partial", "warn"], missing: ["✕", "missing", "bad"],
};

/** A state of a site, a sensor or of coverage as shape, word and colour: ● live, ▲ late, ✕ silent. */
export function stateMark(state) {
    const [shape, word, colour] = STATES[state] ?? ["○", "unknown", "note"];
    return h("span.state-mark", { class: colour }, h("span", { "aria-hidden": "true" }, `${shape} `), word);
}

/** "14:02" of a moment (RFC 3339) of today, "23 Nov, 14:02" of another day, in the zone that is chosen. */
export function clock(moment, now = Date.now()) {
    const [zone, ms] = [chosen("tz"), Date.parse(moment)];
    const isToday = label(ms, zone, "day") === label(now, zone, "day");
    return label(ms, zone, isToday ? "time" : "short");
}

/** "since 14:02", to stand beside the mark of a site or a sensor that is late or silent; null of one that is neither. */
export function sinceWhen({ state, silent_since: since, sensors, sensors_not_ok: broken }) {
    if (state === "ok" || state === undefined) return null;
    const part = sensors > 1 && broken < sensors ? `${broken} of ${sensors} sensors ` : "";
    if (!since) return `${part}never delivered`;
    return `${part}${state === "late" ? "nothing observed " : ""}since ${clock(since)}`;
}

/** "silent since 14:02", to stand after its name. */
export function silence(row) {
    const words = sinceWhen(row);
    return words && row.state !== "late" && row.silent_since ? `silent ${words}` : words;
}

/**
 * Rows of coverage of sites that did not deliver all of the span, or deliver nothing now. What is late is not missing yet: the
 * newest hours always are.
 */
export function lacking(coverage) {
    return (coverage ?? []).filter((row) => row.state === "missing" || row.state === "partial" || row.silent_since);
}

/** What one of them did, without its name: "silent since 14:02", "nothing observed", "only 40 % observed". */
export function lack(row) {
    if (row.silent_since && row.state !== "missing") return `silent since ${clock(row.silent_since)}`;
    return row.state === "missing" || !row.coverage ? "nothing observed" : `only ${share(row.coverage)} observed`;
}

/**
 * "id-2 silent since 14:02, th-1 only 40 % observed; totals exclude them"; null when all is there. Several sites that lack a part
 * are counted, and the one that lacks most is named.
 */
export function partial(coverage) {
    const rows = lacking(coverage);
    if (!rows.length) return null;
    const named = (row) => `${row.site} ${lack(row)}`;
    const parts = rows.filter((row) => row.state === "partial" && !row.silent_since).sort((a, b) => a.coverage - b.coverage);
    const gone = rows.filter((row) => !parts.includes(row));
    const told = gone.length > 2 ? [`${named(gone[0])} and ${gone.length - 1} more sites`] : gone.map(named);
    if (parts.length > 2) told.push(`${parts.length} sites lack a part, most ${parts[0].site} (${lack(parts[0])})`);
    else told.push(...parts.map(named));
    const end = parts.length > 2 ? "totals exclude what is missing" : rows.length === 1 ? "totals exclude it" : "totals exclude them";
    return [h("span.hatch", { "aria-hidden": "true" }), ` ${told.join(", ")}; ${end}`];
}

/** The first three of rows in words, and how many more there are. */
export function listed(rows, words) {
    const told = rows.slice(0, rows.length > 4 ? 3 : 4).map(words);
    const rest = rows.length - told.length;
    return rest ? `${told.join(", ")} and ${rest} more sites` : told.join(", ");
}
