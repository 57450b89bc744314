import Query

extension Routes {
    /// What came, in time and by port, country, network, site and header signature.
    static let traffic: [Route] = [
        Route(
            api(.word("series")), "series",
            "Packets and distinct sources in every bin; null is not observed, 0 is no packet.",
            span + [
                step,
                Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Only this traffic class."),
                Parameter(
                    name: "port", kind: .integer(0...65_535, standard: nil),
                    note: "Only this service port; of ICMP type * 256 + code."),
                Parameter(name: "site", kind: .code, note: "Only what this site saw."),
                Parameter(
                    name: "sources", kind: .choice(["yes", "no"], standard: "yes"),
                    note: "Whether distinct sources are counted, which costs more."),
            ], members: ["span": "object", "step": "string", "series": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.series))),
        Route(
            api(.word("ports")), "ports", "The first ports, of all sources, without or of research scanners only.",
            span + [
                scanners,
                Parameter(
                    name: "by", kind: .choice(["sources", "packets", "sites"], standard: "sources"),
                    note: "What ranks them."),
                limit,
            ], members: ["span": "object", "scanners": "string", "ports": "array", "coverage": "array"],
            by: .question(Questions.together(Questions.ports))),
        Route(
            api(
                .word("port"),
                .parameter(Parameter(name: "class", kind: .choice(classes, standard: nil), note: "Traffic class.")),
                .parameter(
                    Parameter(
                        name: "port", kind: .integer(0...65_535, standard: nil),
                        note: "Service port; of ICMP type * 256 + code."))), "port",
            "A port over time and by site, of all sources, without and of scanners; at most 366 days.", span + [step],
            members: [
                "span": "object", "class": "string", "service_port": "integer", "name": "string or null",
                "step": "string", "series": "array", "sites": "object", "coverage": "array",
            ], by: .question(Questions.together(Questions.port))),
    ]
}
