import Query

extension Routes {
    /// What a filter lets in.
    static let filtered: [Route] = [
        Route(
            api(
                .word("filtered"), .word("top"),
                .parameter(
                    Parameter(
                        name: "subject", kind: .choice(Question.Subject.allCases.map(\.rawValue), standard: nil),
                        note: "What the rows are of."))),
            "top",
            "The first ports, sources, countries, networks, sites or header signatures of what a filter lets in.",
            span + [
                filter, scanners,
                Parameter(
                    name: "by", kind: .choice(Question.Order.allCases.map(\.rawValue), standard: nil),
                    note: "What ranks them; without it sources, and packets for sources."), limit,
            ], members: ["subject": "string", "by": "string", "total": "object", "rows": "array"],
            by: .question(Searches.top)
        ).with(Searches.members),
        Route(
            api(.word("filtered"), .word("series")), "filtered_series",
            "Packets and distinct sources in every bin of what a filter lets in; null is not observed, 0 is no packet.",
            span + [
                step, filter, scanners,
                Parameter(
                    name: "previous", kind: .choice(["yes", "no"], standard: "no"),
                    note: "Whether the span of the same length before is told beside it, bin by bin."),
            ], members: ["step": "string", "rows": "array", "previous": "object or null"],
            by: .question(Searches.series)
        ).with(Searches.members),
        Route(
            api(
                .word("filtered"), .word("stack"),
                .parameter(
                    Parameter(
                        name: "subject", kind: .choice(Searches.layered.map(\.rawValue), standard: nil),
                        note: "What the layers are of."))), "stack",
            "The first ports, countries, networks or sites over the span, each in every bin, and all others together; null is "
                + "not observed, 0 is no packet.",
            span + [
                step, filter, scanners,
                Parameter(
                    name: "by", kind: .choice(Question.Order.allCases.map(\.rawValue), standard: "packets"),
                    note: "What ranks them."),
                Parameter(name: "n", kind: .integer(1...40, standard: 8), note: "Layers at most."),
                Parameter(
                    name: "measure", kind: .choice(["packets", "sources"], standard: "packets"),
                    note:
                        "What the values of bins are; sources of several layers do not add up, so there are no others."),
            ],
            members: [
                "subject": "string", "by": "string", "measure": "string", "step": "string", "bins": "array",
                "layers": "array", "other": "object",
            ], by: .question(Searches.stack)
        ).with(Searches.members),
        Route(
            api(.word("filtered"), .word("groups")), "groups",
            "The first combinations of up to three dimensions by packets, and all of them together.",
            span + [
                filter, scanners,
                Parameter(
                    name: "by", kind: .choices(Question.Dimension.allCases.map(\.rawValue), most: 3),
                    note: "The dimensions; without them port."),
                Parameter(name: "n", kind: .integer(1...1_000, standard: 50), note: "Rows at most."),
            ], members: ["by": "array", "total": "object", "rows": "array"], by: .question(Searches.groups)
        ).with(Searches.members),
    ]
}
