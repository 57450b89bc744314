// The way in: login and password, and why not when not.

import { Problem, send } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { place } from "../lib/place.js";
import { keepSession, ownAddress, session } from "../lib/session.js";

export default function signin(main) {
    const login = field("login", "Login", "text", "username");
    const password = field("password", "Password", "password", "current-password");
    const button = h("button.primary", { type: "submit" }, "Sign in");
    const told = h("p.told", { role: "alert" });
    const form = h("form", {
        on: {
            submit(event) {
                event.preventDefault();
                enter();
            },
        },
    }, login.element, password.element, told, h("div.buttons", {}, button));
    const around = h("p.note", {});
    main.append(h("section.panel.sign-in", { "aria-labelledby": "sign-in-title" }, h("h1", { id: "sign-in-title" }, "Sign in"), form, around));
    login.input.focus({ preventScroll: true });

    async function enter() {
        const empty = [login, password].find(({ input }) => !input.value);
        if (empty) {
            fill(told, "Type both login and password.");
            empty.input.focus();
            return;
        }
        button.disabled = true;
        fill(told);
        try {
            keepSession(await send("POST", "session", { login: login.input.value, password: password.input.value }));
            // A page that was loaded before somebody signed in holds nothing of what comes now.
            location.assign(session().mustChange ? "/account" : ownAddress(place().query.next ?? "/"));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            fill(told, h("span.bad", {}, error.status === 401 ? "Login or password is wrong." : `${error.title}: ${error.message}.`));
            password.input.value = "";
            password.input.focus();
            button.disabled = false;
        }
    }

    return {
        title: "Sign in",
        update() {
            const who = session();
            form.hidden = who?.access === "open";
            const words = who?.access === "open" ? "This console is open: whoever reaches it sees everything, and nothing can be changed."
                : who?.login ? `You are signed in as ${who.login}. Signing in again ends that session.`
                    : who?.access === "public" ? "Without an account you see totals of three sites or more."
                        : "Accounts are made by whoever runs this console.";
            fill(around, words, " ", who?.role && who.access !== "accounts" ? h("a", { href: "/" }, "To the overview") : null);
        },
    };
}

function field(id, words, type, completion) {
    const input = h("input", {
        id, type, name: id, autocomplete: completion, autocapitalize: "none", spellcheck: "false", maxlength: type === "text" ? "200" : null,
    });
    return { input, element: h("label.field", { for: id }, words, input) };
}
