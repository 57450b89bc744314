// How complete a site was, bin by bin: the height is the share that was observed, hatching says that there is nothing.

import { number, share } from "../lib/format.js";
import { drawTimeAxis, hatch, surface, TIME_AXIS } from "./axes.js";
import { binNotes, binStep, binTitle, timeScale } from "./bins.js";
import { cursor, line } from "./cursor.js";

/**
 * @param data {bins: [{start, stop, state, coverage, packets, isOpen}], zone, name, height: of the strip (20 by default),
 *   axis: false for none, onRange(from, to)}
 * @return {destroy()}
 */
export function strip(host, width, data) {
    const { bins, zone } = data, height = data.height ?? 20;
    const face = surface(
        host, width, height + (data.axis === false ? 4 : TIME_AXIS + 2),
        `${data.name ?? "What was observed over time"}. Arrow keys move the cursor.`);
    if (!bins.length) return face;
    const { ink, colours } = face, x = timeScale(bins, 0, width), bottom = height + 1;
    for (const bin of bins) {
        const left = x(bin.start), right = x(bin.stop), gap = right - left > 5 ? 1 : 0;
        const observed = bin.state === "missing" ? 0 : bin.coverage ?? (bin.state === "partial" ? null : 1);
        if (!observed) hatch(ink, colours, left, 1, right - left - gap, height);
        else {
            ink.globalAlpha = 0.25;
            ink.fillStyle = colours.faint;
            ink.fillRect(left, 1, right - left - gap, height);
            ink.globalAlpha = 1;
            ink.fillStyle = observed >= 0.995 && bin.state !== "partial" && bin.state !== "late" ? colours.good : colours.warn;
            const size = Math.max(2, observed * height);
            ink.fillRect(left, bottom - size, right - left - gap, size);
        }
        if (bin.isOpen) hatch(ink, colours, left, 1, right - left - gap, height, true);
    }
    if (data.axis !== false) drawTimeAxis(face, { left: 0, right: width, top: 1, bottom }, x, x.from, x.to, zone);
    const tips = cursor(face, {
        top: 0, bottom: height + 2,
        find: place => Math.max(0, x.find(place)),
        step: (place, key) => binStep(bins.length, place, key),
        at(place) {
            const bin = bins[place], isWithout = bin.state === "missing" || bin.coverage === 0;
            const rows = isWithout ? [] : [{ label: "observed", value: bin.coverage == null ? "–" : share(bin.coverage) }];
            if (!isWithout && bin.packets !== undefined) rows.push({ label: "packets", value: number(bin.packets) });
            if (bin.state === "quiet") rows.push({ label: "quiet", value: "observed, no packet" });
            return {
                x: x.middle(place), y: bottom, ...binTitle(bin, zone), rows,
                notes: binNotes({ ...bin, coverage: undefined }, isWithout),
            };
        },
        draw(place, context) {
            context.strokeStyle = colours.text;
            line(context, Math.round(x.middle(place)) + 0.5, 0, height + 2);
        },
        edge: (place, isEnd) => x(isEnd ? bins[place].stop : bins[place].start),
        onRange: data.onRange && ((first, last) => data.onRange(bins[first].start, bins[last].stop)),
    });
    return {
        destroy() {
            tips.destroy();
            face.destroy();
        },
    };
}
