extension Routes {
    /// What organisations are told.
    static let alerts: [Route] = [
        Route(
            api(.word("alerts")), "alerts", "Alerts, the worst first.",
            [
                Parameter(
                    name: "state",
                    kind: .choice(
                        ["going", "watching", "open", "ongoing", "quiet", "closed", "all"], standard: "going"),
                    note: "Only those in this state; going: open, ongoing and quiet."),
                Parameter(
                    name: "severity", kind: .choice(["low", "medium", "high"], standard: nil),
                    note: "Of this severity or more."),
                Parameter(name: "organisation", kind: .code, note: "Of the organisation with this code."), limit,
            ], members: ["at": "string", "alerts": "array"], by: .question(Questions.together(Questions.alerts))),
        Route(
            api(
                .word("alert"),
                .parameter(
                    Parameter(
                        name: "id", kind: .integer(1...999_999_999_999_999, standard: nil), note: "Number of the alert."
                    ))),
            "alert", "An alert with its evidence and history.",
            members: [
                "alert": "object", "sensors": "array", "services": "array", "days": "array", "history": "array",
                "notices": "array", "messages": "array",
            ], by: .question(Questions.together(Questions.alert))),
    ]
}
