// A line as small as a word, for cells of tables and key figures. It says nothing that numbers beside it do not say, so that
// screen readers pass it by.

import { hatch } from "./axes.js";
import { lineColour, theme } from "./colours.js";

/**
 * Draws values (null is a gap, and is hatched) from 0 to their largest.
 * @param options {width, height, colour, bars: draws bars instead of a line}
 * @return {destroy()}
 */
export function spark(host, values, { width = 96, height = 22, colour, bars = false } = {}) {
    const canvas = document.createElement("canvas"), scale = window.devicePixelRatio || 1, colours = theme(host);
    canvas.className = "spark";
    canvas.setAttribute("aria-hidden", "true");
    [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
    const ink = canvas.getContext("2d");
    ink.scale(scale, scale);
    const top = d3.max(values) || 1, step = width / Math.max(1, values.length);
    const y = value => height - 1.5 - value / top * (height - 3);
    ink.strokeStyle = ink.fillStyle = lineColour(colour ?? colours.accent, colours);
    ink.lineWidth = 1.3;
    ink.lineJoin = "round";
    values.forEach((value, place) => {
        if (value == null) hatch(ink, colours, place * step, 0, step, height);
        else if (bars) ink.fillRect(place * step, y(value), Math.max(1, step - 1), height - y(value));
    });
    ink.beginPath();
    values.forEach((value, place) => {
        if (value == null) return;
        if (values[place - 1] == null) ink.moveTo(place * step, y(value));
        ink.lineTo((place + 0.5) * step, y(value));
        if (values[place + 1] == null) ink.lineTo((place + 1) * step, y(value));
    });
    if (!bars) ink.stroke();
    host.append(canvas);
    return { destroy() { canvas.remove(); } };
}
