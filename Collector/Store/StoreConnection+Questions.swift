package import Query

/// How much was observed of what is asked.
package struct Coverage: Sendable, Hashable {
    /// A site that whoever asks may see and the filter lets in.
    package struct Site: Sendable, Hashable {
        package let code: String
        /// Of its dark addresses and the span, 0 to 1.
        package let share: Double
        /// complete, quiet, partial, late or missing, as in api.coverage.
        package let state: String
        /// Packets of all kinds.
        package let packets: Int64
    }

    package let sites: [Site]
    /// Of all their dark addresses and the span, 0 to 1; nil when there are none.
    package let share: Double?
    /// Whether there are days whose sources or signatures are not summed yet.
    package let isAwaited: Bool

    /// Packets of all kinds.
    package var packets: Int64 { sites.reduce(0) { $0 + $1.packets } }

    /// The sites of which not all was observed.
    package var incomplete: [Site] { sites.filter { $0.state != "complete" && $0.state != "quiet" } }
}

/// What a question was answered.
package struct QuestionAnswer: Sendable, Hashable {
    package let plan: Plan
    /// Start and end of the plan's span, RFC 3339 in UTC.
    package let times: [String]
    /// The same in the zone that was asked in: `2026-01-31 14:05`.
    package let localTimes: [String]
    package let coverage: Coverage
    /// A field for each column of the plan; of `top` with whether the row is the total before them, and the packets that are
    /// in neither after them.
    package let rows: [[String?]]
}

extension StoreConnection {
    /// What the planner must know for a question whose times and zone people gave.
    /// - Parameters:
    ///   - step: of a series; nil chooses one when `isSeries`.
    /// - Throws: `.refused` for a time or a zone that there is not.
    package func facts(
        from: TimePoint, to: TimePoint, zone: String, step: Question.Step? = nil, isSeries: Bool = false
    ) throws(StoreError) -> (facts: Facts, span: TimeSpan, step: Question.Step) {
        guard try hasZone(zone) else {
            throw StoreError(
                .refused("22023"), "there is no time zone \(zone). Give an IANA name, such as Asia/Bangkok")
        }
        let row = try query(
            """
            SELECT floor(extract(epoch FROM now()))::int8, floor(extract(epoch FROM \(Self.moment(from, 1))))::int8,
                ceil(extract(epoch FROM \(Self.moment(to, 2))))::int8, (
                    SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll'),
                rollup.is_partial(current_user), (SELECT string_agg(t.code, ',') FROM meta.site t),
                (SELECT string_agg(DISTINCT s.name, ',') FROM meta.sensor s),
                (SELECT extract(epoch FROM nullif(k.scanners_since, '-infinity'))::int8 FROM rollup.parts k)
            FROM (SELECT $1::text, $2::text, $3::text) p
            """, [Self.parameter(from), Self.parameter(to), zone])
        let span = TimeSpan(start: row.number(0, 1) ?? 0, end: row.number(0, 2) ?? 0)
        let step = step ?? Question.Step.suiting(span)
        let hasParts =
            try query(
                """
                SELECT NOT EXISTS (SELECT FROM rollup.dirty d WHERE d.kind IN (1, 3) AND d.marked_at < now() - interval '1 hour'
                        AND d.start > \(ConsoleTimes.since) - interval '1 day' AND d.start < \(ConsoleTimes.until))
                    AND NOT EXISTS (SELECT FROM rollup.world_dirty d WHERE d.kind = 3
                        AND d.marked_at < now() - interval '1 hour' AND d.start > \(ConsoleTimes.since) - interval '1 day' AND d.start < \(ConsoleTimes.until))
                    AND NOT EXISTS (SELECT FROM rollup.world_total w WHERE w.start > \(ConsoleTimes.since) - interval '1 day'
                        AND w.start < least(\(ConsoleTimes.until), now() - interval '3 hours')
                        AND (w.span = 86400 AND NOT EXISTS (SELECT FROM rollup.world_total_day t WHERE t.start = w.start)
                            OR w.span = 3600 AND $2::int8 - $1::int8 <= 345600
                                AND NOT EXISTS (SELECT FROM rollup.world_total_hour t WHERE t.start = w.start)))
                """, ["\(span.start)", "\(span.end)"]
            ).text(0, 0) == "t"
        var bins: TimeSpan?
        var unit: Int64 = 300
        if isSeries, span.seconds > 0 {
            let found = try query(
                """
                SELECT extract(epoch FROM min(b.start))::int8, extract(epoch FROM max(b.stop))::int8,
                    CASE WHEN bool_and(b.start = date_bin('1 day', b.start, '2000-01-01Z')
                            AND b.stop = date_bin('1 day', b.stop, '2000-01-01Z')) THEN 86400
                        WHEN bool_and(b.start = date_bin('1 hour', b.start, '2000-01-01Z')
                            AND b.stop = date_bin('1 hour', b.stop, '2000-01-01Z')) THEN 3600 ELSE 300 END
                FROM api.bins(to_timestamp($1::int8), to_timestamp($2::int8), $3, $4) b
                """, ["\(span.start)", "\(span.end)", step.rawValue, zone])
            if let start: Int64 = found.number(0, 0), let end: Int64 = found.number(0, 1) {
                bins = TimeSpan(start: start, end: end)
            }
            unit = found.number(0, 2) ?? 300
        }
        func names(_ column: Int) -> [String] {
            row.text(0, column).map { $0.split(separator: ",").map(String.init).sorted() } ?? []
        }
        let facts = Facts(
            now: row.number(0, 0) ?? 0, hllSchema: row.text(0, 3), isPartial: row.text(0, 4) == "t", sites: names(5),
            sensors: names(6), bins: bins, binUnit: unit, hasParts: hasParts, scannersSince: row.number(0, 7))
        return (facts, span, step)
    }

    /// A moment whose text or number is the parameter; the third is the zone.
    static func moment(_ point: TimePoint, _ parameter: Int) -> String {
        switch point {
        case .before: "now() - $\(parameter)::int8 * interval '1 second'"
        case .unix: "to_timestamp($\(parameter)::int8)"
        case .local: "$\(parameter)::timestamp AT TIME ZONE $3"
        case .utc: "$\(parameter)::timestamp AT TIME ZONE 'UTC'"
        }
    }

    /// Its text or number.
    static func parameter(_ point: TimePoint) -> String {
        switch point {
        case .before(let seconds), .unix(let seconds): "\(seconds)"
        case .local(let text), .utc(let text): text
        }
    }

    /// Answers a question in a transaction that can only read, in the time that is given for each of its statements.
    /// - Throws: `.refused` when there is too much to read or it takes too long, with what to do.
    package func answer(
        _ plan: Plan, zone: String, timeoutMilliseconds: Int = 30_000
    ) throws(StoreError) -> QuestionAnswer {
        try reading(timeoutMilliseconds: timeoutMilliseconds) { () throws(StoreError) in
            let coverage = try coverage(plan.coverage)
            if let most = plan.mostPackets, coverage.packets > most {
                throw StoreError(
                    .refused("54000"),
                    "this can be answered from flows alone, and the span has \(coverage.packets) packets where \(most) are "
                        + "read at most. Give \(plan.instead)")
            }
            let rows = try rows(of: plan)
            let ends = try query(
                """
                SELECT \(Self.timeText("e.at")), to_char(e.at AT TIME ZONE $3, 'YYYY-MM-DD HH24:MI')
                FROM (VALUES (to_timestamp($1::int8)), (to_timestamp($2::int8))) e (at)
                """, ["\(plan.span.start)", "\(plan.span.end)", zone])
            return QuestionAnswer(
                plan: plan, times: (0..<2).map { ends.text($0, 0) ?? "" },
                localTimes: (0..<2).map { ends.text($0, 1) ?? "" }, coverage: coverage, rows: rows)
        }
    }

    /// The rows of a plan, in a transaction of the caller; for plans without a limit of packets.
    package func rows(of plan: Plan) throws(StoreError) -> [[String?]] {
        let result = try query(plan.rows.text, plan.rows.parameters)
        return (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) } }
    }

    /// Runs `body` in a transaction that can only read.
    func reading<T>(timeoutMilliseconds: Int, _ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        do {
            return try transaction { () throws(StoreError) in
                // One state of the database for all that is read.
                try query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                try query("SET LOCAL statement_timeout = \(max(1, timeoutMilliseconds))")
                // Compiling takes longer than what it saves, and sums of a quarter fit in this.
                try query("SELECT set_config('jit', 'off', true), set_config('work_mem', '32MB', true)")
                return try body()
            }
        } catch {
            // query_canceled (PostgreSQL manual, appendix A): by the time, since nobody else cancels these.
            guard isAlive, error.kind == .unavailable, lastState == "57014" else { throw error }
            throw StoreError(
                .refused("57014"),
                "no answer within \(timeoutMilliseconds / 1_000) s. Give a shorter span, fewer sites, or whole days")
        }
    }

    private func coverage(_ statement: Statement) throws(StoreError) -> Coverage {
        let result = try query(statement.text, statement.parameters)
        func number(_ row: Int, _ column: Int) -> Double? { result.text(row, column).flatMap { Double($0) } }
        let sites = (0..<result.rowCount).map { row in
            Coverage.Site(
                code: result.text(row, 0) ?? "", share: number(row, 1) ?? 0, state: result.text(row, 4) ?? "missing",
                packets: result.number(row, 5) ?? 0)
        }
        let observed = (0..<result.rowCount).compactMap { number($0, 2) }.reduce(0, +)
        let expected = (0..<result.rowCount).compactMap { number($0, 3) }.reduce(0, +)
        return Coverage(
            sites: sites, share: expected > 0 ? min(observed / expected, 1) : nil,
            isAwaited: (0..<result.rowCount).contains { result.text($0, 6) == "t" })
    }
}
