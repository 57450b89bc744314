/// What is new or rises in an hour or a day that is over.
extension StoreConnection {
    /// The newest hour, or 24 hours, that ended 15 minutes ago or before the end of a span.
    package func consoleNewest(_ times: ConsoleTimes, hours: Int) throws(StoreError) -> ConsoleTimes {
        let row = try query(
            "SELECT least($1::int8, floor(extract(epoch FROM now()))::int8 - 900) / 3600 * 3600", ["\(times.end)"])
        let end: Int64 = row.number(0, 0) ?? 0
        return try consoleTimes(end - Int64(hours) * 3_600, end, zone: times.zone)
    }

    /// Ports that were not there in the 28 days before: rows of api.new_ports.
    package func consoleNewPorts(_ times: ConsoleTimes, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT n.class, n.service_port, api.port_name(n.class, n.service_port) AS name, n.packets, n.sources,
                n.sources_precision, n.sites, n.first_hour, n.days_before
            FROM api.new_ports(\(ConsoleTimes.since), \(ConsoleTimes.until), 28, 2, $3::int4) n
            """, times.parameters + ["\(limit)"])
    }

    /// Ports that are above what is usual at their hour by more than chance: rows of api.rising_ports, of the last hour.
    package func consoleRisingPorts(_ times: ConsoleTimes, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT r.class, r.service_port, api.port_name(r.class, r.service_port) AS name, r.packets, r.sources,
                r.sources_precision, r.sites, r.packets_per_address_day, r.usual_7, r.usual_28, r.usual_sources_7, r.score,
                r.hours_28
            FROM api.rising_ports(to_timestamp($1::int8 - 3600), $2::int4) r WHERE r.score >= $3::float8
            ORDER BY r.score DESC, r.class, r.service_port
            """, ["\(times.end)", "\(limit)", "\(StoreConnection.leastScore)"])
    }

    /// Surges that go on in a span: rows of api.surge.
    package func consoleSurges(_ times: ConsoleTimes, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s.class, s.service_port, api.port_name(s.class, s.service_port) AS name, s.start, s.until, s.metric, s.score,
                s.times_usual, s.explanation, s.is_provisional
            FROM api.surge s WHERE s.until > \(ConsoleTimes.since) AND s.start < \(ConsoleTimes.until)
            ORDER BY s.score DESC, s.start, s.class, s.service_port LIMIT $3::int8
            """, times.parameters + ["\(limit)"])
    }

    /// Beyond this score of api.robust_score chance is unlikely.
    private static let leastScore = 6

    /// Countries with packets in a span beside the same hours of the seven days before, scaled to as much observed dark space:
    /// those that had none in any of them, or those that are above the median by more than chance.
    package func consoleNewCountries(
        _ times: ConsoleTimes, isNew: Bool, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            WITH span AS (
                SELECT d, \(ConsoleTimes.since) - d * interval '24 hours' AS since,
                    \(ConsoleTimes.until) - d * interval '24 hours' AS until FROM generate_series(0, 7) d
            ), space AS (
                SELECT s.d, s.since, s.until, sum(c.observed_address_seconds) AS space
                FROM span s JOIN api.coverage c ON c.span = 3600 AND c.start >= s.since AND c.start < s.until
                GROUP BY s.d, s.since, s.until
            ), usable AS MATERIALIZED (
                SELECT s.d, s.since, s.until, n.space / s.space AS scale FROM space s JOIN space n ON n.d = 0
                WHERE s.space > 0 AND s.space >= n.space / 2
            ), row AS MATERIALIZED (
                SELECT u.d, v.country, sum(v.packets) AS packets, sum(v.packets) * u.scale AS scaled,
                    max(v.sources) AS sources, count(DISTINCT v.site) AS sites
                FROM usable u JOIN api.country_traffic v ON v.start >= u.since AND v.start < u.until
                WHERE v.country IS NOT NULL GROUP BY u.d, u.scale, v.country
            ), pair AS (
                SELECT n.country, coalesce(r.scaled, 0)::float8 AS packets
                FROM row n JOIN usable u ON u.d > 0 LEFT JOIN row r ON r.country = n.country AND r.d = u.d WHERE n.d = 0
            ), middle AS (
                SELECT p.country, count(*) AS days, max(p.packets) AS most,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY p.packets) AS usual FROM pair p GROUP BY p.country
            ), spread AS (
                SELECT m.country, m.days, m.most, m.usual,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(p.packets - m.usual)) AS mad
                FROM middle m JOIN pair p USING (country) GROUP BY m.country, m.days, m.most, m.usual
            )
            SELECT r.country, r.packets::int8 AS packets, r.sources, 'at-least' AS sources_precision, r.sites,
                s.usual AS usual_packets, s.days, api.robust_score(r.packets::float8, s.usual, s.mad) AS score
            FROM row r JOIN spread s USING (country)
            WHERE r.d = 0 AND s.days >= 3
                AND CASE WHEN $5::bool THEN s.most = 0
                    ELSE s.most > 0 AND api.robust_score(r.packets::float8, s.usual, s.mad) >= $3::float8 END
            ORDER BY score DESC, r.packets DESC, r.country LIMIT $4::int8
            """, times.parameters + ["\(StoreConnection.leastScore)", "\(limit)", isNew ? "t" : "f"])
    }

    /// Of the sources with the most packets in a span, those that no site saw in the seven days (UTC) before its first day.
    package func consoleNewSources(_ times: ConsoleTimes, among: Int, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT r.source, r.packets, r.sites, r.ports, r.first_seen, r.last_seen, o.country, o.asn, o.as_name,
                api.scanner_label(r.source, r.last_seen) AS scanner, api.bogon(r.source) AS bogon
            FROM (
                SELECT f.source, sum(f.packets)::int8 AS packets, count(DISTINCT f.site) AS sites,
                    count(DISTINCT (f.class, f.service_port)) AS ports, min(f.first_seen) AS first_seen,
                    max(f.last_seen) AS last_seen
                FROM api.flow f WHERE f.window_start >= \(ConsoleTimes.since) AND f.window_start < \(ConsoleTimes.until)
                GROUP BY f.source ORDER BY 2 DESC, f.source LIMIT $3::int8
            ) r CROSS JOIN LATERAL api.origin(r.source) o
            WHERE NOT EXISTS (
                SELECT FROM api.source_history(r.source, \(ConsoleTimes.firstDay) - 7, \(ConsoleTimes.firstDay)) h)
            ORDER BY r.packets DESC, r.source LIMIT $4::int8
            """, times.parameters + ["\(among)", "\(limit)"])
    }
}
