// Questions to the server, and how its refusals are told.

/** Why there is no answer: what the server said of it (RFC 9457), or that it could not be reached. */
export class Problem extends Error {
    constructor({ status = 0, title = "The server cannot be reached", detail = "", parameter = null, expected = null, retryAfter = null }) {
        super(detail || title);
        Object.assign(this, { status, title, detail, parameter, expected, retryAfter });
    }
}

/** Address of an answer of the API. Parameters that are null, undefined or empty are left out. */
export function address(path, parameters = {}) {
    const fields = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const text = new URLSearchParams(fields.map(([name, value]) => [name, String(value)])).toString();
    return `/api/v1/${path}${text ? `?${text}` : ""}`;
}

/** Path of an API address from segments, each escaped. */
export function segments(...parts) {
    return parts.map(encodeURIComponent).join("/");
}

/**
 * The answer to a question, as its JSON.
 * @throws Problem; an AbortError when `signal` says that nobody waits any more.
 */
export async function ask(path, parameters, signal) {
    return read(await reach(address(path, parameters), { signal }));
}

/** Sends a change. `token` is that of the session's forms. */
export async function send(method, path, body, token) {
    const headers = { "Content-Type": "application/json" };
    if (token) headers["X-Form-Token"] = token;
    return read(await reach(`/api/v1/${path}`, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    }));
}

async function reach(url, options) {
    try {
        return await fetch(url, { credentials: "same-origin", ...options });
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem({ detail: "It does not answer. The page tries again when you do." });
    }
}

async function read(response) {
    let answer;
    try {
        answer = response.status === 204 ? null : await response.json();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem({ status: response.status, title: "The answer cannot be read" });
    }
    if (response.ok) return answer;
    const problem = new Problem({
        ...answer, status: response.status, retryAfter: Number(response.headers.get("Retry-After")) || null,
    });
    if (response.status === 401) dispatchEvent(new CustomEvent("signed-out"));
    throw problem;
}
