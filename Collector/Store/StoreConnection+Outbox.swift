/// A notice on its way to a contact, taken for an attempt.
package struct OutboxRow: Sendable, Hashable {
    /// alert.outbox.id
    package let id: Int64
    /// alert.notice.id
    package let notice: Int64
    /// Idempotency key: the same in every attempt.
    package let key: String
    /// Number of this attempt, from 1.
    package let attempt: Int32
    /// meta.contact.id
    package let contact: Int32
    /// mail, webhook, syslog or file.
    package let channel: String
    package let target: String
    /// As meta.contact has it.
    package let format: String
    /// Who reads it, for people.
    package let reader: String
    /// Whether the contact, or its organisation, is served no more.
    package let isEnded: Bool
}

/// What became of an attempt.
package enum OutboxResult: String, Sendable {
    case delivered, retry, dead
}

extension StoreConnection {
    /// Takes messages that are due, at most so many of each channel and one of each contact, those that waited longest
    /// first; in the quiet hours of an organisation only tests of its. Of several collectors one takes a message. Until the
    /// lease is over nobody takes it again, nor another one of its contact: a receiver that is slow or away is asked one
    /// thing at a time.
    /// - Parameters:
    ///   - places: how many by channel.
    ///   - leaseSeconds: how long; see `renewOutbox`.
    package func takeOutbox(_ places: [String: Int], leaseSeconds: Int) throws(StoreError) -> [OutboxRow] {
        let channels = places.keys.sorted()
        let result = try query(
            """
            WITH quiet AS MATERIALIZED (
                SELECT o.id FROM meta.organisation o CROSS JOIN LATERAL alert.local_times(now(), o.zone) l
                WHERE o.quiet_from IS NOT NULL AND \(StoreConnection.isQuiet)
            ), due AS (
                SELECT DISTINCT ON (o.contact) o.id, o.due_at, c.channel
                FROM alert.outbox o JOIN meta.contact c ON c.id = o.contact
                WHERE o.state = 'due' AND o.due_at <= now() AND NOT EXISTS (
                    SELECT FROM alert.outbox w
                    WHERE w.contact = o.contact AND w.state = 'due' AND w.attempts > 0 AND w.due_at > now())
                    AND (c.organisation NOT IN (SELECT id FROM quiet)
                        OR (SELECT n.reason = 'test' FROM alert.notice n WHERE n.id = o.notice))
                ORDER BY o.contact, o.due_at, o.id
            ), ranked AS (
                SELECT d.id, p.places, row_number() OVER (PARTITION BY channel ORDER BY d.due_at, d.id) AS place
                FROM due d JOIN unnest($1::text[], $2::int4[]) p (channel, places) USING (channel)
            ), taken AS (
                SELECT o.id FROM alert.outbox o
                WHERE o.id IN (SELECT id FROM ranked WHERE place <= places) AND o.state = 'due' AND o.due_at <= now()
                FOR UPDATE SKIP LOCKED
            )
            UPDATE alert.outbox o SET attempts = o.attempts + 1, due_at = clock_timestamp() + make_interval(secs => $3::int4)
            FROM taken t, meta.contact c, meta.organisation g
            WHERE o.id = t.id AND c.id = o.contact AND g.id = c.organisation
            RETURNING o.id, o.notice, o.key, o.attempts, o.contact, c.channel, c.target, c.format, c.name,
                (c.ended_at IS NOT NULL OR g.ended_at IS NOT NULL)::int4
            """,
            [Literal.array(channels), Literal.array(channels.map { places[$0] ?? 0 }), "\(leaseSeconds)"])
        return (0..<result.rowCount).compactMap { row in
            guard let id: Int64 = result.number(row, 0), let notice: Int64 = result.number(row, 1),
                let key = result.text(row, 2), let attempt: Int32 = result.number(row, 3),
                let contact: Int32 = result.number(row, 4), let channel = result.text(row, 5),
                let target = result.text(row, 6), let format = result.text(row, 7), let reader = result.text(row, 8)
            else { return nil }
            return OutboxRow(
                id: id, notice: notice, key: key, attempt: attempt, contact: contact, channel: channel, target: target,
                format: format, reader: reader, isEnded: result.number(row, 9) == 1)
        }
    }

    /// Keeps what is being delivered from being taken again.
    package func renewOutbox(_ rows: [OutboxRow], leaseSeconds: Int) throws(StoreError) {
        try query(
            """
            UPDATE alert.outbox o SET due_at = clock_timestamp() + make_interval(secs => $3::int4)
            FROM unnest($1::int8[], $2::int4[]) r (id, attempt)
            WHERE o.id = r.id AND o.attempts = r.attempt AND o.state = 'due'
            """,
            [Literal.array(rows.map(\.id)), Literal.array(rows.map(\.attempt)), "\(leaseSeconds)"])
    }

    /// Failed attempts on what the contact has not been delivered yet, the row's own among them.
    package func outboxFailures(_ row: OutboxRow) throws(StoreError) -> Int64 {
        let result = try query(
            "SELECT coalesce(sum(attempts), 0) FROM alert.outbox WHERE contact = $1::int4 AND state = 'due'",
            ["\(row.contact)"])
        return result.number(0, 0) ?? 0
    }

    /// Writes down what became of an attempt. A retry whose first attempt is a week old becomes dead. What another
    /// collector took up meanwhile, because the lease was over, is left to it, unless it was delivered.
    /// - Parameters:
    ///   - waitMilliseconds: until the next attempt.
    ///   - detail: of one line and bounded.
    /// - Returns: what was written.
    @discardableResult
    package func recordDelivery(
        _ row: OutboxRow, _ result: OutboxResult, detail: String, milliseconds: Int64, waitMilliseconds: Int64 = 0
    ) throws(StoreError) -> OutboxResult {
        let written = try query(
            """
            WITH outcome AS (
                SELECT CASE WHEN $3 = 'retry' AND (
                    -- Attempts before somebody asked for another try do not count.
                    SELECT min(d.at) FROM alert.delivery d WHERE d.outbox = $1::int8 AND d.at > coalesce(
                        (SELECT max(e.at) FROM alert.delivery e WHERE e.outbox = $1::int8 AND e.outcome = 'dead'),
                        '-infinity')) < now() - interval '7 days'
                    THEN 'dead' ELSE $3 END AS outcome
            ), written AS (
                UPDATE alert.outbox o SET
                    state = CASE w.outcome WHEN 'retry' THEN 'due' ELSE w.outcome END,
                    due_at = CASE w.outcome WHEN 'retry'
                        THEN clock_timestamp() + make_interval(secs => $6::int8 / 1000.0) ELSE o.due_at END,
                    delivered_at = CASE w.outcome WHEN 'delivered' THEN clock_timestamp() END,
                    problem = CASE w.outcome WHEN 'delivered' THEN NULL ELSE $4 END
                FROM outcome w
                WHERE o.id = $1::int8 AND (w.outcome = 'delivered' AND o.state <> 'delivered'
                    OR o.state = 'due' AND o.attempts = $2::int4)
            )
            INSERT INTO alert.delivery (outbox, attempt, outcome, detail, milliseconds)
            SELECT $1::int8, $2::int4, outcome, $4, $5::int8 FROM outcome
            WHERE EXISTS (SELECT FROM alert.outbox WHERE id = $1::int8)
            RETURNING outcome
            """,
            ["\(row.id)", "\(row.attempt)", result.rawValue, detail, "\(milliseconds)", "\(waitMilliseconds)"])
        return written.rowCount > 0 ? written.text(0, 0).flatMap(OutboxResult.init) ?? result : result
    }
}
