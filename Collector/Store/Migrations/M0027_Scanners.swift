extension Migration {
    /// Research scanners by lists and by what they do: labels, by which traffic can be told with and without them.
    static let scanners = Migration(
        version: 27, name: "scanners",
        sql: """
            CREATE TABLE enrichment.scanner (
                version int4 NOT NULL REFERENCES enrichment.version ON DELETE CASCADE,
                block cidr NOT NULL,
                organisation text,
                last_seen date,
                PRIMARY KEY (version, block)
            );
            CREATE INDEX scanner_block ON enrichment.scanner USING gist (block inet_ops);
            COMMENT ON TABLE enrichment.scanner IS 'Addresses from which, after lists that were imported, organisations scan for research or as a service.';
            COMMENT ON COLUMN enrichment.scanner.version IS 'enrichment.version.id.';
            COMMENT ON COLUMN enrichment.scanner.block IS 'Address or block.';
            COMMENT ON COLUMN enrichment.scanner.organisation IS 'Who scans; NULL where the list does not say.';
            COMMENT ON COLUMN enrichment.scanner.last_seen IS 'Day on which the makers of the list last saw it; NULL where the list does not say.';

            CREATE FUNCTION enrichment.mark_recent() RETURNS void LANGUAGE sql SET search_path = pg_catalog AS $body$
                INSERT INTO rollup.dirty (sensor, span, start)
                SELECT c.sensor, 3600, c.start FROM rollup.coverage c
                WHERE c.span = 3600 AND c.start >= now() - interval '7 days'
            $body$;
            COMMENT ON FUNCTION enrichment.mark_recent() IS 'Has the hours of the last 7 days made again.';

            CREATE TABLE enrichment.behaviour_day (
                start timestamptz NOT NULL,
                source inet NOT NULL,
                packets int8 NOT NULL,
                services int4 NOT NULL,
                addresses float8 NOT NULL,
                sites int4[] NOT NULL,
                PRIMARY KEY (start, source)
            );
            CREATE INDEX behaviour_day_source ON enrichment.behaviour_day (source, start);
            COMMENT ON TABLE enrichment.behaviour_day IS 'IPv4 sources that in a day (UTC) sent at least one packet for each dark address that was observed, of all sensors together, and at least 30 services at one sensor: what NICTER calls survey scanners, for a telescope of any size. At most the 100,000 with the most packets of a day.';
            COMMENT ON COLUMN enrichment.behaviour_day.start IS 'Start of the day.';
            COMMENT ON COLUMN enrichment.behaviour_day.source IS 'The source, which may be forged.';
            COMMENT ON COLUMN enrichment.behaviour_day.packets IS 'Its packets to all sensors.';
            COMMENT ON COLUMN enrichment.behaviour_day.services IS 'Distinct pairs of class and service port at the sensor that saw the most: exact to 4, then with a standard error of 7 % at 30.';
            COMMENT ON COLUMN enrichment.behaviour_day.addresses IS 'Dark IPv4 addresses of all sensors, each by the share of the day in which it was observed.';

            COMMENT ON COLUMN enrichment.behaviour_day.sites IS 'meta.site.id of the sites that it came to, ascending.';

            CREATE TABLE enrichment.behaviour_made (
                start timestamptz PRIMARY KEY,
                made_at timestamptz NOT NULL
            );
            COMMENT ON TABLE enrichment.behaviour_made IS 'Days whose behaviour was looked at.';
            COMMENT ON COLUMN enrichment.behaviour_made.start IS 'Start of the day.';
            COMMENT ON COLUMN enrichment.behaviour_made.made_at IS 'When.';

            CREATE FUNCTION enrichment.make_behaviour(sensor int4, day timestamptz) RETURNS bool
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                -- One after the other: of two sensors whose days are made at once the later sees what both have.
                PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'darkscope behaviour', day), 0));
                IF EXISTS (
                    SELECT 1 FROM rollup.dirty d WHERE d.kind = 2 AND d.start = day AND d.sensor <> make_behaviour.sensor
                        AND d.marked_at > clock_timestamp() - interval '1 hour'
                ) THEN
                    RETURN false;
                END IF;
                DELETE FROM enrichment.behaviour_day b WHERE b.start = day;
                INSERT INTO enrichment.behaviour_day (start, source, packets, services, addresses, sites)
                WITH space AS (
                    SELECT sum(c.observed_address_seconds) / 86400 AS addresses FROM rollup.coverage c
                    WHERE c.span = 86400 AND c.start = day
                ), candidate AS MATERIALIZED (
                    SELECT DISTINCT r.source4 FROM (
                        SELECT unnest(d.source4) AS source4, unnest(d.services) AS services
                        FROM rollup.source_day d WHERE d.start = day AND d.family = 4 AND d.services IS NOT NULL
                    ) r WHERE r.services >= 30
                ), pooled AS (
                    SELECT r.source4, sum(r.packets) AS packets, max(r.services) AS services,
                        array_agg(DISTINCT s.site ORDER BY s.site) AS sites
                    FROM (
                        SELECT d.sensor, unnest(d.source4) AS source4, unnest(d.packets) AS packets,
                            unnest(d.services) AS services
                        FROM rollup.source_day d WHERE d.start = day AND d.family = 4
                    ) r JOIN candidate USING (source4) JOIN meta.sensor s ON s.id = r.sensor GROUP BY 1
                )
                SELECT day, '0.0.0.0'::inet + (p.source4::int8 + 2147483648),
                    least(p.packets, 9223372036854775807)::int8, p.services, s.addresses,
                    p.sites
                FROM pooled p, space s WHERE s.addresses > 0 AND p.packets >= s.addresses
                ORDER BY p.packets DESC, p.source4 LIMIT 100000;
                INSERT INTO enrichment.behaviour_made VALUES (day, clock_timestamp())
                ON CONFLICT (start) DO UPDATE SET made_at = excluded.made_at;
                RETURN true;
            END $body$;
            COMMENT ON FUNCTION enrichment.make_behaviour(int4, timestamptz) IS 'Finds the scanners of a day by their behaviour, after the sources of a sensor were made; false when those of another sensor are to be made too, after which it is called again.';

            CREATE TABLE rollup.scanner_port_hour (LIKE rollup.port_hour INCLUDING ALL);
            ALTER TABLE rollup.scanner_port_hour ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.scanner_port_hour IS 'What rollup.port_hour has, of labelled scanners only: those of the lists in use and those of the 30 days before by behaviour, when the hour was made. A port is in the same row as there.';
            CREATE TABLE rollup.scanner_port_day (LIKE rollup.port_day INCLUDING ALL);
            ALTER TABLE rollup.scanner_port_day ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.scanner_port_day IS 'What rollup.port_day has, of labelled scanners only, from the hours.';

            CREATE VIEW api.scanner AS
            SELECT s.block, s.organisation, v.name AS list, v.data_date AS list_date, NULL::date AS since,
                s.last_seen AS until
            FROM enrichment.scanner s JOIN enrichment.version v ON v.id = s.version WHERE v.active
            UNION ALL
            SELECT b.source::cidr, NULL, 'behaviour', NULL, min((b.start AT TIME ZONE 'UTC')::date),
                max((b.start AT TIME ZONE 'UTC')::date)
            FROM enrichment.behaviour_day b GROUP BY b.source;
            COMMENT ON VIEW api.scanner IS 'Sources that are labelled as scanners of research or of services: by the lists in use, and by behaviour (enrichment.behaviour_day). A label says who, not whether it is harmless, and sources may be forged.';
            COMMENT ON COLUMN api.scanner.block IS 'Address or block.';
            COMMENT ON COLUMN api.scanner.organisation IS 'Who scans; NULL where it is not known.';
            COMMENT ON COLUMN api.scanner.list IS 'Name of the list; behaviour for our own rule.';
            COMMENT ON COLUMN api.scanner.list_date IS 'Day of which the list is; NULL for behaviour.';
            COMMENT ON COLUMN api.scanner.since IS 'First day of the behaviour; NULL for lists.';
            COMMENT ON COLUMN api.scanner.until IS 'Last day of the behaviour, or on which the list''s makers saw it; NULL where they do not say.';

            CREATE FUNCTION api.scanner_label(address inet, at timestamptz DEFAULT now()) RETURNS text
            LANGUAGE sql STABLE AS $body$
                SELECT coalesce(
                    (SELECT coalesce(s.organisation, v.name)
                        FROM enrichment.scanner s JOIN enrichment.version v ON v.id = s.version
                        WHERE v.active AND s.block >>= host(address)::inet
                        ORDER BY masklen(s.block) DESC, v.name LIMIT 1),
                    (SELECT 'behaviour' FROM enrichment.behaviour_day b
                        WHERE b.source = host(address)::inet AND b.start < at AND b.start >= at - interval '31 days'
                        LIMIT 1))
            $body$;
            COMMENT ON FUNCTION api.scanner_label(inet, timestamptz) IS 'Who scans from an address after the lists in use, else behaviour when it did so on that day or in the 30 days before; NULL for no label.';

            CREATE FUNCTION api.port_traffic_by(
                since timestamptz, until timestamptz, scanners text DEFAULT 'without', span int4 DEFAULT 3600
            ) RETURNS TABLE (
                start timestamptz, site text, sensor text, sensor_id int4, class text, is_backscatter bool,
                service_port int4, packets int8, bytes int8, flows int8, sources int8, sources_precision text
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            BEGIN
                IF scanners IS NULL OR scanners NOT IN ('all', 'without', 'only') THEN
                    RAISE EXCEPTION 'scanners is %, and must be all, without or only', quote_nullable(scanners)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF span IS NULL OR span NOT IN (3600, 86400) THEN
                    RAISE EXCEPTION 'span is %, and must be 3600 or 86400', quote_nullable(span)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                -- Scanners and the rest are disjoint: their packets and sources add up to those of all.
                RETURN QUERY EXECUTE format($query$
                    SELECT r.start, t.code, s.name, r.sensor, api.class_name(r.class), api.is_backscatter(r.class),
                        r.service_port, r.packets, r.bytes, r.flows, r.sources, api.precision_name(r.sources_precision)
                    FROM (
                        SELECT a.start, a.sensor, a.class, a.service_port, a.packets - coalesce(o.packets, 0) AS packets,
                            a.bytes - coalesce(o.bytes, 0) AS bytes, a.flows - coalesce(o.flows, 0) AS flows,
                            greatest(a.sources - coalesce(o.sources, 0),
                                CASE WHEN a.packets > coalesce(o.packets, 0) THEN 1 ELSE 0 END) AS sources,
                            greatest(a.sources_precision, o.sources_precision) AS sources_precision
                        FROM %1$s a LEFT JOIN rollup.scanner_port_%2$s o ON %3$L
                            AND (o.start, o.sensor, o.class, o.service_port) = (a.start, a.sensor, a.class, a.service_port)
                        WHERE a.start >= $1 AND a.start < $2
                    ) r JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site
                    WHERE r.packets > 0
                    $query$,
                    CASE scanners WHEN 'only' THEN 'rollup.scanner_port_' ELSE 'rollup.port_' END
                        || CASE span WHEN 3600 THEN 'hour' ELSE 'day' END,
                    CASE span WHEN 3600 THEN 'hour' ELSE 'day' END, scanners = 'without')
                USING since, until;
            END $body$;
            COMMENT ON FUNCTION api.port_traffic_by(timestamptz, timestamptz, text, int4) IS 'What each sensor saw of each class at each service port, in hours (span 3600) or days (86400, UTC) from since to before until: of all sources, without labelled scanners (api.scanner), or of those only. Packets of the last two add up to the first; sources too, by as much as estimates can. Packets that found a flow table full have no source, and no label. -1 stands for the ports without a row, as in api.port_traffic.';
            """)
}
