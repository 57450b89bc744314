extension Planner {
    /// What was observed in a span at each site that the filter lets in: the site, the share of its dark addresses and time
    /// that was observed, whether all was, whether more may come, the packets of all kinds, and days whose sources are
    /// awaited. A site with an active sensor and nothing stored of the span has the share 0, when it had delivered before, or the
    /// span reaches to now: what was not there yet is not missing.
    func coverage(_ record: Record, _ asked: Asked) -> Statement {
        var statement = Statement()
        // Of long spans the five minutes are many, and go by age.
        let unit: Int64 = record.unit < 3_600 && record.span.seconds <= 21_600 ? 300 : 3_600
        let span = record.span.widened(to: unit)
        let spans = Record.covering(span, unit: unit, &statement)
        var conditions = ""
        for (field, column) in [(FilterField.site, "site"), (.sensor, "sensor")] {
            if let values = asked.filter?.required(field) {
                conditions += " AND c.\(column) = ANY (\(statement.bind(values, "text")))"
            }
        }
        let seconds = statement.bind("\(span.seconds)", "float8")
        let since = statement.bind(unixSeconds: span.start)
        let past = statement.bind(unixSeconds: span.end)
        // The first sources of a day are of all sensors together.
        let own = record.relation == .firstSources ? "" : "d.sensor_id = c.sensor_id AND "
        let awaited =
            record.relation.isDaily
            ? """
            EXISTS (SELECT FROM api.coverage c WHERE c.sensor_id = m.sensor_id AND c.span = 86400 AND c.packets > 0
                AND c.start >= \(since) AND c.start < \(past)
                AND NOT EXISTS (SELECT FROM \(record.relation.name) d
                    WHERE \(own)d.day = (c.start AT TIME ZONE 'UTC')::date))
            """ : "false"
        statement.text = """
            WITH measured AS (
                SELECT c.site, c.sensor_id, sum(c.observed_address_seconds) AS observed,
                    sum(c.expected_address_seconds) * \(seconds) / sum(c.span) AS expected,
                    sum(c.observed_seconds) / \(seconds) AS share,
                    bool_and(c.state IN ('complete', 'quiet')) AND sum(c.span) >= \(seconds) AS is_whole,
                    bool_or(c.state = 'late') AS is_late, sum(c.packets) AS packets
                FROM api.coverage c WHERE \(spans)\(conditions) GROUP BY c.site, c.sensor_id
            ), site AS (
                SELECT m.site, sum(m.observed) AS observed, sum(m.expected) AS expected, avg(m.share) AS share,
                    bool_and(m.is_whole) AS is_whole, bool_or(m.is_late) AS is_late, sum(m.packets) AS packets,
                    bool_or(\(awaited)) AS is_awaited
                FROM measured m GROUP BY m.site
            ), every AS (
                SELECT s.* FROM site s
                UNION ALL
                SELECT c.site, 0, sum(d.expected), 0, false, false, 0, false FROM api.sensor_status c
                LEFT JOIN LATERAL (
                    SELECT sum(a.addresses * extract(epoch FROM least(a.valid_to, \(past)) - greatest(a.valid_from, \(since))))
                        ::float8 AS expected
                    FROM api.dark_space a WHERE a.site = c.site AND a.family = 4 AND a.valid_from < \(past)
                        AND a.valid_to > \(since)
                ) d ON true
                WHERE c.registration = 'active' AND NOT EXISTS (SELECT FROM site s WHERE s.site = c.site)\(conditions)
                    AND (\(past) > now() - interval '1 hour' OR EXISTS (SELECT FROM api.coverage b
                        WHERE b.sensor_id = c.sensor_id AND b.span = 86400 AND b.start < \(since)))
                GROUP BY c.site
            )
            SELECT e.site, least(coalesce(e.observed / nullif(e.expected, 0), e.share), 1), e.observed, e.expected,
                CASE WHEN e.is_whole AND e.packets = 0 THEN 'quiet' WHEN e.is_whole THEN 'complete'
                    WHEN e.is_late OR now() < \(past) + interval '15 minutes' THEN 'late'
                    WHEN e.share = 0 THEN 'missing' ELSE 'partial' END, e.packets, e.is_awaited
            FROM every e ORDER BY e.site
            """
        return statement
    }
}
