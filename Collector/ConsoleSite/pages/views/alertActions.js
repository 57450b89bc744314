// What an operator does with an alert: each is written into its history with the name of who did it.

import { Problem, send } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { say } from "../lib/say.js";
import { session } from "../lib/session.js";

const LONGEST = 2000;
const HANDLERS = new Set(["operator", "admin"]);
const DEEDS = [
    ["acknowledge", "Acknowledge", "its growth is told no more in this episode", (row) => isGoing(row) && !row.acknowledged_at],
    ["suppress", "Suppress for a day", "nothing is told of it for 24 hours", (row) => row.state !== "closed"],
    ["false-positive", "It is none", "nothing is told of it until it is released; needs a note", (row) => !row.is_false_positive],
    ["release", "Release", "takes back what was said of it", (row) => row.acknowledged_at || row.suppressed_until || row.is_false_positive],
    ["close", "Close", "new evidence opens it again", isGoing],
];

function isGoing(row) {
    return ["open", "ongoing", "quiet"].includes(row.state);
}

/** The card with a note and a button for each: {element, update(row of the alert, again)}; `again` asks the page anew. */
export function actions(id) {
    const note = h("textarea", { id: "alert-note", rows: "3", maxlength: String(LONGEST) });
    const buttons = h("div.buttons", {});
    const told = h("p", { role: "status" });
    const element = h("section.panel.full", { "aria-labelledby": "alert-actions", hidden: true }, h("h2", { id: "alert-actions" }, "Take note of it"),
        h("label.field", { for: "alert-note" }, "Note, which stands in the history", note), buttons, told);
    let ask = () => {};

    async function act(name, words) {
        if (name === "false-positive" && !note.value.trim()) {
            fill(told, h("span.bad", {}, "Say in the note why it is none."));
            note.focus();
            return;
        }
        for (const button of buttons.children) button.disabled = true;
        try {
            await send("POST", `alert/${encodeURIComponent(id)}/${name}`, { ...(name === "suppress" ? { hours: 24 } : {}), note: note.value.trim() }, session()?.token);
            note.value = "";
            fill(told, h("span.good", {}, `✓ ${words}: done.`));
            say(`${words}: done.`);
            await ask();
        } catch (error) {
            fill(told, h("span.bad", { role: "alert" }, error instanceof Problem ? error.message : "That did not work."));
            for (const button of buttons.children) button.disabled = false;
        }
    }

    return {
        element,
        update(row, again) {
            ask = again;
            element.hidden = !HANDLERS.has(session()?.role);
            fill(buttons, DEEDS.filter(([, , , isOffered]) => isOffered(row)).map(([name, words, title], place) =>
                h(place === 0 ? "button.primary" : "button", { type: "button", title, on: { click: () => act(name, words) } }, words)));
        },
    };
}
