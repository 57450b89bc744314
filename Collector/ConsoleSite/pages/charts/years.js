// Years on a logarithmic axis: a telescope's growth over two decades is seen only so. A year without a figure is a gap; one
// that is not whole, or whose figure is not exact, has an open mark.

import { number, short } from "../lib/format.js";
import { drawValueAxis, labelWidth, legend, surface } from "./axes.js";
import { lineColour, seriesColour } from "./colours.js";
import { cursor, line } from "./cursor.js";

const AXIS = 24;
const MARK = 4;

/**
 * @param data {years: [number, each one more than the one before], unit, name, height,
 *   layers: [{label, values: [number or null], open: [whether the mark is open], notes: [text or null]}]}
 * @return {destroy()}
 */
export function years(host, width, data) {
    const face = surface(host, width, data.height ?? 300, `${data.name}. Arrow keys go from year to year.`);
    const { ink, colours } = face;
    const layers = data.layers.map((layer, place) => ({ ...layer, colour: lineColour(seriesColour(colours, place), colours) }));
    const known = layers.flatMap(({ values }) => values.filter((value) => value > 0));
    if (!known.length) return face;
    const powers = [Math.floor(Math.log10(Math.min(...known))), Math.ceil(Math.log10(Math.max(...known)))];
    if (powers[0] === powers[1]) powers[1] += 1;
    const step = Math.max(1, Math.ceil((powers[1] - powers[0]) / 8));
    const ticks = [];
    for (let power = powers[0]; power <= powers[1]; power += step) ticks.push(10 ** power);
    const frame = { top: 20, bottom: face.height - AXIS, left: Math.max(30, labelWidth(ink, ticks.map(short)) + 9), right: width - 10 };
    const y = (value) => frame.bottom - (Math.log10(value) - powers[0]) / (powers[1] - powers[0]) * (frame.bottom - frame.top);
    const room = (frame.right - frame.left) / data.years.length;
    const x = (place) => frame.left + room * (place + 0.5);

    drawValueAxis(face, frame, { ticks, y }, `${data.unit}, logarithmic`);
    drawYears(face, frame, data.years, x, room);
    for (const layer of layers) drawLayer(face, layer, x, y);
    const names = legend(host, layers.map((layer) => ({ ...layer, isLine: true })));
    const tips = cursor(face, {
        top: frame.top, bottom: frame.bottom,
        find: (px) => (px < frame.left - 8 || px > frame.right + 8 ? null : bounded(Math.floor((px - frame.left) / room), data.years)),
        step: (place, key) => next(place, key, data.years),
        at: (place) => words(data, layers, place, x, y, frame),
        draw: (place, context) => {
            context.strokeStyle = colours.faint;
            context.lineWidth = 1;
            line(context, Math.round(x(place)) + 0.5, frame.top, frame.bottom);
        },
    });
    return {
        destroy() {
            tips.destroy();
            names?.remove?.();
            face.destroy();
        },
    };
}

function bounded(place, years) {
    return Math.max(0, Math.min(years.length - 1, place));
}

function next(place, key, years) {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -5, PageDown: 5, Home: -Infinity, End: Infinity };
    if (!(key in moves)) return undefined;
    return place === null ? (key === "End" ? years.length - 1 : 0) : bounded(place + moves[key], years);
}

function drawYears({ ink, colours }, frame, years, x, room) {
    ink.save();
    ink.textAlign = "center";
    ink.textBaseline = "top";
    ink.fillStyle = colours.faint;
    const every = [1, 2, 5, 10].find((count) => count * room >= 38) ?? 20;
    years.forEach((year, place) => {
        if (year % every === 0) ink.fillText(String(year), x(place), frame.bottom + 7);
    });
    ink.restore();
}

function drawLayer({ ink, colours }, { values, open, colour }, x, y) {
    ink.save();
    ink.strokeStyle = colour;
    ink.lineWidth = 1.6;
    ink.beginPath();
    let isDown = false;
    values.forEach((value, place) => {
        if (!(value > 0)) {
            isDown = false;
            return;
        }
        if (isDown) ink.lineTo(x(place), y(value)); else ink.moveTo(x(place), y(value));
        isDown = true;
    });
    ink.stroke();
    values.forEach((value, place) => {
        if (!(value > 0)) return;
        ink.beginPath();
        ink.arc(x(place), y(value), MARK, 0, 2 * Math.PI);
        ink.fillStyle = open[place] ? colours.card : colour;
        ink.fill();
        ink.stroke();
    });
    ink.restore();
}

function words(data, layers, place, x, y, frame) {
    const first = layers.find(({ values }) => values[place] > 0);
    return {
        x: x(place), y: first ? y(first.values[place]) : frame.bottom, title: String(data.years[place]),
        rows: layers.map(({ label, colour, values }) => ({ label, colour, value: number(values[place]) })),
        notes: layers.map(({ label, notes }) => (notes[place] ? `${label}: ${notes[place]}` : null)).filter(Boolean),
    };
}
