import FlowModel

extension Planner {
    /// The first combinations of dimensions by packets, and what all of them are together.
    func groups(_ dimensions: [Question.Dimension], _ limit: Int, _ asked: Asked) throws(QuestionError) -> Plan {
        guard (1...3).contains(dimensions.count), Set(dimensions).count == dimensions.count else {
            throw QuestionError("groups are of one to three dimensions, each once: \(Question.Dimension.words)")
        }
        let named = dimensions.map(\.rawValue).joined(separator: " by ")
        func suits(_ relation: Relation) -> Bool { Set(dimensions).isSubset(of: relation.dimensions) }
        let relation = try relation(for: asked, named, where: suits)
        let unit = unit(of: relation, asked)
        let span = asked.span.widened(to: unit)
        let record = record(
            relation, asked, span: span, unit: unit,
            needsOrigin: !Set(dimensions).isDisjoint(with: [.country, .network]), isBySite: dimensions.contains(.site))
        var statement = Statement()
        let keys = dimensions.flatMap(\.keys).reduce(into: [(name: String, text: String)]()) { keys, key in
            if !keys.contains(where: { $0.name == key.name }) { keys.append(key) }
        }
        let records = record.expressions(&statement)
        let unsure = relation.unsure
        let lenient = Condition.lenient(record.filter, unsure: unsure, &statement)
        let isSure = record.filter?.fields.isDisjoint(with: unsure) ?? true
        let condition = isSure ? "true" : Condition.text(record.filter, &statement)
        let union = Union(record, hll: facts.hllSchema)
        let hasNames = dimensions.contains(.network)
        let names = keys.map(\.name).joined(separator: ", ")
        let told = keys.map { "g.\($0.name)" }.joined(separator: ", ")
        let same = keys.map { "g.\($0.name) = r.\($0.name)" }.joined(separator: " AND ")
        let most = statement.bind("\(max(0, min(limit, 10_000)))", "int8")
        // Rows without a port, or of networks that have none of their own, are in the total alone.
        let known = keys.map { "r.\($0.name) IS NOT NULL" }.joined(separator: " AND ")
        statement.text = """
            WITH \(records), chosen AS \(record.isWorld ? "NOT " : "")MATERIALIZED (
                SELECT \(keys.map { "\($0.text) AS \($0.name)" }.joined(separator: ", ")), r.packets,
                    \(hasNames ? "r.as_name" : "NULL::text") AS as_name, \(record.counted), (\(condition)) AS is_sure
                FROM record r WHERE \(lenient)
            ), picked AS MATERIALIZED (
                SELECT \(names), sum(r.packets) AS packets, max(r.as_name) AS as_name FROM chosen r WHERE r.is_sure AND \(known)
                GROUP BY \(names) ORDER BY packets DESC, \(names) LIMIT \(most)
            ), counted AS (
                SELECT \(told), g.packets, g.as_name, \(union.sources) AS sources, \(union.quality) AS quality
                FROM picked g JOIN chosen r ON \(same) WHERE r.is_sure GROUP BY \(told), g.packets, g.as_name
            )
            SELECT true AS is_total, \(dimensions.columns.map { _ in "NULL" }.joined(separator: ", ")),
                coalesce(sum(r.packets) FILTER (WHERE r.is_sure), 0) AS packets, NULL::int8, NULL::text,
                coalesce(sum(r.packets) FILTER (WHERE r.is_sure IS NULL), 0) AS undecided
            FROM chosen r
            UNION ALL
            (SELECT false, \(dimensions.told), g.packets, g.sources, g.quality, NULL FROM counted g
                ORDER BY g.packets DESC, \(told))
            """
        return Plan(
            rows: statement, coverage: coverage(record, asked), views: [record.name], span: span, unit: unit,
            scanners: asked.scanners, mostPackets: relation == .flows ? Planner.mostFlowPackets : nil,
            instead: instead(asked, where: suits), notes: notes(record, .ports, asked),
            columns: dimensions.columns + ["packets", "sources", "sources_precision"])
    }

    /// Seconds of the spans that answer about a span as a whole.
    func unit(of relation: Relation, _ asked: Asked) -> Int64 {
        switch relation {
        case .ports: asked.scanners == .all && asked.span.seconds < 3_600 ? 300 : 3_600
        case .totals, .countries, .networks: 3_600
        case .signatures, .firstSources, .daySources: 86_400
        // Windows have a minute each; those that are longer count where they start, as everywhere.
        case .flows: 60
        }
    }
}

extension Question.Dimension {
    /// All there are, for messages.
    static let words = allCases.map(\.rawValue).joined(separator: ", ")

    /// Columns of a row `r` of a record, with the names that they get.
    var keys: [(name: String, text: String)] {
        switch self {
        case .port: [("class", "r.class"), ("port", "r.port")]
        case .country: [("country", "r.country")]
        case .network: [("asn", "r.asn")]
        case .site: [("site", "r.site")]
        case .class: [("class", "r.class")]
        case .proto: [("proto", Question.Dimension.protocolOfClass)]
        }
    }

    private static let protocolOfClass: String = {
        let names = Dictionary(grouping: TrafficClass.allCases, by: \.protocolName)
        let cases = names.sorted { $0.key < $1.key }.map { name, classes in
            "WHEN r.class IN (\(classes.map { "'\($0.name)'" }.joined(separator: ", "))) THEN '\(name)'"
        }
        return "CASE \(cases.joined(separator: " ")) END"
    }()
}

extension [Question.Dimension] {
    /// Names of the columns of an answer.
    package var columns: [String] {
        reduce(into: []) { columns, dimension in
            let own =
                switch dimension {
                case .port: ["class", "service_port", "name"]
                case .country: ["country"]
                case .network: ["asn", "as_name"]
                case .site: ["site"]
                case .class: ["class"]
                case .proto: ["proto"]
                }
            columns += own.filter { !columns.contains($0) }
        }
    }

    /// Those columns of a group `g`.
    fileprivate var told: String {
        columns.map { column in
            switch column {
            case "service_port": "g.port"
            case "name": "api.port_name(g.class, g.port)"
            case "country": "nullif(g.country, '')"
            case "asn": "nullif(g.asn, 0)"
            default: "g.\(column)"
            }
        }.joined(separator: ", ")
    }
}
