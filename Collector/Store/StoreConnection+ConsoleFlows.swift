/// What only flows know of a port.
extension StoreConnection {
    /// When each site first saw a port in the days (UTC) that hold a span: rows of api.first_seen.
    package func consoleFirstSeen(
        _ times: ConsoleTimes, trafficClass: String, port: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT f.site, f.first_seen, extract(epoch FROM f.within)::int8 AS within_seconds,
                extract(epoch FROM f.lag)::int8 AS lag_seconds, f.observing_since, f.started_later,
                f.coverage_of_lag, f.packets, f.sources, f.sources_precision
            FROM api.first_seen($3, $4::int4, \(ConsoleTimes.firstDay), \(ConsoleTimes.lastDay)) f
            """, times.parameters + [trafficClass, "\(port)"])
    }

    /// Sources, packets and dark addresses of a port: the latter at least, since a flow tells how many a source reached in a
    /// minute, and which one was the first where the site's policy lets it.
    package func consolePortFlows(
        _ times: ConsoleTimes, trafficClass: String, port: Int, scanners: String
    ) throws(StoreError) -> Answer {
        try answer(
            """
            WITH own AS MATERIALIZED (\(StoreConnection.ownFlows)), site AS (
                SELECT r.site, greatest(max(r.destinations), count(DISTINCT r.target)) AS targets FROM own r GROUP BY r.site
            )
            SELECT coalesce(sum(r.packets), 0)::int8 AS packets, count(DISTINCT r.source) AS sources,
                CASE WHEN bool_or(r.source IS NULL) THEN 'at-least' ELSE 'exact' END AS sources_precision,
                count(DISTINCT r.site) AS sites, (SELECT sum(s.targets)::int8 FROM site s) AS dark_targets,
                'at-least' AS dark_targets_precision
            FROM own r
            """, times.parameters + [trafficClass, "\(port)", scanners])
    }

    /// The other ports that its sources asked for, those that share the most sources first.
    package func consoleSharedPorts(
        _ times: ConsoleTimes, trafficClass: String, port: Int, scanners: String, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            WITH source AS MATERIALIZED (
                SELECT DISTINCT r.source FROM (\(StoreConnection.ownFlows)) r WHERE r.source IS NOT NULL
            ), pair AS (
                SELECT DISTINCT f.source, f.class, f.service_port FROM api.flow f
                WHERE f.window_start >= \(ConsoleTimes.since) AND f.window_start < \(ConsoleTimes.until)
                    AND NOT (f.class = $3 AND f.service_port = $4::int4)
            )
            SELECT p.class, p.service_port, api.port_name(p.class, p.service_port) AS name, count(*) AS shared_sources,
                count(*)::float8 / (SELECT count(*) FROM source) AS share
            FROM pair p JOIN source s USING (source)
            GROUP BY p.class, p.service_port ORDER BY shared_sources DESC, p.class, p.service_port LIMIT $6::int8
            """, times.parameters + [trafficClass, "\(port)", scanners, "\(limit)"])
    }

    /// The tools that its sources used there, after api.tool_verdict on what each of them sent to it; `none` for no known one.
    package func consolePortTools(
        _ times: ConsoleTimes, trafficClass: String, port: Int, scanners: String
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT coalesce(t.tool, 'none') AS tool, count(*) AS sources, sum(t.packets)::int8 AS packets
            FROM (
                SELECT r.source, sum(r.packets) AS packets, CASE WHEN $3 = 'tcp-syn'
                    THEN api.tool_verdict(sum(r.packets), sum(r.zmap), sum(r.masscan), sum(r.mirai)) END AS tool
                FROM (\(StoreConnection.ownFlows)) r WHERE r.source IS NOT NULL GROUP BY r.source
            ) t GROUP BY 1 ORDER BY sources DESC, tool
            """, times.parameters + [trafficClass, "\(port)", scanners])
    }

    /// Flows of a port, and what found a sensor's table full; `$3` is the class, `$4` the port, `$5` the choice of scanners.
    /// A source is labelled as it was at the start of the day (UTC), as filters say it.
    private static let ownFlows = """
        WITH f AS MATERIALIZED (
            SELECT v.site, v.source, v.packets, v.destinations,
                coalesce(host(v.destination), v.destination_offset::text) AS target, v.zmap, v.masscan, v.mirai,
                date_trunc('day', v.window_start, 'UTC') AS midnight FROM api.flow v
            WHERE v.window_start >= \(ConsoleTimes.since) AND v.window_start < \(ConsoleTimes.until)
                AND v.class = $3 AND v.service_port = $4::int4
            UNION ALL
            SELECT v.site, NULL, v.packets, NULL, NULL, 0, 0, 0, date_trunc('day', v.window_start, 'UTC') FROM api.overflow v
            WHERE v.window_start >= \(ConsoleTimes.since) AND v.window_start < \(ConsoleTimes.until)
                AND v.class = $3 AND v.service_port = $4::int4 AND $5 <> 'only'
        ), label AS MATERIALIZED (
            SELECT s.source, s.midnight, api.scanner_label(s.source, s.midnight) IS NOT NULL AS is_scanner
            FROM (SELECT DISTINCT f.source, f.midnight FROM f WHERE f.source IS NOT NULL AND $5 <> 'all') s
        )
        SELECT f.* FROM f LEFT JOIN label l ON l.source = f.source AND l.midnight = f.midnight
        WHERE $5 = 'all' OR coalesce(l.is_scanner, false) = ($5 = 'only')
        """
}
