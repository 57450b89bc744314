/// A setting of an organisation; the raw value is its name for people, and that of its column in an imported file.
package enum OrganisationField: String, Sendable, Hashable, CaseIterable {
    case name, kind, country, language, tlp, zone, quiet, digest
    case dailyCap = "daily_cap"
    case leastPackets = "least_packets"
    case leastAddresses = "least_addresses"
    case cleanHours = "clean_hours"

    /// The words that it may be; empty when it is another kind of text.
    package var words: [String] {
        switch self {
        case .kind: ["local-government", "national-cert", "isp", "other"]
        case .tlp: ["clear", "green", "amber", "amber+strict", "red"]
        case .digest: ["hourly", "daily"]
        default: []
        }
    }

    /// The numbers that it may be; nil when it is none.
    package var numbers: ClosedRange<Int>? {
        switch self {
        case .dailyCap: 1...1_000
        case .leastPackets: 1...1_000_000
        case .leastAddresses: 1...65_536
        case .cleanHours: 1...720
        default: nil
        }
    }

    /// What it is when nothing is said; nil for a name, which must be, and for what is not told.
    package var standard: String? {
        switch self {
        case .name, .country, .quiet: nil
        case .kind: "other"
        case .language: "en"
        case .tlp: "amber"
        case .zone: "UTC"
        case .digest: "daily"
        case .dailyCap, .leastPackets: "10"
        case .leastAddresses: "3"
        case .cleanHours: "24"
        }
    }

    /// Columns of meta.organisation and the type of each; the value is one text for each column, between hyphens.
    var columns: [(name: String, type: String)] {
        switch self {
        case .quiet: [("quiet_from", "time"), ("quiet_until", "time")]
        case .dailyCap, .leastPackets, .leastAddresses, .cleanHours: [(rawValue, "int4")]
        default: [(rawValue, "text")]
        }
    }
}

/// What is said of an organisation: some of its settings, or all of them.
package struct OrganisationSettings: Sendable, Hashable {
    /// By field; nil takes away what an organisation need not have: its country, its quiet hours.
    package var values: [OrganisationField: String?]

    package init(_ values: [OrganisationField: String?] = [:]) { self.values = values }

    package var isEmpty: Bool { values.isEmpty }

    /// The value of a field; nil when nothing is said, or that there is none.
    package subscript(field: OrganisationField) -> String? { values[field] ?? nil }

    /// What is said here and not so in `other`.
    package func differing(from other: OrganisationSettings) -> OrganisationSettings {
        OrganisationSettings(values.filter { other[$0.key] != $0.value })
    }

    /// Columns of meta.organisation, their types, and their values as parameters, in the order of the fields.
    var assignments: [(name: String, type: String, value: String?)] {
        OrganisationField.allCases.flatMap { field -> [(name: String, type: String, value: String?)] in
            guard let value = values[field] else { return [] }
            let columns = field.columns
            guard columns.count > 1 else { return [(columns[0].name, columns[0].type, value)] }
            let parts = value?.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
            return columns.enumerated().map { place, column in
                (column.name, column.type, parts.map { place < $0.count ? $0[place] : "" })
            }
        }
    }
}
