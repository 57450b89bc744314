/// The views and functions of schema api that hold traffic, the cheapest first.
enum Relation: Hashable, CaseIterable {
    /// Altogether, of each sensor.
    case totals
    /// By class and service port.
    case ports
    case countries
    case networks
    case signatures
    /// The sources with the most packets of all sites, in days that are over.
    case firstSources
    /// By source, in days that are over.
    case daySources
    /// The flows themselves.
    case flows

    /// What can be asked of it.
    var fields: Set<FilterField> {
        switch self {
        case .totals: [.backscatter, .site, .sensor]
        case .ports: [.proto, .class, .port, .backscatter, .site, .sensor]
        case .countries: [.country, .backscatter, .site, .sensor]
        case .networks: [.asn, .backscatter, .site, .sensor]
        case .signatures: [.signature, .site, .sensor]
        case .firstSources: [.scanner]
        case .daySources: [.source, .family, .tool, .country, .asn, .scanner, .site, .sensor]
        case .flows: Set(FilterField.allCases).subtracting([.tool])
        }
    }

    /// What its rows can be grouped by.
    var subjects: Set<Question.Subject> {
        switch self {
        case .totals: [.sites]
        case .ports: [.ports, .sites]
        case .countries: [.countries, .sites]
        case .networks: [.networks, .sites]
        case .signatures: [.signatures]
        case .firstSources: [.sources]
        case .daySources: [.sources, .countries, .networks, .sites]
        case .flows: Set(Question.Subject.allCases)
        }
    }

    /// What its rows can be told apart by.
    var dimensions: Set<Question.Dimension> {
        switch self {
        case .totals: [.site]
        case .ports: [.port, .class, .proto, .site]
        case .countries: [.country, .site]
        case .networks: [.network, .site]
        case .signatures, .firstSources: []
        case .daySources: [.country, .network, .site]
        case .flows: Set(Question.Dimension.allCases)
        }
    }

    /// The fields that a row cannot tell when it stands for several ports, networks, signatures or sources.
    var unsure: Set<FilterField> {
        switch self {
        case .ports: [.port]
        case .totals, .countries, .firstSources: []
        case .networks: [.asn]
        case .signatures: [.signature]
        case .daySources, .flows: [.source]
        }
    }

    /// Whether it has a row for each source, so that sources are counted.
    var hasSources: Bool { self == .firstSources || self == .daySources || self == .flows }

    /// Whether its rows are kept with and without scanners where parts of the traffic are.
    var isPart: Bool { self == .totals || self == .countries || self == .networks }

    /// Whether it is made of whole days (UTC) that are over.
    var isDaily: Bool { self == .signatures || self == .firstSources || self == .daySources }

    /// What is asked about, in words.
    var name: String {
        switch self {
        case .totals: "api.sensor_traffic_by"
        case .ports: "api.port_traffic"
        case .countries: "api.country_traffic"
        case .networks: "api.as_traffic"
        case .signatures: "api.signature_day"
        case .firstSources: "api.first_source_day"
        case .daySources: "api.source_day"
        case .flows: "api.flow"
        }
    }
}
