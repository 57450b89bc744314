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

    /// What it is when it is not given, as PostgreSQL reads it; nil for what follows from the span or the database.
    var standard: String? {
        switch self {
        case .since, .until, .zone, .firstDay, .endDay, .at, .day, .year, .site: nil
        case .within: "1 hour"
        case .class: "tcp-syn"
        case .port: "23"
        case .address: "192.0.2.1"
        case .block: "192.0.2.0/24"
        case .signature, .alert: "1"
        case .country: "ID"
        case .asn: "64500"
        case .organisation: ""
        case .most: "20"
        case .leastSources: "2"
        case .leastSites: "3"
        }
    }

    /// Its parameter in the API, which is never given by itself; nil for what follows from the span.
    var parameter: Parameter? {
        kind.map { kind in
            Parameter(
                name: rawValue, kind: kind,
                note: note + (standard.map { $0.isEmpty ? "" : "; without it \($0)" } ?? "") + ".")
        }
    }

    private var kind: Parameter.Kind? {
        switch self {
        case .since, .until, .zone, .firstDay, .endDay: nil
        case .at: .moment(standard: nil)
        case .within: .choice(["5 minutes", "20 minutes", "1 hour", "6 hours"], standard: nil)
        case .day: .day
        case .year: .integer(2000...9_998, standard: nil)
        case .site, .organisation: .code
        case .class: .choice(Routes.classes, standard: nil)
        case .port: .integer(0...65_535, standard: nil)
        case .address, .block: .block
        case .signature: .signature
        case .country: .country
        case .asn: .integer(1...4_294_967_295, standard: nil)
        case .alert: .integer(1...999_999_999_999_999, standard: nil)
        case .leastSources: .integer(1...1_000_000, standard: nil)
        case .leastSites: .integer(1...10_000, standard: nil)
        case .most: .integer(1...1_000, standard: nil)
        }
    }

    private var note: String {
        switch self {
        case .since, .until, .zone, .firstDay, .endDay: "Of the span"
        case .at: "The hour that is asked about, by its start; without it the last that is measured"
        case .within: "Length of the time that is asked about"
        case .day: "A day (UTC); without it yesterday"
        case .year: "A year; without it this one"
        case .site: "Code of a site; without it the first"
        case .class: "Traffic class"
        case .port: "Service port; of ICMP type * 256 + code"
        case .address: "An address or a block"
        case .block: "A block"
        case .signature: "Number of a header signature"
        case .country: "Code of a country"
        case .asn: "Number of an autonomous system"
        case .organisation: "Code of an organisation; without it all"
        case .alert: "Number of an alert"
        case .leastSources: "Sources at least"
        case .leastSites: "Sites at least"
        case .most: "Rows at most"
        }
    }
}
