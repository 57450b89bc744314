package import Query

/// What every question of the console may ask for.
package struct ConsoleSpan: Sendable, Hashable {
    package let from: TimePoint
    package let to: TimePoint
    /// IANA name.
    package let zone: String

    package init(from: TimePoint, to: TimePoint, zone: String) {
        (self.from, self.to, self.zone) = (from, to, zone)
    }
}

/// A span of which the database knows the ends.
package struct ConsoleTimes: Sendable, Hashable {
    /// Unix seconds.
    package let start: Int64
    package let end: Int64
    package let zone: String
    /// The ends, RFC 3339 in UTC.
    package let from: String
    package let to: String

    package var seconds: Int64 { end - start }

    /// Both ends as parameters `$1` and `$2`.
    var parameters: [String?] { ["\(start)", "\(end)"] }
    /// Both ends in SQL.
    static let since = "to_timestamp($1::int8)"
    static let until = "to_timestamp($2::int8)"
    /// The days (UTC) that hold the span.
    static let firstDay = "(date '1970-01-01' + ($1::int8 / 86400)::int4)"
    static let lastDay = "(date '1970-01-01' + (($2::int8 + 86399) / 86400)::int4)"
}

extension StoreConnection {
    /// Makes this a connection of a console: it only reads, as the role `analyst` where there is one that it may become, and
    /// no statement takes longer.
    /// - Returns: the role.
    @discardableResult
    package func readForConsole(timeoutMilliseconds: Int) throws(StoreError) -> String {
        try query("SET default_transaction_read_only = on")
        try query("SELECT set_config('statement_timeout', $1, false)", ["\(max(1, timeoutMilliseconds))"])
        let isAnalyst =
            try query(
                """
                SELECT FROM pg_roles r WHERE r.rolname = 'analyst' AND shobj_description(r.oid, 'pg_authid') LIKE 'Darkscope: %'
                    AND r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER')
                """
            ).rowCount == 1
        if isAnalyst { try query("SET ROLE analyst") }
        return try query("SELECT current_user").text(0, 0) ?? ""
    }

    /// Runs `body` in one transaction that only reads, so that all its answers are of one moment.
    /// - Throws: `.refused("57014")` when a statement takes too long.
    package func readTogether<T>(_ body: () throws -> T) throws -> T {
        var failure: (any Error)?
        do throws(StoreError) {
            return try transaction { () throws(StoreError) in
                try query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                do {
                    return try body()
                } catch let error as StoreError {
                    throw error
                } catch {
                    failure = error
                    throw StoreError(.unavailable, "the reader gave up")
                }
            }
        } catch {
            if let failure { throw failure }
            if error.kind == .unavailable, isAlive, lastState == "57014" {
                throw StoreError(.refused("57014"), "no answer within the time that a statement has")
            }
            throw error
        }
    }

    /// The ends of a span by the database's clock, in whole seconds that hold it.
    /// - Throws: `.refused` for a time that there is not, such as 30 February.
    package func consoleTimes(_ span: ConsoleSpan) throws(StoreError) -> ConsoleTimes {
        let row = try query(
            """
            SELECT floor(extract(epoch FROM \(Self.moment(span.from, 1))))::int8,
                ceil(extract(epoch FROM \(Self.moment(span.to, 2))))::int8
            FROM (SELECT $3::text) p
            """, [Self.parameter(span.from), Self.parameter(span.to), span.zone])
        let (start, end): (Int64, Int64) = (row.number(0, 0) ?? 0, row.number(0, 1) ?? 0)
        let ends = try answer(
            "SELECT to_timestamp($1::int8) AS start, to_timestamp($2::int8) AS stop", ["\(start)", "\(end)"])
        return ConsoleTimes(
            start: start, end: end, zone: span.zone, from: ends.text(0, "start") ?? "", to: ends.text(0, "stop") ?? "")
    }

    /// Whether the server only follows another one, so that nothing can be committed here.
    package func isReplica() throws(StoreError) -> Bool { try query("SELECT pg_is_in_recovery()").text(0, 0) == "t" }

    /// What each site observed in a span: its share of the dark addresses and of the time that is over (0 to 1), its packets,
    /// and the state as in api.coverage; a site of which nothing is known is not there. `silent_since` says since when nothing
    /// is observed of a site whose sensors are late or silent now, when the span reaches there.
    /// - Parameter site: code of the only site that is asked for; nil asks for all.
    package func consoleCoverage(_ times: ConsoleTimes, site: String? = nil) throws(StoreError) -> Answer {
        // Of long spans the days (UTC) that lie in them whole are read as such, so that years are cheap.
        let isLong = times.seconds > 7 * 86_400
        let firstDay = isLong ? (times.start + 86_399) / 86_400 * 86_400 : times.end
        let lastDay = isLong ? times.end / 86_400 * 86_400 : times.end
        return try answer(
            """
            WITH past AS (
                -- What is still to come is not missing.
                SELECT greatest(least($2::float8, extract(epoch FROM now())) - $1::float8, 1) AS seconds
            ), silent AS (
                SELECT s.site, min(coalesce(s.last_observed, s.last_commit)) AS since FROM api.sensor_status s
                WHERE s.registration = 'active' AND s.state <> 'ok' GROUP BY s.site
            ), piece AS (
                SELECT c.*, greatest(least(extract(epoch FROM now() - c.start) / c.span, 1), 0.01) AS part FROM api.coverage c
                WHERE ($5::text IS NULL OR c.site = $5) AND (
                    c.span = 86400 AND c.start >= to_timestamp($3::int8) AND c.start < to_timestamp($4::int8)
                    OR c.span = 3600 AND (
                        c.start > \(ConsoleTimes.since) - interval '1 hour' AND c.start < to_timestamp($3::int8)
                        OR c.start >= to_timestamp($4::int8) AND c.start < \(ConsoleTimes.until)))
            ), measured AS (
                SELECT c.site, c.span, sum(c.observed_address_seconds) AS addresses,
                    sum(c.expected_address_seconds * c.part) AS expected_addresses, sum(c.observed_seconds) AS observed,
                    sum(c.span * c.part) AS expected, sum(c.packets) AS packets, bool_or(c.state = 'late') AS is_late,
                    bool_and(c.state IN ('complete', 'quiet')) AS is_whole
                FROM piece c GROUP BY c.site, c.start, c.span
            )
            SELECT m.site, least(coalesce(sum(m.addresses) / nullif(sum(m.expected_addresses), 0),
                    sum(m.observed) / nullif(sum(m.expected), 0))
                    * least(sum(m.span) / (ceil(p.seconds / 3600) * 3600), 1), 1)::float8 AS coverage,
                sum(m.packets)::int8 AS packets,
                CASE WHEN bool_or(m.is_late) THEN 'late' WHEN sum(m.span) < p.seconds THEN 'partial'
                    WHEN bool_and(m.is_whole) THEN CASE WHEN sum(m.packets) = 0 THEN 'quiet' ELSE 'complete' END
                    WHEN sum(m.observed) = 0 THEN 'missing' ELSE 'partial' END AS state,
                CASE WHEN s.since < \(ConsoleTimes.until) THEN s.since END AS silent_since
            FROM measured m CROSS JOIN past p LEFT JOIN silent s ON s.site = m.site
            GROUP BY m.site, p.seconds, s.since ORDER BY m.site
            """, times.parameters + ["\(firstDay)", "\(max(firstDay, lastDay))", site])
    }
}
