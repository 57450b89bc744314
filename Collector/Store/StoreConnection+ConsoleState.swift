extension StoreConnection {
    /// The database's clock.
    package func consoleNow() throws(StoreError) -> String {
        try answer("SELECT now() AS at").text(0, "at") ?? ""
    }

    /// The state of all sites beside what is usual: rows of api.overview.
    package func consoleFigures() throws(StoreError) -> Answer {
        try answer("SELECT name, value, usual, unit FROM api.overview()")
    }

    /// How many alerts that go on are in each state.
    package func consoleAlertCounts() throws(StoreError) -> Answer {
        try answer(
            """
            SELECT state, count(*) FILTER (WHERE NOT is_false_positive) AS alerts,
                count(*) FILTER (WHERE NOT is_false_positive AND severity = 'high') AS high
            FROM api.alert WHERE state IN ('open', 'ongoing', 'quiet') GROUP BY state ORDER BY state
            """)
    }

    /// The blocks that a site lends now, of those that whoever asks may know.
    package func consoleDarkBlocks(site: String) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT p.prefix::text AS block, lower(p.validity) AS since FROM meta.dark_prefix p
            JOIN meta.site s ON s.id = p.site WHERE s.code = $1 AND p.validity @> now() ORDER BY p.prefix
            """, [site])
    }

    /// The minutes that ended at most so many minutes ago and of which something is stored, of each site and of all, the
    /// oldest first. A minute is settled three minutes after its start.
    package func consoleWindows(minutes: Int) throws(StoreError) -> [ConsoleWindow] {
        let rows = try answer(
            """
            SELECT date_trunc('minute', a.window_start, 'UTC') AS start, sum(a.aggregated)::int8 AS packets,
                count(DISTINCT a.sensor_id) AS sensors, count(DISTINCT a.site) AS sites, bool_and(a.is_complete) AS complete,
                max(a.committed_at) AS committed_at, a.site,
                date_trunc('minute', a.window_start, 'UTC') < now() - interval '3 minutes' AS settled
            FROM api.account a WHERE a.window_start > now() - $1::int4 * interval '1 minute'
                AND (a.capture = 'live' OR a.shift_seconds <> 0)
            GROUP BY GROUPING SETS ((date_trunc('minute', a.window_start, 'UTC')),
                (date_trunc('minute', a.window_start, 'UTC'), a.site)) ORDER BY 1, a.site
            """, ["\(minutes)"])
        return rows.rows.indices.map { row in
            ConsoleWindow(
                site: rows.text(row, "site"), start: rows.text(row, "start") ?? "",
                packets: rows.text(row, "packets").flatMap { Int64($0) } ?? 0,
                sensors: rows.text(row, "sensors").flatMap { Int64($0) } ?? 0,
                sites: rows.text(row, "sites").flatMap { Int64($0) } ?? 0,
                isComplete: rows.text(row, "complete") == "t", committedAt: rows.text(row, "committed_at") ?? "",
                isSettled: rows.text(row, "settled") == "t")
        }
    }

    /// What metrics tell of the database: kind, site and sensor or state, and a value.
    package func consoleMetrics() throws(StoreError) -> Answer {
        try answer(
            """
            SELECT 'commit' AS kind, s.site || '/' || s.sensor AS label, extract(epoch FROM s.last_commit)::float8 AS value
            FROM api.sensor_status s WHERE s.registration = 'active' AND s.last_commit IS NOT NULL
            UNION ALL SELECT 'lag', s.site || '/' || s.sensor, s.lag_seconds FROM api.sensor_status s
            WHERE s.registration = 'active' AND s.lag_seconds IS NOT NULL
            UNION ALL SELECT 'state', n.state, count(s.state) FROM unnest('{ok,late,silent}'::text[]) n (state)
            LEFT JOIN api.sensor_status s ON s.state = n.state AND s.registration = 'active' GROUP BY n.state
            UNION ALL SELECT 'message', n.state, count(m.state) FROM unnest('{due,dead}'::text[]) n (state)
            LEFT JOIN api.message m ON m.state = n.state GROUP BY n.state
            UNION ALL SELECT 'alert', n.state, count(a.state) FROM unnest('{open,ongoing,quiet}'::text[]) n (state)
            LEFT JOIN api.alert a ON a.state = n.state GROUP BY n.state
            UNION ALL SELECT 'size', 'database', pg_database_size(current_database())
            ORDER BY 1, 2
            """)
    }
}
