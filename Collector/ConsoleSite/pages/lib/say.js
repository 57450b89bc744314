// Words for those who listen to the page: politely, at most one sentence a second, the newest.

import { h } from "./dom.js";

const region = h("p.unseen", { role: "status", "aria-live": "polite" });
let waiting = null;
let next = null;

/** Where the words are said; the frame puts it into the page. */
export const sayings = region;

/** Says a sentence. One that comes before a second has passed takes the place of that which waits. */
export function say(text) {
    if (waiting !== null) {
        next = text;
        return;
    }
    region.textContent = text;
    waiting = setTimeout(() => {
        waiting = null;
        if (next !== null) {
            const latest = next;
            next = null;
            say(latest);
        }
    }, 1000);
}
