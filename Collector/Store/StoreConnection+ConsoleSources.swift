/// Who sends: addresses, blocks, networks and countries.
extension StoreConnection {
    /// The sources with the most packets in the days (UTC) that hold a span and are over.
    /// - Parameter scanners: all, without labelled scanners, or those only, as they were labelled when the day began.
    package func consoleSources(_ times: ConsoleTimes, scanners: String, limit: Int) throws(StoreError) -> Answer {
        if try areManySources(times) { return try firstSources(times, scanners: scanners, limit: limit) }
        return try answer(
            """
            SELECT r.source, r.packets, r.sites, r.days, r.services, r.services_precision, r.tool, r.first_seen, r.last_seen,
                o.country, o.asn, o.as_name, api.scanner_label(r.source, r.last_seen) AS scanner, api.bogon(r.source) AS bogon
            FROM (
                SELECT d.source, sum(d.packets)::int8 AS packets, count(DISTINCT d.site) AS sites,
                    count(DISTINCT d.day) AS days, max(d.services)::int8 AS services,
                    CASE WHEN count(*) > 1 THEN 'at-least' ELSE max(d.services_precision) END AS services_precision,
                    api.tool_verdict(sum(d.syn_packets), sum(d.zmap), sum(d.masscan), sum(d.mirai)) AS tool,
                    min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen
                FROM (\(StoreConnection.chosenSources)) d
                GROUP BY d.source ORDER BY 2 DESC, d.source LIMIT $4::int8
            ) r CROSS JOIN LATERAL api.origin(r.source) o ORDER BY r.packets DESC, r.source
            """, times.parameters + [scanners, "\(limit)"])
    }

    /// Whether the sources of every sensor and day are too many to be read while somebody waits.
    private func areManySources(_ times: ConsoleTimes) throws(StoreError) -> Bool {
        try query(
            """
            SELECT NOT rollup.is_partial(current_user)
                AND count(*) * (\(ConsoleTimes.lastDay) - \(ConsoleTimes.firstDay)) > $3::int4 FROM meta.sensor
            """, times.parameters + ["\(StoreConnection.mostSensorDays)"]
        ).text(0, 0) == "t"
    }

    /// Sensors times days whose sources are read one by one, at most.
    private static let mostSensorDays = 60

    /// Those that were among the first of a day at all sites: `sites` are those of the day with most, and nothing is known of
    /// services and tools.
    private func firstSources(
        _ times: ConsoleTimes, scanners: String, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT r.source, r.packets, r.sites, r.days, NULL::int8 AS services, NULL::text AS services_precision,
                NULL::text AS tool, r.first_seen, r.last_seen, o.country, o.asn, o.as_name,
                api.scanner_label(r.source, r.last_seen) AS scanner, api.bogon(r.source) AS bogon
            FROM (
                SELECT d.source, sum(d.packets)::int8 AS packets, max(d.sites_seen)::int8 AS sites, count(*) AS days,
                    min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen
                FROM api.first_source_day d
                WHERE d.day >= \(ConsoleTimes.firstDay) AND d.day < \(ConsoleTimes.lastDay)
                    AND ($3 = 'all' OR d.is_scanner = ($3 = 'only'))
                GROUP BY d.source ORDER BY 2 DESC, d.source LIMIT $4::int8
            ) r CROSS JOIN LATERAL api.origin(r.source) o ORDER BY r.packets DESC, r.source
            """, times.parameters + [scanners, "\(limit)"])
    }

    /// The blocks (IPv4 /24, IPv6 /48) with the most packets in those days.
    package func consoleSourceBlocks(_ times: ConsoleTimes, scanners: String, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            WITH row AS MATERIALIZED (\(StoreConnection.chosenSources)), block AS MATERIALIZED (
                SELECT network(set_masklen(d.source, CASE d.family WHEN 4 THEN 24 ELSE 48 END)) AS block,
                    sum(d.packets)::int8 AS packets, count(DISTINCT d.source) AS sources, count(DISTINCT d.site) AS sites,
                    count(DISTINCT d.day) AS days, min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen
                FROM row d GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $4::int8
            )
            SELECT b.block::text AS block, b.packets, b.sources, 'exact' AS sources_precision, b.sites, b.days, b.first_seen,
                b.last_seen, o.country, o.asn, o.as_name, s.scanner_sources, s.scanner, api.bogon(b.block) AS bogon
            FROM block b CROSS JOIN LATERAL api.origin(host(b.block)::inet) o CROSS JOIN LATERAL (
                SELECT count(l.label) AS scanner_sources, max(l.label) AS scanner
                FROM (SELECT DISTINCT d.source FROM row d WHERE d.source <<= b.block) u
                CROSS JOIN LATERAL (SELECT api.scanner_label(u.source, b.last_seen) AS label) l
            ) s ORDER BY b.packets DESC, b.block
            """, times.parameters + [scanners, "\(limit)"])
    }

    /// Rows of api.source_day of the days that hold a span; `$3` is the choice of scanners. A source is labelled as it was at
    /// the start of the day (UTC), as filters say it.
    private static let chosenSources = """
        WITH d AS MATERIALIZED (
            SELECT v.* FROM api.source_day v
            WHERE v.day >= \(ConsoleTimes.firstDay) AND v.day < \(ConsoleTimes.lastDay) AND v.source IS NOT NULL
        ), label AS MATERIALIZED (
            SELECT s.source, s.day, api.scanner_label(s.source, s.day::timestamp AT TIME ZONE 'UTC') IS NOT NULL AS is_scanner
            FROM (SELECT DISTINCT d.source, d.day FROM d WHERE $3 <> 'all') s
        )
        SELECT d.* FROM d LEFT JOIN label l ON l.source = d.source AND l.day = d.day
        WHERE $3 = 'all' OR coalesce(l.is_scanner, false) = ($3 = 'only')
        """

    /// The days (UTC) that hold a span, and how many of them have sources.
    package func consoleSourceSpan(_ times: ConsoleTimes) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT \(ConsoleTimes.firstDay) AS first_day, \(ConsoleTimes.lastDay) - 1 AS last_day,
                (SELECT count(DISTINCT d.day) FROM api.signature_day d WHERE d.day >= \(ConsoleTimes.firstDay)
                    AND d.day < \(ConsoleTimes.lastDay)) AS days_known,
                \(ConsoleTimes.lastDay) - \(ConsoleTimes.firstDay) AS days
            """, times.parameters)
    }

    /// Where an address or the first of a block belongs, its label as a scanner, and why nothing can come from it.
    package func consoleIdentity(_ block: String, isAddress: Bool) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT o.country, o.asn, o.as_name, CASE WHEN $2::bool THEN api.scanner_label(p.address) END AS scanner,
                api.bogon(p.address) AS bogon
            FROM (SELECT host($1::inet)::inet AS address) p CROSS JOIN LATERAL api.origin(p.address) o
            """, [block, isAddress ? "t" : "f"])
    }

    /// What an address or a block sent in each of the days (UTC) that hold a span: rows of api.block_history.
    package func consoleSourceDays(_ times: ConsoleTimes, _ block: String) throws(StoreError) -> Answer {
        try answer(
            "SELECT * FROM api.block_history($3::inet, \(ConsoleTimes.firstDay), \(ConsoleTimes.lastDay)) ORDER BY day",
            times.parameters + [block])
    }

    /// Which sites it reached in them.
    package func consoleSourceSites(_ times: ConsoleTimes, _ block: String) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT h.site, sum(h.packets)::int8 AS packets, count(DISTINCT h.source) AS sources,
                count(DISTINCT h.day) AS days, min(h.first_seen) AS first_seen, max(h.last_seen) AS last_seen
            FROM api.source_history($3::inet, \(ConsoleTimes.firstDay), \(ConsoleTimes.lastDay)) h
            GROUP BY h.site ORDER BY packets DESC, h.site
            """, times.parameters + [block])
    }

    /// Its scans in a span, of all sites together as one telescope, the newest first.
    package func consoleSourceScans(
        _ times: ConsoleTimes, _ block: String, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT e.source, e.class, e.service_port, e.first_seen, e.last_seen, e.packets, e.rate_pps, e.sites, e.is_open
            FROM api.scan_event e WHERE e.site IS NULL AND e.source <<= $3::inet AND e.last_seen >= \(ConsoleTimes.since)
                AND e.first_seen < \(ConsoleTimes.until)
            ORDER BY e.last_seen DESC, e.source, e.class, e.service_port LIMIT $4::int8
            """, times.parameters + [block, "\(limit)"])
    }

    /// The attacks on it, in the same way.
    package func consoleSourceAttacks(
        _ times: ConsoleTimes, _ block: String, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT e.victim, e.protocol, array_to_string(e.ports[1:8], ' ') AS ports, e.first_seen, e.last_seen, e.packets,
                e.rate_pps, e.sites, e.is_open
            FROM api.attack_event e WHERE e.site IS NULL AND e.victim <<= $3::inet
                AND e.last_seen >= \(ConsoleTimes.since) AND e.first_seen < \(ConsoleTimes.until)
            ORDER BY e.last_seen DESC, e.victim, e.protocol LIMIT $4::int8
            """, times.parameters + [block, "\(limit)"])
    }

    /// The tools that its sources used in those days, after api.tool_verdict on what each sent; `none` for no known one.
    package func consoleSourceTools(_ times: ConsoleTimes, _ block: String) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT coalesce(s.tool, 'none') AS tool, count(*) AS sources, sum(s.packets)::int8 AS packets
            FROM (
                SELECT sum(h.packets) AS packets,
                    api.tool_verdict(sum(h.syn_packets), sum(h.zmap), sum(h.masscan), sum(h.mirai)) AS tool
                FROM api.source_history($3::inet, \(ConsoleTimes.firstDay), \(ConsoleTimes.lastDay)) h GROUP BY h.source
            ) s GROUP BY 1 ORDER BY sources DESC, tool
            """, times.parameters + [block])
    }

    /// Entries of lists of scanners that hold it or that it holds.
    package func consoleScannerEntries(_ block: String, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s.block::text AS block, s.organisation, s.list, s.list_date, s.since, s.until FROM api.scanner s
            WHERE s.block && $1::inet ORDER BY masklen(s.block) DESC, s.list, s.block LIMIT $2::int8
            """, [block, "\(limit)"])
    }

    /// Alerts of its addresses, the newest first.
    /// - Returns: nil when whoever asks may not read alerts.
    package func consoleSourceAlerts(_ block: String, limit: Int) throws(StoreError) -> Answer? {
        guard try query("SELECT has_table_privilege('alert.alert', 'SELECT')").text(0, 0) == "t" else { return nil }
        return try answer(
            """
            SELECT a.id, a.address, a.organisation, a.kind, a.finding, a.severity, a.state, a.first_seen, a.last_seen,
                a.packets, a.is_false_positive
            FROM api.alert a WHERE a.address <<= $1::inet ORDER BY a.last_seen DESC, a.id DESC LIMIT $2::int8
            """, [block, "\(limit)"])
    }
}
