// What flows from column to column: country to port to site. Widths are numbers; what is left out is in a node "other", so
// that each column has the whole.

import { number, share } from "../lib/format.js";
import { go } from "../lib/place.js";
import { fitted, labelWidth, surface } from "./axes.js";
import { seriesColour } from "./colours.js";
import { cursor } from "./cursor.js";

const NODE = 9;

/**
 * @param data {nodes: [{id, label, href, colour}], links: [{source: id, target: id, value}], unit, name, height,
 *   onOpen(href): instead of going there}. Links have the colour of the node that they come from in the first column.
 * @return {destroy()}
 */
export function sankey(host, width, data) {
    const height = data.height ?? 240, unit = data.unit ?? "packets";
    const face = surface(
        host, width, height,
        `${data.name ?? "Flows from column to column"}. Arrow keys go from node to node${
            data.nodes.some(node => node.href) ? "; Enter opens one" : ""}.`);
    const { ink, colours } = face;
    if (!data.links.length) return face;
    const pad = Math.max(3, Math.min(10, height / data.nodes.length / 2));
    const graph = d3.sankey().nodeId(node => node.id).nodeWidth(NODE).nodePadding(pad).nodeSort(null)
        .extent([[1, 4], [width - 1, height - 4]])({
            nodes: data.nodes.map(node => ({ ...node })),
            links: data.links.filter(link => link.value > 0).map(link => ({ ...link })),
        });
    const columns = d3.nest().key(node => node.depth).sortKeys((a, b) => a - b).entries(graph.nodes).map(column => {
        // Labels are beside nodes: the last column has them on its left.
        return column.values.sort((a, b) => a.y0 - b.y0);
    });
    columns[0].forEach((node, place) => {
        node.colour ??= node.isOther ? colours.other : seriesColour(colours, place % 8);
    });
    const total = d3.sum(columns[0], node => node.value), shape = d3.sankeyLinkHorizontal();
    // A link belongs to the node of the first column only when it starts there; later ones have the node's own colour.
    columns.slice(1).forEach(column => column.forEach((node, place) => {
        node.colour ??= node.isOther ? colours.other : seriesColour(colours, place % 8);
    }));
    for (const link of graph.links) link.path = new Path2D(shape(link));

    ink.save();
    for (const link of graph.links) strokeLink(ink, link, colours.isDark ? 0.5 : 0.42);
    drawNodes(face, columns, width);
    ink.restore();

    const tips = cursor(face, {
        find(x, y) {
            const node = graph.nodes.find(({ x0, x1, y0, y1 }) => x >= x0 - 8 && x <= x1 + 8 && y >= y0 - 1 && y <= y1 + 1);
            if (node) return node;
            ink.save();
            ink.setTransform(1, 0, 0, 1, 0, 0);
            const link = graph.links.find(({ path, width: size }) => {
                ink.lineWidth = Math.max(3, size);
                return ink.isPointInStroke(path, x, y);
            });
            ink.restore();
            return link ?? null;
        },
        step(place, key) {
            const node = !place ? null : place.path ? place.source : place;
            if (!node) return columns[0][0];
            const column = columns.findIndex(nodes => nodes.includes(node)), row = columns[column].indexOf(node);
            const inside = (nodes, at) => nodes[Math.max(0, Math.min(nodes.length - 1, at))];
            switch (key) {
                case "ArrowUp": return inside(columns[column], row - 1);
                case "ArrowDown": return inside(columns[column], row + 1);
                case "ArrowLeft": return inside(inside(columns, column - 1), row);
                case "ArrowRight": return inside(inside(columns, column + 1), row);
                case "Home": return columns[column][0];
                case "End": return inside(columns[column], Infinity);
                default: return undefined;
            }
        },
        at(place) {
            const part = value => `${number(value)} (${share(value / total)})`;
            if (place.path) {
                return {
                    x: (place.source.x1 + place.target.x0) / 2, y: (place.y0 + place.y1) / 2,
                    title: `${place.source.label} → ${place.target.label}`,
                    rows: [{ label: unit, value: part(place.value), colour: place.source.colour }],
                };
            }
            const towards = place.sourceLinks.length ? place.sourceLinks : place.targetLinks;
            const other = place.sourceLinks.length ? "target" : "source";
            const first = [...towards].sort((a, b) => b.value - a.value).slice(0, 6);
            return {
                x: place.x1, y: (place.y0 + place.y1) / 2, title: place.label,
                rows: [{ label: unit, value: part(place.value), colour: place.colour }, ...first.map(link => ({
                    label: `${other === "target" ? "to" : "from"} ${link[other].label}`, value: number(link.value),
                }))],
            };
        },
        draw(place, context) {
            const links = place.path ? [place] : [...place.sourceLinks, ...place.targetLinks];
            for (const link of links) strokeLink(context, link, 0.55);
            if (place.path) return;
            context.strokeStyle = colours.text;
            context.lineWidth = 1.5;
            context.strokeRect(place.x0 - 1, place.y0 - 1, place.x1 - place.x0 + 2, place.y1 - place.y0 + 2);
        },
        open: data.nodes.some(node => node.href)
            && (place => { if (place.href) (data.onOpen ?? go)(place.href); }),
    });
    return {
        destroy() {
            tips.destroy();
            face.destroy();
        },
    };
}

function strokeLink(context, link, alpha) {
    context.globalAlpha = alpha;
    context.strokeStyle = link.source.colour;
    context.lineWidth = Math.max(1, link.width);
    context.stroke(link.path);
    context.globalAlpha = 1;
}

function drawNodes({ ink, colours }, columns, width) {
    const gap = width / Math.max(1, columns.length - 1) - NODE - 12;
    ink.font = colours.font;
    // The labels of the last two columns share a gap.
    const last = Math.min(gap * 0.5, labelWidth(ink, columns[columns.length - 1].map(node => node.label)));
    ink.textBaseline = "middle";
    columns.forEach((nodes, column) => {
        const isLast = column === columns.length - 1;
        const room = isLast ? last : column === columns.length - 2 ? gap - last - 8 : gap;
        ink.textAlign = isLast ? "right" : "left";
        let bottom = -Infinity;
        for (const node of nodes) {
            ink.fillStyle = colours.faint;
            ink.fillRect(node.x0, node.y0, node.x1 - node.x0, Math.max(1, node.y1 - node.y0));
            const middle = (node.y0 + node.y1) / 2;
            if (middle < bottom + 12) continue;
            bottom = middle;
            const text = fitted(ink, node.label, room + 1), x = isLast ? node.x0 - 5 : node.x1 + 5;
            ink.lineWidth = 3;
            ink.lineJoin = "round";
            ink.strokeStyle = colours.card;
            ink.globalAlpha = 0.85;
            ink.strokeText(text, x, middle);
            ink.globalAlpha = 1;
            ink.fillStyle = colours.text;
            ink.fillText(text, x, middle);
        }
    });
}
