// Where a filter is typed: with words to choose from, and what is wrong with it under it.

import { ask } from "./ask.js";
import { fill, h } from "./dom.js";
import { number, plural } from "./format.js";
import { expected, offers } from "./filterText.js";
import { chosen, place, set } from "./place.js";
import { say } from "./say.js";

const KEY = "darkscope-filters";
const MOST_RECENT = 8;
let known = null;

/** The language and what is known here: asked once, when it is first needed. */
function language() {
    known ??= ask("fields").catch(() => {
        known = null;
        return null;
    });
    return known;
}

/** The filter of the page: {element, update(), focus()}. Enter or the button applies it. */
export function filterBox() {
    return new Box();
}

class Box {
    #options = [];
    #active = -1;
    #timer = null;
    #run = 0;
    #isChosen = true;

    constructor() {
        this.input = h("input", {
            id: "filter", type: "text", role: "combobox", autocomplete: "off", autocapitalize: "off", spellcheck: "false", maxlength: "4096",
            placeholder: "proto = tcp and port in (23, 2323) and not scanner", "aria-autocomplete": "list", "aria-expanded": "false",
            "aria-controls": "filter-list", "aria-describedby": "filter-error filter-state", on: {
                input: () => this.#typed(), keydown: (event) => this.#key(event), focus: () => this.#focused(),
                blur: () => this.#close(), click: () => this.#focused(),
            },
        });
        this.list = h("ul.filter-list", { id: "filter-list", role: "listbox", "aria-label": "What can stand here", hidden: true });
        this.clear = h("button.filter-clear", {
            type: "button", "aria-label": "Clear the filter", title: "Clear the filter", hidden: true, on: { click: () => this.#clear() },
        }, "✕");
        this.error = h("div.filter-error", { id: "filter-error", role: "status", hidden: true });
        this.state = h("p.filter-state", { id: "filter-state", hidden: true });
        const form = h("form.filter", {
            role: "search", on: {
                submit: (event) => {
                    event.preventDefault();
                    this.#apply();
                },
            },
        }, h("label", { for: "filter" }, "Filter"), h("div.filter-field", {}, this.input, this.clear, this.list),
        h("button", { type: "submit" }, "Apply"), h("kbd", { "aria-hidden": "true" }, "/"));
        this.element = h("div.filter-box", {}, form, this.error, this.state);
    }

    /** Shows what the address has. */
    update() {
        const text = chosen("q");
        if (this.#isChosen || document.activeElement !== this.input) {
            this.input.value = text;
            this.#isChosen = true;
            this.#show(null);
        }
        this.clear.hidden = !this.input.value;
        this.#close();
        if (place().path[0] === "sign-in") return;
        if (text && this.#isChosen) this.#check(text, true);
        this.#scanners();
    }

    focus() {
        this.input.focus();
        this.input.select();
    }

    // MARK: What is applied

    async #apply() {
        const text = this.input.value.trim();
        this.#close();
        clearTimeout(this.#timer);
        if (text && !(await this.#check(text, true))) return;
        this.#isChosen = true;
        remember(text);
        set({ q: text || null });
        say(text ? "The filter is applied." : "There is no filter.");
    }

    #clear() {
        this.input.value = "";
        this.input.focus();
        this.#apply();
    }

    /** Has the server read it. Without `isWhole` it may end before it is complete. @returns whether it can be used. */
    async #check(text, isWhole) {
        this.#run += 1;
        const run = this.#run;
        try {
            const { error } = await ask("filter", { q: text });
            if (run !== this.#run) return false;
            const isEnd = error && error.column > [...text].length - [...(error.word ?? "")].length;
            this.#show(error && (isWhole || !isEnd) ? error : null, text);
            return !error;
        } catch {
            // The page says so when it asks with the filter.
            return run === this.#run;
        }
    }

    /** Shows where a filter is wrong, and what could stand there. */
    #show(error, text = "") {
        this.error.hidden = !error;
        this.input.toggleAttribute("aria-invalid", Boolean(error));
        if (!error) return fill(this.error);
        const letters = [...text];
        const from = error.column - 1;
        const length = Math.max(1, error.word.endsWith("…") ? 40 : [...error.word].length);
        const wrong = letters.slice(from, from + length).join("");
        const use = () => {
            this.input.value = letters.slice(0, from).join("") + error.nearest + letters.slice(from + length).join("");
            this.input.focus();
            this.#apply();
        };
        return fill(this.error,
            h("code", {}, letters.slice(Math.max(0, from - 60), from).join(""), h("mark", {}, wrong || "▁"), letters.slice(from + length, from + length + 40).join("")),
            h("p", {}, h("strong", {}, error.word ? `“${error.word}”` : "At the end"), `, column ${number(error.column)}: ${error.problem}. Expected ${error.expected}. `,
                error.nearest ? h("button.quiet", { type: "button", on: { click: use } }, `Did you mean ${error.nearest}?`) : null));
    }

    /** What the choice of sources hides. */
    async #scanners() {
        const choice = chosen("scanners");
        this.state.hidden = choice === "all";
        if (choice === "all") return;
        const lists = (await language())?.scanners;
        if (chosen("scanners") !== choice) return;
        const verb = choice === "without" ? "Hiding" : "Showing only";
        if (!lists) {
            this.state.textContent = `${verb} known scanners; how many cannot be told.`;
            return;
        }
        const parts = [];
        if (lists.blocks > 0) parts.push(`${plural(lists.blocks, "known scanner block")} (list of ${lists.list_date})`);
        if (lists.behaviour > 0) parts.push(`${plural(lists.behaviour, "source")} that behaved as scanners`);
        this.state.textContent = parts.length ? `${verb} ${parts.join(" and ")}.`
            : "No source is labelled as a scanner: import a list with darkscope scanners import.";
    }

    // MARK: What is offered

    async #focused() {
        if (!(await language()) || document.activeElement !== this.input) return;
        if (!this.input.value) this.#offer();
    }

    #typed({ isWhole = false } = {}) {
        this.#isChosen = false;
        this.clear.hidden = !this.input.value;
        if (isWhole) this.#close(); else this.#offer();
        clearTimeout(this.#timer);
        this.#run += 1;
        const text = this.input.value;
        if (!text.trim()) return this.#show(null);
        this.#timer = setTimeout(() => this.#check(text, false), 400);
    }

    async #offer() {
        const words = await language();
        if (!words || document.activeElement !== this.input) return;
        const where = expected(this.input.value, this.input.selectionStart, words.fields);
        const recent = this.input.value ? [] : recents().map((text) => ({ whole: text, label: text, note: "used before" }));
        this.#options = [...recent, ...offers(where, words)].map((offer) => ({ ...offer, where }));
        this.#active = -1;
        fill(this.list, this.#options.map(({ label, note }, index) => h("li", {
            id: `filter-option-${index}`, role: "option", "aria-selected": "false", on: {
                mousedown: (event) => {
                    event.preventDefault();
                    this.#take(index);
                },
            },
        }, h("code", {}, label), note ? h("span.note", {}, note) : null)));
        this.list.hidden = !this.#options.length;
        this.input.setAttribute("aria-expanded", String(!this.list.hidden));
        this.input.removeAttribute("aria-activedescendant");
    }

    #close() {
        this.list.hidden = true;
        this.#active = -1;
        this.input.setAttribute("aria-expanded", "false");
        this.input.removeAttribute("aria-activedescendant");
    }

    #move(index) {
        this.#active = (index + this.#options.length) % this.#options.length;
        [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === this.#active)));
        this.list.children[this.#active].scrollIntoView({ block: "nearest" });
        this.input.setAttribute("aria-activedescendant", `filter-option-${this.#active}`);
    }

    #take(index) {
        const { whole, insert, where } = this.#options[index];
        const text = this.input.value;
        if (whole !== undefined) {
            this.input.value = whole;
        } else {
            const rest = text.slice(where.end);
            this.input.value = text.slice(0, where.start) + insert + (insert.endsWith(" ") ? rest.replace(/^ /, "") : rest);
            const caret = where.start + insert.length;
            this.input.setSelectionRange(caret, caret);
        }
        this.#typed({ isWhole: whole !== undefined });
    }

    #key(event) {
        const isOpen = !this.list.hidden;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (isOpen) this.#move(this.#active < 0 && event.key === "ArrowUp" ? -1 : this.#active + (event.key === "ArrowDown" ? 1 : -1));
            else this.#offer();
        } else if ((event.key === "Enter" || event.key === "Tab") && isOpen && this.#active >= 0) {
            event.preventDefault();
            this.#take(this.#active);
        } else if (event.key === "Escape" && isOpen) {
            // The list goes first, and the focus with the next one.
            event.preventDefault();
            event.stopPropagation();
            this.#close();
        }
    }
}

function recents() {
    try {
        const found = JSON.parse(localStorage.getItem(KEY) ?? "[]");
        return Array.isArray(found) ? found.filter((text) => typeof text === "string").slice(0, MOST_RECENT) : [];
    } catch {
        return [];
    }
}

function remember(text) {
    if (!text) return;
    localStorage.setItem(KEY, JSON.stringify([text, ...recents().filter((other) => other !== text)].slice(0, MOST_RECENT)));
}
