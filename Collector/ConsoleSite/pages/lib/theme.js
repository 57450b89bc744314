// Light, dark, or as the system has it: a choice of whoever sits there, so it is kept by the browser and not in the address.

const KEY = "darkscope-theme";
const CHOICES = ["auto", "light", "dark"];
const listeners = new Set();
const system = matchMedia("(prefers-color-scheme: dark)");

/** auto, light or dark. */
export function theme() {
    const kept = localStorage.getItem(KEY);
    return CHOICES.includes(kept) ? kept : "auto";
}

/** Applies the choice; called once before anything is drawn. */
export function startTheme() {
    apply();
    system.addEventListener("change", apply);
}

/** The next choice of the three. */
export function nextTheme() {
    localStorage.setItem(KEY, CHOICES[(CHOICES.indexOf(theme()) + 1) % CHOICES.length]);
    apply();
    return theme();
}

/** Calls back when colours have changed, since canvases keep theirs. Returns what ends it. */
export function onTheme(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function apply() {
    const choice = theme();
    if (choice === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
    for (const listener of listeners) listener();
}
