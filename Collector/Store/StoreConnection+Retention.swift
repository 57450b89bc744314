extension StoreConnection {
    /// Advisory lock of whoever keeps the partitions: "Darkscor" in ASCII.
    private static let retentionLock: Int64 = 0x4461_726B_7363_6F72

    /// Makes tables for the days to come, and removes those whose time is over, unless another connection is at it.
    ///
    /// Nobody who stores or reads is made to wait: a day is detached concurrently, which waits for its readers, and
    /// after two seconds gives up until the next call (PostgreSQL manual, ALTER TABLE, DETACH PARTITION).
    /// - Parameters:
    ///   - seconds: how long flows are kept.
    ///   - now: Unix seconds.
    /// - Returns: the days that were dropped, as `20260131`, and whether something could not be done because somebody
    ///   was in the way.
    package func keepPartitions(for seconds: Int64, now: Int64) throws(StoreError) -> RetentionOutcome {
        let lock = ["\(StoreConnection.retentionLock)"]
        guard try query("SELECT pg_try_advisory_lock($1::int8)", lock).text(0, 0) == "t" else {
            return RetentionOutcome()
        }
        let outcome: Result<RetentionOutcome, StoreError>
        do throws(StoreError) { outcome = .success(try keepLocked(seconds, now)) } catch { outcome = .failure(error) }
        if isAlive {
            try query("SET lock_timeout = '20s'")
            try query("SELECT pg_advisory_unlock($1::int8)", lock)
        }
        return try outcome.get()
    }

    private func keepLocked(_ seconds: Int64, _ now: Int64) throws(StoreError) -> RetentionOutcome {
        try query(
            """
            INSERT INTO meta.retention (what, kept_seconds) VALUES ('flow', $1::int8)
            ON CONFLICT (what) DO UPDATE SET kept_seconds = excluded.kept_seconds, applied_at = clock_timestamp()
            """, ["\(seconds)"])
        var outcome = RetentionOutcome()
        let plan = RetentionPlan(keptSeconds: seconds)
        // What was detached in the first round is dropped in the second.
        for _ in 1...2 {
            for action in plan.actions(try flowDays(endedBy: now - seconds), now: now) {
                do throws(StoreError) {
                    try query("SET lock_timeout = '2s'")
                    try perform(action, &outcome)
                } catch {
                    guard isAlive, error.kind == .unavailable else { throw error }
                    outcome.isHindered = true
                }
            }
        }
        return outcome
    }

    private func perform(_ action: RetentionPlan.Action, _ outcome: inout RetentionOutcome) throws(StoreError) {
        switch action {
        case .attach(let day):
            knownDays.remove(day)
            try ensurePartitions([day])
        case .detach(let day):
            // Citus has no CONCURRENTLY: there, who reads or stores waits two seconds at most.
            let isSpread = try query("SELECT FROM pg_extension WHERE extname = 'citus'").rowCount > 0
            try query("ALTER TABLE raw.flow DETACH PARTITION \(table(day))\(isSpread ? "" : " CONCURRENTLY")")
        case .finishDetaching(let day):
            try query("ALTER TABLE raw.flow DETACH PARTITION \(table(day)) FINALIZE")
        case .drop(let day):
            try dropEvidence(of: day)
            try transaction { () throws(StoreError) in
                try query(
                    """
                    DELETE FROM raw.overflow WHERE window_start >= to_timestamp($1::int8)
                        AND window_start < to_timestamp($1::int8 + 86400)
                    """, ["\(day * 86_400)"])
                try query("DROP TABLE \(table(day))")
            }
            outcome.dropped.append(Day(unixSeconds: day * 86_400).compactDate)
        }
    }

    /// Removes the evidence of a day in parts that no statement takes long for. Alerts, and what was told, stay.
    private func dropEvidence(of day: Int64) throws(StoreError) {
        let span = ["\(day * 86_400)", "\((day + 1) * 86_400)"]
        while try query(
            """
            DELETE FROM alert.evidence WHERE ctid = ANY (ARRAY(
                SELECT ctid FROM alert.evidence
                WHERE window_start >= to_timestamp($1::int8) AND window_start < to_timestamp($2::int8) LIMIT 50000))
            """, span
        ).tag != "DELETE 0" {}
    }

    private func table(_ day: Int64) -> String { "raw.flow_\(Day(unixSeconds: day * 86_400).compactDate)" }

    /// The tables of raw.flow, attached or not.
    /// - Parameter expiry: Unix seconds; of days that ended later nobody asks what arrived, or is marked.
    func flowDays(endedBy expiry: Int64) throws(StoreError) -> [FlowDay] {
        let tables = try query(
            """
            SELECT to_date(right(c.relname, 8), 'YYYYMMDD') - '1970-01-01'::date,
                CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'detaching'
                    ELSE 'attached' END
            FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
            WHERE c.relnamespace = 'raw'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^flow_[0-9]{8}$'
            """)
        var days: [FlowDay] = []
        for row in 0..<tables.rowCount {
            guard let number = tables.number(row, 0, as: Int64.self),
                let state = tables.text(row, 1).flatMap({ FlowDay.State(rawValue: $0) })
            else { continue }
            var day = FlowDay(number: number, state: state, newestArrival: nil)
            if (number + 1) * 86_400 <= expiry {
                let span = ["\(number * 86_400)", "\((number + 1) * 86_400)"]
                day.newestArrival = try query(
                    """
                    SELECT extract(epoch FROM max(received_at))::int8 FROM raw.batch
                    WHERE window_start >= to_timestamp($1::int8) AND window_start < to_timestamp($2::int8)
                    """, span
                ).number(0, 0)
                for marks in ["rollup.dirty", "event.dirty"] where !day.isMarked {
                    let marked = try query(
                        """
                        SELECT start FROM \(marks)
                        WHERE start >= to_timestamp($1::int8) AND start < to_timestamp($2::int8) LIMIT 1
                        """, span)
                    day.isMarked = marked.rowCount > 0
                }
            }
            days.append(day)
        }
        return days
    }

    /// Removes the sums of five minutes of days that ended longer ago and whose flows are gone, ten days at most: an old
    /// capture that was imported today keeps them as long as its flows.
    /// - Parameter now: Unix seconds.
    package func dropFiveMinutes(olderThan seconds: Int64, now: Int64) throws(StoreError) {
        try query(
            """
            INSERT INTO meta.retention (what, kept_seconds) VALUES ('five minutes', $1::int8)
            ON CONFLICT (what) DO UPDATE SET kept_seconds = excluded.kept_seconds, applied_at = clock_timestamp()
            """, ["\(seconds)"])
        let found = try query(
            """
            SELECT DISTINCT extract(epoch FROM date_bin('1 day', start, '2000-01-01Z'))::int8 FROM rollup.coverage
            WHERE span = 300 AND start < date_bin('1 day', to_timestamp($1::int8), '2000-01-01Z') ORDER BY 1
            """, ["\(now - seconds)"])
        let days = (0..<found.rowCount).compactMap { found.number($0, 0, as: Int64.self) }
        guard !days.isEmpty else { return }
        let kept = Set(try flowDays(endedBy: .min).map(\.number))
        for day in days.filter({ !kept.contains($0 / 86_400) }).prefix(10) {
            let span = ["\(day)", "\(day + 86_400)"]
            let condition = "start >= to_timestamp($1::int8) AND start < to_timestamp($2::int8)"
            try query("DELETE FROM rollup.port_5m WHERE \(condition)", span)
            try query("DELETE FROM rollup.coverage WHERE span = 300 AND \(condition)", span)
        }
    }

    /// What the kinds of rows that go by age take of the disk, and will take.
    package func storage() throws(StoreError) -> [StorageUse] {
        let result = try query(
            """
            SELECT what, bytes::int8, days, bytes_a_day::int8, kept_seconds, forecast_bytes::int8 FROM api.storage
            ORDER BY what
            """)
        return (0..<result.rowCount).map { row in
            StorageUse(
                what: result.text(row, 0) ?? "", bytes: result.number(row, 1) ?? 0, days: result.number(row, 2) ?? 0,
                bytesADay: result.number(row, 3), keptSeconds: result.number(row, 4),
                forecastBytes: result.number(row, 5))
        }
    }
}

/// What `keepPartitions` did.
package struct RetentionOutcome: Sendable, Hashable {
    /// Days whose flows are gone, as `20260131`.
    package var dropped: [String] = []
    /// Whether a reader was in the way of something: it is done at a later call.
    package var isHindered = false
}

/// What rows that go by age take of the disk.
package struct StorageUse: Sendable, Hashable {
    /// Which rows: `flow`.
    package let what: String
    package let bytes: Int64
    /// Days that have a table.
    package let days: Int64
    /// Mean of the complete days of the last week; nil when there is none.
    package let bytesADay: Int64?
    /// How long rows are kept; nil when no collector has said so yet.
    package let keptSeconds: Int64?
    /// What they will take when as many days are stored as are kept, at the present rate; nil when that is not known.
    package let forecastBytes: Int64?
}
