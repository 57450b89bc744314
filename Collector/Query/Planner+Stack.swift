/// What a stack has layers of.
struct Layers {
    let subject: Question.Subject
    let order: Question.Order
    let limit: Int
    /// Whether the sources of each layer and bin are counted.
    let withSources: Bool
}

extension Planner {
    /// The first of a subject over a span, each with its bins.
    ///
    /// The rows are those of the bins (place 0: packets of everything that the filter lets in, NULL where nothing was
    /// observed), of the layers (place 1 and on, without a time), and of a layer in each bin in which it has packets.
    func stack(
        _ layers: Layers, _ step: Question.Step, _ zone: String, _ asked: Asked
    ) throws(QuestionError) -> Plan {
        guard let bins = facts.bins else { throw QuestionError("the bins of the zone are not known") }
        let subject = layers.subject
        let unit = step == .fiveMinutes || step == .tenMinutes ? 300 : facts.binUnit
        let whole = Asked(asked, span: bins)
        let relation = try relation(for: whole, "\(subject.rawValue) by \(step.rawValue)") {
            $0.subjects.contains(subject) && isMade($0, of: unit, asked)
        }
        let record = record(
            relation, whole, span: bins, unit: unit, needsOrigin: subject == .countries || subject == .networks,
            isSeries: true, isBySite: subject == .sites)
        var statement = Statement()
        let bin = bin(step, zone, whole, &statement)
        let ranking = Ranking(
            record: record, subject: subject, order: layers.order, limit: layers.limit, hll: facts.hllSchema)
        let ranked = ranking.expressions(&statement)
        let union = Union(record, hll: facts.hllSchema)
        let found =
            record.isWorld && subject == .ports ? " AND r.any_port = ANY (ARRAY(SELECT p.port FROM first p))" : ""
        let counted = layers.withSources ? "\(union.sources), \(union.quality)" : "NULL::int8, NULL::text"
        statement.text = """
            WITH bin AS MATERIALIZED (\(bin)), \(ranked), moment AS MATERIALIZED (\(moment(record))), layer (bin, place, packets, sources, quality) AS MATERIALIZED (
                SELECT m.bin, f.place, sum(r.packets), \(counted)
                FROM chosen r JOIN moment m USING (start) JOIN first f ON \(subject.matches("f", "r"))
                WHERE r.is_sure\(found) GROUP BY m.bin, f.place
            ), total (bin, packets, sources, quality) AS (
                SELECT m.bin, sum(r.packets), \(counted) FROM chosen r JOIN moment m USING (start) WHERE r.is_sure
                GROUP BY m.bin
            )
            SELECT 0 AS place, \(Question.Subject.utc("b.start")) AS time, \(Question.Subject.utc("b.stop")), b.coverage,
                CASE WHEN b.state = 'complete' AND v.packets = 0 THEN 'quiet' ELSE b.state END, \(subject.empty)v.packets,
                t.sources, t.quality, NULL::int8
            FROM bin b LEFT JOIN total t ON t.bin = b.start CROSS JOIN LATERAL (
                SELECT CASE WHEN b.packets IS NOT NULL THEN coalesce(t.packets, 0) END AS packets
            ) v
            UNION ALL
            SELECT f.place, NULL, NULL, NULL, NULL, \(subject.layer), f.packets, f.sources, f.quality, f.sites FROM first f
            UNION ALL
            SELECT l.place, \(Question.Subject.utc("l.bin")), NULL, NULL, NULL, \(subject.empty)l.packets, l.sources,
                l.quality, NULL FROM layer l
            ORDER BY place, time NULLS FIRST
            """
        return Plan(
            rows: statement, coverage: coverage(record, whole), views: ["api.series", record.name], span: bins,
            unit: unit, scanners: asked.scanners, mostPackets: relation == .flows ? Planner.mostFlowPackets : nil,
            instead: "a shorter span or fewer sites", notes: notes(record, subject, asked),
            columns: ["place", "time", "stop", "coverage", "state"] + subject.layerColumns
                + ["packets", "sources", "sources_precision", "sites"])
    }

    /// The starts of rows, each with the bin that it is in.
    func moment(_ record: Record) -> String {
        // Bins are made of whole spans of the unit, where rows are.
        guard record.relation.hasSources else {
            return """
                SELECT s.start, b.start AS bin
                FROM bin b, generate_series(b.start, b.stop - interval '1 us', interval '\(record.unit) s') s (start)
                """
        }
        return """
            SELECT m.start, b.start AS bin FROM (SELECT DISTINCT r.start FROM chosen r) m
            JOIN bin b ON m.start >= b.start AND m.start < b.stop
            """
    }
}
