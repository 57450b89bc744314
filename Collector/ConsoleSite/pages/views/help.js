// What the keys do and what the words and marks mean.

import { h } from "../lib/dom.js";
import { areOn, setKeys } from "../lib/keys.js";

const KEYS = [
    ["g o / g p / g s", "Overview, Ports, Sources"], ["g m / g a / g i", "Map, Alerts, Sites"], ["g e / g y / g n", "Explore, Years, SQL notes"],
    ["/", "to the filter"], ["[ ]", "the span before, after"], ["- =", "a longer, shorter span"], ["t", "another span"], ["z", "zone"],
    ["r", "all sources, without research scanners, scanners only"], ["d", "colours: light, dark, as the system"], ["l", "live or not"],
    ["j k Enter", "rows of tables"], ["← → in a graph", "bin by bin; with Shift a part to look into, Enter shows it"], ["Esc", "leave a field"],
];
const WORDS = [
    ["● live, ▲ degraded, ✕ silent", "a site delivers; late or with losses; nothing"],
    ["– and hatching", "not known or not observed; 0 is observed, and nothing came"],
    ["sources", "distinct addresses; they can be forged"],
    ["backscatter", "answers to packets that somebody sent with forged dark addresses: the source is the victim"],
    ["research scanners", "blocks on a list of those who scan in the open"],
];

/** The dialog: {element, show()}. */
export function helpDialog() {
    const box = h("input", { id: "single-keys", type: "checkbox", on: { change: () => setKeys(box.checked) } });
    const list = (pairs, kind) => h("dl", {}, pairs.map(([term, text]) => [h("dt", {}, kind ? h(kind, {}, term) : term), h("dd", {}, text)]));
    const dialog = h("dialog.help", { "aria-labelledby": "help-title" }, h("form", { method: "dialog" },
        h("h2", { id: "help-title" }, "Keys and words"), list(KEYS, "kbd"),
        h("label.check", { for: "single-keys" }, box, " single keys do something"), list(WORDS),
        h("div.buttons", {}, h("button.primary", { type: "submit" }, "Close"))));
    return {
        element: dialog,
        show: () => {
            box.checked = areOn();
            dialog.showModal();
        },
    };
}
