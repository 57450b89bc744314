extension StoreConnection {
    /// Codes of the sites that whoever asks may know, and names of the sensors at them, each in order.
    package func consoleSensorNames() throws(StoreError) -> (sites: [String], names: [String]) {
        let rows = try answer("SELECT s.site, s.sensor FROM api.sensor_status s WHERE s.registration = 'active'")
        func distinct(_ column: String) -> [String] {
            Set(rows.rows.indices.compactMap { rows.text($0, column) }).sorted()
        }
        return (distinct("site"), distinct("sensor"))
    }

    /// What the labels of scanners are of: blocks of the lists in use, the day of the newest one (NULL when there is none),
    /// and sources that were labelled by what they did in the last 31 days.
    package func consoleScannerList() throws(StoreError) -> Answer {
        try answer(
            """
            SELECT count(*) FILTER (WHERE s.since IS NULL) AS blocks, max(s.list_date)::text AS list_date,
                count(*) FILTER (WHERE s.until >= (now() AT TIME ZONE 'UTC')::date - 31 AND s.since IS NOT NULL) AS behaviour
            FROM api.scanner s
            """)
    }

    /// Rows of api.year, each with the days (UTC) of it that are known, of how many, whether all of them were observed
    /// at all, and the first and the last one.
    package func consoleYears() throws(StoreError) -> Answer {
        try answer(
            """
            SELECT y.year, y.sites, y.packets, y.addresses, y.packets_per_address, y.coverage, d.days,
                (make_date(y.year + 1, 1, 1) - make_date(y.year, 1, 1)) AS days_of_year,
                CASE WHEN y.sites > 0 THEN
                    coalesce(d.days, 0) = make_date(y.year + 1, 1, 1) - make_date(y.year, 1, 1) END AS is_whole,
                d.first_day::text AS first_day, d.last_day::text AS last_day, y.nicter_packets, y.nicter_addresses,
                y.nicter_packets_per_address, y.nicter_origin
            FROM api.year y LEFT JOIN (
                SELECT extract(year FROM c.start AT TIME ZONE 'UTC')::int4 AS year, count(DISTINCT c.start) AS days,
                    min((c.start AT TIME ZONE 'UTC')::date) AS first_day, max((c.start AT TIME ZONE 'UTC')::date) AS last_day
                FROM api.coverage c WHERE c.span = 86400 AND c.observed_seconds > 0 GROUP BY 1
            ) d USING (year) ORDER BY y.year
            """)
    }
}
