// Where sources are registered: the world by country, and the same figures in a table beside it, always.

import { map as drawMap } from "../charts/map.js";
import { change, number, plural, short } from "../lib/format.js";
import { fill, h } from "../lib/dom.js";
import { country } from "../lib/names.js";
import { go, link, place, set } from "../lib/place.js";
import { Panel } from "../lib/panel.js";
import { sorted } from "../lib/table.js";
import { worldOf } from "../lib/world.js";

/** What the map can show: by the word of the address, the column of the answer and how it is called. */
const FIGURES = {
    sources: { column: "sources", unit: "sources", button: "Sources" },
    packets: { column: "packets", unit: "packets", button: "Packets" },
    density: { column: "sources_per_1000", unit: "sources per 1,000 addresses", button: "Sources per 1,000 addresses" },
};
/** Countries that the table has until more are asked for. */
const FIRST = 16;
/** Of a country with fewer announced addresses one source more or less is not telling. */
const FEW_ADDRESSES = 4096;

const isCountry = (row) => /^[A-Z]{2}$/.test(row.country ?? "");

export default function map(main) {
    const buttons = Object.entries(FIGURES).map(([name, { button }]) =>
        h("button.quiet", { type: "button", data: { by: name }, on: { click: () => set({ by: name }, { replace: true }) } }, button));
    const picture = new Panel("Sources by country", { wide: true, tools: h("div.panel-tools", { role: "group", "aria-label": "What is shown" }, buttons) });
    const list = new Panel("Countries");
    const summary = h("p", {});
    main.append(h("div.page-head", {}, h("h1", {}, "Map"), summary), h("div.panels.map-panels", {}, picture.element, list.element));
    let changes = null;

    async function update(context) {
        const chosen = FIGURES[context.query.by] ?? FIGURES.sources;
        for (const button of buttons) button.setAttribute("aria-pressed", String(FIGURES[button.dataset.by] === chosen));
        picture.heading.textContent = `${chosen.unit[0].toUpperCase()}${chosen.unit.slice(1)} by country`;
        const question = ["countries", context.all];
        changes = null;
        let told = null;
        await Promise.all([
            picture.load(context, question, (answer) => showMap(answer, chosen, context)),
            list.load(context, question, (answer) => {
                // The map beside it says what is missing.
                list.partial(null);
                told = answer;
                showList(answer, chosen, context);
            }),
        ]);
        if (!told || context.signal.aborted) return;
        // What was a week before is asked for when the figures are there: it takes longer, and they are not dimmed meanwhile.
        changes = await changesOf(context);
        if (!context.signal.aborted) showList(told, chosen, context);
    }

    async function showMap(answer, chosen, context) {
        const rows = answer.countries.filter((row) => isCountry(row) && row[chosen.column] !== null);
        fill(summary, headline(answer));
        if (nothing(picture, answer, context)) return;
        if (!rows.length) {
            picture.empty(chosen === FIGURES.density
                ? "How many addresses each country has is not known: the table of origins has none, or there is none."
                : "No country is known of these sources.", ...origins(answer));
            return;
        }
        const world = await worldOf(context);
        const reliable = rows.filter((row) => chosen !== FIGURES.density || row.addresses >= FEW_ADDRESSES);
        const values = Object.fromEntries(reliable.map((row) => [row.country, row[chosen.column]]));
        const known = new Map(rows.map((row) => [row.country, row]));
        const first = [...reliable].sort((a, b) => b[chosen.column] - a[chosen.column]).slice(0, 3);
        picture.picture({
            summary: `${chosen.unit} of ${plural(rows.length, "country", "countries")}; most: ${first.map((row) => `${country(row.country)} ${number(row[chosen.column])}`).join(", ")}.`,
            height: innerWidth < 600 ? 170 : 300,
            draw: (host, width) => drawMap(host, width, {
                height: width < 600 ? undefined : Math.round(width * 0.6), land: world.land, points: world.points, values, unit: chosen.unit, name: `${chosen.unit} by country`,
                notes: (code) => notes(known.get(code)), onOpen: (code) => go(link(["country", code])),
            }),
        });
        const unknown = answer.countries.find((row) => !isCountry(row));
        picture.remark(
            "Where an address is registered says little about who sits there: sources may be forged, rented or taken over. ",
            "Logarithmic scale; circles for countries too small to see. ",
            chosen === FIGURES.density ? `IPv4 addresses that are ${answer.addresses_are} by the table of origins; countries with fewer than ${number(FEW_ADDRESSES)} are in the table alone. ` : "",
            unknown && chosen !== FIGURES.density ? `Without a country: ${short(unknown[chosen.column])} ${chosen.unit}. ` : "",
            world.why ? `${world.why} ` : "", source(answer));
    }

    function showList(answer, chosen, context) {
        if (nothing(list, answer, context)) return;
        const isAll = place().query.rows === "all";
        const before = new Map((changes?.countries ?? []).map((row) => [row.country ?? "", row]));
        const changed = chosen === FIGURES.packets ? "packets" : "sources";
        const columns = [
            {
                key: "country", label: "Country", kind: "text", value: (row) => (isCountry(row) ? country(row.country) : "not known"),
                href: (row) => (isCountry(row) ? link(["country", row.country]) : null),
            },
            { key: "sources", label: "Sources", kind: "number" }, { key: "packets", label: "Packets", kind: "number" },
            { key: "density", label: "Per 1,000", kind: "number", value: (row) => row.sources_per_1000, title: (row) => (row.addresses ? `${number(row.addresses)} addresses` : "") },
            {
                key: "change", label: "Week before", kind: "node", isNumber: true,
                value: (row) => changeCell(before.get(row.country ?? ""), changed), order: (row) => ratio(before.get(row.country ?? ""), changed),
            },
        ];
        const sort = chosenSort(Object.keys(FIGURES).find((name) => FIGURES[name] === chosen));
        const rows = sorted(answer.countries, columns.map((column) => ({ ...column, value: column.order ?? column.value })), sort);
        list.table(columns, isAll ? rows : rows.slice(0, FIRST), { sort, onSort: (key, isDown) => set({ sort: `${isDown ? "-" : ""}${key}` }, { replace: true }) });
        if (!isAll && rows.length > FIRST) {
            list.body.append(h("p", {}, h("button.quiet", { type: "button", on: { click: () => set({ rows: "all" }, { replace: true }) } }, `All ${number(rows.length)}`)));
        }
        list.remark(weekWords(changes), ...(answer.origins ? [] : origins(answer)));
    }

    return { title: "Map", update };
}

/** Says why there is no country at all. True when it did. */
function nothing(panel, answer, context) {
    if (answer.countries.length) return false;
    const filters = [context.filter ? `the filter ${context.filter}` : null, { without: "research scanners are left out", only: "only research scanners count" }[context.scanners]].filter(Boolean);
    panel.empty(`No packets match in this span${filters.length ? `; ${filters.join(", ")}` : ""}.`,
        filters.length ? h("a", { href: link("/map", { q: null, scanners: null }) }, "Show everything") : h("a", { href: link("/map", { from: "now-7d", to: null }) }, "Show the last 7 days"));
    return true;
}

function headline({ total, countries }) {
    const known = countries.filter(isCountry).length;
    if (!countries.length) return "";
    return `${number(total.sources)} sources and ${short(total.packets)} packets of ${plural(known, "country", "countries")}.`;
}

function notes(row) {
    if (!row) return [];
    return [
        `${number(row.sources)} sources, ${number(row.packets)} packets`, plural(row.sites, "site"),
        row.sources_per_1000 === null ? "addresses not known" : `${number(row.sources_per_1000)} sources per 1,000 of ${short(row.addresses)} addresses`,
    ];
}

/** The week before, asked for once for each choice; null when it cannot be answered, which the table then says. */
async function changesOf(context) {
    try {
        return await context.ask("countries/change", context.all);
    } catch (error) {
        return error.name === "AbortError" ? null : { countries: null, why: error.message };
    }
}

function changeCell(row, column) {
    if (!row) return h("span.note", {}, "–");
    const [now, before] = [Number(row[column]), Number(row[`${column}_before`])];
    return h("span", { title: `${number(before)} ${column} the week before` }, change(now, before));
}

function ratio(row, column) {
    if (!row) return null;
    const [now, before] = [Number(row[column]), Number(row[`${column}_before`])];
    return before > 0 ? now / before : now > 0 ? Number.MAX_VALUE : 1;
}

function weekWords(changes) {
    if (!changes) return "The week before is being asked for.";
    if (changes.why) return `There is no week before to compare with: ${changes.why}`;
    if (!changes.countries) return "There is no week before to compare with: no site observed all of both.";
    const out = changes.left_out;
    const without = out.length ? `, without ${out.slice(0, 4).join(", ")}${out.length > 4 ? ` and ${out.length - 4} more` : ""}, which did not observe all of both` : "";
    return `Week before: whole hours of the span beside the same hours whole weeks earlier${without}.`;
}

function source({ origins: table }) {
    return table ? `Countries by ${table.name} of ${table.data_date}.` : "";
}

/** How countries become known. */
function origins(answer) {
    if (answer.origins) return [];
    return [h("span", {}, "There is no table of origins: ", h("code", {}, "darkscope origins import FILE --name NAME --date DATE"),
        " imports one, such as tor-geoipdb's ", h("code", {}, "geoip"), " file or libloc's.")];
}

function chosenSort(standard) {
    const text = place().query.sort ?? `-${standard}`;
    return { key: text.replace(/^-/, ""), descending: text.startsWith("-") };
}
