// The choices that every page shares: span, zone and which sources count. All of them live in the address.

import { fill, h } from "./dom.js";
import { chosen, set } from "./place.js";
import { label } from "./zone.js";

const RANGES = [
    ["now-1h", "Last hour"], ["now-6h", "Last 6 h"], ["now-24h", "Last 24 h"], ["now-7d", "Last 7 d"], ["now-30d", "Last 30 d"],
    ["now-90d", "Last 90 d"], ["now-365d", "Last year"],
];
const SCANNERS = [["all", "All sources"], ["without", "Without scanners"], ["only", "Scanners only"]];
const NEAR = ["Asia/Jakarta", "Asia/Bangkok", "Asia/Kuala_Lumpur", "Asia/Singapore", "Asia/Manila", "Asia/Ho_Chi_Minh", "Asia/Phnom_Penh", "Asia/Vientiane", "Asia/Yangon", "Asia/Tokyo"];

/** Select boxes of the header: {element, update(), open(name)}. */
export function choices() {
    const range = select("range", "Range", (value) => (value === "custom" ? askSpan() : set({ from: value, to: null })));
    const zone = select("zone", "Zone", (value) => set({ tz: value }));
    const scanners = select("scanners", "Sources", (value) => set({ scanners: value }));
    const dialog = spanDialog();
    function askSpan() {
        update();
        dialog.show();
    }
    function update() {
        const [from, to] = [chosen("from"), chosen("to")];
        const isKnown = to === "now" && RANGES.some(([value]) => value === from);
        options(range.box, [...RANGES, ...(isKnown ? [] : [["chosen", spanWords(from, to)]]), ["custom", "Other span …"]], isKnown ? from : "chosen");
        const zones = ["UTC", Intl.DateTimeFormat().resolvedOptions().timeZone, ...NEAR];
        const present = chosen("tz");
        const rest = Intl.supportedValuesOf?.("timeZone") ?? [];
        options(zone.box, [...new Set([present, ...zones, ...rest])].map((name) => [name, name]), present);
        options(scanners.box, SCANNERS, chosen("scanners"));
    }
    return {
        element: h("div.choices", {}, range.element, zone.element, scanners.element, dialog.element), update,
        open: (name) => (name === "span" ? askSpan() : { zone, scanners, range }[name].box.focus()),
    };
}

function spanWords(from, to) {
    const words = (text) => {
        const ms = moment(text);
        return ms === null || text.startsWith("now") ? text : label(ms, chosen("tz"), "short");
    };
    return `${words(from)} – ${words(to)}`;
}

function select(name, label, choose) {
    const box = h("select", { id: name, on: { change: () => choose(box.value) } });
    return { box, element: h("label.choice", { for: name }, h("span.unseen", {}, label), box) };
}

function options(box, pairs, present) {
    const wanted = pairs.map(([value]) => value).join("\n");
    if (box.dataset.options !== wanted) {
        fill(box, pairs.map(([value, text]) => h("option", { value }, text)));
        box.dataset.options = wanted;
    }
    box.value = present;
}

function spanDialog() {
    const from = h("input", { id: "span-from", type: "text", required: true, autocomplete: "off" });
    const to = h("input", { id: "span-to", type: "text", required: true, autocomplete: "off" });
    const dialog = h("dialog", { "aria-labelledby": "span-title" },
        h("form", {
            method: "dialog", on: { submit: (event) => { if (event.submitter?.value === "use") set({ from: from.value.trim(), to: to.value.trim() }); } },
        },
        h("h2", { id: "span-title" }, "Span"),
        h("p.note", {}, "now, now-24h, a day or a time of the zone such as 2026-01-31 or 2026-01-31T14:05, or a time in UTC such as 2026-01-31T14:05:00Z"),
        h("label.field", { for: "span-from" }, "From", from), h("label.field", { for: "span-to" }, "To (not in it)", to),
        h("div.buttons", {}, h("button.primary", { type: "submit", value: "use" }, "Show"),
            h("button", { type: "submit", value: "cancel", formnovalidate: true }, "Cancel"))));
    return {
        element: dialog,
        show: () => {
            from.value = chosen("from");
            to.value = chosen("to");
            dialog.showModal();
        },
    };
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

/** A moment of the address in milliseconds; null for what only the server can read, such as a time of a zone. */
export function moment(text, now = Date.now()) {
    if (text === "now") return now;
    const before = /^now-(\d+)([smhdw])$/.exec(text);
    if (before) return now - Number(before[1]) * UNITS[before[2]] * 1000;
    if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return Date.parse(text);
    return /^\d{9,11}$/.test(text) ? Number(text) * 1000 : null;
}

/** Shows the span from one moment (ms) to another. */
export function showSpan(from, to) {
    const text = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
    set({ from: text(Math.floor(from / 1000) * 1000), to: text(Math.ceil(to / 1000) * 1000) });
}

/** Moves the span by a part of its length, or makes it so many times as long around its middle. `shown` is what is shown. */
export function changeSpan(shown, { move = 0, zoom = 1 }) {
    const [from, to] = [moment(chosen("from")) ?? shown?.from, moment(chosen("to")) ?? shown?.to];
    if (!from || !to || to <= from) return;
    const length = Math.max((to - from) * zoom, 300000);
    const middle = (from + to) / 2 + (to - from) * move;
    const end = Math.min(middle + length / 2, Date.now());
    showSpan(end - length, end);
}
