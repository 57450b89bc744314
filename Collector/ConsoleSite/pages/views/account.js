// One's own account: what it may do, another password, where it is signed in, and the way out.

import { Problem, ask, send } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { go } from "../lib/place.js";
import { say } from "../lib/say.js";
import { keepSession, session } from "../lib/session.js";
import { table } from "../lib/table.js";

const SHORTEST = 12;
const ROLES = {
    public: "sees totals of three sites or more",
    partner: "sees its own site in full, and totals of three sites or more",
    analyst: "sees everything that is stored, organisations and alerts too",
    operator: "sees everything, and handles alerts",
    admin: "sees everything, handles alerts, and makes accounts on the host: darkscope user",
};
const COLUMNS = [
    { key: "client", label: "From", kind: "text" }, {
        key: "browser", label: "Browser", kind: "text", value: (row) => browserName(row.browser), title: (row) => row.browser,
    },
    { key: "created_at", label: "Signed in", kind: "time" }, { key: "used_at", label: "Last used", kind: "time" },
    { key: "ends_at", label: "Ends at the latest", kind: "time" },
];

export default function account(main) {
    const who = h("p", {});
    const notice = h("section.panel", { hidden: true }, h("p.warn", {}, "▲ Somebody else set your password. Choose another one: until then nothing else is shown."));
    const leave = h("button", { type: "button", on: { click: signOut } }, "Sign out");
    const passwords = passwordCard();
    const sessions = h("div", {});
    const others = h("button", { type: "button", on: { click: endOthers } }, "End the others");
    const where = h("section.panel.wide", { "aria-labelledby": "account-where" }, h("div.panel-head", {}, h("h2", { id: "account-where" }, "Where you are signed in"),
        h("div.panel-tools", {}, others)), sessions);
    main.append(h("div.page-head", {}, h("h1", {}, "Account"), who, leave), notice, h("div.panels", {}, passwords.element, where));

    async function signOut() {
        leave.disabled = true;
        try {
            await send("DELETE", "session", undefined, session()?.token);
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
        }
        // Loaded anew, so that nothing of what was shown stays in the page.
        location.assign(session()?.access === "public" ? "/" : "/sign-in");
    }

    async function endOthers() {
        try {
            const { ended } = await send("DELETE", "sessions", undefined, session()?.token);
            say(ended === 1 ? "One session ended." : `${ended} sessions ended.`);
            await show();
        } catch (error) {
            if (error instanceof Problem) fill(sessions, h("p.bad", { role: "alert" }, error.message));
        }
    }

    async function show(signal) {
        const { sessions: rows } = await ask("sessions", {}, signal);
        others.disabled = rows.length < 2;
        fill(sessions, table(COLUMNS, rows, { caption: "Where you are signed in" }));
    }

    return {
        title: "Account",
        async update({ signal }) {
            const { login, name, role, site, access, mustChange } = session() ?? {};
            fill(who, login ? `${name && name !== login ? `${name} (${login})` : login}: ${role}${site ? ` of ${site}` : ""}, ${ROLES[role] ?? ""}.`
                : access === "open" ? "This console is open: there are no accounts, and nothing can be changed." : "Nobody is signed in.");
            for (const element of [leave, passwords.element]) element.hidden = !login;
            where.hidden = !login || mustChange;
            notice.hidden = !mustChange;
            if (where.hidden) return;
            try {
                await show(signal);
            } catch (error) {
                if (!(error instanceof Problem)) throw error;
                fill(sessions, h("p.bad", { role: "alert" }, error.message));
            }
        },
    };
}

function passwordCard() {
    const present = field("present", "Present password", "current-password");
    const first = field("new", "New password", "new-password");
    const again = field("again", "The new one again", "new-password");
    const told = h("p", { role: "status" });
    const button = h("button.primary", { type: "submit" }, "Change the password");
    const form = h("form.narrow", {
        on: {
            submit(event) {
                event.preventDefault();
                change();
            },
        },
    }, h("input", { type: "text", name: "login", autocomplete: "username", hidden: true, value: session()?.login ?? "" }), present.element, first.element,
    h("p.note", {}, `${SHORTEST} characters or more; a few words that do not belong together are good. Your other sessions end.`), again.element, told,
    h("div.buttons", {}, button));

    function refuse(words, { input }) {
        fill(told, h("span.bad", { role: "alert" }, words));
        input.focus();
    }

    async function change() {
        if ([...first.input.value].length < SHORTEST) return refuse(`The new password has fewer than ${SHORTEST} characters.`, first);
        if (first.input.value !== again.input.value) return refuse("The new one was typed in two ways.", again);
        button.disabled = true;
        const mustChange = session()?.mustChange;
        try {
            keepSession(await send("POST", "session/password", { present: present.input.value, new: first.input.value }, session()?.token));
            form.reset();
            fill(told, h("span.good", {}, "✓ Your password is changed."));
            say("Your password is changed.");
            if (mustChange) go("/");
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            refuse(error.message, error.parameter === "new" ? first : present);
        } finally {
            button.disabled = false;
        }
        return undefined;
    }

    return { element: h("section.panel", { "aria-labelledby": "account-password" }, h("h2", { id: "account-password" }, "Password"), form) };
}

function field(id, words, completion) {
    const input = h("input", { id: `account-${id}`, type: "password", name: id, autocomplete: completion, required: true });
    return { input, element: h("label.field", { for: `account-${id}` }, words, input) };
}

const BROWSERS = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["HeadlessChrome", "Chrome"], ["Chrome", "Chrome"], ["Version", "Safari"], ["curl", "curl"]];
const SYSTEMS = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Macintosh", "macOS"], ["Linux", "Linux"]];

/** What a browser is called, from what it calls itself; that itself, shortened, when it is none of the known. */
function browserName(agent) {
    const browser = BROWSERS.find(([mark]) => agent.includes(`${mark}/`));
    const system = SYSTEMS.find(([mark]) => agent.includes(mark));
    if (!browser) return agent.slice(0, 40);
    const version = new RegExp(`${browser[0]}/(\\d+)`).exec(agent)?.[1] ?? "";
    return `${browser[1]} ${version}${system ? ` on ${system[1]}` : ""}`.trim();
}
