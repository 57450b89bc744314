/// Rows of a relation in a span, with columns that have the names of the fields, and beside them `start`, `packets`, and
/// for relations that count sources `sources`, `quality` and `sketch`.
struct Record {
    let relation: Relation
    let span: TimeSpan
    let scanners: ScannerChoice
    let filter: Filter?
    /// Seconds of the rollup's spans: those of the greatest that are used.
    let unit: Int64
    /// Whether a subject needs to know where sources are.
    let needsOrigin: Bool
    /// Whether a row is wanted for the time at which it begins, so that rows of one unit alone may be used.
    let isSeries: Bool
    /// Whether rows are those of all sensors together: without sites and sensors, but with the numbers of the sites in
    /// `site_ids`.
    var isWorld = false
    /// Whether there are countries, networks and totals by day, and with and without scanners.
    var hasParts = false

    /// Whether rows have the set of their sources.
    var hasSketches: Bool {
        switch relation {
        case .ports: isWorld || scanners == .all && unit > 300
        case .totals, .countries, .networks, .signatures: true
        case .firstSources, .daySources, .flows: false
        }
    }

    /// Whether rows have beside the set of all their sources the set of those that do not count.
    var hasLabelled: Bool { scanners == .without && (isWorld || relation.isPart) }

    /// The columns of a row `r` that sources are counted by.
    var counted: String {
        relation.hasSources ? "r.source" : "r.sources, r.quality, r.sketch\(hasLabelled ? ", r.labelled" : "")"
    }

    /// What is read.
    var name: String {
        switch relation {
        case .ports where isWorld: "api.world_port_traffic_by"
        case .ports where scanners != .all: "api.port_traffic_by"
        case .totals: isWorld ? "api.world_traffic_by" : "api.sensor_traffic_by"
        case .countries where hasParts: isWorld ? "api.world_country_traffic_by" : "api.country_traffic_by"
        case .networks where hasParts: isWorld ? "api.world_as_traffic_by" : "api.as_traffic_by"
        case .daySources where block != nil: "api.source_history"
        default: relation.name
        }
    }

    /// Days in the middle and hours at the edges, or spans of one unit.
    var pieces: [(unit: Int64, span: TimeSpan)] {
        if relation == .countries || relation == .networks, !hasParts { return [(3_600, span)] }
        guard unit == 3_600, !isSeries, span.seconds > 2 * 86_400 else { return [(unit, span)] }
        let first = -TimeSpan.floor(-span.start, 86_400)
        let last = TimeSpan.floor(span.end, 86_400)
        return [
            (3_600, TimeSpan(start: span.start, end: first)), (86_400, TimeSpan(start: first, end: last)),
            (3_600, TimeSpan(start: last, end: span.end)),
        ].filter { $0.1.seconds > 0 }
    }

    /// The condition on rows `c` of api.coverage that together make up a span.
    static func covering(_ span: TimeSpan, unit: Int64, _ statement: inout Statement) -> String {
        let pieces = Record(
            relation: .ports, span: span, scanners: .all, filter: nil, unit: unit, needsOrigin: false, isSeries: false
        ).pieces
        var spans: [String] = []
        for piece in pieces {
            let since = statement.bind(unixSeconds: piece.span.start)
            let until = statement.bind(unixSeconds: piece.span.end)
            spans.append("c.span = \(piece.unit) AND c.start >= \(since) AND c.start < \(until)")
        }
        return "(" + spans.joined(separator: " OR ") + ")"
    }

    /// One block that all sources must be in, so that they are found by an index.
    private var block: FilterValue? {
        guard let values = filter?.required(.source), values.count == 1 else { return nil }
        return values[0]
    }

    /// Common table expressions that end with `record`.
    func expressions(_ statement: inout Statement) -> String {
        switch relation {
        case .ports where !isWorld: return "record AS NOT MATERIALIZED (\(ports(&statement)))"
        case .totals, .ports, .countries, .networks:
            return "record AS NOT MATERIALIZED (\(parts(&statement)))"
        case .firstSources:
            return """
                record AS NOT MATERIALIZED (
                    SELECT v.day::timestamp AT TIME ZONE 'UTC' AS start, v.source, v.packets, v.sites_seen, v.first_seen,
                        v.last_seen, v.is_scanner AS scanner
                    FROM api.first_source_day v WHERE \(days("v.day", &statement)))
                """
        case .signatures:
            return """
                record AS NOT MATERIALIZED (
                    SELECT v.day::timestamp AT TIME ZONE 'UTC' AS start, v.site, v.sensor,
                        nullif(v.signature_id, 0) AS signature, v.packets, v.sources, v.sources_precision AS quality,
                        v.sources_sketch AS sketch
                    FROM api.signature_day v WHERE \(days("v.day", &statement)))
                """
        case .daySources, .flows: return located(&statement)
        }
    }

    private func within(_ column: String, _ span: TimeSpan, _ statement: inout Statement) -> String {
        let since = statement.bind(unixSeconds: span.start)
        return "\(column) >= \(since) AND \(column) < \(statement.bind(unixSeconds: span.end))"
    }

    private func days(_ column: String, _ statement: inout Statement) -> String {
        let since = statement.bindDay(unixSeconds: span.start)
        return "\(column) >= \(since) AND \(column) < \(statement.bindDay(unixSeconds: span.end))"
    }

    /// Of all sources, without or of scanners, with the sets of both.
    private func parts(_ statement: inout Statement) -> String {
        let keys =
            switch relation {
            case .countries: "coalesce(v.country, '') AS country, v.is_backscatter AS backscatter, "
            case .networks:
                """
                CASE WHEN v.asn IS DISTINCT FROM -1 THEN coalesce(v.asn, 0) END AS asn, v.as_name,
                        v.is_backscatter AS backscatter,
                """
            case .ports:
                """
                v.class, v.is_backscatter AS backscatter, nullif(v.service_port, -1) AS port, v.service_port AS any_port,
                """
            default: "v.is_backscatter AS backscatter, "
            }
        let place = isWorld ? "v.site_ids" : "v.site, v.sensor"
        let sets = "v.sources, v.sources_precision AS quality, v.sources_sketch AS sketch"
        guard hasParts else {
            let name = relation == .countries ? "api.country_traffic" : "api.as_traffic"
            return """
                SELECT v.start, \(place), \(keys) v.packets, \(sets) FROM \(name) v WHERE \(within("v.start", span, &statement))
                """
        }
        let choice = statement.bind(scanners.rawValue, "text")
        // Rows of other ports neither meet the filter nor may do so: an index need not find them.
        var known = ""
        if relation == .ports, let ports = filter?.required(.port) {
            known = " WHERE v.service_port = ANY (\(statement.bind(ports + [.number(-1)], "int4")))"
        }
        return pieces.map { piece in
            let since = statement.bind(unixSeconds: piece.span.start)
            let until = statement.bind(unixSeconds: piece.span.end)
            return """
                SELECT v.start, \(place), \(keys) v.packets, \(sets), v.scanners_sketch AS labelled
                    FROM \(name)(\(since), \(until), \(choice), \(piece.unit)) v\(known)
                """
        }.joined(separator: " UNION ALL ")
    }

    private func ports(_ statement: inout Statement) -> String {
        let columns = """
            v.start, v.site, v.sensor, v.class, v.is_backscatter AS backscatter,
                nullif(v.service_port, -1) AS port, v.packets, v.sources, v.sources_precision AS quality
            """
        var parts: [String] = []
        for piece in pieces {
            let since = statement.bind(unixSeconds: piece.span.start)
            let until = statement.bind(unixSeconds: piece.span.end)
            if scanners == .all {
                parts.append(
                    """
                    SELECT \(columns), v.sources_sketch AS sketch FROM api.port_traffic v
                        WHERE v.span = \(piece.unit) AND v.start >= \(since) AND v.start < \(until)
                    """)
            } else {
                let choice = statement.bind(scanners.rawValue, "text")
                parts.append(
                    """
                    SELECT \(columns), NULL::bytea AS sketch
                        FROM api.port_traffic_by(\(since), \(until), \(choice), \(piece.unit)) v
                    """)
            }
        }
        return parts.joined(separator: " UNION ALL ")
    }

    /// Rows by source; where they are and whether they are labelled is asked once for each source and day.
    private func located(_ statement: inout Statement) -> String {
        let fields = filter?.fields ?? []
        let isLocated = needsOrigin || !fields.isDisjoint(with: [.country, .asn])
        let isLabelled = fields.contains(.scanner)
        let rows = relation == .flows ? flows(&statement) : sourceDays(&statement)
        guard isLocated || isLabelled else { return "record AS MATERIALIZED (\(rows))" }
        var expressions = ["raw AS MATERIALIZED (\(rows))"]
        var columns = ["w.*"]
        var joins = ""
        if isLocated {
            expressions.append(
                """
                origin AS MATERIALIZED (
                    SELECT s.source, o.country, o.asn, o.as_name
                    FROM (SELECT DISTINCT w.source FROM raw w WHERE w.source IS NOT NULL) s
                    CROSS JOIN LATERAL api.origin(s.source) o)
                """)
            columns.append("coalesce(o.country, '') AS country, coalesce(o.asn, 0) AS asn, o.as_name")
            joins += " LEFT JOIN origin o ON o.source = w.source"
        }
        if isLabelled {
            expressions.append(
                """
                label AS MATERIALIZED (
                    SELECT s.source, s.midnight, api.scanner_label(s.source, s.midnight) IS NOT NULL AS scanner
                    FROM (SELECT DISTINCT w.source, date_trunc('day', w.start, 'UTC') AS midnight FROM raw w
                        WHERE w.source IS NOT NULL) s)
                """)
            columns.append("coalesce(l.scanner, false) AS scanner")
            joins += " LEFT JOIN label l ON l.source = w.source AND l.midnight = date_trunc('day', w.start, 'UTC')"
        }
        expressions.append("record AS MATERIALIZED (SELECT \(columns.joined(separator: ", ")) FROM raw w\(joins))")
        return expressions.joined(separator: ", ")
    }

    private func sourceDays(_ statement: inout Statement) -> String {
        let columns = """
            SELECT v.day::timestamp AT TIME ZONE 'UTC' AS start, v.site, v.sensor, v.family::int2 AS family, v.source,
                coalesce(v.tool, 'none') AS tool, v.packets, v.first_seen, v.last_seen
            """
        guard let block else { return "\(columns) FROM api.source_day v WHERE \(days("v.day", &statement))" }
        let since = statement.bindDay(unixSeconds: span.start)
        let until = statement.bindDay(unixSeconds: span.end)
        return """
            \(columns) FROM api.source_history(\(statement.bind(block.description, "inet")), \(since), \(until)) v
            """
    }

    private func flows(_ statement: inout Statement) -> String {
        // What the flows themselves can tell is asked of them at once, so that the rest is asked of fewer sources.
        let native = (filter?.conjuncts ?? []).filter { $0.fields.isDisjoint(with: [.country, .asn, .scanner]) }
        let condition = Condition.lenient(
            native.isEmpty ? nil : .conjunction(native), unsure: relation.unsure, &statement)
        return """
            SELECT r.* FROM (
                SELECT v.window_start AS start, v.site, v.sensor, v.family::int2 AS family, v.source, v.class,
                    v.is_backscatter AS backscatter, v.service_port AS port, coalesce(v.signature_id, 0) AS signature,
                    v.packets, v.first_seen, v.last_seen
                FROM api.flow v WHERE \(within("v.window_start", span, &statement))
                UNION ALL
                SELECT v.window_start, v.site, v.sensor, v.family::int2, NULL, v.class, v.is_backscatter, v.service_port,
                    0, v.packets, NULL, NULL
                FROM api.overflow v WHERE \(within("v.window_start", span, &statement))
            ) r WHERE \(condition)
            """
    }
}
