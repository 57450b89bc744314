import FlowModel

/// Makes SQL of filters.
///
/// The columns have the names of the fields. Where a row cannot tell, because it stands for several ports, networks or
/// sources, its column is NULL, and so is the condition: such packets are neither in the answer nor outside of it.
struct Condition {
    /// The condition on a row `r`.
    static func text(_ filter: Filter?, _ statement: inout Statement) -> String {
        guard let filter else { return "true" }
        switch filter {
        case .all(let parts): return joined(parts, " AND ", &statement)
        case .any(let parts): return joined(parts, " OR ", &statement)
        case .not(let inner): return "NOT (\(text(inner, &statement)))"
        case .term(let term): return text(term, &statement)
        }
    }

    /// The condition on a row `r` that may meet the filter: each conjunct by itself, so that an index can serve those that
    /// are sure.
    static func lenient(_ filter: Filter?, unsure: Set<FilterField>, _ statement: inout Statement) -> String {
        var texts: [String] = []
        for part in filter?.conjuncts ?? [] {
            let text = text(part, &statement)
            texts.append(part.fields.isDisjoint(with: unsure) ? text : "(\(text)) IS NOT FALSE")
        }
        return texts.isEmpty ? "true" : texts.joined(separator: " AND ")
    }

    private static func joined(_ parts: [Filter], _ word: String, _ statement: inout Statement) -> String {
        var texts: [String] = []
        for part in parts { texts.append(text(part, &statement)) }
        return "(" + texts.joined(separator: word) + ")"
    }

    private static func text(_ term: Filter.Term, _ statement: inout Statement) -> String {
        switch term.comparison {
        case .holds: return term.field == .scanner ? "r.scanner" : "r.backscatter"
        case .equals, .isIn: return membership(term.field, term.values, &statement)
        case .differs: return "NOT (\(membership(term.field, term.values, &statement)))"
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            // Only ports have an order.
            return "r.port \(term.comparison.rawValue) \(statement.bind(term.values[0].description, "int4"))"
        }
    }

    private static func membership(
        _ field: FilterField, _ values: [FilterValue], _ statement: inout Statement
    ) -> String {
        switch field {
        case .proto:
            let classes = TrafficClass.allCases.filter { values.contains(.word($0.protocolName)) }
            return "r.class = ANY (\(statement.bind(classes.map { .word($0.name) }, "text")))"
        case .class: return "r.class = ANY (\(statement.bind(values, "text")))"
        case .port: return "r.port = ANY (\(statement.bind(values, "int4")))"
        case .country: return "r.country = ANY (\(statement.bind(known(values, .word("")), "text")))"
        case .asn: return "r.asn = ANY (\(statement.bind(known(values, .number(0)), "int8")))"
        case .site: return "r.site = ANY (\(statement.bind(values, "text")))"
        case .sensor: return "r.sensor = ANY (\(statement.bind(values, "text")))"
        case .source: return "r.source <<= ANY (\(statement.bind(values, "inet")))"
        case .family: return "r.family = ANY (\(statement.bind(values, "int2")))"
        case .tool: return "r.tool = ANY (\(statement.bind(values, "text")))"
        case .signature: return "r.signature = ANY (\(statement.bind(values, "int8")))"
        case .scanner, .backscatter: return "r.\(field.rawValue)"
        }
    }

    /// The values with what stands for the word unknown in columns.
    private static func known(_ values: [FilterValue], _ unknown: FilterValue) -> [FilterValue] {
        values.map { $0 == .word("unknown") ? unknown : $0 }
    }
}

extension TrafficClass {
    /// What filters call the protocol of a class. A transport header that is cut short makes its class `other`.
    var protocolName: String {
        switch self {
        case .tcpSyn, .tcpSynAck, .tcpRst, .tcpOther: "tcp"
        case .udpProbe, .udpResponse: "udp"
        case .icmpRequest, .icmpReply, .icmpError, .icmpOther: "icmp"
        case .fragment, .other: "other"
        }
    }
}

extension Filter {
    /// The choice of scanners that the conjuncts make, and what is left of the filter.
    ///
    /// Rollups are kept with and without scanners, so this choice is cheap where a condition would not be.
    func splittingScanners() -> (choice: ScannerChoice, rest: Filter?) {
        var choice = ScannerChoice.all
        var rest: [Filter] = []
        for part in conjuncts {
            switch part {
            case .term(let term) where term.field == .scanner && choice != .without: choice = .only
            case .not(.term(let term)) where term.field == .scanner && choice != .only: choice = .without
            default: rest.append(part)
            }
        }
        return (choice, rest.isEmpty ? nil : .conjunction(rest))
    }
}
