extension Migration {
    /// All sensors together, by port and altogether.
    static let world = Migration(
        version: 15, name: "world",
        sql: """
            CREATE TABLE rollup.world_dirty (
                span int4 NOT NULL CHECK (span IN (3600, 86400, 2678400)),
                start timestamptz NOT NULL,
                id int8 GENERATED ALWAYS AS IDENTITY,
                marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (span, start, id)
            );
            COMMENT ON TABLE rollup.world_dirty IS 'Hours, days and months of all sensors together that do not hold everything that sensors'' hours and days, or the world''s days, hold. As in rollup.dirty the marks are deleted first and what they are about is read then.';
            COMMENT ON COLUMN rollup.world_dirty.span IS 'Seconds: 3600, made from rollup.port_hour; 86400, made from rollup.port_day; 2678400 for a month, whatever its length, made from rollup.world_port_day when it is over.';
            COMMENT ON COLUMN rollup.world_dirty.start IS 'Start of the span (UTC).';
            COMMENT ON COLUMN rollup.world_dirty.id IS 'Number of the mark.';
            COMMENT ON COLUMN rollup.world_dirty.marked_at IS 'When a part of it was made again.';

            CREATE FUNCTION rollup.world_end(span int4, start timestamptz) RETURNS timestamptz
            LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
                SELECT CASE WHEN span < 2678400 THEN start + span * interval '1 s'
                    ELSE (start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC' END
            $body$;
            COMMENT ON FUNCTION rollup.world_end(int4, timestamptz) IS 'End of an hour, day or month of rollup.world_dirty or rollup.world_total.';

            -- Sets of sources stand outside of the row, so that sums over many rows do not read them.
            CREATE TABLE rollup.world_port_hour (
                start timestamptz NOT NULL,
                class int2 NOT NULL,
                service_port int4 NOT NULL,
                packets int8 NOT NULL,
                bytes int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                sites int4[] NOT NULL,
                sketch bytea NOT NULL,
                PRIMARY KEY (start, class, service_port)
            ) WITH (toast_tuple_target = 128);
            ALTER TABLE rollup.world_port_hour ALTER sketch SET STORAGE EXTERNAL, ALTER sites SET STORAGE MAIN;
            COMMENT ON TABLE rollup.world_port_hour IS 'What all sensors together saw of each class at each service port in each hour (UTC), from rollup.port_hour.';
            COMMENT ON COLUMN rollup.world_port_hour.start IS 'Start. Windows count where they start.';
            COMMENT ON COLUMN rollup.world_port_hour.class IS 'Traffic class 1 to 12; api.class_name names them.';
            COMMENT ON COLUMN rollup.world_port_hour.service_port IS 'Service port, for the 1,000 of the class with the most packets; -1 for all others, and for what has no port in the rows that it is made of.';
            COMMENT ON COLUMN rollup.world_port_hour.packets IS 'Packets, those of overflow too.';
            COMMENT ON COLUMN rollup.world_port_hour.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN rollup.world_port_hour.flows IS 'Flow records.';
            COMMENT ON COLUMN rollup.world_port_hour.sources IS 'Distinct sources: one that several sensors saw counts once.';
            COMMENT ON COLUMN rollup.world_port_hour.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            COMMENT ON COLUMN rollup.world_port_hour.sites IS 'Numbers of the sites (meta.site) that have a row of it, ascending.';
            COMMENT ON COLUMN rollup.world_port_hour.sketch IS 'The sources as a set; see rollup.port_hour.';
            CREATE TABLE rollup.world_port_day (LIKE rollup.world_port_hour INCLUDING ALL)
                WITH (toast_tuple_target = 128);
            COMMENT ON TABLE rollup.world_port_day IS 'What all sensors together saw of each class at each service port in each day (UTC), from rollup.port_day.';
            CREATE TABLE rollup.world_port_month (LIKE rollup.world_port_hour INCLUDING ALL)
                WITH (toast_tuple_target = 128);
            COMMENT ON TABLE rollup.world_port_month IS 'What all sensors together saw of each class at each service port in each month (UTC) that is over, from rollup.world_port_day.';

            CREATE TABLE rollup.world_total (
                span int4 NOT NULL,
                start timestamptz NOT NULL,
                packets int8 NOT NULL,
                bytes int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                sites int4[] NOT NULL,
                sketch bytea NOT NULL,
                PRIMARY KEY (span, start)
            );
            ALTER TABLE rollup.world_total ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.world_total IS 'What all sensors together saw in each hour, day and month (UTC) that has packets.';
            COMMENT ON COLUMN rollup.world_total.span IS 'Seconds: 3600, 86400, or 2678400 for a month, whatever its length.';
            COMMENT ON COLUMN rollup.world_total.start IS 'Start of the span.';
            COMMENT ON COLUMN rollup.world_total.packets IS 'Packets, those of overflow too.';
            COMMENT ON COLUMN rollup.world_total.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN rollup.world_total.flows IS 'Flow records.';
            COMMENT ON COLUMN rollup.world_total.sources IS 'Distinct sources of all classes.';
            COMMENT ON COLUMN rollup.world_total.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            COMMENT ON COLUMN rollup.world_total.sites IS 'Numbers of the sites (meta.site) that packets came to, ascending.';
            COMMENT ON COLUMN rollup.world_total.sketch IS 'The sources as a set; see rollup.port_hour.';

            INSERT INTO rollup.world_dirty (span, start)
            SELECT DISTINCT span, start FROM rollup.coverage WHERE span IN (3600, 86400);

            CREATE VIEW api.world_port_traffic AS
            SELECT r.level, r.start, api.class_name(r.class) AS class, api.is_backscatter(r.class) AS is_backscatter,
                r.service_port, r.packets, r.bytes, r.flows, r.sources,
                api.precision_name(r.sources_precision) AS sources_precision,
                ARRAY(SELECT t.code FROM meta.site t WHERE t.id = ANY (r.sites) ORDER BY t.code) AS sites,
                r.sketch AS sources_sketch
            FROM (
                SELECT 'hour' AS level, * FROM rollup.world_port_hour
                UNION ALL SELECT 'day', * FROM rollup.world_port_day
                UNION ALL SELECT 'month', * FROM rollup.world_port_month
            ) r;
            COMMENT ON VIEW api.world_port_traffic IS 'What all sensors together saw of each class at each service port, by hour, day and month (UTC). Ask for one level: each holds all the traffic. It follows the sensors'' rows (api.port_traffic) by a few minutes; months come when they are over.';
            COMMENT ON COLUMN api.world_port_traffic.level IS 'hour, day or month.';
            COMMENT ON COLUMN api.world_port_traffic.start IS 'Start of the span. Windows count in the span in which they start.';
            COMMENT ON COLUMN api.world_port_traffic.class IS 'Traffic class.';
            COMMENT ON COLUMN api.world_port_traffic.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.world_port_traffic.service_port IS 'As in api.flow; -1 stands for the ports of the class without a row of their own: those that sensors have under -1, and all but the 1,000 of the class with the most packets.';
            COMMENT ON COLUMN api.world_port_traffic.packets IS 'Packets.';
            COMMENT ON COLUMN api.world_port_traffic.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN api.world_port_traffic.flows IS 'Flow records.';
            COMMENT ON COLUMN api.world_port_traffic.sources IS 'Distinct sources: one that several sensors saw counts once. The extension hll is not needed for that.';
            COMMENT ON COLUMN api.world_port_traffic.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.world_port_traffic.sites IS 'Codes of the sites that have a row of it in api.port_traffic; cardinality(sites) is the spread.';
            COMMENT ON COLUMN api.world_port_traffic.sources_sketch IS 'The sources as a set, as in api.port_traffic.';

            CREATE VIEW api.world_traffic AS
            SELECT CASE span WHEN 3600 THEN 'hour' WHEN 86400 THEN 'day' ELSE 'month' END AS level, start, packets, bytes,
                flows, sources, api.precision_name(sources_precision) AS sources_precision,
                ARRAY(SELECT t.code FROM meta.site t WHERE t.id = ANY (r.sites) ORDER BY t.code) AS sites,
                sketch AS sources_sketch
            FROM rollup.world_total r;
            COMMENT ON VIEW api.world_traffic IS 'What all sensors together saw in each hour, day and month (UTC) that has packets. Ask for one level.';
            COMMENT ON COLUMN api.world_traffic.level IS 'hour, day or month.';
            COMMENT ON COLUMN api.world_traffic.start IS 'Start of the span.';
            COMMENT ON COLUMN api.world_traffic.packets IS 'Packets.';
            COMMENT ON COLUMN api.world_traffic.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN api.world_traffic.flows IS 'Flow records.';
            COMMENT ON COLUMN api.world_traffic.sources IS 'Distinct sources of all classes at all sites.';
            COMMENT ON COLUMN api.world_traffic.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.world_traffic.sites IS 'Codes of the sites that packets came to.';
            COMMENT ON COLUMN api.world_traffic.sources_sketch IS 'The sources as a set, as in api.port_traffic.';
            """)
}
