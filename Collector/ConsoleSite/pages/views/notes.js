// Ready-made questions in SQL: what each asks, its text, and its answer with the variables that people give.

import { address, segments } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { plural } from "../lib/format.js";
import { network, portLabel, country } from "../lib/names.js";
import { Panel } from "../lib/panel.js";
import { link, place, set } from "../lib/place.js";
import { copyButton, parameterList, runnable, sql } from "../lib/sqlText.js";
import { label } from "../lib/zone.js";

export default function notes(main, path) {
    const name = path[1] || null;
    const list = h("nav.panel.note-list", { "aria-label": "Notes" }, h("div.skeleton", { "aria-hidden": "true" }));
    const side = h("div.note-side", {});
    main.append(h("div.page-head", {}, h("h1", {}, "SQL notes"), h("p", {}, "Questions that were asked often. Each is run as it stands, with bound parameters, and only reads."),
        name ? h("a", { href: link("/notes") }, "All notes") : null),
    h("div.notes", { class: name ? "chosen" : "" }, list, side));
    const note = name ? new Note(side, name) : null;
    if (!note) side.append(h("section.panel", {}, h("p", {}, "Choose a question. The same texts lie in ops/sql and run with psql; queries of your own need psql and a role of yours.")));
    return {
        title: name ?? "SQL notes",
        async update(context) {
            await Promise.all([
                context.ask("notes", {}).then(({ notes: all }) => show(list, all, name)),
                note?.update(context),
            ]);
        },
    };
}

function show(list, all, name) {
    const sections = new Map();
    for (const note of all) sections.set(note.section, [...(sections.get(note.section) ?? []), note]);
    fill(list, [...sections].map(([section, found]) => [
        h("h2", {}, section), h("ul", {}, found.map((note) => h("li", {}, h("a", {
            href: link(["notes", note.name]), "aria-current": note.name === name ? "page" : null,
        }, note.question))))]));
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

class Note {
    #ran = null;

    constructor(side, name) {
        this.name = name;
        this.head = new Panel(name, {});
        this.downloads = h("span", {});
        this.answer = new Panel("Answer", { tools: [this.downloads] });
        this.text = new Panel("Text", {});
        this.answer.element.classList.add("bounded");
        for (const panel of [this.head, this.answer, this.text]) side.append(panel.element);
        this.answer.empty("It has not been run yet.");
    }

    async update(context) {
        const path = segments("note", this.name);
        await Promise.all([
            this.head.load(context, [path, {}], (note) => this.#describe(note, context)),
            this.text.load(context, [path, {}], (note) => this.#write(note)),
        ]);
        // What takes long is run when somebody says so, and not again because a minute has passed.
        if (context.query.run === "yes" && this.#ran !== location.search) await this.#run(context);
    }

    #describe(note, context) {
        this.variables = note.variables;
        this.head.heading.textContent = note.question;
        const own = note.variables.filter(({ from }) => from === "parameter");
        const hasSpan = note.variables.some(({ from }) => from === "span");
        const form = h("form.asking", {
            "aria-label": "Variables", on: {
                submit: (event) => {
                    event.preventDefault();
                    this.#ran = null;
                    const values = Object.fromEntries(own.map(({ name }) => [name, form.elements[name].value.trim() || null]));
                    const before = location.search;
                    set({ ...values, run: "yes" });
                    // The same once more: no other address brings the page up to date.
                    if (location.search === before) this.#run(this.context);
                },
            },
        }, own.map((variable) => field(variable, context.query[variable.name])), h("button.primary", { type: "submit", disabled: !note.runs }, "Run"));
        this.context = context;
        const isFiltered = context.filter || context.scanners !== "all";
        this.head.show(
            h("dl.note-facts", {}, h("dt", {}, "Columns"), h("dd", {}, note.columns), h("dt", {}, "Variables"), h("dd", {}, note.hints),
                h("dt", {}, "Cost"), h("dd", {}, note.cost)),
            hasSpan ? h("p.note", {}, "Its span and zone are those above.") : null,
            isFiltered ? h("p.note", {}, "The filter and the choice of sources do not apply to notes.") : null,
            note.reason ? h("p.warn", {}, `It cannot be run here: ${note.reason}.`) : null, form);
    }

    #write(note) {
        this.text.show(h("p", {}, h("code", {}, note.command), " ", copyButton("Copy the line", note.command), " ", copyButton("Copy the text", note.text)), sql(note.text));
    }

    async #run(context) {
        this.#ran = location.search;
        const own = (this.variables ?? []).filter(({ from }) => from === "parameter").map(({ name }) => name);
        const parameters = { ...context.span, ...Object.fromEntries(own.map((name) => [name, place().query[name]])) };
        const path = segments("note", this.name, "answer");
        fill(this.downloads, h("a", { href: address(path, { ...parameters, format: "csv" }), download: true }, "CSV"), " ",
            h("a", { href: address(path, { ...parameters, format: "json" }), download: true }, "JSON"));
        await this.answer.load(context, [path, parameters], (answer) => this.#tell(answer, context));
    }

    #tell(answer, context) {
        const ran = `Run at ${label(Date.now(), context.zone, "clock")}`;
        const what = h("details", {}, h("summary", {}, "What ran"), copyButton("Copy for psql", () => runnable(answer.sql.text, answer.sql.parameters)),
            sql(answer.sql.text), parameterList(answer.sql.parameters));
        if (!answer.rows.length) {
            this.answer.empty("No rows. ", what);
        } else {
            this.answer.table(answer.columns.map((name) => column(name, answer.rows)), answer.rows);
            this.answer.body.append(what);
        }
        this.answer.remark(`${plural(answer.rows.length, "row")}${answer.is_cut ? ", and there are more that were left out" : ""}. ${ran}.`);
    }
}

function field({ name, note, schema, default: standard, expected }, present) {
    const shown = present ?? "";
    const attributes = { id: `note-${name}`, name, title: `${note} Expected ${expected}.` };
    if (schema.enum) {
        return h("label", {}, name, h("select", attributes, schema.enum.map((word) => h("option", { value: word, selected: word === (shown || standard) }, word))));
    }
    const isDate = schema.format === "date";
    return h("label", {}, name, h("input", {
        ...attributes, type: isDate ? "date" : "text", inputmode: schema.type === "integer" ? "numeric" : null, value: shown, placeholder: standard ?? note.split(" without")[1]?.replace(/^ it |\.$/g, "") ?? "",
    }));
}

/** A column of an answer: its kind by what is in it, with links to the pages of what it names. */
function column(name, rows) {
    const known = rows.map((row) => row[name]).filter((value) => value !== null);
    const isNumber = known.length > 0 && known.every((value) => typeof value === "number");
    const isTime = known.length > 0 && known.every((value) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value));
    const linked = LINKS[name];
    return {
        key: name, label: name, href: (row) => (row[name] === null ? null : linked?.(row)) ?? null,
        kind: IDENTIFIERS.has(name) ? "text" : isNumber ? (/(^|_)share/.test(name) || name === "coverage" ? "share" : "number") : isTime ? "time" : "text",
        value: (row) => written(row[name]), title: (row) => TITLES[name]?.(row),
    };
}

const written = (value) => (Array.isArray(value) ? value.join(" ") : typeof value === "boolean" ? (value ? "yes" : "no") : value);

/** Numbers that are names. */
const IDENTIFIERS = new Set(["service_port", "asn", "alert", "signature_id", "year", "family"]);
const toSource = (row, name) => link(["source", row[name]]);
const LINKS = {
    source: (row) => toSource(row, "source"), victim: (row) => toSource(row, "victim"), address: (row) => toSource(row, "address"),
    site: (row) => link(["site", row.site]), country: (row) => link(["country", row.country]),
    asn: (row) => (row.asn > 0 ? link(["network", row.asn]) : null), alert: (row) => link(["alert", row.alert]),
    service_port: (row) => (row.class && row.service_port >= 0 ? link(["port", row.class, row.service_port]) : null),
};
const TITLES = {
    service_port: (row) => (row.class ? portLabel(row.class, row.service_port) : null), country: (row) => country(row.country),
    asn: (row) => network(row.asn, row.as_name),
};
