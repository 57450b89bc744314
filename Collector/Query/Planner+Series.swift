extension Planner {
    /// Bins of time, each with what was observed.
    func series(_ step: Question.Step, _ zone: String, _ asked: Asked) throws(QuestionError) -> Plan {
        guard let bins = facts.bins else { throw QuestionError("the bins of the zone are not known") }
        let minutes = step == .fiveMinutes || step == .tenMinutes
        let unit = minutes ? 300 : facts.binUnit
        let whole = Asked(asked, span: bins)
        var columns: [FilterField: FilterValue] = [:]
        let isSimple = asked.scanners == .all && simple(asked.filter, &columns)
        if isSimple { return ready(step, zone, whole, unit, columns) }
        let relation = try relation(for: whole, "a series by \(step.rawValue)") { isMade($0, of: unit, asked) }
        let record = record(relation, whole, span: bins, unit: unit, isSeries: true)
        var statement = Statement()
        let union = Union(record, hll: facts.hllSchema)
        let records = record.expressions(&statement)
        let condition = Condition.text(record.filter, &statement)
        statement.text = """
            WITH bin AS MATERIALIZED (\(bin(step, zone, whole, &statement))), \(records), chosen AS MATERIALIZED (
                SELECT r.* FROM record r WHERE \(condition)
            ), moment AS MATERIALIZED (\(moment(record))), traffic AS (
                SELECT m.bin, sum(r.packets) AS packets, \(union.sources) AS sources, \(union.quality) AS quality
                FROM chosen r JOIN moment m USING (start) GROUP BY m.bin
            )
            SELECT \(times(zone, &statement)), v.packets, CASE WHEN v.packets = 0 THEN 0 ELSE t.sources END,
                CASE WHEN v.packets = 0 THEN 'exact' ELSE t.quality END, b.coverage,
                CASE WHEN b.state = 'complete' AND v.packets = 0 THEN 'quiet' ELSE b.state END
            FROM bin b LEFT JOIN traffic t ON t.bin = b.start CROSS JOIN LATERAL (
                SELECT CASE WHEN b.packets IS NOT NULL THEN coalesce(t.packets, 0) END AS packets
            ) v ORDER BY b.start
            """
        var notes = facts.isPartial ? ["Only what came to your own sites is counted."] : []
        if relation == .daySources {
            notes.append("Packets that found a sensor's flow table full have no source and are not here.")
        }
        return Plan(
            rows: statement, coverage: coverage(record, whole), views: ["api.series", record.name], span: bins,
            unit: unit, scanners: asked.scanners, mostPackets: relation == .flows ? Planner.mostFlowPackets : nil,
            instead: "a shorter span or fewer sites",
            notes: notes, columns: Planner.seriesColumns)
    }

    /// Whether a relation has what every bin of whole spans of so many seconds is made of.
    func isMade(_ relation: Relation, of unit: Int64, _ asked: Asked) -> Bool {
        switch relation {
        case .ports: unit >= 3_600 || asked.scanners == .all
        case .totals, .countries, .networks: unit >= 3_600
        // Signatures are of flows that have one: what has none is no part of a series.
        case .signatures: unit >= 86_400 && asked.filter?.required(.signature) != nil
        case .firstSources: false
        case .daySources: unit >= 86_400
        case .flows: true
        }
    }

    /// Names of the columns of a series; times in UTC and in the zone.
    package static let seriesColumns = [
        "time", "local_time", "packets", "sources", "sources_precision", "coverage", "state",
    ]

    /// Whether api.series can answer, and with what.
    private func simple(_ filter: Filter?, _ columns: inout [FilterField: FilterValue]) -> Bool {
        guard let filter else { return true }
        for part in filter.conjuncts {
            guard case .term(let term) = part, term.comparison == .equals, columns[term.field] == nil,
                [.class, .port, .site].contains(term.field)
            else { return false }
            columns[term.field] = term.values[0]
        }
        return true
    }

    /// From the function that has the series.
    private func ready(
        _ step: Question.Step, _ zone: String, _ asked: Asked, _ unit: Int64, _ columns: [FilterField: FilterValue]
    ) -> Plan {
        var statement = Statement()
        func parameter(_ field: FilterField, _ type: String) -> String {
            columns[field].map { statement.bind($0.description, type) } ?? "NULL"
        }
        let sites = columns[.site].map { statement.bind([$0], "text") } ?? "NULL"
        let since = statement.bind(unixSeconds: asked.span.start)
        let until = statement.bind(unixSeconds: asked.span.end)
        let call = """
            api.series(\(since), \(until), \(statement.bind(step.rawValue, "text")), \(statement.bind(zone, "text")),
                \(parameter(.class, "text")), \(parameter(.port, "int4")), \(sites))
            """
        statement.text = """
            SELECT \(times(zone, &statement)), b.packets, b.sources, b.sources_precision, b.coverage, b.state
            FROM (SELECT s.*, s.time AS start FROM \(call) s) b ORDER BY b.start
            """
        let record = Record(
            relation: .ports, span: asked.span, scanners: .all, filter: asked.filter, unit: unit,
            needsOrigin: false, isSeries: true)
        return Plan(
            rows: statement, coverage: coverage(record, asked), views: ["api.series"], span: asked.span, unit: unit,
            scanners: .all, mostPackets: nil, instead: "",
            notes: facts.isPartial ? ["Only what came to your own sites is counted."] : [],
            columns: Planner.seriesColumns)
    }

    /// The bins, with what was observed at the sites of the filter.
    func bin(_ step: Question.Step, _ zone: String, _ asked: Asked, _ statement: inout Statement) -> String {
        let since = statement.bind(unixSeconds: asked.span.start)
        let until = statement.bind(unixSeconds: asked.span.end)
        let step = statement.bind(step.rawValue, "text")
        let zone = statement.bind(zone, "text")
        let sites = asked.filter?.required(.site).map { statement.bind($0, "text") } ?? "NULL"
        return """
            SELECT s.time AS start, b.stop, s.packets, s.coverage, s.state
                FROM api.series(\(since), \(until), \(step), \(zone), sites => \(sites), with_sources => false) s
                JOIN api.bins(\(since), \(until), \(step), \(zone)) b ON b.start = s.time
            """
    }

    func times(_ zone: String, _ statement: inout Statement) -> String {
        let zone = statement.bind(zone, "text")
        return """
            \(Question.Subject.utc("b.start")), to_char(b.start AT TIME ZONE \(zone), 'YYYY-MM-DD HH24:MI')
            """
    }
}

extension Planner.Asked {
    /// The same of another span.
    init(_ asked: Planner.Asked, span: TimeSpan) {
        self.span = span
        filter = asked.filter
        scanners = asked.scanners
    }
}
