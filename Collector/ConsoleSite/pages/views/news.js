// What is new or rises in the newest hour or day that is over.

import { h } from "../lib/dom.js";
import { number } from "../lib/format.js";
import { country, portLabel } from "../lib/names.js";
import { link, set } from "../lib/place.js";
import { label } from "../lib/zone.js";
import { COLUMNS, SOURCES, written } from "./trafficParts.js";

const WHAT = {
    ports: { one: "port", name: (row) => portLabel(row.class, row.service_port, row.name), href: (row) => link(["port", row.class, row.service_port]) },
    countries: { one: "country", name: (row) => country(row.country), href: (row) => link(["country", row.country]) },
    sources: { one: "source", name: (row) => row.source, href: (row) => link(["source", row.source]) },
};

/** Fills a panel with what is new or rises; the address has the length as `unit`. */
export function news(panel, context, of) {
    const unit = context.query.unit === "day" ? "day" : "hour";
    return panel.load(context, ["new", { ...context.span, of, unit, limit: 8 }], (answer) => {
        const kind = WHAT[of];
        const rows = found(answer);
        const when = `${label(Date.parse(answer.span.from), context.zone, "minute")} to ${label(Date.parse(answer.span.to), context.zone, "minute")}`;
        const other = unit === "hour" ? "day" : "hour";
        const change = h("button.quiet", { type: "button", on: { click: () => set({ unit: other === "day" ? "day" : null }) } },
            other === "day" ? "In 24 hours instead" : "In an hour instead");
        panel.remark(`${when}. All sources and no filter. `, change);
        if (!rows.length) {
            panel.empty(`No ${kind.one} is new or rises in that ${unit === "hour" ? "hour" : "day"}.`);
            return;
        }
        panel.table(written([
            { key: "name", label: kind.one[0].toUpperCase() + kind.one.slice(1), value: kind.name, href: kind.href },
            { key: "why", label: "Why", value: why },
            ...(of === "sources" ? [COLUMNS.packets] : [SOURCES]),
        ]), rows);
    });
}

/** New ones first; a port that is new and rises is there once. */
function found({ of, new: fresh, rising, surges }) {
    const key = (row) => of === "ports" ? `${row.class} ${row.service_port}` : row.country ?? row.source;
    const rows = new Map();
    for (const row of fresh) rows.set(key(row), { ...row, isNew: true });
    for (const row of [...rising, ...surges]) if (!rows.has(key(row))) rows.set(key(row), row);
    return [...rows.values()].slice(0, 10);
}

function why(row) {
    if (row.isNew) return row.days_before === undefined ? "new in 7 days" : `new in ${number(row.days_before)} days`;
    if (row.explanation) return row.times_usual ? `surge, ${number(row.times_usual)} × usual` : "surge, usually none";
    if (row.usual_7 > 0) return `rises, ${number(row.packets_per_address_day / row.usual_7)} × usual`;
    if (row.usual_packets > 0) return `rises, ${number(row.packets / row.usual_packets)} × usual`;
    return "rises, usually none";
}
