import FlowModel

/// What a filter can ask of traffic.
package enum FilterField: String, Hashable, Sendable, CaseIterable {
    /// tcp, udp, icmp or other, by the traffic class: the same in every view.
    case proto
    /// Traffic class, `tcp-syn`.
    case `class`
    /// Service port: destination of probes, source of backscatter, of ICMP type * 256 + code.
    case port
    /// Country of the source by the table of origins of its time; `unknown` where it has none.
    case country
    /// Autonomous system of the source; `unknown` where the table has none.
    case asn
    /// Code of the site that saw it.
    case site
    /// Name of the sensor that saw it.
    case sensor
    /// Source address, or the block that it is in.
    case source
    /// IP version, 4 or 6.
    case family
    /// Tool by which a source scanned in a day: zmap, masscan, mirai or none.
    case tool
    /// Number of the header signature of a flow's first packet: api.signature.id.
    case signature
    /// Whether the source is labelled as a scanner: api.scanner.
    case scanner
    /// Whether the packets answer packets with forged dark sources.
    case backscatter

    /// Whether it holds by itself, without a comparison.
    package var isFlag: Bool { self == .scanner || self == .backscatter }

    /// Whether it has an order: `<` and its like.
    package var isOrdered: Bool { self == .port }

    /// What its values look like, for messages.
    package var expected: String {
        switch self {
        case .proto: "tcp, udp, icmp or other"
        case .class: TrafficClass.allCases.map(\.name).joined(separator: ", ")
        case .port: "a number from 0 to 65535"
        case .country: "two letters of ISO 3166-1, such as SG, or unknown"
        case .asn: "a number of an autonomous system, such as 64500, or unknown"
        case .site: "the code of a site, such as sg-1"
        case .sensor: "the name of a sensor, such as edge"
        case .source: "an address or a block, such as 192.0.2.1 or 2001:db8::/32"
        case .family: "4 or 6"
        case .tool: "zmap, masscan, mirai or none"
        case .signature: "the number of a header signature, as top signatures tells it"
        case .scanner, .backscatter: "nothing after it"
        }
    }

    /// What it is, as a line beside its name.
    package var meaning: String {
        switch self {
        case .proto: "protocol, by the traffic class"
        case .class: "traffic class"
        case .port: "destination of probes, source of answers; of ICMP type * 256 + code"
        case .country: "country of the source"
        case .asn: "autonomous system of the source"
        case .site: "site that saw it"
        case .sensor: "sensor that saw it"
        case .source: "source address, or the block that it is in"
        case .family: "IP version"
        case .tool: "tool by which a source scanned in a day"
        case .signature: "header signature of a flow's first packet"
        case .scanner: "the source is labelled as a scanner of research"
        case .backscatter: "answers to packets with forged dark sources"
        }
    }

    /// How it can be compared, the most usual first.
    package var comparisons: [Filter.Comparison] {
        if isFlag { return [.holds] }
        return [.equals, .differs, .isIn] + (isOrdered ? [.less, .lessOrEqual, .greater, .greaterOrEqual] : [])
    }

    /// The words that it can have, where they can be counted.
    package var words: [String] {
        switch self {
        case .proto: ["tcp", "udp", "icmp", "other"]
        case .class: TrafficClass.allCases.map(\.name)
        case .tool: ["zmap", "masscan", "mirai", "none"]
        case .country, .asn: ["unknown"]
        default: []
        }
    }

    /// The value that a word stands for; nil when the field has none of the kind.
    package func value(_ word: String) -> FilterValue? {
        let lower = word.lowercased()
        if words.contains(lower) { return .word(lower) }
        switch self {
        case .port: return number(word, 0...65_535)
        case .family: return number(word, 4...6).flatMap { $0 == .number(5) ? nil : $0 }
        case .asn: return number(lower.hasPrefix("as") ? String(lower.dropFirst(2)) : word, 1...4_294_967_295)
        case .signature:
            // Numbers of signatures are digests, of either sign; 0 stands for those without a row.
            let digits = word.hasPrefix("-") ? word.dropFirst() : word[...]
            guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(word), number != 0 else {
                return nil
            }
            return .number(number)
        case .country:
            let isCode = word.utf8.count == 2 && word.utf8.allSatisfy { (0x41...0x5A).contains($0 & 0xDF) }
            return isCode ? .word(word.uppercased()) : nil
        case .site, .sensor:
            let isName = lower.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
            }
            return isName && lower.first != "-" && (1...32).contains(lower.utf8.count) ? .word(lower) : nil
        case .source: return Prefix(word).map { .block($0) }
        case .proto, .class, .tool, .scanner, .backscatter: return nil
        }
    }

    /// Digits alone, within the range.
    private func number(_ word: String, _ range: ClosedRange<Int64>) -> FilterValue? {
        guard word.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int64(word), range.contains(number)
        else { return nil }
        return .number(number)
    }
}
