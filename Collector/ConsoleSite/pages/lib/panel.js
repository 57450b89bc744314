// A card of a page: its title, what it shows, and the states that what it shows can be in. A failure stays in its card.

import { fill, h } from "./dom.js";
import { busy } from "./busy.js";
import { Problem } from "./ask.js";
import { partial } from "./coverage.js";
import { onTheme } from "./theme.js";
import { table } from "./table.js";

let count = 0;

export class Panel {
    /** @param options {wide: over two columns, full: over all, note: a line below, tools: Elements beside the title} */
    constructor(title, { wide = false, full = false, note = null, tools = [] } = {}) {
        count += 1;
        const id = `panel-${count}`;
        this.title = title;
        this.heading = h("h2", { id }, title);
        this.toggle = h("button.quiet", { type: "button", hidden: true, "aria-pressed": "false", on: { click: () => this.#switch() } }, "Table");
        this.tools = h("div.panel-tools", {}, tools, this.toggle);
        this.mark = h("p.panel-mark", { hidden: true });
        this.body = h("div.panel-body", {}, h("div.skeleton", { "aria-hidden": "true" }));
        this.note = h("p.note", { hidden: !note }, note);
        this.element = h("section.panel", { class: full ? "full" : wide ? "wide" : "", "aria-labelledby": id },
            h("div.panel-head", {}, this.heading, this.tools), h("div.progress", { "aria-hidden": "true" }), this.mark, this.body, this.note);
        this.#observer = new ResizeObserver(() => this.#redraw());
        onTheme(() => this.#redraw(true));
    }

    #observer;
    #picture = null;
    #drawn = null;
    #width = 0;
    #run = 0;
    #isTable = false;

    /**
     * Asks a question and draws its answer. What was there stays, dimmed, until then; another load takes this one's place.
     * @param context of the view: its `ask` gives several panels one answer to the same question.
     * @param question [path of the API, parameters]
     * @param draw (answer, panel) => what is shown; it may wait for more.
     */
    async load(context, [path, parameters], draw) {
        this.#run += 1;
        const run = this.#run;
        const over = busy();
        const slow = setTimeout(() => this.element.classList.add("waiting"), 300);
        this.element.setAttribute("aria-busy", "true");
        try {
            const answer = await context.ask(path, parameters);
            if (run !== this.#run || context.signal.aborted) return;
            this.element.classList.remove("failed");
            this.partial(answer?.coverage);
            await draw(answer, this);
        } catch (error) {
            if (error.name === "AbortError" || run !== this.#run || context.signal.aborted) return;
            if (!(error instanceof Problem)) console.error(error);
            this.fail(error, () => this.load(context, [path, parameters], draw));
        } finally {
            over();
            clearTimeout(slow);
            if (run === this.#run) {
                this.element.classList.remove("waiting");
                this.element.removeAttribute("aria-busy");
            }
        }
    }

    /** Shows an error in place of the content, with what can be done. */
    fail(error, retry) {
        this.#forget();
        this.element.classList.add("failed");
        const text = error instanceof Problem ? error.message : "This part of the page has a defect; the others work.";
        fill(this.body, h("div.state", { role: "alert" },
            h("p", {}, h("strong", {}, error.title ?? "This cannot be shown"), h("br"), text),
            h("button", { type: "button", on: { click: retry } }, "Try again")));
    }

    /** Says why there is nothing. `actions` are links or buttons that lead to something. */
    empty(text, ...actions) {
        this.#forget();
        fill(this.body, h("div.state", {}, h("p", {}, text), actions));
    }

    /** Shows elements. */
    show(...children) {
        this.#forget();
        fill(this.body, children);
    }

    /** Shows a table: see lib/table.js. */
    table(columns, rows, options = {}) {
        this.show(table(columns, rows, { caption: this.title, ...options }));
    }

    /**
     * Shows a picture.
     * @param picture {summary: what it tells, in a sentence or two; draw(host, width) => {destroy} or nothing;
     *     table: {columns, rows} with the same figures; height: pixels that are kept for it}
     */
    picture(picture) {
        this.#forget();
        this.#picture = picture;
        this.toggle.hidden = !picture.table;
        this.#place();
    }

    /** Tells anew what the picture that stays tells, when its figures have changed: its summary and its table. */
    retell({ summary, table: figures }) {
        this.#picture = { ...this.#picture, summary, table: figures };
        if (this.#isTable && figures) this.#place();
        else this.words.textContent = summary;
    }

    /** Says which sites are missing from what is shown: rows of coverage; nothing when all is there. */
    partial(coverage) {
        const words = coverage ? partial(coverage) : null;
        this.mark.hidden = !words;
        fill(this.mark, words ?? "");
        this.element.classList.toggle("partial", Boolean(words));
    }

    /** A line below the content. */
    remark(...children) {
        this.note.hidden = children.length === 0;
        fill(this.note, children);
    }

    #switch() {
        this.#isTable = !this.#isTable;
        this.toggle.setAttribute("aria-pressed", String(this.#isTable));
        this.#place();
    }

    #place() {
        const { summary, table: figures, height = 220 } = this.#picture;
        this.#drawn?.destroy?.();
        this.#drawn = null;
        this.#observer.disconnect();
        this.words = h("p.unseen", {}, summary);
        if (this.#isTable && figures) {
            fill(this.body, this.words, table(figures.columns, figures.rows, { caption: this.title }));
            return;
        }
        this.host = h("div.picture", { role: "group", "aria-label": this.title, style: { "min-height": `${height}px` } });
        fill(this.body, this.words, this.host);
        this.#width = 0;
        this.#redraw();
        this.#observer.observe(this.host);
    }

    #redraw(isForced = false) {
        if (!this.#picture || !this.host?.isConnected || (this.#isTable && this.#picture.table)) return;
        const width = Math.floor(this.host.clientWidth);
        if (width <= 0 || (width === this.#width && !isForced)) return;
        this.#width = width;
        this.#drawn?.destroy?.();
        fill(this.host);
        this.#drawn = this.#picture.draw(this.host, width) ?? null;
    }

    #forget() {
        this.#drawn?.destroy?.();
        this.#drawn = null;
        this.#observer.disconnect();
        this.#picture = null;
        this.toggle.hidden = true;
    }
}
