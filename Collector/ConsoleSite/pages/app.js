// The frame around all pages: heading, choices, keys, the live line, and which page an address shows.

import { Problem, ask, address } from "./lib/ask.js";
import { fill, h } from "./lib/dom.js";
import { busy } from "./lib/busy.js";
import { choices, changeSpan } from "./lib/choices.js";
import { filterBox } from "./lib/filterBox.js";
import { bind, moveRow } from "./lib/keys.js";
import { follow, setLive } from "./lib/live.js";
import { chosen, go, link, onChange, place, set } from "./lib/place.js";
import { say, sayings } from "./lib/say.js";
import { session, startSession } from "./lib/session.js";
import { nextTheme, startTheme, theme } from "./lib/theme.js";
import { label } from "./lib/zone.js";
import { helpDialog } from "./views/help.js";

/** First segment of an address and the module that shows it. */
const VIEWS = {
    "": "overview", account: "account", alert: "alert", alerts: "alerts", country: "country", explore: "explore", map: "map",
    network: "network", notes: "notes", port: "port", ports: "ports", "sign-in": "signin", site: "site", sites: "sites",
    source: "source", sources: "sources", years: "years",
};
const NAVIGATION = [
    ["/", "Overview", ["overview"]], ["/ports", "Ports", ["ports", "port"]], ["/sources", "Sources", ["sources", "source", "network", "country"]],
    ["/map", "Map", ["map"]], ["/alerts", "Alerts", ["alerts", "alert"]], ["/sites", "Sites", ["sites", "site"]],
    ["/explore", "Explore", ["explore"]], ["/years", "Years", ["years"]], ["/notes", "SQL", ["notes"]],
];

const main = h("main", { id: "main", tabindex: "-1" });
const navigation = h("nav", { "aria-label": "Pages" });
const liveLine = h("button.live", { type: "button", title: "Live updates on or off (l)", on: { click: toggleLive } }, "○ not live");
const themeButton = h("button", { type: "button", title: "Light, dark or as the system (d)", on: { click: changeTheme } });
const account = h("a.account", {});
const shared = choices();
const filter = filterBox();
const help = helpDialog();

let view = null;
let viewPath = null;
let leaving = null;
let shown = null;
let lastMinute = 0;
/** Alerts that are open and that nobody took note of; null when they are not known. */
let openAlerts = null;
let isGreeted = false;

function build() {
    document.body.append(
        h("a.skip", { href: "#main" }, "Skip to the content"),
        h("header.top", {}, h("a.brand", { href: "/" }, "Darkscope"), navigation,
            h("div.right", {}, themeButton,
                h("button", { type: "button", title: "Copies an address that shows this span for ever", on: { click: copyLink } }, "Link"),
                h("button", { type: "button", title: "Keys and words (?)", "aria-label": "Help", on: { click: help.show } }, "?"), account, liveLine)),
        h("section.filter-row", { "aria-label": "What is shown" }, filter.element, shared.element), main,
        h("footer", {}, h("p", {}, "Sources may be forged: where an address is says little about who sits there. ",
            "IP location: IPFire Location database (CC BY-SA 4.0). Land: Natural Earth. ",
            h("a", { href: "/api/v1/openapi.json" }, "API"), " · ", h("a", { href: "/metrics" }, "metrics"), " · ", h("a", { href: "/readyz" }, "readiness"))),
        help.element, sayings);
}

function bindKeys() {
    for (const [key, path] of [["o", "/"], ["p", "/ports"], ["s", "/sources"], ["m", "/map"], ["a", "/alerts"], ["i", "/sites"], ["e", "/explore"], ["y", "/years"], ["n", "/notes"]]) {
        bind(`g ${key}`, () => go(link(path)));
    }
    bind("/", () => filter.focus());
    bind("?", help.show);
    bind("[", () => changeSpan(shown, { move: -1 }));
    bind("]", () => changeSpan(shown, { move: 1 }));
    bind("-", () => changeSpan(shown, { zoom: 2 }));
    bind("=", () => changeSpan(shown, { zoom: 0.5 }));
    bind("t", () => shared.open("span"));
    bind("z", () => shared.open("zone"));
    bind("r", () => {
        const next = { all: "without", without: "only", only: "all" }[chosen("scanners")] ?? "all";
        set({ scanners: next });
        say({ all: "All sources.", without: "Without research scanners.", only: "Research scanners only." }[next]);
    });
    bind("d", changeTheme);
    bind("l", toggleLive);
    bind("j", () => moveRow(1));
    bind("k", () => moveRow(-1));
    addEventListener("keydown", (event) => {
        if (event.key === "Escape" && document.activeElement !== document.body) document.activeElement?.blur();
    });
}

function changeTheme() {
    say(`Colours: ${nextTheme()}.`);
    showTheme();
}

function showTheme() {
    themeButton.textContent = { auto: "◐ Auto", light: "○ Light", dark: "● Dark" }[theme()];
}

function toggleLive() {
    set({ live: isLive() ? "0" : null }, { replace: true });
}

function isLive() {
    return chosen("live") !== "0" && chosen("to") === "now";
}

function showLive({ state, heard, tries }) {
    const time = (ms) => label(ms, chosen("tz"), "clock");
    liveLine.className = `live ${state}`;
    liveLine.textContent = {
        live: heard ? `● live ${time(heard)}` : "● live", paused: chosen("to") === "now" ? "○ paused" : "○ fixed span",
        broken: `▲ ${heard ? `as of ${time(heard)}, ` : ""}reconnecting (${tries})`,
    }[state];
}

async function copyLink() {
    const url = new URL(location.href);
    if (shown) {
        url.searchParams.set("from", new Date(shown.from).toISOString());
        url.searchParams.set("to", new Date(shown.to).toISOString());
    }
    try {
        await navigator.clipboard.writeText(url.href);
        say("The link is copied.");
    } catch {
        prompt("The address of what is shown:", url.href);
    }
}

/** What a view is told: the shared choices as parameters of the API, and a way to ask that ends when they change. */
function contextOf(signal) {
    const span = Object.fromEntries(["from", "to", "tz"].map((name) => [name, chosen(name)]));
    const answers = new Map();
    return {
        ...place(), signal, span, all: { ...span, q: chosen("q"), scanners: chosen("scanners") },
        zone: chosen("tz"), scanners: chosen("scanners"), filter: chosen("q"), session: session(),
        /** The same choices, with questions that are asked anew: after a change. */
        again: () => contextOf(signal),
        ask(path, parameters) {
            const key = address(path, parameters);
            if (!answers.has(key)) {
                answers.set(key, ask(path, parameters, signal).then((answer) => {
                    if (answer?.span && !signal.aborted) shown = { from: Date.parse(answer.span.from), to: Date.parse(answer.span.to) };
                    return answer;
                }));
            }
            return answers.get(key);
        },
    };
}

/** Beside the page of alerts stands how many wait for somebody. */
function showOpenAlerts() {
    const anchor = navigation.querySelector("[data-page='/alerts']");
    anchor?.querySelector(".badge")?.remove();
    if (openAlerts) anchor?.append(h("span.badge", {}, openAlerts, h("span.unseen", {}, " open, not acknowledged")));
}

async function countAlerts() {
    if (!session()?.may?.alerts) return;
    try {
        const { states } = await ask("alerts", { limit: 1 });
        openAlerts = states.filter(({ state }) => state === "open" || state === "ongoing")
            .reduce((sum, { alerts, acknowledged }) => sum + alerts - acknowledged, 0);
    } catch {
        openAlerts = null;
    }
    showOpenAlerts();
}

function showFrame(name) {
    fill(navigation, NAVIGATION.map(([path, text, names]) =>
        h("a", { href: link(path), "aria-current": names.includes(name) ? "page" : null, data: { page: path } }, text)));
    showOpenAlerts();
    document.querySelector("a.brand").setAttribute("href", link("/"));
    const who = session();
    account.hidden = !who?.login && (who?.access !== "public" || name === "signin");
    account.textContent = who?.login ?? "Sign in";
    account.setAttribute("href", who?.login ? link("/account") : `/sign-in?${new URLSearchParams({ next: location.pathname + location.search })}`);
    shared.update();
    filter.update();
    showTheme();
    document.body.classList.toggle("bare", name === "signin" || Boolean(who?.mustChange));
}

/** What a partner sees first is its own site; the overview is there for it too. */
function greet() {
    const who = session();
    if (isGreeted || who?.role !== "partner" || !who.site) return;
    isGreeted = true;
    if (location.pathname === "/") history.replaceState(null, "", link(["site", who.site]));
}

/** Shows what the address says. The same page stays and is brought up to date; another takes its place. */
async function route() {
    greet();
    leaving?.abort();
    leaving = new AbortController();
    const { signal } = leaving;
    const { path } = place();
    const name = VIEWS[path[0]] ?? "missing";
    showFrame(name);
    const over = busy();
    try {
        const key = location.pathname;
        if (viewPath !== key) {
            const { default: make } = await import(`./views/${name}.js`);
            if (signal.aborted) return;
            // The first page begins where the document does, so that its first Tab skips to the content.
            const isFirst = view === null;
            view?.leave?.();
            fill(main);
            viewPath = key;
            view = make(main, path);
            document.title = `${view.title} · Darkscope`;
            if (!isFirst && (document.activeElement === document.body || !document.activeElement)) main.focus({ preventScroll: true });
        }
        setLive(name !== "signin" && !session()?.mustChange && isLive(), showLive);
        await view.update?.(contextOf(signal));
    } catch (error) {
        if (error.name === "AbortError" || signal.aborted) return;
        console.error(error);
        viewPath = null;
        fill(main, h("h1", {}, "This page cannot be shown"), h("section.panel", {}, h("p", {},
            error instanceof Problem ? error.message : "The console may have been renewed since this page was loaded."),
        h("button", { type: "button", on: { click: () => location.reload() } }, "Load it again")));
    } finally {
        over();
    }
}

/** A minute was stored: the page may show it at once, and asks anew at most twice a minute. */
function minute(told) {
    if (told) view?.live?.(told);
    if (Date.now() - lastMinute < 30000) return;
    lastMinute = Date.now();
    countAlerts();
    setTimeout(() => {
        if (isLive() && view && !document.querySelector("dialog[open]")) view.update?.(contextOf(leaving.signal));
    }, 2000);
}

async function start() {
    startTheme();
    build();
    bindKeys();
    onChange(route);
    follow(minute);
    addEventListener("signed-out", () => {
        if (place().path[0] !== "sign-in") go(`/sign-in?${new URLSearchParams({ next: location.pathname + location.search })}`);
    });
    await startSession();
    if (session().mustChange) go("/account");
    await route();
    await countAlerts();
}

start();
