extension Routes {
    /// Who sent it.
    static let sources: [Route] = [
        Route(
            api(.word("sources")), "sources",
            "The addresses or blocks (IPv4 /24, IPv6 /48) with the most packets in the days (UTC) that hold the span and are "
                + "over; at most 31 days.",
            span + [
                Parameter(
                    name: "of", kind: .choice(["addresses", "blocks"], standard: "addresses"), note: "What rows are of."
                ),
                scanners, limit,
            ],
            members: [
                "span": "object", "of": "string", "scanners": "string", "days": "object", "sources": "array",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.sources))),
        Route(
            api(
                .word("source"),
                .parameter(
                    Parameter(
                        name: "block", kind: .block,
                        note: "An address, or a block whose slash is written %2F."))),
            "source",
            "What is known of an address or a block, by day (UTC); alerts are null for those who may not read them.",
            span + [limit],
            members: [
                "span": "object", "block": "string", "identity": "object", "scanner_entries": "array", "days": "array",
                "sites": "array", "tools": "array", "scans": "array", "attacks": "array", "alerts": "array or null",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.source))),
        Route(
            api(
                .word("network"),
                .parameter(
                    Parameter(
                        name: "asn", kind: .integer(1...4_294_967_295, standard: nil),
                        note: "Number of an autonomous system."))),
            "network", "What a network sent in the hours (UTC) of the span, and how many addresses it announces.",
            span + [limit],
            members: [
                "span": "object", "asn": "integer", "as_name": "string or null", "totals": "array",
                "announced_addresses": "integer or null", "announced": "array", "origins": "object or null",
                "coverage": "array",
            ], by: .question(Questions.together(Questions.network))),
        Route(
            api(
                .word("country"),
                .parameter(Parameter(name: "country", kind: .country, note: "ISO 3166-1 alpha-2."))),
            "country",
            "What a country sent in the hours (UTC) of the span, and how many addresses are announced there.",
            span + [limit],
            members: [
                "span": "object", "country": "string", "totals": "array", "announced_addresses": "integer or null",
                "announced": "array", "origins": "object or null", "coverage": "array",
            ], by: .question(Questions.together(Questions.country))),
    ]
}
