import Accounts
import Store

extension Routes {
    private static let note = BodyMember(
        name: "note", kind: .text(0...2_000), isRequired: false, note: "What to write beside it.")

    private static func alert(
        _ word: String, _ name: String, _ summary: String, _ body: [BodyMember], _ source: Route.Source
    ) -> Route {
        Route(
            api(.word("alert"), .parameter(alertNumber), .word(word)), name, summary, method: .post, body: body,
            members: ["alert": "integer", "event": "string"], for: .accounts(.operator), by: source)
    }

    /// What people do. Each is written down with who did it.
    static let changes: [Route] = [
        alert(
            "acknowledge", "acknowledge_alert",
            "Take note of an alert: its growth is told no more. 409 when it is only watched, is closed, or stands so already.",
            [note], .change(Changes.alert { _ in .acknowledge })),
        alert(
            "suppress", "suppress_alert", "Have nothing told of an alert for a time.",
            [
                BodyMember(name: "hours", kind: .number(1...8_784), note: "For how long from now, 366 days at most."),
                note,
            ],
            .change(
                Changes.alert { body in
                    .suppress(until: Changes.now + Int64(body.number("hours") ?? 1) * 3_600)
                })),
        alert(
            "false-positive", "false_alert", "Say that an alert is none: nothing is told of it until it is released.",
            [BodyMember(name: "note", kind: .text(1...2_000), note: "Why.")],
            .change(Changes.alert { _ in .falsePositive })),
        alert(
            "release", "release_alert", "Take back what was said of an alert.", [note],
            .change(Changes.alert { _ in .release })),
        alert(
            "close", "close_alert", "Say that an alert is over; new evidence opens it again.", [note],
            .change(Changes.alert { _ in .close })),
        Route(
            api(.word("reveal")), "reveal",
            "The dark address blocks of a site, which no other answer has. It is written down who was shown them.",
            method: .post, body: [BodyMember(name: "site", kind: .text(1...32), note: "Code of the site.")],
            members: ["site": "string", "mask": "string", "blocks": "array"], for: .accounts(.partner),
            by: .change(Changes.reveal)),
    ]
}
