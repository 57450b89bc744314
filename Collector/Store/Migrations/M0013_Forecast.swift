extension Migration {
    /// The forecast of the disk follows from the time that was observed, not from days that may hold a few hours.
    static let forecast = Migration(
        version: 13, name: "forecast",
        sql: """
            CREATE OR REPLACE VIEW api.storage AS
            WITH flow AS (
                SELECT to_date(right(relname, 8), 'YYYYMMDD') AS day, pg_total_relation_size(oid) AS bytes
                FROM pg_class
                WHERE relnamespace = 'raw'::regnamespace AND relkind = 'r' AND relname ~ '^flow_[0-9]{8}$'
            ), observed AS (
                SELECT (start AT TIME ZONE 'UTC')::date AS day, sum(seconds) AS seconds
                FROM (
                    SELECT start, max(observed_seconds) AS seconds FROM rollup.coverage
                    WHERE span = 3600 AND windows > 0 AND start > now() - interval '7 days' GROUP BY start
                ) hour GROUP BY day
            )
            SELECT 'flow' AS what, u.bytes, u.days, w.bytes_a_day, r.kept_seconds,
                round(w.bytes_a_day * r.kept_seconds / 86400) AS forecast_bytes
            FROM (SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS days FROM flow) u
            CROSS JOIN (
                SELECT round(sum(f.bytes) * 86400 / nullif(sum(o.seconds), 0)::numeric) AS bytes_a_day
                FROM flow f JOIN observed o USING (day)
            ) w
            LEFT JOIN meta.retention r ON r.what = 'flow';
            COMMENT ON COLUMN api.storage.bytes_a_day IS 'Bytes of 24 hours at the rate of the last 7 days: only time counts in which a sensor observed. NULL when there is none, and before its hours are summed.';
            """)
}
