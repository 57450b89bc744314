extension Migration {
    /// Days by source and by header signature.
    static let daySources = Migration(
        version: 10, name: "day sources",
        sql: """
            ALTER TABLE rollup.dirty ADD COLUMN kind int2 NOT NULL DEFAULT 1 CHECK (kind IN (1, 2));
            COMMENT ON COLUMN rollup.dirty.kind IS '1: ports and coverage; 2: sources and signatures of a day, made from raw when the day is over.';

            CREATE TYPE rollup.address_range AS RANGE (SUBTYPE = inet);
            DO $body$
            DECLARE
                made regprocedure;
            BEGIN
                FOR made IN SELECT oid FROM pg_proc
                    WHERE pronamespace = 'rollup'::regnamespace AND proname IN ('address_range', 'address_multirange')
                LOOP
                    EXECUTE format('COMMENT ON FUNCTION %s IS %L', made, 'Ranges of addresses, which GiST finds by an address in them.');
                END LOOP;
            END $body$;

            -- A thousand sources to a row, ascending: a third of the size of rows, and found by the range of addresses.
            CREATE TABLE rollup.source_day (
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                chunk int4 NOT NULL,
                family int2,
                source_min inet,
                source_max inet,
                source4 int4[] COMPRESSION lz4,
                source6 inet[] COMPRESSION lz4,
                packets int8[] COMPRESSION lz4 NOT NULL,
                flows int8[] COMPRESSION lz4,
                syn_packets int8[] COMPRESSION lz4,
                zmap int8[] COMPRESSION lz4,
                masscan int8[] COMPRESSION lz4,
                mirai int8[] COMPRESSION lz4,
                services int4[] COMPRESSION lz4,
                services_precision int2[] COMPRESSION lz4,
                first_second int4[] COMPRESSION lz4 NOT NULL,
                last_second int4[] COMPRESSION lz4,
                PRIMARY KEY (start, sensor, chunk)
            );
            CREATE INDEX source_day_addresses ON rollup.source_day
                USING gist (rollup.address_range(source_min, source_max, '[]'));
            CREATE INDEX source_day_day ON rollup.source_day (((start AT TIME ZONE 'UTC')::date));
            COMMENT ON TABLE rollup.source_day IS 'What each source sent to each sensor in each day (UTC) that is over, its fields as arrays, with NULL for what is nearly always so; read them through api.source_day and api.source_history.';
            COMMENT ON COLUMN rollup.source_day.start IS 'Start of the day.';
            COMMENT ON COLUMN rollup.source_day.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.source_day.chunk IS 'Number of the row in the sensor''s day.';
            COMMENT ON COLUMN rollup.source_day.family IS 'IP version: 4 or 6; NULL, as are the addresses, for all sources beyond 2,000,000 of a sensor and day.';
            COMMENT ON COLUMN rollup.source_day.source_min IS 'Least source.';
            COMMENT ON COLUMN rollup.source_day.source_max IS 'Greatest source.';
            COMMENT ON COLUMN rollup.source_day.source4 IS 'IPv4 source minus 2^31; ascending.';
            COMMENT ON COLUMN rollup.source_day.source6 IS 'IPv6 source; ascending.';
            COMMENT ON COLUMN rollup.source_day.packets IS 'Packets.';
            COMMENT ON COLUMN rollup.source_day.flows IS 'Flow records; NULL for as many as packets.';
            COMMENT ON COLUMN rollup.source_day.syn_packets IS 'Packets of class tcp-syn; NULL for all of them.';
            COMMENT ON COLUMN rollup.source_day.zmap IS 'Packets that match the header test for ZMap; NULL for 0.';
            COMMENT ON COLUMN rollup.source_day.masscan IS 'Packets that match the header test for Masscan; NULL for 0.';
            COMMENT ON COLUMN rollup.source_day.mirai IS 'Packets that match the header test for Mirai; NULL for 0.';
            COMMENT ON COLUMN rollup.source_day.services IS 'Distinct pairs of class and service port; NULL for 1.';
            COMMENT ON COLUMN rollup.source_day.services_precision IS '1 estimate, 2 at least; NULL for exact.';
            COMMENT ON COLUMN rollup.source_day.first_second IS 'First packet, in whole seconds from the day''s start.';
            COMMENT ON COLUMN rollup.source_day.last_second IS 'Last packet; NULL for the same second as the first; a window that reaches into the next day counts where it starts.';

            CREATE TABLE rollup.signature_day (
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                signature int8 NOT NULL,
                packets int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                sketch bytea NOT NULL,
                PRIMARY KEY (start, sensor, signature)
            );
            ALTER TABLE rollup.signature_day ALTER sketch SET STORAGE EXTERNAL;
            CREATE INDEX signature_day_signature ON rollup.signature_day (signature, start);
            CREATE INDEX signature_day_day ON rollup.signature_day (((start AT TIME ZONE 'UTC')::date));
            COMMENT ON TABLE rollup.signature_day IS 'What came to each sensor with each header signature in each day (UTC) that is over.';
            COMMENT ON COLUMN rollup.signature_day.start IS 'Start of the day.';
            COMMENT ON COLUMN rollup.signature_day.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.signature_day.signature IS 'raw.signature.id; 0 for all signatures that have no row of their own.';
            COMMENT ON COLUMN rollup.signature_day.packets IS 'Packets of flows whose first packet has it.';
            COMMENT ON COLUMN rollup.signature_day.flows IS 'Such flows.';
            COMMENT ON COLUMN rollup.signature_day.sources IS 'Their distinct sources.';
            COMMENT ON COLUMN rollup.signature_day.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            COMMENT ON COLUMN rollup.signature_day.sketch IS 'The sources as a set; see rollup.port_hour.';

            INSERT INTO rollup.dirty (sensor, span, start, kind)
            SELECT DISTINCT sensor, 86400, date_bin('1 day', window_start, '2000-01-01Z'), 2 FROM raw.batch WHERE kind = 1;

            CREATE VIEW api.source_day AS
            SELECT day, site, sensor, sensor_id, family,
                CASE family WHEN 4 THEN '0.0.0.0'::inet + (source4::int8 + 2147483648) ELSE source6 END AS source,
                packets, coalesce(flows, packets) AS flows, coalesce(services, 1) AS services,
                api.precision_name(services_precision) AS services_precision,
                start + first_second * interval '1 s' AS first_seen,
                start + coalesce(last_second, first_second) * interval '1 s' AS last_seen,
                coalesce(syn_packets, packets) AS syn_packets, coalesce(zmap, 0) AS zmap,
                coalesce(masscan, 0) AS masscan, coalesce(mirai, 0) AS mirai,
                CASE WHEN coalesce(syn_packets, packets) < 3 THEN NULL
                    WHEN mirai >= 0.9 * coalesce(syn_packets, packets) THEN 'mirai'
                    WHEN masscan >= 0.9 * coalesce(syn_packets, packets) THEN 'masscan'
                    WHEN zmap >= 0.9 * coalesce(syn_packets, packets) THEN 'zmap' END AS tool,
                source_range
            FROM (
                SELECT (d.start AT TIME ZONE 'UTC')::date AS day, d.start, t.code AS site, s.name AS sensor,
                    d.sensor AS sensor_id, d.family,
                    rollup.address_range(d.source_min, d.source_max, '[]') AS source_range,
                    unnest(d.source4) AS source4, unnest(d.source6) AS source6,
                    unnest(d.packets) AS packets, unnest(d.flows) AS flows, unnest(d.services) AS services,
                    unnest(d.services_precision) AS services_precision, unnest(d.first_second) AS first_second,
                    unnest(d.last_second) AS last_second, unnest(d.syn_packets) AS syn_packets,
                    unnest(d.zmap) AS zmap, unnest(d.masscan) AS masscan, unnest(d.mirai) AS mirai
                FROM rollup.source_day d JOIN meta.sensor s ON s.id = d.sensor JOIN meta.site t ON t.id = s.site
            ) r;
            COMMENT ON VIEW api.source_day IS 'What each source sent to each sensor in each day (UTC) that is over. Ask by day; for the days of one address or block use api.source_history, which finds them by an index.';
            COMMENT ON COLUMN api.source_day.day IS 'The day.';
            COMMENT ON COLUMN api.source_day.site IS 'Code of the site.';
            COMMENT ON COLUMN api.source_day.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.source_day.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.source_day.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN api.source_day.source IS 'Source address, which may be forged. NULL for all sources beyond the first 2,000,000 of a sensor and day; packets of overflow have no source and are not here.';
            COMMENT ON COLUMN api.source_day.packets IS 'Packets.';
            COMMENT ON COLUMN api.source_day.flows IS 'Flow records.';
            COMMENT ON COLUMN api.source_day.services IS 'Distinct pairs of class and service port: exact up to 4, an estimate beyond (standard error 7 % at 30, 10 % at 300), at least 616 at the end of the scale.';
            COMMENT ON COLUMN api.source_day.services_precision IS 'exact, estimate or at-least.';
            COMMENT ON COLUMN api.source_day.first_seen IS 'First packet, to the second.';
            COMMENT ON COLUMN api.source_day.last_seen IS 'Last packet, to the second.';
            COMMENT ON COLUMN api.source_day.syn_packets IS 'Packets of class tcp-syn.';
            COMMENT ON COLUMN api.source_day.zmap IS 'Packets that match the header test for ZMap.';
            COMMENT ON COLUMN api.source_day.masscan IS 'Packets that match the header test for Masscan.';
            COMMENT ON COLUMN api.source_day.mirai IS 'Packets that match the header test for Mirai.';
            COMMENT ON COLUMN api.source_day.source_range IS 'Addresses among which the source was stored: a condition on them is found by an index.';
            COMMENT ON COLUMN api.source_day.tool IS 'mirai, masscan or zmap when the source sent at least 3 SYNs and as many packets match the test as are 90 % of them; else NULL.';

            CREATE FUNCTION api.source_history(block inet, since date, until date) RETURNS SETOF api.source_day
            LANGUAGE sql STABLE AS $body$
                SELECT * FROM api.source_day
                WHERE source_range && rollup.address_range(
                        host(network(block))::inet, host(broadcast(block))::inet, '[]')
                    AND day >= since AND day < until AND source <<= block
            $body$;
            COMMENT ON FUNCTION api.source_history(inet, date, date) IS 'Rows of api.source_day of an address or block, for days from since to before until.';

            CREATE VIEW api.signature_day AS
            SELECT (d.start AT TIME ZONE 'UTC')::date AS day, t.code AS site, s.name AS sensor, d.sensor AS sensor_id,
                d.signature AS signature_id, g.signature, d.packets, d.flows, d.sources,
                api.precision_name(d.sources_precision) AS sources_precision, d.sketch AS sources_sketch
            FROM rollup.signature_day d JOIN meta.sensor s ON s.id = d.sensor JOIN meta.site t ON t.id = s.site
            LEFT JOIN raw.signature g ON g.id = d.signature;
            COMMENT ON VIEW api.signature_day IS 'What came to each sensor with each header signature in each day (UTC) that is over.';
            COMMENT ON COLUMN api.signature_day.day IS 'The day.';
            COMMENT ON COLUMN api.signature_day.site IS 'Code of the site.';
            COMMENT ON COLUMN api.signature_day.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.signature_day.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.signature_day.signature_id IS 'api.signature.id; 0 for all but the 1,000 with the most packets.';
            COMMENT ON COLUMN api.signature_day.signature IS 'Its parts as text; NULL for 0.';
            COMMENT ON COLUMN api.signature_day.packets IS 'Packets of flows whose first packet has it.';
            COMMENT ON COLUMN api.signature_day.flows IS 'Such flows.';
            COMMENT ON COLUMN api.signature_day.sources IS 'Their distinct sources.';
            COMMENT ON COLUMN api.signature_day.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.signature_day.sources_sketch IS 'The sources as a set, as in api.port_traffic.';
            """)
}
