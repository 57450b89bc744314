// What charts have in common: a canvas at the device's resolution, axes, hatching, legends. All sizes are CSS pixels.

import { short } from "../lib/format.js";
import { spanLabel, ticks as timeTicks } from "../lib/zone.js";
import { theme } from "./colours.js";

/**
 * A chart's place: a box of fixed size with a canvas for the picture and one above it for the cursor, which takes the focus.
 * @param name what a screen reader calls the chart.
 * @return {box, ink, over, context, colours, width, height, clear(), destroy()}; ink and over are 2d contexts.
 */
export function surface(host, width, height, name) {
    const box = document.createElement("div");
    box.className = "chart";
    box.style.height = `${height}px`;
    const colours = theme(host);
    const scale = window.devicePixelRatio || 1;
    const [picture, front] = ["chart-picture", "chart-front"].map(kind => {
        const canvas = document.createElement("canvas");
        canvas.className = kind;
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(height * scale);
        canvas.style.width = `${width}px`;
        canvas.style.height = `${height}px`;
        box.append(canvas);
        return canvas;
    });
    picture.setAttribute("aria-hidden", "true");
    // Arrow keys belong to the chart while it has the focus; that is what the role says to screen readers.
    front.tabIndex = 0;
    front.setAttribute("role", "application");
    front.setAttribute("aria-roledescription", "chart");
    front.setAttribute("aria-label", name);
    const [ink, over] = [picture, front].map(canvas => {
        const context = canvas.getContext("2d");
        context.scale(scale, scale);
        context.font = colours.font;
        return context;
    });
    host.append(box);
    return {
        box, ink, over, front, colours, width, height, scale,
        clear(context = ink) { context.clearRect(0, 0, width, height); },
        destroy() { box.remove(); },
    };
}

/** A line that lies on device pixels, at a place that is not on them. */
export function crisp(x) { return Math.round(x) + 0.5; }

/** Ticks of values from 0 up to most: [numbers], and the top of the axis. Where most is a whole number, all ticks are. */
export function valueTicks(most, height) {
    const count = Math.max(2, Math.min(6, Math.floor(height / 40)));
    const top = most > 0 ? most : 1;
    const step = niceStep(top / count, Number.isInteger(most));
    const found = [];
    for (let value = 0; value < top + step * 0.999; value += step) found.push(+value.toPrecision(12));
    // A curve that hardly passes a tick does not need the next one.
    const last = found[found.length - 1];
    const end = found.length > 2 && top <= last - step * 0.6 ? top * 1.04 : last;
    return { ticks: found.filter(value => value <= end + 1e-9), top: end };
}

function niceStep(rough, isWhole) {
    const size = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map(n => n * size).find(n => n >= rough * 0.999) ?? 10 * size;
    return isWhole ? Math.max(1, step === 2.5 ? 2 : step) : step;
}

/** How wide the labels of an axis are. */
export function labelWidth(context, texts) { return Math.ceil(d3.max(texts, text => context.measureText(text).width) ?? 0); }

/** The left or right axis: grid lines (left only), numbers, and the unit above. */
export function drawValueAxis(surface, frame, axis, unit, side = "left") {
    const { ink, colours } = surface;
    ink.save();
    ink.textBaseline = "middle";
    ink.textAlign = side === "left" ? "right" : "left";
    for (const value of axis.ticks) {
        const y = axis.y(value);
        if (side === "left") {
            ink.strokeStyle = colours.line;
            ink.globalAlpha = value === 0 ? 1 : 0.6;
            ink.lineWidth = 1;
            ink.beginPath();
            ink.moveTo(frame.left, crisp(y));
            ink.lineTo(frame.right, crisp(y));
            ink.stroke();
            ink.globalAlpha = 1;
        }
        ink.fillStyle = colours.faint;
        ink.fillText(short(value), side === "left" ? frame.left - 6 : frame.right + 6, y);
    }
    if (unit) {
        ink.textBaseline = "alphabetic";
        ink.textAlign = side === "left" ? "left" : "right";
        ink.fillStyle = colours.faint;
        ink.fillText(unit, side === "left" ? 0 : surface.width, 12);
    }
    ink.restore();
}

/** The axis of time: ticks of the zone's clocks, days in stronger type, and in a second line days and zone. */
export function drawTimeAxis(surface, frame, x, from, to, zone, { spacing, note = true } = {}) {
    const { ink, colours } = surface;
    ink.save();
    ink.textBaseline = "top";
    ink.textAlign = "center";
    let last = -Infinity;
    for (const tick of timeTicks(from, to, zone, frame.right - frame.left, spacing ?? (surface.width < 420 ? 56 : 76))) {
        const place = x(tick.ms);
        const half = ink.measureText(tick.text).width / 2;
        ink.strokeStyle = colours.line;
        ink.beginPath();
        ink.moveTo(crisp(place), frame.bottom);
        ink.lineTo(crisp(place), frame.bottom + 4);
        ink.stroke();
        const middle = Math.min(Math.max(place, half), surface.width - half);
        if (middle - half < last + 6) continue;
        last = middle + half;
        const isStrong = tick.kind !== "time";
        ink.font = isStrong ? colours.strong : colours.font;
        ink.fillStyle = isStrong ? colours.text : colours.faint;
        ink.fillText(tick.text, middle, frame.bottom + 7);
    }
    if (note) {
        ink.font = colours.font;
        ink.fillStyle = colours.faint;
        ink.textAlign = "right";
        ink.fillText(fitted(ink, spanLabel(from, to, zone), surface.width), surface.width, frame.bottom + 24);
    }
    ink.restore();
}

/** Height that the axis of time takes below a plot. */
export const TIME_AXIS = 40;

/** A text cut to a width, with an ellipsis. */
export function fitted(context, text, width) {
    if (context.measureText(text).width <= width) return text;
    let low = 0, high = text.length;
    while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (context.measureText(text.slice(0, middle) + "…").width <= width) low = middle; else high = middle - 1;
    }
    return low ? text.slice(0, low) + "…" : "";
}

/** Hatches a box. Strong means that there is no data; light that the time is not over. */
export function hatch(context, colours, left, top, width, height, isLight = false) {
    const right = left + Math.max(1, width), gap = isLight ? 7 : 5;
    context.save();
    context.beginPath();
    context.rect(left, top, right - left, height);
    context.clip();
    context.globalAlpha = isLight ? 0.05 : 0.1;
    context.fillStyle = colours.faint;
    context.fillRect(left, top, right - left, height);
    context.globalAlpha = isLight ? 0.35 : 0.7;
    context.strokeStyle = colours.faint;
    context.lineWidth = 1;
    context.beginPath();
    // The lines are those of the whole canvas, so that boxes side by side look like one.
    const first = Math.floor((left - height) / gap) * gap;
    for (let x = first; x < right; x += gap) {
        context.moveTo(x, top + height);
        context.lineTo(x + height, top);
    }
    context.stroke();
    context.restore();
}

/**
 * A legend below a chart: swatches with names, links where the item has one. Pointing at an item calls onPoint(place).
 * @param items [{label, colour, dash, href}]
 */
export function legend(host, items, onPoint = () => {}) {
    const list = document.createElement("ul");
    list.className = "chart-legend";
    items.forEach((item, place) => {
        const entry = document.createElement("li");
        const body = document.createElement(item.href ? "a" : "span");
        if (item.href) body.href = item.href;
        const mark = document.createElement("span");
        mark.className = item.dash ? "chart-swatch is-dashed" : item.isLine ? "chart-swatch is-line" : "chart-swatch";
        mark.style.setProperty("--swatch", item.colour);
        body.append(mark, item.label);
        body.addEventListener("pointerenter", () => onPoint(place));
        body.addEventListener("pointerleave", () => onPoint(null));
        body.addEventListener("focus", () => onPoint(place));
        body.addEventListener("blur", () => onPoint(null));
        entry.append(body);
        list.append(entry);
    });
    host.append(list);
    return list;
}

/** The legend of a logarithmic scale of colours: ramp with numbers, the colour of 0, the hatching of what is not known. */
export function drawRamp(surface, scale, left, top, width, { zero = "0", missing = "no data", unit = "" } = {}) {
    const { ink, colours } = surface;
    ink.save();
    for (let i = 0; i < width; i += 1) {
        ink.fillStyle = scale.colour(scale.least * Math.exp(i / width * Math.log(scale.most / scale.least)));
        ink.fillRect(left + i, top, 1.5, 7);
    }
    ink.fillStyle = colours.faint;
    ink.textBaseline = "top";
    let taken = -Infinity;
    for (const value of scale.steps) {
        const place = scale.share(value) * width, size = ink.measureText(short(value)).width;
        if (place - size / 2 < taken + 8) continue;
        taken = place + (place < 8 ? size : size / 2);
        ink.textAlign = place < 8 ? "left" : place > width - 8 ? "right" : "center";
        ink.fillText(short(value), left + place, top + 10);
    }
    let x = left + width + 14;
    ink.textAlign = "left";
    ink.textBaseline = "middle";
    for (const [text, isMissing] of [[zero, false], [missing, true]]) {
        if (!text) continue;
        if (isMissing) hatch(ink, colours, x, top - 1, 12, 9);
        else {
            ink.fillStyle = colours.land;
            ink.fillRect(x, top - 1, 12, 9);
        }
        ink.fillStyle = colours.faint;
        ink.fillText(text, x + 16, top + 4);
        x += 16 + ink.measureText(text).width + 14;
    }
    if (unit && x + ink.measureText(unit).width < surface.width) ink.fillText(unit, x, top + 4);
    ink.restore();
}
