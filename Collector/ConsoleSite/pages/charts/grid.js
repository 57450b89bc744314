// Series as a grid of small pictures, one for each layer, all on the same axis of time: for layers that are too many, or too
// different, to lie on each other. The cursor is one for all of them.

import { number, short } from "../lib/format.js";
import { go } from "../lib/place.js";
import { drawTimeAxis, fitted, surface, TIME_AXIS } from "./axes.js";
import { binNotes, binStep, binTitle, drawMissing, isMissing, sampled, timeScale } from "./bins.js";
import { lineColour, seriesColour } from "./colours.js";
import { cursor, line } from "./cursor.js";

const CELL = 88, HEAD = 18, GAP = 14;

/** Draws as series.js says, with kind grid; `height` does not count, since the number of layers gives it. */
export function grid(host, width, data) {
    const columns = Math.max(1, Math.min(4, Math.floor((width + GAP) / 240)));
    const rows = Math.ceil(data.layers.length / columns), cellWidth = (width - GAP * (columns - 1)) / columns;
    const face = surface(
        host, width, Math.max(1, rows) * (CELL + GAP) + TIME_AXIS,
        `${data.name ?? "Small series, one beside the other"}. Arrow keys move the cursor.`);
    let cells = [];

    function draw() {
        face.clear();
        cells = data.bins.length ? data.layers.map((layer, order) => {
            const left = (order % columns) * (cellWidth + GAP), top = Math.floor(order / columns) * (CELL + GAP);
            const frame = { left, right: left + cellWidth, top: top + HEAD, bottom: top + CELL };
            return {
                frame, layer, colour: lineColour(
                    layer.colour ?? (layer.isOther ? face.colours.other : seriesColour(face.colours, order)), face.colours),
                most: d3.max(layer.values) ?? 0, x: timeScale(data.bins, frame.left, frame.right),
                without: data.bins.map((bin, place) => isMissing(bin, place, [layer])),
            };
        }) : [];
        cells.forEach((cell, order) => drawCell(face, data, cell, order + columns >= cells.length));
    }

    draw();
    const tips = cursor(face, {
        find(x, y) {
            const order = cells.findIndex(({ frame }) =>
                x >= frame.left && x <= frame.right && y >= frame.top - HEAD && y <= frame.bottom + GAP);
            return order < 0 ? null : { order, bin: cells[order].x.find(x) };
        },
        step(place, key) {
            const { order, bin } = place ?? { order: 0, bin: null };
            const aside = { ArrowUp: -columns, ArrowDown: columns }[key];
            if (!cells.length) return undefined;
            if (aside) return { order: Math.max(0, Math.min(cells.length - 1, order + aside)), bin: bin ?? 0 };
            const next = binStep(data.bins.length, bin, key);
            return next === undefined ? undefined : { order, bin: next };
        },
        at({ order, bin }) {
            const { layer, x, frame, without, colour } = cells[order], value = layer.values[bin];
            return {
                x: x.middle(bin), y: (frame.top + frame.bottom) / 2, ...binTitle(data.bins[bin], data.zone),
                rows: without[bin] ? [{ label: layer.label, value: "–", colour }]
                    : [{ label: layer.label, value: layer.format?.(value, bin) ?? number(value), colour }],
                notes: binNotes(data.bins[bin], without[bin]),
            };
        },
        draw({ bin }, context) {
            context.strokeStyle = face.colours.faint;
            for (const { x, frame } of cells) line(context, Math.round(x.middle(bin)) + 0.5, frame.top, frame.bottom);
        },
        open: data.layers.some(layer => layer.href)
            && (({ order }) => { if (cells[order].layer.href) go(cells[order].layer.href); }),
    });
    return {
        destroy() {
            tips.destroy();
            face.destroy();
        },
        update(next) {
            data = next;
            draw();
            tips.refresh();
        },
    };
}

function drawCell(face, data, { frame, layer, colour, most, x, without }, isLast) {
    const { ink, colours } = face, { bins } = data, top = most || 1;
    const y = value => frame.bottom - value / top * (frame.bottom - frame.top - 2);
    ink.save();
    ink.textBaseline = "top";
    ink.fillStyle = colours.faint;
    ink.textAlign = "right";
    const note = `most ${short(most)}`;
    ink.fillText(note, frame.right, frame.top - HEAD);
    ink.textAlign = "left";
    ink.fillStyle = colours.text;
    const room = frame.right - frame.left - ink.measureText(note).width - 8;
    ink.fillText(fitted(ink, layer.label, room), frame.left, frame.top - HEAD);
    drawMissing(face, x, bins, without, frame.top, frame.bottom);
    ink.strokeStyle = colours.line;
    ink.beginPath();
    ink.moveTo(frame.left, frame.bottom + 0.5);
    ink.lineTo(frame.right, frame.bottom + 0.5);
    ink.stroke();
    ink.fillStyle = colour;
    ink.globalAlpha = 0.85;
    const places = sampled(bins, x, face.scale, without, (first, last) => {
        let best = first;
        for (let at = first; at <= last; at += 1) if ((layer.values[at] ?? -1) > (layer.values[best] ?? -1)) best = at;
        return [best];
    });
    for (const at of places) {
        if (layer.values[at] == null) continue;
        const left = x(bins[at].start);
        ink.globalAlpha = bins[at].isOpen ? 0.45 : 0.85;
        ink.fillRect(left, y(layer.values[at]), Math.max(0.6, x(bins[at].stop) - left - 0.2), frame.bottom - y(layer.values[at]));
    }
    ink.restore();
    if (isLast) {
        drawTimeAxis(face, frame, x, x.from, x.to, data.zone, { spacing: 70, note: frame.right > face.width - 2 });
    }
}
