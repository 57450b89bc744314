extension StoreConnection {
    /// Makes the coverage of an hour, with its five minutes, or of a day again, from the ledger, the registry and the
    /// gaps; in the transaction of `makeRollup`.
    func makeCoverage(_ task: RollupTask) throws(StoreError) {
        let key = ["\(task.sensor)", "\(task.start)", "\(task.span)"]
        try query(
            """
            DELETE FROM rollup.coverage WHERE sensor = $1::int4 AND start >= to_timestamp($2::int8)
                AND start < to_timestamp($2::int8 + $3::int8) AND span <= $3::int4 AND span > $3::int4 / 24
            """, key)
        try query(
            """
            WITH account AS (
                SELECT b.*,
                    -- Overflow records tell their packets by family, until they go with their day.
                    CASE WHEN EXISTS (SELECT FROM raw.overflow o WHERE o.sensor = b.sensor AND o.stream = b.stream
                        AND o.sequence = b.sequence) THEN overflowed ELSE 0 END AS told_apart,
                    window_start + least(greatest(observed_from_ms, 0), window_seconds * 1000) * interval '1 ms' AS since,
                    window_start + least(greatest(observed_to_ms, 0), window_seconds * 1000) * interval '1 ms' AS until
                FROM raw.batch b
                WHERE sensor = $1::int4 AND kind = 1 AND window_start > to_timestamp($2::int8 - 3600)
                    AND window_start < to_timestamp($2::int8 + $3::int8)
            ), seen AS (
                SELECT coalesce(range_agg(tstzrange(since, until)) FILTER (WHERE part = 0 AND since < until), '{}') AS times,
                    coalesce(max(window_seconds), 0) AS longest
                FROM account
            ), bucket AS (
                SELECT $3::int4 AS span, to_timestamp($2::int8) AS start
                UNION ALL
                SELECT 300, to_timestamp(at) FROM seen, generate_series($2::int8, $2::int8 + 3300, 300) at
                WHERE $3::int4 = 3600 AND longest <= 300
            ), observed AS (
                SELECT span, start, r.whole, times * r.whole AS times
                FROM bucket, seen, LATERAL (
                    SELECT tstzmultirange(tstzrange(start, start + span * interval '1 s')) AS whole) r
            ), space AS (
                SELECT o.span, o.start,
                    coalesce(sum(d.addresses * rollup.seconds(o.times * d.validity)), 0) AS observed,
                    coalesce(sum(d.addresses * rollup.seconds(o.whole * d.validity)), 0) AS expected
                FROM observed o LEFT JOIN (
                    SELECT 2::float8 ^ (32 - masklen(p.prefix)) AS addresses, tstzmultirange(p.validity) AS validity
                    FROM meta.dark_prefix p JOIN meta.sensor s ON s.site = p.site
                    WHERE s.id = $1::int4 AND family(p.prefix) = 4
                ) d ON true
                GROUP BY 1, 2
            ), measured AS (
                SELECT window_start,
                    sum(aggregated - told_apart) FILTER (WHERE family = 4) AS packets4,
                    sum(aggregated - told_apart) FILTER (WHERE family = 6) AS packets6,
                    coalesce(count(DISTINCT part) <> max(part) FILTER (WHERE is_last_part) + 1, true) AS is_incomplete,
                    max(link) FILTER (WHERE part = 0) >= 2 AS is_link_down,
                    sum(kernel_dropped + interface_dropped) AS dropped, sum(late) AS late
                FROM account GROUP BY stream, window_start
                UNION ALL
                SELECT window_start, sum(p) FILTER (WHERE f = 4), sum(p) FILTER (WHERE f = 6), NULL, NULL, 0, 0
                FROM (
                    SELECT window_start, unnest(family) AS f, unnest(packets) AS p FROM raw.overflow
                    WHERE sensor = $1::int4 AND window_start >= to_timestamp($2::int8)
                        AND window_start < to_timestamp($2::int8 + $3::int8)
                ) o GROUP BY window_start
            ), counted AS (
                SELECT k.span, k.start, sum(packets4) AS packets4, sum(packets6) AS packets6,
                    count(is_incomplete) AS windows, count(*) FILTER (WHERE is_incomplete) AS incomplete,
                    count(*) FILTER (WHERE is_link_down) AS link_down, sum(dropped) AS dropped, sum(late) AS late
                FROM bucket k JOIN measured m
                    ON m.window_start >= k.start AND m.window_start < k.start + k.span * interval '1 s'
                GROUP BY 1, 2
            ), lost AS (
                SELECT k.span, k.start, count(*) AS gaps, sum(g.packets) FILTER (WHERE g.lost_from >= k.start) AS packets
                FROM bucket k JOIN raw.gap g ON g.sensor = $1::int4 AND g.lost_from < k.start + k.span * interval '1 s'
                    AND greatest(g.lost_to, g.lost_from + interval '1 us') > k.start
                GROUP BY 1, 2
            )
            INSERT INTO rollup.coverage
            SELECT o.span, o.start, $1::int4, rollup.seconds(o.times), s.observed, s.expected,
                \(StoreConnection.saturated("c.packets4")), \(StoreConnection.saturated("c.packets6")),
                coalesce(c.windows, 0), coalesce(c.incomplete, 0), coalesce(c.link_down, 0),
                \(StoreConnection.saturated("c.dropped")), \(StoreConnection.saturated("c.late")),
                coalesce(l.gaps, 0), \(StoreConnection.saturated("l.packets"))
            FROM observed o JOIN space s USING (span, start) LEFT JOIN counted c USING (span, start)
            LEFT JOIN lost l USING (span, start)
            """, key)
    }

    /// A sum that may be NULL, or more than an int8 holds: a sensor can say any number.
    private static func saturated(_ sum: String) -> String {
        "least(coalesce(\(sum), 0), 9223372036854775807)::int8"
    }

    /// Marks the hours of active sensors that are over and of which nothing came, so that their absence has rows; at
    /// most the last 31 days, since registration.
    package func markUncovered() throws(StoreError) {
        try query(
            """
            WITH known AS MATERIALIZED (
                SELECT sensor, start FROM rollup.coverage WHERE span = 3600 AND start >= now() - interval '32 days'
                UNION ALL SELECT sensor, start FROM rollup.dirty WHERE span = 3600
            )
            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT s.id, 3600, hour FROM meta.sensor s, generate_series(
                date_bin('1 hour', greatest(s.created_at, now() - interval '31 days'), '2000-01-01Z'),
                now() - interval '75 minutes', '1 hour') hour
            WHERE s.state = 'active' AND NOT EXISTS (SELECT FROM known k WHERE k.sensor = s.id AND k.start = hour)
            """)
    }
}
