extension Routes {
    /// Who sent it.
    static let sources: [Route] = [
        Route(
            api(.word("sources")), "sources",
            "The sources with the most packets in the days (UTC) that hold the span and are over; at most 31 days.",
            span + [limit], members: ["span": "object", "sources": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.sources))),
        Route(
            api(
                .word("source"),
                .parameter(
                    Parameter(
                        name: "block", kind: .block,
                        note: "An address, or a block whose slash is written %2F."))),
            "source", "What is known of an address or a block, by day (UTC).", span + [limit],
            members: [
                "span": "object", "block": "string", "identity": "object", "days": "array", "sites": "array",
                "scans": "array", "attacks": "array",
            ], by: .question(Questions.together(Questions.source))),
    ]
}
