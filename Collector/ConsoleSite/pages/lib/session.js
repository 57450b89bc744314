// Who looks. Everything is decided by the server; what is here only spares offers that it would refuse.

let present = null;

/** {login, role, site, token, may: {...}} of whoever is signed in; null before it is known. */
export function session() {
    return present;
}

/** Asks who is signed in. */
export async function startSession() {
    present = { login: null, role: "analyst", site: null, token: null, may: {} };
    return present;
}
