// Who looks. Everything is decided by the server; what is here only spares offers that it would refuse.

import { Problem, ask } from "./ask.js";

const NOBODY = { access: "accounts", login: null, name: null, role: null, site: null, token: null, mustChange: false, may: {} };

let present = null;

/**
 * {access: accounts | public | open, login, name, role, site, token, mustChange, may: {read, alerts, handle_alerts, reveal}} of
 * whoever looks; login is null without a session, role when nothing may be seen, and all of it before it is known.
 */
export function session() {
    return present;
}

/** Asks who is signed in. Where nobody is and somebody must be, the event "signed-out" says so. */
export async function startSession() {
    try {
        keepSession(await ask("session"));
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        // Each part of the page says what is wrong.
        present = NOBODY;
        return present;
    }
    if (!present.role) dispatchEvent(new CustomEvent("signed-out"));
    return present;
}

/** Takes over what the server says of the session: an answer of /api/v1/session. */
export function keepSession({ form_token: token, must_change: mustChange, ...rest }) {
    present = { ...rest, token, mustChange };
}

/**
 * An address of this console that another page named; "/" for any other. It is whole: a path may begin with two slashes, and
 * by itself would name another host.
 */
export function ownAddress(text) {
    try {
        const url = new URL(text, location.origin);
        const isOwn = url.origin === location.origin && url.protocol === location.protocol && !url.pathname.startsWith("/sign-in");
        return isOwn ? url.origin + url.pathname + url.search : "/";
    } catch {
        return "/";
    }
}
