extension Routes {
    private static let number = Parameter.Kind.integer(1...999_999_999_999_999, standard: nil)
    static let alertNumber = Parameter(name: "id", kind: number, note: "Number of the alert.")

    /// What organisations are told.
    static let alerts: [Route] = [
        Route(
            api(.word("alerts")), "alerts", "The queue of alerts, the worst first.",
            [
                Parameter(
                    name: "state",
                    kind: .choice(
                        ["going", "watching", "open", "ongoing", "quiet", "closed", "all"], standard: "going"),
                    note: "Only those in this state; going: open, ongoing and quiet."),
                Parameter(
                    name: "severity", kind: .choice(["low", "medium", "high"], standard: nil),
                    note: "Of this severity or more."),
                Parameter(
                    name: "kind", kind: .choice(["internal", "external", "backscatter"], standard: nil),
                    note: "What was seen: internal: it scans dark space of its own organisation."),
                Parameter(
                    name: "finding", kind: .choice(["infection", "misconfiguration", "attack", "none"], standard: nil),
                    note: "What it is taken for."),
                Parameter(
                    name: "acknowledged", kind: .choice(["yes", "no"], standard: nil),
                    note: "Whether a person took note of it."),
                Parameter(name: "organisation", kind: .code, note: "Of the organisation with this code."),
                Parameter(name: "block", kind: .block, note: "Of addresses in this block."),
                Parameter(name: "after", kind: number, note: "Those behind this one: what an answer named as next."),
                limit,
            ],
            members: [
                "at": "string", "states": "array", "organisations": "array", "alerts": "array",
                "next": "integer or null",
            ], by: .question(Questions.together(Questions.alerts))),
        Route(
            api(.word("alert"), .parameter(alertNumber)),
            "alert", "An alert with its evidence and history.",
            members: [
                "at": "string", "alert": "object", "organisation": "object", "sensors": "array", "services": "array",
                "days": "array", "hours": "array", "evidence": "array", "history": "array", "notices": "array",
                "messages": "array",
            ], by: .question(Questions.together(Questions.alert))),
        Route(
            api(.word("notice"), .parameter(Parameter(name: "id", kind: number, note: "Number of the notice."))),
            "notice", "A notice as its mail reads, and every attempt to deliver it.",
            members: [
                "notice": "object", "mail": "object or null", "messages": "array", "deliveries": "array",
            ], by: .question(Questions.together(Questions.notice))),
    ]
}
