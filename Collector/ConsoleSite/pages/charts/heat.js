// Rows over time by colour: cividis on a logarithmic scale. 0 has the colour of land and what is not known is hatched, so
// that neither looks like a small number.

import { number } from "../lib/format.js";
import { go } from "../lib/place.js";
import { drawRamp, drawTimeAxis, fitted, hatch, labelWidth, surface, TIME_AXIS } from "./axes.js";
import { binNotes, binStep, binTitle, drawOpen, timeScale } from "./bins.js";
import { logScale } from "./colours.js";
import { cursor } from "./cursor.js";

/**
 * @param data {rows: [{label, href, values: [number or null]}], bins: as of series, zone, unit, name,
 *   rowHeight: 5 to 22, by the number of rows when left out, onOpen(href): instead of going there}
 * @return {destroy()}; a click or Enter opens the href of a row.
 */
export function heat(host, width, data) {
    const { rows, bins, zone } = data;
    const rowHeight = data.rowHeight ?? Math.max(6, Math.min(18, Math.floor(360 / Math.max(1, rows.length))));
    const top = 2, bottom = top + rowHeight * rows.length;
    const face = surface(
        host, width, bottom + TIME_AXIS + 30,
        `${data.name ?? "Rows over time by colour"}. Arrow keys move the cursor${
            rows.some(row => row.href) ? ", Enter opens a row" : ""}.`);
    if (!rows.length || !bins.length) return face;
    const { ink, colours } = face;
    const [least, most] = [d3.min(rows, row => d3.min(row.values, value => value || undefined)), d3.max(rows, row => d3.max(row.values))];
    const scale = logScale(least, most, colours);
    const left = Math.min(width * 0.35, labelWidth(ink, rows.map(row => row.label)) + 8);
    const frame = { left, right: width - 2, top, bottom }, x = timeScale(bins, frame.left, frame.right);

    fill(face, data, frame, x, scale, rowHeight);
    drawOpen(face, x, bins, top, bottom);
    labels(face, rows, frame, rowHeight);
    drawTimeAxis(face, frame, x, x.from, x.to, zone);
    drawRamp(face, scale, width < 420 ? 0 : left, bottom + TIME_AXIS + 6, Math.min(150, width / 3), { unit: data.unit });

    const tips = cursor(face, {
        find(px, py) {
            if (px < frame.left || px > frame.right || py < top || py >= bottom) return null;
            return { row: Math.floor((py - top) / rowHeight), bin: Math.max(0, x.find(px)) };
        },
        step(place, key) {
            const { row, bin } = place ?? { row: 0, bin: null };
            const aside = { ArrowUp: -1, ArrowDown: 1 }[key];
            if (aside) return { row: Math.max(0, Math.min(rows.length - 1, row + aside)), bin: bin ?? bins.length - 1 };
            const next = binStep(bins.length, bin, key);
            return next === undefined ? undefined : { row, bin: next };
        },
        at({ row, bin }) {
            const value = rows[row].values[bin], isWithout = value == null;
            return {
                x: x.middle(bin), y: top + (row + 0.5) * rowHeight, ...binTitle(bins[bin], zone),
                rows: [{ label: rows[row].label, value: isWithout ? "no data" : `${number(value)} ${data.unit ?? ""}`.trim() }],
                notes: binNotes(bins[bin], isWithout),
            };
        },
        draw({ row, bin }, context) {
            const [a, b] = [x(bins[bin].start), x(bins[bin].stop)], y = top + row * rowHeight;
            context.strokeStyle = colours.text;
            context.lineWidth = 1.5;
            context.strokeRect(Math.min(a, b - 3) - 1, y - 1, Math.max(3, b - a) + 2, rowHeight + 2);
        },
        open: rows.some(row => row.href)
            && (({ row }) => { if (rows[row].href) (data.onOpen ?? go)(rows[row].href); }),
    });
    return {
        destroy() {
            tips.destroy();
            face.destroy();
        },
    };
}

/** Fills a picture with a pixel for each column of the device and each row, and stretches it over the plot. */
function fill(face, { rows, bins }, frame, x, scale, rowHeight) {
    const { ink } = face, columns = Math.max(1, Math.round((frame.right - frame.left) * face.scale));
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [columns, rows.length];
    const context = picture.getContext("2d"), image = context.createImageData(columns, rows.length);
    // Which bins each column shows; of several the largest value.
    const firsts = new Int32Array(columns), lasts = new Int32Array(columns);
    for (let column = 0; column < columns; column += 1) {
        firsts[column] = x.find(frame.left + (column + 0.01) / face.scale);
        lasts[column] = Math.max(firsts[column], x.find(frame.left + (column + 0.99) / face.scale));
    }
    const colours = new Map();
    const bytes = value => {
        const text = scale.colour(value);
        let found = colours.get(text);
        if (!found) {
            const { r, g, b } = d3.rgb(text);
            colours.set(text, found = [r, g, b]);
        }
        return found;
    };
    rows.forEach(({ values }, row) => {
        const missing = [];
        for (let column = 0; column < columns; column += 1) {
            let most = null;
            for (let bin = firsts[column]; bin <= lasts[column]; bin += 1) {
                if (values[bin] != null && (most === null || values[bin] > most)) most = values[bin];
            }
            if (most === null) {
                missing.push(column);
                continue;
            }
            image.data.set(bytes(most), (row * columns + column) * 4);
            image.data[(row * columns + column) * 4 + 3] = 255;
        }
        let first = 0;
        missing.forEach((column, place) => {
            if (missing[place + 1] === column + 1) return;
            hatch(
                ink, face.colours, frame.left + missing[first] / face.scale, frame.top + row * rowHeight,
                (column + 1 - missing[first]) / face.scale, rowHeight);
            first = place + 1;
        });
    });
    context.putImageData(image, 0, 0);
    ink.save();
    ink.imageSmoothingEnabled = false;
    ink.drawImage(picture, frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
    // Seams, where rows are high enough.
    if (rowHeight >= 9) {
        ink.fillStyle = face.colours.card;
        for (let row = 1; row < rows.length; row += 1) {
            ink.fillRect(frame.left, frame.top + row * rowHeight - 0.5, frame.right - frame.left, 1);
        }
    }
    ink.restore();
}

function labels({ ink, colours }, rows, frame, rowHeight) {
    ink.save();
    ink.textAlign = "right";
    ink.textBaseline = "middle";
    ink.fillStyle = colours.faint;
    const stride = Math.ceil(12 / rowHeight);
    rows.forEach((row, place) => {
        if (place % stride) return;
        ink.fillText(fitted(ink, row.label, frame.left - 6), frame.left - 6, frame.top + (place + 0.5) * rowHeight);
    });
    ink.restore();
}
