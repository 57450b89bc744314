// Where one is: the address holds everything that people choose, so that back, reload and a copied link show the same.

/** What every page shares and every link takes along. */
export const SHARED = ["from", "to", "tz", "q", "scanners", "live"];

const STANDARD = { from: "now-24h", to: "now", tz: "UTC", q: "", scanners: "all", live: "" };
const listeners = new Set();

/** {path: decoded segments, query: object of texts} of the present address. */
export function place() {
    const path = location.pathname.split("/").slice(1).map(decode);
    return { path, query: Object.fromEntries(new URLSearchParams(location.search)) };
}

function decode(segment) {
    try {
        return decodeURIComponent(segment);
    } catch {
        return segment;
    }
}

/** What is chosen of a shared parameter, or its standard. */
export function chosen(name) {
    return place().query[name] ?? STANDARD[name] ?? "";
}

/**
 * Address of another page: a path of segments that are escaped here, such as ["port", "tcp-syn", 23] or "/sites".
 * It keeps what is shared; `changes` add to it, null takes away.
 */
export function link(path, changes = {}) {
    const { query } = place();
    const kept = Object.fromEntries(SHARED.filter((name) => name in query).map((name) => [name, query[name]]));
    const text = typeof path === "string" ? path : `/${path.map(encodeURIComponent).join("/")}`;
    return text + search({ ...kept, ...changes });
}

/** Address of this page with other choices; null takes one away. */
export function here(changes) {
    return location.pathname + search({ ...place().query, ...changes });
}

function search(query) {
    const fields = Object.entries(query).filter(([name, value]) =>
        value !== null && value !== undefined && value !== "" && String(value) !== STANDARD[name]);
    const text = new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString();
    return text ? `?${text}` : "";
}

/** Goes to an address of the console, as a link would. */
export function go(href) {
    if (href === location.pathname + location.search) return;
    history.pushState(null, "", href);
    tell();
}

/** Changes choices of this page; `replace` for those that back should not lead through. */
export function set(changes, { replace = false } = {}) {
    const href = here(changes);
    if (replace) {
        history.replaceState(null, "", href);
        tell();
    } else {
        go(href);
    }
}

/** Calls back whenever the address has changed. */
export function onChange(listener) {
    listeners.add(listener);
}

function tell() {
    for (const listener of listeners) listener();
}

addEventListener("popstate", tell);

// Links within the console do not load the page anew.
addEventListener("click", (event) => {
    const anchor = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!anchor || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey
        || event.altKey || anchor.target || anchor.hasAttribute("download")) return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/") || url.pathname.startsWith("/metrics")
        || url.pathname.startsWith("/readyz") || url.hash) return;
    event.preventDefault();
    go(url.pathname + url.search);
    scrollTo(0, 0);
});
