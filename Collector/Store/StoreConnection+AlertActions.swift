extension StoreConnection {
    /// Does with alerts what a person wants, and writes it into their history, in one transaction.
    ///
    /// The rows are locked first, so that collectors do not change them meanwhile. The collector that judges locks alerts in
    /// another order: should each wait for the other, it is done again. That collector looks at them next: what is news
    /// then follows from its rules.
    /// - Parameters:
    ///   - note: at most 2,000 characters; empty leaves what was written before.
    ///   - person: who does it; at most 200 characters.
    /// - Returns: what became of each alert, in the order given; what could not be done changed nothing.
    /// - Throws: `.refused` when the note is too long.
    package func act(
        _ action: AlertAction, on alerts: [Int64], by person: String, note: String = ""
    ) throws(StoreError) -> [(alert: Int64, outcome: AlertActionOutcome)] {
        try retryingContention { () throws(StoreError) in
            try transaction { () throws(StoreError) in try actOnce(action, alerts, person, note) }
        }
    }

    private func actOnce(
        _ action: AlertAction, _ alerts: [Int64], _ person: String, _ note: String
    ) throws(StoreError) -> [(alert: Int64, outcome: AlertActionOutcome)] {
        let found = try query(
            """
            SELECT id, state, acknowledged_at IS NOT NULL, suppressed_until IS NOT NULL, is_false_positive
            FROM alert.alert WHERE id = ANY ($1::int8[]) ORDER BY id FOR NO KEY UPDATE
            """, [Literal.array(alerts)])
        var standings: [Int64: AlertStanding] = [:]
        for row in 0..<found.rowCount {
            guard let id: Int64 = found.number(row, 0) else { continue }
            standings[id] = AlertStanding(
                state: found.text(row, 1) ?? "", isAcknowledged: found.text(row, 2) == "t",
                isSuppressed: found.text(row, 3) == "t", isFalsePositive: found.text(row, 4) == "t")
        }
        let outcomes = alerts.map { alert in
            (alert: alert, outcome: standings[alert].map(action.outcome(for:)) ?? .unknownAlert)
        }
        let chosen = Literal.array(Set(outcomes.filter { $0.outcome == .done }.map(\.alert)).sorted())
        try query(
            """
            UPDATE alert.alert SET \(action.assignments), updated_at = clock_timestamp(), due_at = clock_timestamp(),
                note = CASE WHEN $2 <> '' THEN $2 \(action == .release ? "ELSE ''" : "ELSE note") END
            WHERE id = ANY ($1::int8[]) AND $3::int8 IS NOT NULL
            """, [chosen, note, "\(action.until ?? 0)"])
        try query(
            """
            INSERT INTO alert.history (alert, event, person, note)
            SELECT a, $2, $3, concat_ws(': ', 'until ' || \(StoreConnection.timeText("to_timestamp($5::int8)")),
                nullif($4, ''))
            FROM unnest($1::int8[]) a ORDER BY a
            """, [chosen, action.event, person, note, action.until.map { "\($0)" }])
        return outcomes
    }

    /// Makes messages that were given up due again, and says so in the log of deliveries, in one transaction. Messages to
    /// contacts that ended stay as they are.
    /// - Parameters:
    ///   - messages: their numbers; nil for all.
    ///   - organisation: only those of the organisation of this code.
    ///   - person: who wants it.
    /// - Returns: the numbers of those that are due now, ascending.
    package func retry(
        messages: [Int64]?, organisation: String?, by person: String
    ) throws(StoreError) -> [Int64] {
        try transaction { () throws(StoreError) in
            let found = try query(
                """
                SELECT b.id FROM alert.outbox b JOIN meta.contact c ON c.id = b.contact
                JOIN meta.organisation o ON o.id = c.organisation
                WHERE b.state = 'dead' AND c.ended_at IS NULL AND ($1::int8[] IS NULL OR b.id = ANY ($1::int8[]))
                    AND ($2::text IS NULL OR o.code = $2)
                ORDER BY b.id FOR UPDATE OF b
                """, [messages.map { Literal.array($0) }, organisation])
            let dead = (0..<found.rowCount).compactMap { found.number($0, 0, as: Int64.self) }
            let chosen = Literal.array(dead)
            try query(
                """
                UPDATE alert.outbox SET state = 'due', attempts = 0, due_at = clock_timestamp()
                WHERE id = ANY ($1::int8[])
                """, [chosen])
            try query(
                """
                INSERT INTO alert.delivery (outbox, attempt, outcome, detail, milliseconds)
                SELECT b, 0, 'retry', 'made due again by ' || $2::text, 0 FROM unnest($1::int8[]) b ORDER BY b
                """, [chosen, person])
            return dead
        }
    }

    /// Makes a notice that is marked as a test, of one invented address, with a message to every contact of an organisation.
    /// - Parameter organisation: its code.
    package func makeTestNotice(organisation: String) throws(StoreError) -> TestNoticeOutcome {
        try transaction { () throws(StoreError) in
            let found = try query(
                "SELECT id, ended_at IS NOT NULL FROM meta.organisation WHERE code = $1", [organisation])
            guard found.rowCount == 1, let id = found.text(0, 0) else { return .unknownOrganisation }
            guard found.text(0, 1) != "t" else { return .ended }
            let contacts = try query(
                "SELECT id FROM meta.contact WHERE organisation = $1::int4 AND ended_at IS NULL ORDER BY id", [id])
            guard contacts.rowCount > 0 else { return .noContact }
            let made = try query(
                "INSERT INTO alert.notice (organisation, reason, items) VALUES ($1::int4, 'test', 1) RETURNING id", [id]
            )
            guard let notice: Int64 = made.number(0, 0) else {
                throw StoreError(.schema, "alert.notice gave no number")
            }
            // The address is one of RFC 5737, so that no reader takes it for one of its own.
            try query(
                """
                INSERT INTO alert.notice_item (notice, number, alert, news, address, kind, finding, severity, confidence,
                    reasons, state, episode, first_seen, last_seen, packets, new_packets, sites, addresses, tool, is_late,
                    prefix)
                VALUES ($1::int8, 1, 0, 'opened', '192.0.2.1', 'external', 'infection', 'low', 'low',
                    '{"This is a test of the way to you: nothing was seen."}', 'open', 1, now() - interval '1 minute', now(),
                    3, 3, 1, 3, NULL, false, '192.0.2.0/24')
                """, ["\(notice)"])
            try query(
                """
                INSERT INTO alert.notice_evidence (notice, number, place, class, protocol, service_port, packets, first_seen,
                    last_seen, source_port, ttl, ip_length, tcp_flags)
                VALUES ($1::int8, 1, 1, 1, 6, 23, 3, now() - interval '1 minute', now(), 40000, 64, 40, 2)
                """, ["\(notice)"])
            try query(
                "INSERT INTO alert.outbox (notice, contact) SELECT $1::int8, c FROM unnest($2::int4[]) c",
                [
                    "\(notice)",
                    Literal.array((0..<contacts.rowCount).compactMap { contacts.number($0, 0, as: Int32.self) }),
                ])
            return .made(notice: notice)
        }
    }
}

extension AlertAction {
    fileprivate var until: Int64? {
        if case .suppress(let until) = self { until } else { nil }
    }

    /// What changes in alert.alert; $3 is the end of a suppression in Unix seconds.
    fileprivate var assignments: String {
        switch self {
        case .acknowledge: "acknowledged_at = clock_timestamp()"
        case .suppress: "suppressed_until = to_timestamp($3::int8)"
        case .falsePositive: "is_false_positive = true"
        case .release: "acknowledged_at = NULL, suppressed_until = NULL, is_false_positive = false"
        case .close:
            // Who was never told that it opened need not hear that it closed.
            """
            state = 'closed', closed_at = clock_timestamp(),
                news = CASE WHEN first_told_at IS NOT NULL AND NOT is_false_positive THEN 'closed' END,
                news_at = CASE WHEN first_told_at IS NOT NULL AND NOT is_false_positive THEN clock_timestamp() END
            """
        }
    }
}
