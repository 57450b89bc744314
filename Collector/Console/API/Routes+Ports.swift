import Query

extension Routes {
    private static let port: [Route.Segment] = [
        .word("port"),
        .parameter(Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Traffic class.")),
        .parameter(
            Parameter(
                name: "port", kind: .integer(0...65_535, standard: nil),
                note: "Service port; of ICMP type * 256 + code.")),
    ]

    /// What is asked for.
    static let ports: [Route] = [
        Route(
            api(.word("ports")), "ports",
            "The first ports, of all sources, without or of research scanners only, each beside the same hours a week before at "
                + "the sites that observed both.",
            span + [
                scanners,
                Parameter(
                    name: "by", kind: .choice(["sources", "packets", "sites"], standard: "sources"),
                    note: "What ranks them."),
                Parameter(
                    name: "compare", kind: .choice(["yes", "no"], standard: "yes"),
                    note: "Whether the week before is read too."), limit,
            ],
            members: [
                "span": "object", "scanners": "string", "ports": "array", "comparison": "object or null",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.ports))),
        Route(
            api() + port, "port",
            "A port over time and by site, of all sources, without and of scanners, and when each site first saw it; at most "
                + "366 days.", span + [step],
            members: [
                "span": "object", "class": "string", "service_port": "integer", "name": "string or null",
                "step": "string", "series": "array", "views": "object", "sites": "object", "first_seen": "array",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.port))),
        Route(
            api() + port + [.word("flows")], "port_flows",
            "What only flows know of a port: dark addresses that were asked, tools, and other ports of its sources; at most 31 "
                + "days and 20 million packets.", span + [scanners, limit],
            members: [
                "span": "object", "class": "string", "service_port": "integer", "scanners": "string", "total": "object",
                "shared": "array", "tools": "array", "coverage": "array",
            ], by: .question(Questions.together(Questions.portFlows))),
        Route(
            api(.word("new")), "new",
            "Ports, countries or sources that are new or rise in the newest hour or 24 hours of the span that are over.",
            span + [
                Parameter(
                    name: "of", kind: .choice(["ports", "countries", "sources"], standard: "ports"),
                    note: "What rows are of."),
                Parameter(
                    name: "unit", kind: .choice(["hour", "day"], standard: "hour"), note: "How long it is looked at."),
                limit,
            ],
            members: [
                "span": "object", "of": "string", "unit": "string", "new": "array", "rising": "array",
                "surges": "array", "coverage": "array",
            ], by: .question(Questions.together(Questions.news))),
    ]
}
