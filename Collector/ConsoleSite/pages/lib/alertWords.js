// What alerts are, in words and marks: a shape and a word beside every colour.

import { h } from "./dom.js";

const GRADES = { high: ["▲", "bad"], medium: ["◆", "warn"], low: ["●", ""] };
const STATES = {
    open: ["●", "bad", "open", "reported, or about to be"], ongoing: ["●", "bad", "ongoing", "evidence came after the first notice"],
    quiet: ["◐", "warn", "quiet", "no evidence for an hour or more"], watching: ["○", "", "watching", "not enough to report"],
    closed: ["✓", "good", "closed", "no evidence for as long as the organisation's clean time, or closed by a person"],
};
const COURSES = {
    new: "opened in the last 24 hours, for the first time", continued: "open for more than a day",
    periodic: "opened again after it was closed",
};
const FINDINGS = { infection: "infection", misconfiguration: "misconfiguration", attack: "under attack", none: "no finding" };
const KINDS = {
    internal: "scans dark space of its own organisation", external: "scans dark space of others", backscatter: "answers forged packets",
};
const EVENTS = {
    opened: "opened", reopened: "opened again", ongoing: "evidence goes on", quiet: "became quiet", closed: "closed", changed: "changed",
    told: "told", acknowledged: "acknowledged", suppressed: "suppressed", "false-positive": "said to be none", released: "released",
};
const PROOFS = {
    proven: "proven by a token", vouched: "vouched for by an operator", claimed: "only claimed: nothing is told",
    ended: "no longer the organisation's: nothing is told",
};

/** Severity with its mark. */
export function grade(word) {
    const [mark, tone] = GRADES[word] ?? ["", ""];
    return h("span", { class: tone }, `${mark} ${word}`);
}

/** State of an alert, and whether a person took note of it. */
export function state(alert) {
    const [mark, tone, word, title] = STATES[alert.state] ?? ["", "", alert.state, null];
    return h("span", {}, h("span", { class: tone, title }, `${mark} ${word}`), marks(alert).map((text) => [" ", h("span.chip", {}, text)]));
}

/** What people said of an alert, in words. */
export function marks(alert) {
    return [
        alert.acknowledged_at && "acknowledged", alert.is_false_positive && "false positive",
        alert.suppressed_until && Date.parse(alert.suppressed_until) > Date.now() && "suppressed", alert.is_late && "late evidence",
        alert.label && `labelled ${alert.label}`, alert.proof === "claimed" && "block unproven", alert.proof === "ended" && "block ended",
    ].filter(Boolean);
}

/** new, continued or periodic; what that means is its title. */
export function course(word) {
    return word ? h("span", { title: COURSES[word] }, word) : null;
}

/** What an alert is taken for. */
export function finding(word) {
    return FINDINGS[word] ?? word;
}

/** What was seen. */
export function kind(word) {
    return KINDS[word] ?? word;
}

/** What happened to an alert. */
export function event(word) {
    return EVENTS[word] ?? word;
}

/** How sure it is that a block is the organisation's. */
export function proof(word) {
    return PROOFS[word] ?? word;
}

/** State of a message on its way: shape, word and colour. */
export function delivery(word) {
    const [mark, tone, text] = { delivered: ["✓", "good", "delivered"], due: ["◐", "warn", "on its way"], dead: ["✕", "bad", "given up"] }[word]
        ?? ["", "", word];
    return h("span", { class: tone }, `${mark} ${text}`);
}

/** What an alert's state and course mean, for a list of words. */
export const MEANINGS = [...Object.values(STATES).map(([, , word, text]) => [word, text]), ...Object.entries(COURSES)];
