import Alerts

/// What is to be written of alerts that were judged.
struct AlertChanges {
    /// Unix milliseconds.
    let now: Int64
    private var ids: [Int64] = []
    private var lives: [AlertLife] = []
    private var entries: [(alert: Int64, entry: AlertLife.Entry)] = []
    private var forgotten: [Int64] = []

    init(now: Int64) { self.now = now }

    mutating func add(_ alert: Int64, _ life: AlertLife) {
        ids.append(alert)
        lives.append(life)
    }

    mutating func add(_ alert: Int64, _ step: AlertLife.Step) {
        for entry in step.entries { entries.append((alert, entry)) }
        if step.forgets { forgotten.append(alert) }
    }

    /// Writes it; the rows are locked.
    func store(_ connection: StoreConnection) throws(StoreError) {
        if !forgotten.isEmpty {
            // Or else every source that was ever forged would have a row for ever.
            try connection.query(
                """
                DELETE FROM alert.alert a
                WHERE a.id = ANY ($1::int8[]) AND a.episode = 0 AND NOT a.is_false_positive AND a.suppressed_until IS NULL
                    AND NOT EXISTS (SELECT FROM alert.history h WHERE h.alert = a.id)
                """, [Literal.array(forgotten)])
            try connection.query(
                """
                DELETE FROM alert.alert_sensor s USING alert.alert a
                WHERE a.id = ANY ($1::int8[]) AND s.alert = a.id AND s.episode > a.episode
                """, [Literal.array(forgotten)])
        }
        if !ids.isEmpty { try connection.query(AlertChanges.update, parameters) }
        guard !entries.isEmpty else { return }
        try connection.query(
            """
            INSERT INTO alert.history (alert, at, event, note)
            SELECT alert, to_timestamp($1::int8 / 1000.0), event, note
            FROM unnest($2::int8[], $3::text[], $4::text[]) WITH ORDINALITY r (alert, event, note, place) ORDER BY place
            """,
            [
                "\(now)", Literal.array(entries.map(\.alert)), Literal.array(entries.map(\.entry.event.rawValue)),
                Literal.array(entries.map(\.entry.note)),
            ])
    }

    private var parameters: [String] {
        func times(_ path: KeyPath<AlertLife, Int64?>) -> String { Literal.array(lives.map { $0[keyPath: path] }) }
        return [
            "\(now)", Literal.array(ids), Literal.array(lives.map(\.state.rawValue)),
            Literal.array(lives.map(\.finding.rawValue)), Literal.array(lives.map(\.severity.rawValue)),
            Literal.array(lives.map(\.confidence.rawValue)),
            Literal.array(lives.map { $0.reasons.joined(separator: "\n") }),
            Literal.array(lives.map { $0.label ?? "" }),
            Literal.array(lives.map(\.episode)), Literal.array(lives.map { $0.isLate ? 1 : 0 }), times(\.openedAt),
            times(\.closedAt), Literal.array(lives.map { $0.isAcknowledged ? 1 : 0 }),
            Literal.array(lives.map { $0.news?.rawValue ?? "" }), times(\.newsAt), times(\.firstToldAt), times(\.dueAt),
        ]
    }

    private static let update = """
        UPDATE alert.alert a SET state = r.state, finding = r.finding, severity = r.severity, confidence = r.confidence,
            reasons = string_to_array(r.reasons, E'\\n'), label = nullif(r.label, ''), episode = r.episode,
            is_late = r.is_late = 1, opened_at = to_timestamp(r.opened_at / 1000.0),
            closed_at = CASE WHEN \(StoreConnection.milliseconds("a.closed_at")) = r.closed_at THEN a.closed_at
                ELSE to_timestamp(r.closed_at / 1000.0) END,
            acknowledged_at = CASE WHEN r.is_acknowledged = 1 THEN a.acknowledged_at END, news = nullif(r.news, ''),
            news_at = to_timestamp(r.news_at / 1000.0), first_told_at = to_timestamp(r.first_told_at / 1000.0),
            due_at = to_timestamp(r.due_at / 1000.0), updated_at = to_timestamp($1::int8 / 1000.0)
        FROM unnest($2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::int4[],
            $10::int4[], $11::int8[], $12::int8[], $13::int4[], $14::text[], $15::int8[], $16::int8[], $17::int8[])
            r (id, state, finding, severity, confidence, reasons, label, episode, is_late, opened_at, closed_at,
                is_acknowledged, news, news_at, first_told_at, due_at)
        WHERE a.id = r.id
        """
}
