// What can stand next in a filter that is being typed. The server alone decides what a filter means; this only offers words.

const WORD = /[A-Za-z0-9\-.:/_]/;

/** Cuts a filter into [{text, start, end, isWord}], as far as it can be read. */
export function tokens(text) {
    const found = [];
    let place = 0;
    while (place < text.length) {
        const start = place;
        if (WORD.test(text[place])) {
            while (place < text.length && WORD.test(text[place])) place += 1;
            found.push({ text: text.slice(start, place), start, end: place, isWord: true });
        } else {
            place += /^(!=|<=|>=)/.test(text.slice(place)) ? 2 : 1;
            const sign = text.slice(start, place);
            if (sign.trim()) found.push({ text: sign, start, end: place, isWord: false });
        }
    }
    return found;
}

/**
 * What is expected at a place of the text: {kind, field, word, start, end}.
 * kind is name, comparison, value, list (a value of a list), after (of a value in a list: a comma or its end) or join; word is
 * what is typed of it already, from start to end of the text.
 */
export function expected(text, caret, fields) {
    const before = tokens(text.slice(0, caret));
    const last = before.at(-1);
    const isTyping = last?.isWord && last.end === caret;
    const word = isTyping ? last.text : "";
    const start = isTyping ? last.start : caret;
    let end = caret;
    while (isTyping && end < text.length && WORD.test(text[end])) end += 1;
    let [kind, field] = ["name", null];
    for (const token of isTyping ? before.slice(0, -1) : before) [kind, field] = after(token, kind, field, fields);
    return { kind, field, word, start, end };
}

function after(token, kind, field, fields) {
    const lower = token.text.toLowerCase();
    switch (kind) {
    case "name": {
        if (lower === "not" || lower === "(") return ["name", null];
        const known = fields.find((candidate) => candidate.name === lower);
        if (!known) return ["none", null];
        return known.comparisons.includes("") ? ["join", null] : ["comparison", known];
    }
    case "comparison":
        if (lower === "not") return ["comparison", { ...field, comparisons: ["in"] }];
        return lower === "in" ? ["open", field] : ["value", field];
    case "open": return lower === "(" ? ["list", field] : ["none", null];
    case "list": return ["after", field];
    case "after": return lower === "," ? ["list", field] : ["join", null];
    case "value": return ["join", null];
    case "join":
        if (lower === "and" || lower === "or") return ["name", null];
        return lower === ")" ? ["join", null] : ["none", null];
    default: return ["none", null];
    }
}

const SIGNS = { "=": "is", "!=": "is not", in: "one of a list", "<": "less", "<=": "at most", ">": "more", ">=": "at least" };
const PORTS = [
    ["22", "ssh"], ["23", "telnet"], ["80", "http"], ["123", "ntp"], ["443", "https"], ["445", "microsoft-ds"], ["1433", "ms-sql"],
    ["3389", "rdp"], ["5060", "sip"], ["5555", "adb"], ["6379", "redis"], ["8080", "http-alt"], ["8728", "mikrotik"], ["37215", "huawei"],
];
const MOST = 12;
let countries = null;

/** What could be put at such a place: [{insert, label, note}], the best first. */
export function offers(place, known) {
    const word = place.word.toLowerCase();
    const fits = (label, note = "") => !word || label.toLowerCase().startsWith(word) || (word.length > 1 && note.toLowerCase().includes(word));
    return candidates(place, known).filter(({ label, note }) => fits(label, note))
        .sort((a, b) => Number(b.label.toLowerCase().startsWith(word)) - Number(a.label.toLowerCase().startsWith(word)))
        .filter(({ label }) => label.toLowerCase() !== word || place.kind === "name").slice(0, place.kind === "name" ? 20 : MOST);
}

function candidates({ kind, field }, known) {
    switch (kind) {
    case "name":
        return [...known.fields.map(({ name, meaning }) => ({ insert: `${name} `, label: name, note: meaning })),
            { insert: "not ", label: "not", note: "the opposite of what follows" }];
    case "comparison":
        return field.comparisons.map((sign) => ({ insert: sign === "in" ? "in (" : `${sign} `, label: sign, note: SIGNS[sign] }));
    case "open": return [{ insert: "(", label: "(", note: "begins the list" }];
    case "value": return values(field, known).map(([label, note]) => ({ insert: `${label} `, label, note }));
    case "list": return values(field, known).map(([label, note]) => ({ insert: label, label, note }));
    case "after": return [{ insert: ", ", label: ",", note: "another value" }, { insert: ") ", label: ")", note: "the list ends" }];
    case "join": return [
        { insert: "and ", label: "and", note: "both must hold" }, { insert: "or ", label: "or", note: "one of both is enough" }];
    default: return [];
    }
}

function values(field, known) {
    switch (field.name) {
    case "country": return [...allCountries(), ["unknown", "no country in the table of origins"]];
    case "port": return PORTS;
    case "site": return known.sites.map((site) => [site, ""]);
    case "sensor": return known.sensors.map((sensor) => [sensor, ""]);
    case "family": return [["4", "IPv4"], ["6", "IPv6"]];
    default: return field.words.map((word) => [word, ""]);
    }
}

/** Whether a code is not one that another has taken the place of, such as SU. */
function isPresent(code) {
    return Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`;
}

/** Codes of ISO 3166-1 that the browser has a name for, those of the ASEAN first. */
function allCountries() {
    if (countries) return countries;
    const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
    const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
    const all = letters.flatMap((first) => letters.map((second) => first + second))
        .filter((code) => !/^(AA|AC|CP|CQ|DG|EA|EU|EZ|IC|QO|TA|UN|X[A-JL-Z]|ZZ)$/.test(code) && isPresent(code)).map((code) => [code, names.of(code)]).filter(([, name]) => name);
    const near = ["BN", "ID", "KH", "LA", "MM", "MY", "PH", "SG", "TH", "TL", "VN"];
    countries = [...all.filter(([code]) => near.includes(code)), ...all.filter(([code]) => !near.includes(code))];
    return countries;
}
