extension Migration {
    /// How long rows are kept, and what that takes of the disk.
    static let retention = Migration(
        version: 7, name: "retention",
        sql: """
            CREATE TABLE meta.retention (
                what text PRIMARY KEY,
                kept_seconds int8 NOT NULL CHECK (kept_seconds > 0),
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            COMMENT ON TABLE meta.retention IS 'How long collectors keep rows that go by age; they write it, from their configuration.';
            COMMENT ON COLUMN meta.retention.what IS 'Which rows: flow.';
            COMMENT ON COLUMN meta.retention.kept_seconds IS 'A day goes when it ended, and when the last of it arrived, longer ago.';
            COMMENT ON COLUMN meta.retention.applied_at IS 'When a collector last looked for rows whose time is over.';

            CREATE VIEW api.storage AS
            WITH flow AS (
                SELECT to_date(right(relname, 8), 'YYYYMMDD') AS day, pg_total_relation_size(oid) AS bytes
                FROM pg_class
                WHERE relnamespace = 'raw'::regnamespace AND relkind = 'r' AND relname ~ '^flow_[0-9]{8}$'
            )
            SELECT 'flow' AS what, u.bytes, u.days, w.bytes_a_day, r.kept_seconds,
                round(w.bytes_a_day * r.kept_seconds / 86400) AS forecast_bytes
            FROM (SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS days FROM flow) u
            CROSS JOIN (
                SELECT round(avg(bytes)) AS bytes_a_day FROM flow
                WHERE day < (now() AT TIME ZONE 'UTC')::date AND day >= (now() AT TIME ZONE 'UTC')::date - 7
            ) w
            LEFT JOIN meta.retention r ON r.what = 'flow';
            COMMENT ON VIEW api.storage IS 'What rows that go by age take of the disk, and will take.';
            COMMENT ON COLUMN api.storage.what IS 'Which rows: flow.';
            COMMENT ON COLUMN api.storage.bytes IS 'Bytes on disk, indexes included.';
            COMMENT ON COLUMN api.storage.days IS 'Days that have a table, the empty ones of the days to come included.';
            COMMENT ON COLUMN api.storage.bytes_a_day IS 'Mean of the complete days (UTC) of the last week; NULL when there is none.';
            COMMENT ON COLUMN api.storage.kept_seconds IS 'How long they are kept; NULL when no collector has said so yet.';
            COMMENT ON COLUMN api.storage.forecast_bytes IS 'Bytes when as many days are stored as are kept, at the present rate.';
            """)
}
