/// A variable of a question of ops/sql: defaults.psql says what each is when it is not given.
enum NoteVariable: String, Sendable, CaseIterable {
    // Of the span that all pages share.
    case since, until, zone
    case firstDay = "first_day"
    case endDay = "end_day"
    // Of the question alone.
    case at, within, day, year, site, `class`, port, address, block, signature, country, asn, organisation, alert
    case most
    case leastSources = "least_sources"
    case leastSites = "least_sites"

    /// How PostgreSQL takes it.
    var type: String {
        switch self {
        case .since, .until, .at: "timestamptz"
        case .firstDay, .endDay, .day: "date"
        case .within: "interval"
        case .address, .block: "inet"
        case .signature, .asn, .alert: "int8"
        case .port, .year, .leastSources, .leastSites, .most: "int4"
        case .zone, .site, .class, .country, .organisation: "text"
        }
    }

    /// Its parameter in the API; nil for what follows from the span.
    var parameter: Parameter? {
        switch self {
        case .since, .until, .zone, .firstDay, .endDay: nil
        case .at:
            Parameter(
                name: rawValue, kind: .moment(standard: nil),
                note: "The hour that is asked about, by its start; without it the last that is measured.")
        case .within:
            Parameter(
                name: rawValue, kind: .choice(["5 minutes", "20 minutes", "1 hour", "6 hours"], standard: "1 hour"),
                note: "Length of the time that is asked about.")
        case .day: Parameter(name: rawValue, kind: .day, note: "A day (UTC); without it yesterday.")
        case .year:
            Parameter(name: rawValue, kind: .integer(2000...9_998, standard: nil), note: "A year; without it this one.")
        case .site: Parameter(name: rawValue, kind: .code, note: "Code of a site; without it the first.")
        case .class:
            Parameter(name: rawValue, kind: .choice(Routes.classes, standard: "tcp-syn"), note: "Traffic class.")
        case .port: integer(0...65_535, 23, "Service port; of ICMP type * 256 + code.")
        case .address: Parameter(name: rawValue, kind: .block, note: "An address or a block; without it 192.0.2.1.")
        case .block: Parameter(name: rawValue, kind: .block, note: "A block; without it 192.0.2.0/24.")
        case .signature: Parameter(name: rawValue, kind: .signature, note: "Number of a header signature.")
        case .country:
            Parameter(name: rawValue, kind: .country, note: "Two letters of ISO 3166-1; without them ID.")
        case .asn: integer(1...4_294_967_295, 64_500, "Number of an autonomous system.")
        case .organisation:
            Parameter(name: rawValue, kind: .code, note: "Code of an organisation; without it all.")
        case .alert: integer(1...999_999_999_999_999, 1, "Number of an alert.")
        case .leastSources: integer(1...1_000_000, 2, "Sources at least.")
        case .leastSites: integer(1...10_000, 3, "Sites at least.")
        case .most: integer(1...1_000, 20, "Rows at most.")
        }
    }

    private func integer(_ range: ClosedRange<Int>, _ standard: Int, _ note: String) -> Parameter {
        Parameter(name: rawValue, kind: .integer(range, standard: standard), note: note)
    }
}
