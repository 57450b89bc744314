// Single keys, for hands that stay on the keyboard. They can be switched off (WCAG 2.1.4).

const KEY = "darkscope-keys";
const bindings = new Map();
let prefix = "";
let forget = null;

/** Whether single keys do something. */
export function areOn() {
    return localStorage.getItem(KEY) !== "off";
}

/** Switches them. */
export function setKeys(isOn) {
    localStorage.setItem(KEY, isOn ? "on" : "off");
}

/** Lets a key, or two such as "g o", do something. */
export function bind(keys, action) {
    bindings.set(keys, action);
}

addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable], dialog");
    if (isTyping || !areOn()) return;
    const keys = prefix ? `${prefix} ${event.key}` : event.key;
    clearTimeout(forget);
    prefix = "";
    const action = bindings.get(keys);
    if (action) {
        event.preventDefault();
        action();
    } else if ([...bindings.keys()].some((known) => known.startsWith(`${event.key} `))) {
        prefix = event.key;
        forget = setTimeout(() => { prefix = ""; }, 1500);
    }
});

/** Moves the focus to the next or previous row of the tables in the main part. */
export function moveRow(step) {
    const links = [...document.querySelectorAll("main [data-row]")].map((row) => row.querySelector("a, button")).filter(Boolean);
    if (!links.length) return;
    const now = links.findIndex((link) => link.closest("[data-row]").contains(document.activeElement));
    const next = now < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, now + step));
    links[next].focus();
}
