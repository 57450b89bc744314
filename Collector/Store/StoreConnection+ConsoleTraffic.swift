extension StoreConnection {
    /// Packets and sources of every bin, with what was observed of it: rows of api.series.
    /// - Parameters:
    ///   - step: as api.bins knows it.
    ///   - site: code of a site; nil for all.
    package func consoleSeries(
        _ times: ConsoleTimes, step: String, trafficClass: String?, port: Int?, site: String?, withSources: Bool
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s."time", s.packets, s.sources, s.sources_precision, s.coverage, s.packets_per_address_day, s.state
            FROM api.series(\(ConsoleTimes.since), \(ConsoleTimes.until), $3, $4, $5, $6::int4, $7::text[], $8::bool) s
            """,
            times.parameters + [
                step, times.zone, trafficClass, port.map { "\($0)" }, site.map { Literal.array([$0]) },
                withSources ? "t" : "f",
            ])
    }

    /// The first ports by packets, sources or sites: of all sources, without scanners, or of scanners only.
    package func consolePorts(
        _ times: ConsoleTimes, scanners: String, by order: String, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT p.class, p.service_port, api.port_name(p.class, p.service_port) AS name, p.packets, p.sources,
                p.sources_precision, p.sites
            FROM api.top_ports_by(\(ConsoleTimes.since), \(ConsoleTimes.until), $3, $4, $5::int4) p
            """, times.parameters + [scanners, order, "\(limit)"])
    }

    /// What is usually meant by a port; nil for what has no name.
    package func portName(trafficClass: String, port: Int) throws(StoreError) -> String? {
        try query("SELECT api.port_name($1, $2::int4)", [trafficClass, "\(port)"]).text(0, 0)
    }

    /// What each site saw at a port in the hours of a span, of the sources that count.
    package func consolePortSites(
        _ times: ConsoleTimes, trafficClass: String, port: Int, scanners: String
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT p.site, sum(p.packets)::int8 AS packets, max(p.sources) AS most_sources_an_hour, min(p.start) AS first_hour,
                max(p.start) AS last_hour
            FROM api.port_traffic_by(date_trunc('hour', \(ConsoleTimes.since)), \(ConsoleTimes.until), $3, 3600) p
            WHERE p.class = $4 AND p.service_port = $5::int4 GROUP BY p.site ORDER BY packets DESC, p.site
            """, times.parameters + [scanners, trafficClass, "\(port)"])
    }

    /// The sources with the most packets in the days (UTC) that hold a span and are over.
    package func consoleSources(_ times: ConsoleTimes, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT r.source, r.packets, r.sites, r.days, r.first_seen, r.last_seen, o.country, o.asn, o.as_name,
                api.scanner_label(r.source, r.last_seen) AS scanner, api.bogon(r.source) AS bogon
            FROM (
                SELECT d.source, sum(d.packets)::int8 AS packets, count(DISTINCT d.site) AS sites,
                    count(DISTINCT d.day) AS days, min(d.first_seen) AS first_seen, max(d.last_seen) AS last_seen
                FROM api.source_day d WHERE d.day >= \(ConsoleTimes.firstDay) AND d.day < \(ConsoleTimes.lastDay)
                GROUP BY d.source ORDER BY 2 DESC, d.source LIMIT $3::int8
            ) r CROSS JOIN LATERAL api.origin(r.source) o ORDER BY r.packets DESC, r.source
            """, times.parameters + ["\(limit)"])
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
}
