// The world by country: land in cividis on a logarithmic scale, circles for countries that have no land on this map or too
// little to be seen. Where a source is registered is not where the people behind it are; the page says so.

import { number } from "../lib/format.js";
import { country } from "../lib/names.js";
import { drawRamp, surface } from "./axes.js";
import { logScale } from "./colours.js";
import { cursor } from "./cursor.js";

/** Land of fewer square pixels than this gets a circle. */
const SMALL = 26;

/**
 * @param data {land: GeoJSON FeatureCollection, whose features have an id or properties.code (ISO 3166), or null,
 *   points: {code: [latitude, longitude]}, values: {code: number}, unit, name, height,
 *   notes(code) -> [texts] for the tooltip, onOpen(code)}
 * @return {destroy()}
 */
export function map(host, width, data) {
    const height = data.height ?? Math.round(Math.max(200, Math.min(width * 0.5, 620)));
    const face = surface(
        host, width, height,
        `${data.name ?? "Map of countries"}. Arrow keys go from country to country, the largest first${
            data.onOpen ? "; Enter opens one" : ""}.`);
    const { ink, colours } = face, values = data.values;
    const known = Object.values(values).filter(value => value > 0);
    const scale = logScale(d3.min(known), d3.max(known), colours);
    const projection = d3.geoNaturalEarth1().fitExtent([[2, 4], [width - 2, height - 26]], { type: "Sphere" });
    const shape = d3.geoPath(projection), places = new Map();

    const trace = (geometry, draw) => {
        const path = new Path2D(shape(geometry) ?? "");
        draw(path);
        return path;
    };
    ink.lineWidth = 0.5;
    ink.strokeStyle = colours.line;
    ink.globalAlpha = 0.6;
    trace(d3.geoGraticule10(), path => ink.stroke(path));
    trace({ type: "Sphere" }, path => ink.stroke(path));
    ink.globalAlpha = 1;
    ink.strokeStyle = colours.card;
    for (const feature of data.land?.features ?? []) {
        const code = feature.id ?? feature.properties?.code, value = values[code] ?? 0;
        const path = trace(feature, drawn => {
            ink.fillStyle = scale.colour(value);
            ink.fill(drawn);
            ink.stroke(drawn);
        });
        if (!code) continue;
        const known = places.get(code), area = shape.area(feature) + (known?.area ?? 0);
        places.set(code, { code, area, path: known?.path ?? path, paths: [...known?.paths ?? [], path], spot: shape.centroid(feature) });
    }
    const circles = [];
    for (const [code, value] of Object.entries(values)) {
        if (!(value > 0)) continue;
        const place = places.get(code), point = data.points?.[code];
        if ((place && place.area >= SMALL) || !point) continue;
        const spot = projection([point[1], point[0]]);
        const radius = 2.5 + 6 * scale.share(value) ** 1.5;
        circles.push({ code, value, spot, radius });
        places.set(code, { code, area: 0, paths: place?.paths ?? [], spot, radius });
    }
    circles.sort((a, b) => b.value - a.value);
    drawCircles(face, circles, scale);
    drawRamp(face, scale, 4, height - 22, Math.min(160, width * 0.3), { missing: "", unit: data.unit ?? "" });

    const order = [...places.keys()].filter(code => values[code] > 0).sort((a, b) => values[b] - values[a]);
    const tips = cursor(face, {
        find(x, y) {
            const near = circles.find(({ spot, radius }) => Math.hypot(spot[0] - x, spot[1] - y) <= Math.max(5, radius));
            if (near) return near.code;
            ink.save();
            ink.setTransform(1, 0, 0, 1, 0, 0);
            const found = [...places.values()].find(({ paths }) => paths.some(path => ink.isPointInPath(path, x, y)));
            ink.restore();
            return found?.code ?? null;
        },
        step(code, key) {
            const rank = code === null ? -1 : order.indexOf(code), last = order.length - 1;
            const next = {
                ArrowRight: rank + 1, ArrowDown: rank + 1, ArrowLeft: rank - 1, ArrowUp: rank - 1, PageDown: rank + 10,
                PageUp: rank - 10, Home: 0, End: code === null ? 0 : last,
            }[key];
            return next === undefined || last < 0 ? undefined : order[Math.max(0, Math.min(last, next))];
        },
        at(code) {
            const value = values[code] ?? 0, [x, y] = places.get(code).spot;
            const rank = order.indexOf(code);
            return {
                x, y, title: `${country(code)} (${code})`,
                rows: [{ label: data.unit ?? "", value: number(value), colour: scale.colour(value) }],
                notes: [...rank >= 0 ? [`number ${rank + 1} of ${order.length}`] : [], ...data.notes?.(code) ?? []],
            };
        },
        draw(code, context) {
            const place = places.get(code);
            context.strokeStyle = colours.text;
            context.lineWidth = 1.6;
            for (const path of place.paths) context.stroke(path);
            if (!place.radius) return;
            context.beginPath();
            context.arc(...place.spot, place.radius + 2, 0, 2 * Math.PI);
            context.stroke();
        },
        open: data.onOpen && (code => data.onOpen(code)),
    });
    return {
        destroy() {
            tips.destroy();
            face.destroy();
        },
    };
}

/** Circles, the largest below, with the names of the first few where there is room. */
function drawCircles({ ink, colours, width }, circles, scale) {
    ink.save();
    ink.textBaseline = "middle";
    ink.font = colours.font;
    for (const { value, spot, radius } of circles) {
        ink.beginPath();
        ink.arc(...spot, radius, 0, 2 * Math.PI);
        ink.fillStyle = scale.colour(value);
        ink.fill();
        ink.strokeStyle = colours.text;
        ink.lineWidth = 0.9;
        ink.stroke();
    }
    const taken = [];
    for (const { code, spot: [x, y], radius } of circles.slice(0, width < 500 ? 2 : 4)) {
        const name = country(code), size = ink.measureText(name).width;
        const left = x + radius + 4 + size < width ? x + radius + 4 : x - radius - 4 - size;
        if (taken.some(box => Math.abs(box.y - y) < 13 && left < box.right && left + size > box.left)) continue;
        taken.push({ y, left, right: left + size });
        ink.lineWidth = 3;
        ink.lineJoin = "round";
        ink.strokeStyle = colours.card;
        ink.strokeText(name, left, y);
        ink.fillStyle = colours.text;
        ink.fillText(name, left, y);
    }
    ink.restore();
}
