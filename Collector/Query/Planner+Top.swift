extension Planner {
    /// The first of a subject.
    func top(
        _ subject: Question.Subject, _ order: Question.Order, _ limit: Int, _ asked: Asked
    ) throws(QuestionError) -> Plan {
        let whole = subject == .sources ? inDays(asked) : nil
        let question = whole ?? asked
        let relation = try relation(for: question, "top \(subject.rawValue)") {
            $0.subjects.contains(subject) && ($0 != .firstSources || order != .sites && limit <= 1_000)
        }
        let unit = unit(of: relation, question)
        let span = question.span.widened(to: unit)
        let record = record(
            relation, question, span: span, unit: unit, needsOrigin: subject == .countries || subject == .networks,
            isBySite: subject == .sites)
        let most = max(0, min(limit, 10_000))
        // Functions that unite sources over all sites, where whoever asks may see all sites.
        let isWorld =
            relation == .ports && subject == .ports && unit == 3_600 && !facts.isPartial && asked.filter == nil
            && (asked.scanners == .all || !record.isWorld)
        let built = isWorld ? world(record, order, most) : grouped(record, subject, order, most)
        return Plan(
            rows: built.statement, coverage: coverage(record, question), views: built.views, span: span, unit: unit,
            scanners: asked.scanners, mostPackets: relation == .flows ? Planner.mostFlowPackets : nil,
            instead: instead(asked) { $0.subjects.contains(subject) },
            notes: notes(record, subject, asked)
                + (whole == nil
                    ? [] : ["Sources are summed when a day (UTC) is over: these are the days that hold the span."]),
            columns: subject.columns)
    }

    /// The same of the days (UTC) that hold the span and are over, for sources, which are summed by day; nil when it is of such
    /// days, or too short, or asks for what days do not tell.
    private func inDays(_ asked: Asked) -> Asked? {
        let start = TimeSpan.floor(asked.span.start, 86_400)
        let days = TimeSpan(
            start: start, end: min(-TimeSpan.floor(-asked.span.end, 86_400), TimeSpan.floor(facts.now, 86_400)))
        guard asked.span.seconds >= 86_400, days.seconds > 0, days != asked.span,
            asked.fields.isSubset(of: Relation.daySources.fields),
            // Flows of one address are found by an index.
            asked.filter?.required(.source)?.count != 1
        else { return nil }
        return Asked(asked, span: days)
    }

    /// From the functions that rank the ports of all sites.
    private func world(_ record: Record, _ order: Question.Order, _ most: Int) -> (
        statement: Statement, views: [String]
    ) {
        var statement = Statement()
        let since = statement.bind(unixSeconds: record.span.start)
        let until = statement.bind(unixSeconds: record.span.end)
        let order = statement.bind(order.rawValue, "text")
        let isAll = record.scanners == .all
        let choice = isAll ? "" : "\(statement.bind(record.scanners.rawValue, "text")), "
        let most = statement.bind("\(most)", "int4")
        let function = isAll ? "api.top_ports" : "api.top_ports_by"
        // The packets of everything are counted beside what was observed.
        let total =
            isAll
            ? """
            total AS (
                SELECT sum(c.packets) AS packets, 0 AS undecided FROM api.coverage c
                WHERE \(Record.covering(record.span, unit: record.unit, &statement))
            )
            """
            : """
            \(record.expressions(&statement)), total AS (
                SELECT sum(r.packets) AS packets, 0 AS undecided FROM record r
            )
            """
        statement.text = """
            WITH \(total)
            SELECT true, NULL, NULL, NULL, coalesce(t.packets, 0), NULL, NULL, NULL, coalesce(t.undecided, 0) AS undecided,
                0 AS place
            FROM total t
            UNION ALL
            SELECT false, f.class, f.service_port, api.port_name(f.class, f.service_port), f.packets, f.sources,
                f.sources_precision, f.sites, NULL, f.place
            FROM \(function)(\(since), \(until), \(choice)\(order), \(most))
                WITH ORDINALITY f (class, service_port, packets, sources, sources_precision, sites, place)
            ORDER BY place
            """
        return (statement, [function, isAll ? "api.coverage" : record.name])
    }

    /// From rows that are grouped here.
    private func grouped(
        _ record: Record, _ subject: Question.Subject, _ order: Question.Order, _ most: Int
    ) -> (statement: Statement, views: [String]) {
        var statement = Statement()
        let ranking = Ranking(record: record, subject: subject, order: order, limit: most, hll: facts.hllSchema)
        statement.text = """
            WITH \(ranking.expressions(&statement))
            SELECT true, \(subject.empty)coalesce(w.packets, 0), coalesce(w.sources, 0), coalesce(w.quality, 'exact'),
                w.sites\(subject.emptyEnd), w.undecided, 0 AS place
            FROM whole w
            UNION ALL
            SELECT false, \(subject.told), NULL, g.place FROM first g
            ORDER BY place
            """
        return (statement, [record.name])
    }

    func notes(_ record: Record, _ subject: Question.Subject, _ asked: Asked) -> [String] {
        var notes: [String] = []
        if facts.isPartial { notes.append("Only what came to your own sites is counted.") }
        switch record.relation {
        case .firstSources where record.span.seconds > 86_400:
            notes.append(
                "A source counts in the days in which it was one of the 2,000 with the most packets of all sites.")
        case .daySources:
            notes.append("Packets that found a sensor's flow table full have no source and are not here.")
        case .signatures: notes.append("The total is that of packets whose flow has a signature.")
        case .flows where subject == .signatures:
            notes.append("The total is that of packets whose flow has a signature.")
        case .ports where record.scanners != .all, .totals where record.scanners != .all,
            .countries where record.scanners != .all, .networks where record.scanners != .all:
            notes.append("Scanners are those that were labelled when each hour was summed.")
        default: break
        }
        if !record.relation.hasSources, facts.hllSchema == nil {
            notes.append("Sources are at least those of the greatest row: the extension hll is not installed.")
        }
        return notes
    }
}

extension Question.Subject {
    /// What rows are grouped by.
    var keys: String {
        switch self {
        case .ports: "r.class, r.port"
        case .sources: "r.source"
        case .countries: "r.country"
        case .networks: "r.asn"
        case .sites: "r.site"
        case .signatures: "r.signature"
        }
    }

    func named(_ prefix: String) -> String { keys.replacing("r.", with: prefix) }

    /// Names of the columns of an answer, after the one that says whether the row is the total, and before the packets that
    /// are in neither.
    package var columns: [String] {
        switch self {
        case .ports: ["class", "service_port", "name", "packets", "sources", "sources_precision", "sites"]
        case .sources:
            [
                "source", "packets", "sources", "sources_precision", "sites", "first_seen", "last_seen", "country",
                "asn",
                "as_name", "scanner", "bogon",
            ]
        case .countries: ["country", "packets", "sources", "sources_precision", "sites"]
        case .networks: ["asn", "as_name", "packets", "sources", "sources_precision", "sites"]
        case .sites: ["site", "packets", "sources", "sources_precision", "sites"]
        case .signatures: ["signature_id", "signature", "packets", "sources", "sources_precision", "sites"]
        }
    }

    /// NULL for the keys of the total.
    var empty: String {
        switch self {
        case .ports: "NULL::text, NULL::int4, NULL::text, "
        case .sources: "NULL::text, "
        case .countries, .sites: "NULL::text, "
        case .networks: "NULL::int8, NULL::text, "
        case .signatures: "NULL::int8, NULL::text, "
        }
    }

    /// NULL for what else a row tells.
    var emptyEnd: String {
        self == .sources
            ? ", NULL::text, NULL::text, NULL::text, NULL::int8, NULL::text, NULL::text, NULL::text" : ""
    }

    /// The columns of a row `g`.
    var told: String {
        let counts = "g.packets, g.sources, g.quality, g.sites"
        return switch self {
        case .ports: "g.class, g.port, api.port_name(g.class, g.port), \(counts)"
        case .sources:
            """
            host(g.source), \(counts), \(Self.utc("g.first_seen")), \(Self.utc("g.last_seen")),
                (SELECT o.country FROM api.origin(g.source) o), (SELECT o.asn FROM api.origin(g.source) o),
                (SELECT o.as_name FROM api.origin(g.source) o), api.scanner_label(g.source, g.last_seen),
                api.bogon(g.source)
            """
        case .countries: "nullif(g.country, ''), \(counts)"
        case .networks: "CASE WHEN g.asn IS NULL THEN -1 ELSE nullif(g.asn, 0) END, g.name, \(counts)"
        case .sites: "g.site, \(counts)"
        case .signatures:
            "g.signature, (SELECT s.signature FROM api.signature s WHERE s.id = g.signature), \(counts)"
        }
    }

    /// A time as RFC 3339 in UTC, to the second.
    static func utc(_ expression: String) -> String {
        "to_char(\(expression) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    }
}
