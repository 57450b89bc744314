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
            LEFT JOIN meta.retention r ON r.what = 'flow'
            UNION ALL
            SELECT 'rollup', u.bytes, d.days, round(u.bytes / nullif(d.days, 0)), NULL, NULL
            FROM (
                SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) AS bytes
                FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname IN ('rollup', 'event', 'trend') AND c.relkind = 'r'
            ) u
            CROSS JOIN (SELECT count(DISTINCT start) AS days FROM rollup.coverage WHERE span = 86400 AND windows > 0) d;
            COMMENT ON VIEW api.storage IS 'What flows, and what is summed and found of them, take of the disk, and will take.';
            COMMENT ON COLUMN api.storage.what IS 'Which rows: flow, which go by age; rollup, with events and surges, of which those of five minutes go by age (meta.retention) and the others stay.';
            COMMENT ON COLUMN api.storage.days IS 'Days that have a table, the empty ones of the days to come included; of rollups days with windows.';
            COMMENT ON COLUMN api.storage.kept_seconds IS 'How long they are kept; NULL for ever, and when no collector has said so yet.';
            COMMENT ON COLUMN api.storage.forecast_bytes IS 'Bytes when as many days are stored as are kept, at the present rate; NULL for what stays.';
            COMMENT ON COLUMN meta.retention.what IS 'Which rows: flow; five minutes.';
            COMMENT ON COLUMN api.storage.bytes_a_day IS 'Bytes of 24 hours at the rate of the last 7 days: only time counts in which a sensor observed. NULL when there is none, and before its hours are summed. Of rollups the mean of all days.';
            """)
}
