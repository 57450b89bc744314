// Numbers over time: lines, a stack of areas, or a grid of small ones. A bin of which nothing is known is hatched and has no
// line: it never looks like 0. The bin that is not over is hatched lightly, and its line is faint.

import { number, short } from "../lib/format.js";
import { drawTimeAxis, drawValueAxis, labelWidth, legend, surface, TIME_AXIS, valueTicks } from "./axes.js";
import {
    binNotes, binStep, binTitle, drawMissing, drawOpen, isMissing, sampled, timeScale,
} from "./bins.js";
import { lineColour, seriesColour } from "./colours.js";
import { cursor, line } from "./cursor.js";
import { grid } from "./grid.js";

/** Bins of so many pixels or more are drawn as steps. */
const STEPPED = 10;

/**
 * Draws series in host.
 * @param data {
 *   bins: [{start, stop (milliseconds), state, coverage (0 to 1), isOpen}],
 *   layers: [{label, values: [number or null], dash, colour, href, right: by the right axis, format(value, place),
 *       place: which colour of the series (by its own place otherwise), isOther or isPrevious: grey}],
 *   kind: lines | stack | grid, unit, zone, height,
 *   right: {unit} a second axis, of the layers with right,
 *   total: whether tooltips of stacks have a sum (so by default),
 *   name: what screen readers call it, legend: false for none, onRange(from, to): selecting a span }
 * @return {destroy(), update(data)}: update draws other numbers in the same place.
 */
export function series(host, width, data) {
    if (data.kind === "grid") return grid(host, width, data);
    const face = surface(host, width, data.height ?? 220, nameOf(data));
    let state, list = null, pointed = null;

    function draw() {
        face.clear();
        if (!data.bins.length) return;
        state = layOut(face, data);
        const { x, frame, without } = state;
        drawValueAxis(face, frame, state.axis, data.unit);
        if (state.right) drawValueAxis(face, frame, state.right, data.right.unit, "right");
        drawMissing(face, x, data.bins, without, frame.top, frame.bottom);
        if (data.kind === "stack") drawStack(face, state, pointed); else drawLines(face, state, pointed);
        drawOpen(face, x, data.bins, frame.top, frame.bottom);
        drawTimeAxis(face, frame, x, x.from, x.to, data.zone);
    }

    function drawLegend() {
        list?.remove();
        list = null;
        if (data.legend === false || !data.bins.length) return;
        list = legend(
            host, state.layers.map(layer => ({ ...layer, isLine: data.kind !== "stack" })),
            place => {
                pointed = place;
                draw();
            });
    }

    draw();
    drawLegend();
    const tips = cursor(face, {
        get top() { return state?.frame.top; },
        get bottom() { return state?.frame.bottom; },
        find(x) {
            if (!data.bins.length || x < state.frame.left - 8 || x > state.frame.right + 8) return null;
            return Math.max(0, state.x.find(x));
        },
        step: (place, key) => data.bins.length ? binStep(data.bins.length, place, key) : undefined,
        at: place => words(state, data, place),
        draw: (place, context) => mark(face, state, place, context),
        edge: (place, isEnd) => state.x(isEnd ? data.bins[place].stop : data.bins[place].start),
        onRange: data.onRange && ((first, last) => data.onRange(data.bins[first].start, data.bins[last].stop)),
    });
    return {
        destroy() {
            tips.destroy();
            list?.remove();
            face.destroy();
        },
        update(next) {
            const isSame = next.layers.length === data.layers.length
                && next.layers.every((layer, place) => layer.label === data.layers[place].label);
            data = next;
            draw();
            if (!isSame) drawLegend();
            tips.refresh();
        },
    };
}

function nameOf(data) {
    const keys = data.onRange ? " Arrow keys move the cursor; with Shift they select a span, and Enter narrows to it."
        : " Arrow keys move the cursor.";
    return `${data.name ?? `${data.layers.map(layer => layer.label).join(", ")}, over time`}.${keys}`;
}

/** Axes, colours and what is missing: all that is needed to draw. */
function layOut(face, data) {
    const { bins } = data, isStack = data.kind === "stack";
    const layers = data.layers.map((layer, place) => {
        const colour = layer.colour ?? (layer.isOther || layer.isPrevious ? face.colours.other
            : seriesColour(face.colours, layer.place ?? place));
        return { ...layer, colour: isStack ? colour : lineColour(colour, face.colours) };
    });
    const without = bins.map((bin, place) => isMissing(bin, place, layers));
    const most = isRight => {
        const found = layers.filter(layer => Boolean(layer.right && data.right) === isRight);
        if (!isStack) return d3.max(found, layer => d3.max(layer.values)) ?? 0;
        let top = 0;
        for (let place = 0; place < bins.length; place += 1) top = Math.max(top, sumAt(layers, place));
        return top;
    };
    const frame = {
        top: data.unit || data.right?.unit ? 24 : 8, bottom: face.height - TIME_AXIS, left: 0, right: face.width - 6,
    };
    const axisOf = isRight => {
        const axis = valueTicks(most(isRight), frame.bottom - frame.top);
        axis.y = value => frame.bottom - value / axis.top * (frame.bottom - frame.top);
        return axis;
    };
    const axis = axisOf(false), right = data.right ? axisOf(true) : null;
    frame.left = Math.max(24, labelWidth(face.ink, axis.ticks.map(short)) + 9);
    if (right) frame.right = face.width - labelWidth(face.ink, right.ticks.map(short)) - 9;
    return { bins, layers, without, frame, axis, right, x: timeScale(bins, frame.left, frame.right), isStack };
}

function sumAt(layers, place) {
    let sum = 0;
    for (const layer of layers) sum += layer.values[place] ?? 0;
    return sum;
}

/** Runs of places that are drawn as one line: broken where a value is not known or bins do not follow each other. */
function segments(places, bins, isKnown) {
    const found = [];
    let run = null, before = -1;
    for (const place of places) {
        if (!isKnown(place)) run = null;
        else {
            // Where bins are left out for want of pixels, the ones between were looked at when these were taken.
            if (!run || (place === before + 1 && bins[place].start > bins[before].stop)) found.push(run = []);
            run.push(place);
        }
        before = place;
    }
    return found;
}

/**
 * The points of a run, as wide as its bins, so that one bin between two gaps is seen: from middle to middle, and in steps where
 * bins are so wide that a slope would look like a change within them.
 */
function outline(run, bins, x) {
    const first = bins[run[0]], last = bins[run[run.length - 1]];
    if (x(first.stop) - x(first.start) >= STEPPED) {
        return run.flatMap(at => [{ px: x(bins[at].start), at }, { px: x(bins[at].stop), at }]);
    }
    return [
        { px: x(first.start), at: run[0] }, ...run.map(at => ({ px: x.middle(at), at })),
        { px: x(last.stop), at: run[run.length - 1] },
    ];
}

function drawLines(face, { bins, layers, without, axis, right, x }, pointed) {
    const { ink } = face, last = bins.length - 1;
    ink.save();
    ink.lineJoin = "round";
    // What was before lies below what is now.
    const order = d3.range(layers.length).sort((a, b) => Boolean(layers[b].isPrevious) - Boolean(layers[a].isPrevious));
    for (const place of order) {
        const layer = layers[place];
        const y = (layer.right && right ? right : axis).y, { values } = layer;
        const places = sampled(bins, x, face.scale, without, (a, b) => extremes(values, a, b));
        ink.strokeStyle = layer.colour;
        ink.lineWidth = pointed === place ? 2.4 : layer.dash || layer.isPrevious ? 1.3 : 1.6;
        ink.setLineDash(layer.dash ? [4, 3] : []);
        const alpha = pointed === null || pointed === place ? 1 : 0.25;
        for (const run of segments(places, bins, at => values[at] != null)) {
            const points = outline(run, bins, x), isOpen = bins[last].isOpen && run[run.length - 1] === last;
            const sure = isOpen ? points.filter(({ at }) => at !== last) : points;
            const draw = (drawn, strength) => {
                ink.globalAlpha = alpha * strength;
                ink.beginPath();
                for (const { px, at } of drawn) ink.lineTo(px, y(values[at]));
                ink.stroke();
            };
            draw(sure, 1);
            // The bin that is not over hangs on the last one that is.
            if (isOpen) draw([...sure.slice(-1), ...points.filter(({ at }) => at === last)], 0.5);
        }
    }
    ink.restore();
}

/** Of places first to last those of the least and of the largest value, in their order. */
function extremes(values, first, last) {
    let least = -1, most = -1;
    for (let at = first; at <= last; at += 1) {
        if (values[at] == null) continue;
        if (least < 0 || values[at] < values[least]) least = at;
        if (most < 0 || values[at] > values[most]) most = at;
    }
    if (least < 0) return [first];
    return least === most ? [least] : [Math.min(least, most), Math.max(least, most)];
}

function drawStack(face, { bins, layers, without, axis, x, frame }, pointed) {
    const { ink, colours } = face;
    // Of many bins in a pixel the one with the most stands for all: it is a real bin, so that its layers belong together.
    const places = sampled(bins, x, face.scale, without, (first, last) => {
        let most = first, top = -1;
        for (let at = first; at <= last; at += 1) {
            const sum = without[at] ? -1 : sumAt(layers, at);
            if (sum > top) [most, top] = [at, sum];
        }
        return [most];
    });
    ink.save();
    ink.beginPath();
    ink.rect(frame.left, frame.top - 1, frame.right - frame.left, frame.bottom - frame.top + 1);
    ink.clip();
    for (const run of segments(places, bins, at => !without[at])) {
        const points = outline(run, bins, x), size = points.length;
        const xs = Float64Array.from(points, point => point.px);
        let below = new Float64Array(size).fill(frame.bottom);
        const height = new Float64Array(size);
        layers.forEach((layer, order) => {
            const above = new Float64Array(size);
            for (let i = 0; i < size; i += 1) {
                height[i] += layer.values[points[i].at] ?? 0;
                above[i] = axis.y(height[i]);
            }
            ink.globalAlpha = pointed === null || pointed === order ? 1 : 0.25;
            ink.fillStyle = layer.colour;
            ink.beginPath();
            ink.moveTo(xs[0], below[0]);
            for (let i = 0; i < size; i += 1) ink.lineTo(xs[i], above[i]);
            for (let i = size - 1; i >= 0; i -= 1) ink.lineTo(xs[i], below[i]);
            ink.fill();
            // A seam must not hide layers that are hardly thicker than itself.
            let thickness = 0;
            for (let i = 0; i < size; i += 1) thickness += below[i] - above[i];
            ink.globalAlpha = Math.max(0.12, Math.min(1, thickness / size / 6));
            ink.strokeStyle = colours.card;
            ink.lineWidth = 1;
            ink.beginPath();
            for (let i = 0; i < size; i += 1) ink.lineTo(xs[i], above[i]);
            ink.stroke();
            ink.globalAlpha = 1;
            below = above;
        });
    }
    ink.restore();
}

function words({ layers, without, x, axis, right, isStack, frame }, data, place) {
    const bin = data.bins[place], isWithout = without[place];
    const rows = isWithout ? [] : layers.map(layer => ({
        label: layer.label, colour: layer.colour, dash: layer.dash,
        value: layer.format?.(layer.values[place], place) ?? number(layer.values[place]),
    }));
    if (isStack) {
        rows.reverse();
        if (!isWithout && data.total !== false) rows.push({ label: "sum", value: number(sumAt(layers, place)) });
    }
    const first = layers.find(layer => layer.values[place] != null);
    const y = !first || isStack ? (frame.top + frame.bottom) / 2 : (first.right && right ? right : axis).y(first.values[place]);
    return { x: x.middle(place), y, ...binTitle(bin, data.zone), rows, notes: binNotes(bin, isWithout) };
}

function mark(face, { layers, without, x, axis, right, frame, isStack }, place, context) {
    const { colours } = face, at = x.middle(place);
    context.strokeStyle = colours.faint;
    context.lineWidth = 1;
    line(context, Math.round(at) + 0.5, frame.top, frame.bottom);
    if (isStack || without[place]) return;
    for (const layer of layers) {
        if (layer.values[place] == null) continue;
        context.fillStyle = layer.colour;
        context.strokeStyle = colours.card;
        context.lineWidth = 1.5;
        context.beginPath();
        context.arc(at, (layer.right && right ? right : axis).y(layer.values[place]), 4, 0, 2 * Math.PI);
        context.fill();
        context.stroke();
    }
}
