extension Migration {
    /// Sums by port, class and sensor, and the marks of what is to be summed again.
    static let rollups = Migration(
        version: 8, name: "rollups",
        sql: """
            CREATE SCHEMA rollup;
            COMMENT ON SCHEMA rollup IS 'Sums that collectors keep of what is in raw; read them through api.';

            -- Append-only: a mark that a writer has not committed yet cannot be taken for the one that a worker deletes.
            CREATE TABLE rollup.dirty (
                sensor int4 NOT NULL,
                span int4 NOT NULL CHECK (span IN (3600, 86400)),
                start timestamptz NOT NULL,
                id int8 GENERATED ALWAYS AS IDENTITY,
                marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (sensor, span, start, id)
            );
            COMMENT ON TABLE rollup.dirty IS 'Hours and days of sensors whose rollups do not hold everything that is stored. Whoever makes rollups deletes the marks first and reads then.';
            COMMENT ON COLUMN rollup.dirty.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.dirty.span IS 'Seconds: 3600, made from raw; 86400, made from the hours.';
            COMMENT ON COLUMN rollup.dirty.start IS 'Start of the hour or day (UTC).';
            COMMENT ON COLUMN rollup.dirty.id IS 'Number of the mark.';
            COMMENT ON COLUMN rollup.dirty.marked_at IS 'When something changed.';

            CREATE FUNCTION rollup.mark(sensor int4, since timestamptz, until timestamptz) RETURNS void
            LANGUAGE sql SET search_path = pg_catalog AS $body$
                INSERT INTO rollup.dirty (sensor, span, start)
                SELECT mark.sensor, 3600, hour FROM generate_series(
                    date_bin('1 hour', mark.since, '2000-01-01Z'), mark.until - interval '1 us', '1 hour') hour
            $body$;
            COMMENT ON FUNCTION rollup.mark(int4, timestamptz, timestamptz) IS 'Has the hours of a sensor from since to until made again, and the days that they are of.';

            CREATE TABLE rollup.port_5m (
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                class int2 NOT NULL,
                service_port int4 NOT NULL,
                packets int8 NOT NULL,
                bytes int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                PRIMARY KEY (start, sensor, class, service_port)
            );
            COMMENT ON TABLE rollup.port_5m IS 'What each sensor saw of each class at each service port in each five minutes (UTC).';
            COMMENT ON COLUMN rollup.port_5m.start IS 'Start. Windows count where they start.';
            COMMENT ON COLUMN rollup.port_5m.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.port_5m.class IS 'Traffic class 1 to 12; api.class_name names them.';
            COMMENT ON COLUMN rollup.port_5m.service_port IS 'Service port; -1 for all ports of the class that have no row of their own.';
            COMMENT ON COLUMN rollup.port_5m.packets IS 'Packets, those of overflow too.';
            COMMENT ON COLUMN rollup.port_5m.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN rollup.port_5m.flows IS 'Flow records.';
            COMMENT ON COLUMN rollup.port_5m.sources IS 'Distinct sources.';
            COMMENT ON COLUMN rollup.port_5m.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            CREATE TABLE rollup.port_hour (LIKE rollup.port_5m INCLUDING ALL, sketch bytea NOT NULL);
            ALTER TABLE rollup.port_hour ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.port_hour IS 'What each sensor saw of each class at each service port in each hour (UTC).';
            CREATE TABLE rollup.port_day (LIKE rollup.port_5m INCLUDING ALL, sketch bytea NOT NULL);
            ALTER TABLE rollup.port_day ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.port_day IS 'What each sensor saw of each class at each service port in each day (UTC), from its hours.';
            COMMENT ON COLUMN rollup.port_hour.sketch IS 'The sources as a set in the storage format of postgresql-hll: exact to 256 elements, then 2^12 registers of 5 bits. Sources of overflow are not in it.';
            COMMENT ON COLUMN rollup.port_day.sketch IS 'As in rollup.port_hour.';

            CREATE FUNCTION raw.withdraw(sensor int4, since timestamptz, until timestamptz) RETURNS int8
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                found int8;
            BEGIN
                INSERT INTO rollup.dirty (sensor, span, start)
                SELECT DISTINCT withdraw.sensor, 3600, date_bin('1 hour', v.edge, '2000-01-01Z')
                FROM raw.batch b, LATERAL (VALUES (b.window_start),
                    (b.window_start + (b.window_seconds - 1) * interval '1 s')) v (edge)
                WHERE b.sensor = withdraw.sensor
                    AND b.window_start >= withdraw.since AND b.window_start < withdraw.until;
                DELETE FROM raw.flow f WHERE f.sensor = withdraw.sensor
                    AND f.window_start >= withdraw.since AND f.window_start < withdraw.until;
                DELETE FROM raw.overflow o WHERE o.sensor = withdraw.sensor
                    AND o.window_start >= withdraw.since AND o.window_start < withdraw.until;
                DELETE FROM raw.batch b WHERE b.sensor = withdraw.sensor
                    AND b.window_start >= withdraw.since AND b.window_start < withdraw.until;
                GET DIAGNOSTICS found = ROW_COUNT;
                RETURN found;
            END $body$;
            COMMENT ON FUNCTION raw.withdraw(int4, timestamptz, timestamptz) IS 'Removes what a sensor delivered of windows that start from since to until, and has the rollups made again. The same batches are refused as duplicates when they come again. Returns how many batches there were.';

            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT DISTINCT sensor, 3600, date_bin('1 hour', window_start, '2000-01-01Z') FROM raw.batch WHERE kind = 1;

            CREATE VIEW api.port_traffic AS
            SELECT r.start, r.span, t.code AS site, s.name AS sensor, r.sensor AS sensor_id,
                api.class_name(r.class) AS class, api.is_backscatter(r.class) AS is_backscatter, r.service_port,
                r.packets, r.bytes, r.flows, r.sources, api.precision_name(r.sources_precision) AS sources_precision,
                r.sketch AS sources_sketch
            FROM (
                SELECT 300 AS span, *, NULL::bytea AS sketch FROM rollup.port_5m
                UNION ALL SELECT 3600, * FROM rollup.port_hour
                UNION ALL SELECT 86400, * FROM rollup.port_day
            ) r JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.port_traffic IS 'What each sensor saw of each class at each service port, by 5 minutes, hour and day (UTC). Ask for one span: each holds all the traffic. Sums of packets are exact; sources of several rows are those of the united sketches, never their sum.';
            COMMENT ON COLUMN api.port_traffic.start IS 'Start of the span. Windows count in the span in which they start.';
            COMMENT ON COLUMN api.port_traffic.span IS 'Seconds: 300, 3600 or 86400.';
            COMMENT ON COLUMN api.port_traffic.site IS 'Code of the site.';
            COMMENT ON COLUMN api.port_traffic.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.port_traffic.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.port_traffic.class IS 'Traffic class.';
            COMMENT ON COLUMN api.port_traffic.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.port_traffic.service_port IS 'As in api.flow; -1 stands for the ports of the class without a row of their own. In an hour the 200 ports of a class with the most packets have one, in a day the 1,000 of those; what a port had in hours in which it was not among the 200 is in the day under -1.';
            COMMENT ON COLUMN api.port_traffic.packets IS 'Packets, those that found a sensor''s flow table full too.';
            COMMENT ON COLUMN api.port_traffic.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN api.port_traffic.flows IS 'Flow records.';
            COMMENT ON COLUMN api.port_traffic.sources IS 'Distinct sources.';
            COMMENT ON COLUMN api.port_traffic.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.port_traffic.sources_sketch IS 'The sources as a set: with postgresql-hll, # hll_union_agg(sources_sketch::hll) counts those of several rows. NULL for 5 minutes.';
            """)
}
