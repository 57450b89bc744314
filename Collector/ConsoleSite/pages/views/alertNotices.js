// What an organisation was told of an alert, as it went out, and whether it arrived.

import { delivery, event } from "../lib/alertWords.js";
import { Problem } from "../lib/ask.js";
import { fill, h } from "../lib/dom.js";
import { number, plural } from "../lib/format.js";

const REASONS = { first: "first notice", digest: "digest", test: "test" };

/** Fills a panel with the notices of an answer of alert/NUMBER; a notice's text is asked for when it is opened. */
export function notices(panel, answer, context, time) {
    const rows = [...answer.notices].reverse();
    if (!rows.length) {
        const { proof, state } = answer.alert;
        panel.empty(state === "watching" ? "Nothing was told: there is not enough evidence."
            : proof === "claimed" ? "Nothing was told: nobody has proven that the block is the organisation's."
                : answer.organisation.contacts > 0 ? "Nothing was told yet." : "Nothing was told: the organisation has no contact.");
        return;
    }
    panel.show(rows.map((row) => notice(row, answer.messages.filter((message) => message.notice === row.id), context, time)));
}

function notice(row, messages, context, time) {
    const text = h("div.notice-text", {}, h("p.note", {}, "Asking …"));
    let isAsked = false;
    async function open(event) {
        if (!event.target.open || isAsked) return;
        isAsked = true;
        try {
            show(text, await context.ask(`notice/${row.id}`, {}), time);
        } catch (error) {
            if (error.name === "AbortError") return;
            isAsked = false;
            fill(text, h("p.bad", { role: "alert" }, error instanceof Problem ? error.message : "The notice cannot be shown."));
        }
    }
    return h("article.notice", {},
        h("p", {}, h("strong", {}, REASONS[row.reason] ?? row.reason), ` ${row.id}: `, event(row.news), `, ${plural(row.new_packets, "new packet")}, one of ${plural(row.items, "item")}, `, time(row.made_at)),
        h("ul.plain", {}, messages.map((message) => h("li", {}, delivery(message.state), ` by ${message.channel} to `, h("code", {}, message.target), ` as ${message.format}, ${plural(message.attempts, "attempt")}`,
            message.delivered_at ? [", ", time(message.delivered_at)] : null, message.problem ? h("div.note", {}, message.problem) : null)),
        messages.length ? null : h("li", {}, "to nobody: the organisation had no contact")),
        h("details", { on: { toggle: open } }, h("summary", {}, "As it went out"), text));
}

function show(element, { mail, deliveries }, time) {
    fill(element,
        mail ? [h("p", {}, h("strong", {}, mail.subject), h("span.note", {}, ` in ${mail.language}`)), h("pre", { lang: mail.language, tabindex: "0", "aria-label": "Text of the mail" }, mail.body),
            h("p.note", {}, "Name and address of the reporter are those of the collector that delivers.")]
            : h("p", {}, "The notice holds what this console does not know. A newer one can show it."),
        deliveries.length ? h("p", {}, `${number(deliveries.length)} ${deliveries.length === 1 ? "attempt" : "attempts"} to deliver:`) : null,
        h("ol.history", {}, deliveries.map((attempt) => h("li", {}, h("span.note", {}, time(attempt.at)), ` ${attempt.outcome} by ${attempt.channel}`,
            attempt.detail ? h("div.note", {}, attempt.detail) : null))));
}
