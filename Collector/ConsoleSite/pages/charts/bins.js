// Bins of time as charts draw them: what is missing, what is not over, which bins are drawn where there are more than pixels,
// and the words for each.

import { share } from "../lib/format.js";
import { binLabel, iso } from "../lib/zone.js";
import { hatch } from "./axes.js";

/** Whether nothing is known of a bin: it is missing, or no layer has a number. */
export function isMissing(bin, place, layers) {
    return bin.state === "missing" || layers.every(layer => layer.values[place] == null);
}

/** Whether some of a bin was not observed, or not yet told. */
export function isPartial(bin) {
    return !bin.isOpen && (bin.state === "partial" || bin.state === "late");
}

/** What must be said of a bin beside its numbers. */
export function binNotes(bin, isWithout) {
    const notes = [];
    if (isWithout) notes.push(bin.state === "late" ? "no data yet: it is late" : "no data: nothing was observed");
    else if (bin.state === "late") notes.push("late: some data is still to come");
    else if (bin.state === "partial") {
        notes.push(bin.coverage == null ? "partial: not all was observed" : `partial: ${share(bin.coverage)} observed`);
    }
    if (bin.isOpen) notes.push("not over yet");
    return notes;
}

/** Title and time of a bin in a tooltip. */
export function binTitle(bin, zone) {
    return { title: binLabel(bin.start, bin.stop, zone), iso: `${iso(bin.start)}/${iso(bin.stop)}` };
}

/** Linear from time to pixels, with the bin at a pixel as find(x). */
export function timeScale(bins, left, right) {
    const [from, to] = [bins[0].start, bins[bins.length - 1].stop];
    const x = ms => left + (ms - from) / (to - from) * (right - left);
    const bisect = d3.bisector(bin => bin.stop).right;
    return Object.assign(x, {
        from, to,
        find: place => Math.min(bins.length - 1, bisect(bins, from + (place - left) / (right - left) * (to - from))),
        middle: place => x((bins[place].start + bins[place].stop) / 2),
    });
}

/** Where a key leads from bin to bin; undefined for keys that do not. */
export function binStep(count, place, key) {
    const tenth = Math.max(1, Math.round(count / 10));
    const from = place ?? count - 1;
    const to = {
        ArrowLeft: from - (place == null ? 0 : 1), ArrowRight: from + 1, Home: 0, End: count - 1, PageUp: from - tenth,
        PageDown: from + tenth,
    }[key];
    return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}

/**
 * Hatches the bins of which nothing is known, and marks along the axis those of which a part is.
 * @param x a timeScale; without[place] tells which bins have no data.
 */
export function drawMissing(surface, x, bins, without, top, bottom) {
    const { ink, colours } = surface;
    runs(bins, place => without[place], (first, last) => {
        const [left, right] = [x(bins[first].start), x(bins[last].stop)];
        hatch(ink, colours, left, top, right - left, bottom - top);
    });
    runs(bins, place => !without[place] && isPartial(bins[place]), (first, last) => {
        const [left, right] = [x(bins[first].start), x(bins[last].stop)];
        ink.fillStyle = colours.warn;
        ink.fillRect(left, bottom + 1, Math.max(1, right - left), 2.5);
    });
}

/** Hatches the bin that is not over lightly. */
export function drawOpen(surface, x, bins, top, bottom) {
    const last = bins[bins.length - 1];
    if (!last.isOpen) return;
    hatch(surface.ink, surface.colours, x(last.start), top, x(last.stop) - x(last.start), bottom - top, true);
}

function runs(bins, holds, each) {
    for (let first = 0; first < bins.length; first += 1) {
        if (!holds(first)) continue;
        let last = first;
        while (last + 1 < bins.length && holds(last + 1)) last += 1;
        each(first, last);
        first = last;
    }
}

/**
 * Places of the bins to draw, where there are more than pixels: of each pixel those that `pick` takes of its bins (of places
 * first to last). The order stays; gaps stay, since a pixel of which nothing is known gives its first bin.
 */
export function sampled(bins, x, scale, without, pick) {
    const pixels = (x(x.to) - x(x.from)) * scale;
    if (bins.length <= pixels * 1.5) return d3.range(bins.length);
    const found = [];
    for (let first = 0; first < bins.length;) {
        const pixel = Math.floor(x(bins[first].start) * scale);
        let last = first, isKnown = !without[first];
        while (last + 1 < bins.length && Math.floor(x(bins[last + 1].start) * scale) === pixel) {
            last += 1;
            isKnown = isKnown || !without[last];
        }
        if (isKnown) found.push(...pick(first, last)); else found.push(first);
        first = last + 1;
    }
    return found;
}
