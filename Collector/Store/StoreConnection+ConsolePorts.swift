/// What every figure of ports depends on: who asks, and with what the database can unite sets of sources.
package struct ConsoleReader: Sendable, Hashable {
    /// Whether whoever asks sees what some sites saw only.
    package let isPartial: Bool
    /// The schema of the extension hll, quoted as an identifier where it needs to be; nil without the extension.
    package let hllSchema: String?
}

/// A span of whole hours that can be set beside the same hours of some days before, fairly.
package struct ConsoleComparison: Sendable, Hashable {
    package let days: Int
    package let now: ConsoleTimes
    package let before: ConsoleTimes
    /// Codes of the sites that are compared, and of those that are left out on both sides with what was observed (0 to 1; nil
    /// for nothing known) of either span.
    package let sites: [String]
    package let leftOut: [(site: String, coverage: String?, coverageBefore: String?)]

    /// The least share of both spans that a site must have observed to be compared.
    package static let leastShare = 0.95

    package static func == (left: Self, right: Self) -> Bool {
        left.now == right.now && left.before == right.before && left.sites == right.sites
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(now)
        hasher.combine(sites)
    }
}

extension StoreConnection {
    package func consoleReader() throws(StoreError) -> ConsoleReader {
        let row = try query(
            """
            SELECT rollup.is_partial(current_user), (
                SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                WHERE e.extname = 'hll')
            """)
        return ConsoleReader(isPartial: row.text(0, 0) == "t", hllSchema: row.text(0, 1))
    }

    /// The whole hours (UTC) of a span that are over for 15 minutes, beside the same hours of so many days before: sites that
    /// did not observe enough of one are left out of both.
    /// - Returns: nil when there is no such hour, or no site that observed both.
    package func consoleComparison(_ times: ConsoleTimes, days: Int = 7) throws(StoreError) -> ConsoleComparison? {
        let row = try query(
            """
            SELECT $1::int8 / 3600 * 3600, least(($2::int8 + 3599) / 3600,
                (floor(extract(epoch FROM now()))::int8 - 900) / 3600) * 3600
            """, times.parameters)
        guard let start: Int64 = row.number(0, 0), let end: Int64 = row.number(0, 1), end > start else { return nil }
        let now = try consoleTimes(start, end, zone: times.zone)
        let back = Int64(days) * 86_400
        let before = try consoleTimes(start - back, end - back, zone: times.zone)
        let (covered, coveredBefore) = (try shares(now), try shares(before))
        var sites: [String] = []
        var leftOut: [(site: String, coverage: String?, coverageBefore: String?)] = []
        for site in Set(covered.keys).union(coveredBefore.keys).sorted() {
            let pair = [covered[site], coveredBefore[site]].map { $0.flatMap { Double($0) } ?? 0 }
            if pair.allSatisfy({ $0 >= ConsoleComparison.leastShare }) {
                sites.append(site)
            } else {
                leftOut.append((site, covered[site], coveredBefore[site]))
            }
        }
        guard !sites.isEmpty else { return nil }
        return ConsoleComparison(days: days, now: now, before: before, sites: sites, leftOut: leftOut)
    }

    private func shares(_ times: ConsoleTimes) throws(StoreError) -> [String: String] {
        let rows = try consoleCoverage(times)
        var shares: [String: String] = [:]
        for row in rows.rows.indices {
            if let site = rows.text(row, "site") { shares[site] = rows.text(row, "coverage") }
        }
        return shares
    }

    func consoleTimes(_ start: Int64, _ end: Int64, zone: String) throws(StoreError) -> ConsoleTimes {
        let ends = try answer(
            "SELECT to_timestamp($1::int8) AS start, to_timestamp($2::int8) AS stop", ["\(start)", "\(end)"])
        return ConsoleTimes(
            start: start, end: end, zone: zone, from: ends.text(0, "start") ?? "", to: ends.text(0, "stop") ?? "")
    }

    /// The first ports by packets, sources or sites: of all sources, without scanners, or of scanners only; each with the first
    /// day on which it was seen, and beside what it had before where that can be compared.
    package func consolePorts(
        _ times: ConsoleTimes, scanners: String, by order: String, limit: Int, reader: ConsoleReader,
        comparison: ConsoleComparison?
    ) throws(StoreError) -> Answer {
        // Whoever sees some sites only is answered from their rows: sums of all sites do not fit their coverage.
        let isWorld = scanners == "all" && !reader.isPartial
        let top =
            isWorld
            ? "api.top_ports(\(ConsoleTimes.since), \(ConsoleTimes.until), $4, $5::int4)"
            : "api.top_ports_by(\(ConsoleTimes.since), \(ConsoleTimes.until), $3, $4, $5::int4)"
        let compared =
            comparison == nil
            ? "(SELECT NULL::text AS class, 0 AS service_port, NULL::numeric AS packets, NULL::int8 AS sources, "
                + "NULL::numeric AS packets_before, NULL::int8 AS sources_before)"
            : """
            api.compare_ports(to_timestamp($7::int8), to_timestamp($8::int8), (SELECT classes FROM key),
                (SELECT ports FROM key), $3, $6::text[], $9::int4)
            """
        var values: [String?] = times.parameters + [scanners, order, "\(limit)"]
        values.append(Literal.array(comparison?.leftOut.map(\.site) ?? []))
        if let comparison { values += comparison.now.parameters + ["\(comparison.days)"] }
        return try answer(
            """
            WITH top AS MATERIALIZED (
                SELECT * FROM \(top) WITH ORDINALITY
                    p (class, service_port, packets, sources, sources_precision, sites, place)
            ), key AS MATERIALIZED (
                SELECT array_agg(p.class) AS classes, array_agg(p.service_port) AS ports FROM top p
                WHERE $3::text IS NOT NULL AND $6::text[] IS NOT NULL
            )
            SELECT p.class, p.service_port, api.port_name(p.class, p.service_port) AS name, p.packets, p.sources,
                p.sources_precision, p.sites, f.first_day, c.packets AS packets_compared, c.sources AS sources_compared,
                c.packets_before, c.sources_before
            FROM top p
            LEFT JOIN api.first_days((SELECT classes FROM key), (SELECT ports FROM key)) f
                ON f.class = p.class AND f.service_port = p.service_port
            LEFT JOIN \(compared) c ON c.class = p.class AND c.service_port = p.service_port
            ORDER BY p.place
            """, values)
    }

    /// What each site saw at a port in the hours of a span, of the sources that count.
    package func consolePortSites(
        _ times: ConsoleTimes, trafficClass: String, port: Int, scanners: String, reader: ConsoleReader
    ) throws(StoreError) -> Answer {
        let (sources, precision) = StoreConnection.united("r", reader)
        return try answer(
            """
            SELECT r.site, sum(r.packets)::int8 AS packets, \(sources) AS sources, \(precision) AS sources_precision,
                min(r.start) AS first_hour, max(r.start) AS last_hour
            FROM (\(StoreConnection.rowsAtPort(times))) r WHERE $1::int8 < $2::int8
            GROUP BY r.site ORDER BY packets DESC, r.site
            """, times.parameters + [trafficClass, "\(port)", scanners])
    }

    /// Packets and sources of a port in those bins of api.series that have any.
    /// - Parameter step: as api.bins knows it.
    /// - Returns: nil when bins are not made of whole hours (UTC), by which scanners are kept.
    package func consolePortBins(
        _ times: ConsoleTimes, step: String, trafficClass: String, port: Int, scanners: String, reader: ConsoleReader
    ) throws(StoreError) -> Answer? {
        guard let bins = try wholeBins(times, step: step) else { return nil }
        let (sources, precision) = StoreConnection.united("r", reader)
        return try answer(
            """
            SELECT b.start AS "time", sum(r.packets)::int8 AS packets, \(sources) AS sources,
                \(precision) AS sources_precision
            FROM api.bins(\(ConsoleTimes.since), \(ConsoleTimes.until), $6, $7) b
            JOIN (\(StoreConnection.rowsAtPort(bins.times, bins: bins.unit))) r ON r.start >= b.start AND r.start < b.stop
            GROUP BY b.start ORDER BY b.start
            """, times.parameters + [trafficClass, "\(port)", scanners, step, times.zone])
    }

    /// From the start of the first bin to the end of the last one, and of which spans all are made: days or hours (UTC).
    private func wholeBins(
        _ times: ConsoleTimes, step: String
    ) throws(StoreError) -> (times: ConsoleTimes, unit: Int64)? {
        let row = try query(
            """
            SELECT extract(epoch FROM min(b.start))::int8, extract(epoch FROM max(b.stop))::int8,
                CASE WHEN bool_and(b.start = date_bin('1 day', b.start, '2000-01-01Z')
                        AND b.stop = date_bin('1 day', b.stop, '2000-01-01Z')) THEN 86400
                    WHEN bool_and(b.start = date_bin('1 hour', b.start, '2000-01-01Z')
                        AND b.stop = date_bin('1 hour', b.stop, '2000-01-01Z')) THEN 3600 END
            FROM api.bins(\(ConsoleTimes.since), \(ConsoleTimes.until), $3, $4) b
            """, times.parameters + [step, times.zone])
        guard let start: Int64 = row.number(0, 0), let end: Int64 = row.number(0, 1), let unit: Int64 = row.number(0, 2)
        else { return nil }
        return (try consoleTimes(start, end, zone: times.zone), unit)
    }

    /// Rows of `api.traffic_at_port` that make up a span: whole days (UTC) in the middle and hours beside them, or spans of
    /// one length where bins want it. `$3` is the class, `$4` the port, `$5` the choice of scanners.
    private static func rowsAtPort(_ times: ConsoleTimes, bins: Int64? = nil) -> String {
        let (start, end) = (times.start / 3_600 * 3_600, times.end)
        let (first, last) = ((start + 86_399) / 86_400 * 86_400, end / 86_400 * 86_400)
        let pieces: [(Int64, Int64, Int64)] =
            if let bins {
                [(bins, start, end)]
            } else if last - first < 86_400 {
                [(3_600, start, end)]
            } else {
                [(3_600, start, first), (86_400, first, last), (3_600, last, end)]
            }
        return pieces.filter { $0.1 < $0.2 }.map { piece in
            "SELECT * FROM api.traffic_at_port(to_timestamp(\(piece.1)), to_timestamp(\(piece.2)), $3, $4::int4, $5, \(piece.0))"
        }.joined(separator: " UNION ALL ")
    }

    /// Distinct sources over rows of `api.traffic_at_port`, and what the number is worth.
    private static func united(_ row: String, _ reader: ConsoleReader) -> (sources: String, precision: String) {
        let sources =
            reader.hllSchema.map {
                """
                greatest(max(\(row).sources), round(\($0).hll_cardinality(\($0).hll_union_agg(\(row).sources_sketch::\($0).hll))
                    - coalesce(\($0).hll_cardinality(\($0).hll_union_agg(\(row).labelled_sketch::\($0).hll)), 0))::int8)
                """
            } ?? "max(\(row).sources)"
        let several = reader.hllSchema == nil ? "count(*) > 1" : "false"
        return (
            sources,
            """
            CASE WHEN bool_or(\(row).sources_precision = 'at-least') OR \(several) THEN 'at-least'
                WHEN bool_or(\(row).sources_precision = 'estimate') OR count(*) > 1 AND sum(\(row).sources) > 256
                THEN 'estimate' ELSE 'exact' END
            """
        )
    }
}
