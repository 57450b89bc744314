import Query

extension Routes {
    /// What came, in time and of what a filter lets in.
    static let traffic: [Route] = [
        Route(
            api(.word("series")), "series",
            "Packets and distinct sources in every bin; null is not observed, 0 is no packet.",
            span + [
                step, scanners,
                Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Only this traffic class."),
                Parameter(
                    name: "port", kind: .integer(0...65_535, standard: nil),
                    note: "Only this service port; of ICMP type * 256 + code."),
                Parameter(name: "site", kind: .code, note: "Only what this site saw."),
                Parameter(
                    name: "sources", kind: .choice(["yes", "no"], standard: "yes"),
                    note: "Whether distinct sources are counted, which costs more."),
            ],
            members: [
                "span": "object", "step": "string", "scanners": "string", "series": "array", "coverage": "array",
            ],
            by: .question(Questions.together(Questions.series)))
    ]
}
