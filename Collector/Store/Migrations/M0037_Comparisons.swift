extension Migration {
    /// Ports beside the same span of days before, the day on which each was first seen, and how many addresses are announced.
    static let comparisons = Migration(
        version: 37, name: "comparisons",
        sql: """
            CREATE VIEW api.announced AS
            SELECT o.country::text AS country, o.asn, sum(o.hi - o.lo + 1)::int8 AS addresses
            FROM enrichment.version v JOIN enrichment.origin o ON o.version = v.id
            WHERE v.kind = 'origin' AND v.active AND family(o.lo) = 4 AND o.asn > 0
            GROUP BY o.country::text, o.asn;
            COMMENT ON VIEW api.announced IS 'How many IPv4 addresses the table of origins in use gives to each autonomous system in each country: what is announced. Of whole countries api.country_space is faster.';
            COMMENT ON COLUMN api.announced.country IS 'ISO 3166-1 alpha-2; NULL where the table knows none or a region only.';
            COMMENT ON COLUMN api.announced.asn IS 'Number of the autonomous system.';
            COMMENT ON COLUMN api.announced.addresses IS 'IPv4 addresses.';

            CREATE VIEW api.as_name AS
            SELECT n.asn, n.name AS as_name FROM enrichment.version v JOIN enrichment.as_name n ON n.version = v.id
            WHERE v.kind = 'origin' AND v.active;
            COMMENT ON VIEW api.as_name IS 'Names of autonomous systems in the table of origins in use.';
            COMMENT ON COLUMN api.as_name.asn IS 'Number of the autonomous system.';
            COMMENT ON COLUMN api.as_name.as_name IS 'Its name, as the table has it.';

            CREATE FUNCTION api.first_days(classes text[], service_ports int4[])
            RETURNS TABLE (class text, service_port int4, first_day date)
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off AS $body$
            DECLARE
                days timestamptz[] := ARRAY(SELECT w.start FROM rollup.world_total w WHERE w.span = 86400);
            BEGIN
                IF cardinality(classes) IS DISTINCT FROM cardinality(service_ports) OR cardinality(classes) > 1000 THEN
                    RAISE EXCEPTION 'as many classes as service ports are asked for, and 1,000 at most'
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                RETURN QUERY
                SELECT u.class, u.port, ((
                    SELECT min(r.start) FROM rollup.world_port_day r
                    WHERE r.start = ANY (days) AND r.class = api.class_number(u.class) AND r.service_port = u.port
                ) AT TIME ZONE 'UTC')::date
                FROM unnest(classes, service_ports) u (class, port);
            END $body$;
            COMMENT ON FUNCTION api.first_days(text[], int4[]) IS 'The first day (UTC) on which each class had a row of its own at each service port over all sites (api.world_port_traffic), among the days that are kept; NULL for none.';

            CREATE FUNCTION api.traffic_at_port(
                since timestamptz, until timestamptz, class text, service_port int4, scanners text DEFAULT 'all',
                span int4 DEFAULT 3600
            ) RETURNS TABLE (
                start timestamptz, site text, packets int8, sources int8, sources_precision text, sources_sketch bytea,
                labelled_sketch bytea
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off
                SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
            DECLARE
                level text := CASE span WHEN 3600 THEN 'hour' WHEN 86400 THEN 'day' END;
            BEGIN
                IF level IS NULL OR scanners IS NULL OR scanners NOT IN ('all', 'without', 'only') THEN
                    RAISE EXCEPTION 'span is %, and must be 3600 or 86400; scanners is %, and must be all, without or only',
                        quote_nullable(span), quote_nullable(scanners) USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF NOT coalesce(isfinite(since) AND isfinite(until)
                    AND until - since <= span * interval '10000 s', false)
                THEN
                    RAISE EXCEPTION 'at most 10,000 hours or days can be asked for' USING ERRCODE = 'program_limit_exceeded',
                        HINT = 'Ask for days or a shorter span.';
                END IF;
                -- Each row is found by the whole key, so that others are not read.
                RETURN QUERY EXECUTE format($query$
                    SELECT a.start, t.code, a.packets - coalesce(o.packets, 0), greatest(a.sources - coalesce(o.sources, 0), 0),
                        api.precision_name(greatest(a.sources_precision, o.sources_precision)), a.sketch, o.sketch
                    FROM generate_series($1, $2 - interval '1 us', $3 * interval '1 s') h
                    CROSS JOIN meta.sensor s JOIN meta.site t ON t.id = s.site
                    JOIN rollup.%1$s_%2$s a ON a.start = h AND a.sensor = s.id AND a.class = $4 AND a.service_port = $5
                    LEFT JOIN rollup.scanner_port_%2$s o ON %3$L
                        AND (o.start, o.sensor, o.class, o.service_port) = (a.start, a.sensor, a.class, a.service_port)
                    WHERE a.packets > coalesce(o.packets, 0)
                    $query$, CASE scanners WHEN 'only' THEN 'scanner_port' ELSE 'port' END, level, scanners = 'without')
                USING date_bin(span * interval '1 s', since, '2000-01-01Z'), until, span, api.class_number(class), service_port;
            END $body$;
            COMMENT ON FUNCTION api.traffic_at_port(timestamptz, timestamptz, text, int4, text, int4) IS 'What each site saw of one class at one service port, as api.port_traffic_by tells of all, but reading the rows of that port alone: a row for each sensor and hour (span 3600) or day (86400, UTC) from that of since to before until in which it had a row of its own. sources_sketch is the set of all its sources, labelled_sketch of those that are left out: both united, the second is less than the first.';

            CREATE FUNCTION api.compare_ports(
                since timestamptz, until timestamptz, classes text[], service_ports int4[], scanners text DEFAULT 'all',
                left_out text[] DEFAULT '{}', days int4 DEFAULT 7
            ) RETURNS TABLE (
                class text, service_port int4, packets numeric, sources int8, sources_precision text,
                packets_before numeric, sources_before int8, sources_before_precision text
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off SET work_mem = '32MB'
                -- Every row is found by its whole key: a scan of a table would read a hundred times as many.
                SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                first_hour timestamptz := date_bin('1 hour', since, '2000-01-01Z');
                last_hour timestamptz := date_bin('1 hour', until, '2000-01-01Z');
                -- Whole days in the middle, and hours beside them.
                last_day timestamptz := date_bin('1 day', last_hour, '2000-01-01Z');
                first_day timestamptz := least(date_bin('1 day', first_hour + interval '86399 s', '2000-01-01Z'), last_day);
                sensors int4[] := ARRAY(SELECT s.id FROM meta.sensor s JOIN meta.site t ON t.id = s.site
                    WHERE t.code <> ALL (left_out) ORDER BY s.id);
                others int4[] := ARRAY(SELECT s.id FROM meta.sensor s JOIN meta.site t ON t.id = s.site
                    WHERE t.code = ANY (left_out) ORDER BY s.id);
                is_summed bool := scanners = 'all' AND NOT rollup.is_partial(current_user);
                is_world bool := is_summed AND cardinality(left_out) = 0;
                is_less bool := false;
                pieces int8;
                union_of text;
                quality_of text := format($quality$CASE WHEN bool_or(r.sources_precision = 2) FILTER (WHERE %%1$s)
                        OR %L AND count(*) FILTER (WHERE %%1$s) > 1 THEN 2
                    WHEN bool_or(r.sources_precision = 1) FILTER (WHERE %%1$s)
                        OR count(*) FILTER (WHERE %%1$s) > 1 AND sum(r.sources) FILTER (WHERE %%1$s) > 256 THEN 1
                    ELSE 0 END::int2$quality$, hll IS NULL);
                with_sources bool;
            BEGIN
                IF scanners IS NULL OR scanners NOT IN ('all', 'without', 'only') THEN
                    RAISE EXCEPTION 'scanners is %, and must be all, without or only', quote_nullable(scanners)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF NOT coalesce(isfinite(since) AND isfinite(until) AND until - since <= interval '400 days'
                    AND days BETWEEN 1 AND 400 AND left_out IS NOT NULL, false)
                THEN
                    RAISE EXCEPTION 'a span of at most 400 days is compared with one of 1 to 400 days before'
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for a shorter span.';
                END IF;
                IF cardinality(classes) IS DISTINCT FROM cardinality(service_ports) OR cardinality(classes) > 1000 THEN
                    RAISE EXCEPTION 'as many classes as service ports are asked for, and 1,000 at most'
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                pieces := extract(epoch FROM greatest(last_day - first_day, '0'))::int8 / 86400
                    + extract(epoch FROM (last_hour - first_hour) - (last_day - first_day))::int8 / 3600;
                -- Rows of many sensors take long to read, and their sets of sources to unite: then packets are those of all less
                -- those of the sites that are left out.
                with_sources := is_world OR pieces * cardinality(sensors) * cardinality(classes) <= 100000;
                is_less := is_summed AND NOT with_sources;
                union_of := CASE WHEN NOT with_sources THEN 'NULL::int8' WHEN hll IS NULL THEN 'max(r.sources) FILTER (WHERE %1$s)'
                    ELSE format('greatest(max(r.sources) FILTER (WHERE %%1$s), round(
                        %1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll) FILTER (WHERE %%1$s))
                        - coalesce(%1$s.hll_cardinality(%1$s.hll_union_agg(r.labelled::%1$s.hll) FILTER (WHERE %%1$s)), 0))::int8)',
                        hll) END;
                RETURN QUERY EXECUTE format($query$
                    WITH port AS MATERIALIZED (
                        SELECT DISTINCT api.class_number(u.class) AS class, u.port FROM unnest($5::text[], $6::int4[]) u (class, port)
                    ), part AS (
                        SELECT 3600 AS span, h AS start FROM generate_series($1, $4 - interval '1 us', '1 hour') h
                        WHERE NOT (h >= $2 AND h < $3)
                        UNION ALL SELECT 86400, d FROM generate_series($2, $3 - interval '1 us', '1 day') d
                    ), piece AS MATERIALIZED (
                        SELECT q.*, %3$L
                            AND EXISTS (SELECT FROM rollup.world_total w WHERE w.span = q.span AND w.start = q.start OFFSET 0)
                            AND NOT EXISTS (SELECT FROM rollup.world_dirty w WHERE w.span = q.span AND w.start = q.start AND w.kind = 1
                                OFFSET 0) AS is_world
                        FROM (
                            SELECT p.span, false AS is_before, p.start FROM part p
                            UNION ALL SELECT p.span, true, p.start - $8 * interval '24 hours' FROM part p
                        ) q
                    ), row AS (%1$s), summed AS (
                        SELECT r.class, r.service_port, sum(r.packets) FILTER (WHERE NOT r.is_before) AS packets,
                            %2$s AS sources, %4$s AS quality, sum(r.packets) FILTER (WHERE r.is_before) AS packets_before,
                            %5$s AS sources_before, %6$s AS quality_before
                        FROM row r GROUP BY 1, 2
                    )
                    SELECT api.class_name(p.class), p.port, coalesce(s.packets, 0), %7$s,
                        CASE WHEN %9$L THEN api.precision_name(s.quality) END, coalesce(s.packets_before, 0), %8$s,
                        CASE WHEN %9$L THEN api.precision_name(s.quality_before) END
                    FROM port p LEFT JOIN summed s ON s.class = p.class AND s.service_port = p.port
                    ORDER BY p.class, p.port
                    $query$,
                    (SELECT string_agg(
                        format($rows$
                            SELECT p.is_before, r.class, r.service_port, r.packets, r.sources, r.sources_precision, r.sketch,
                                NULL::bytea AS labelled
                            FROM piece p CROSS JOIN port q JOIN rollup.world_port_%1$s r
                                ON r.start = p.start AND r.class = q.class AND r.service_port = q.port
                            WHERE p.span = %2$s AND p.is_world
                            UNION ALL
                            SELECT p.is_before, a.class, a.service_port, - a.packets, 0, 0, NULL, NULL
                            FROM piece p CROSS JOIN port q JOIN rollup.port_%1$s a
                                ON a.start = p.start AND a.sensor = ANY ($9) AND a.class = q.class AND a.service_port = q.port
                            WHERE p.span = %2$s AND p.is_world AND %5$L
                            UNION ALL
                            SELECT p.is_before, a.class, a.service_port, a.packets - coalesce(o.packets, 0),
                                greatest(a.sources - coalesce(o.sources, 0), 0),
                                greatest(a.sources_precision, o.sources_precision), a.sketch, o.sketch
                            FROM piece p CROSS JOIN port q JOIN rollup.%3$s_%1$s a
                                ON a.start = p.start AND a.sensor = ANY ($7) AND a.class = q.class AND a.service_port = q.port
                            LEFT JOIN rollup.scanner_port_%1$s o ON %4$L
                                AND (o.start, o.sensor, o.class, o.service_port) = (a.start, a.sensor, a.class, a.service_port)
                            WHERE p.span = %2$s AND NOT p.is_world
                            $rows$, k.level, k.span, CASE scanners WHEN 'only' THEN 'scanner_port' ELSE 'port' END,
                            scanners = 'without', is_less), ' UNION ALL ')
                        FROM (VALUES ('hour', 3600), ('day', 86400)) k (level, span)),
                    format(union_of, 'NOT r.is_before'), is_world OR is_less, format(quality_of, 'NOT r.is_before'),
                    format(union_of, 'r.is_before'), format(quality_of, 'r.is_before'),
                    CASE WHEN with_sources THEN 'coalesce(s.sources, 0)' ELSE 'NULL::int8' END,
                    CASE WHEN with_sources THEN 'coalesce(s.sources_before, 0)' ELSE 'NULL::int8' END, with_sources)
                USING first_hour, first_day, last_day, last_hour, classes, service_ports, sensors, days, others;
            END $body$;
            COMMENT ON FUNCTION api.compare_ports(timestamptz, timestamptz, text[], int4[], text, text[], int4) IS 'Packets and distinct sources of each class at each service port in the whole hours (UTC) from that of since to before that of until, and in the same hours so many days before, of all sites but those of left_out: leave out what was not observed in both. Of all sources, without labelled scanners or of those only. Sources are NULL where too many sets would have to be united, as of a long span of many sites of which some are left out; else as in api.top_ports_by. A port without a row of its own in an hour or day counts as 0 there. Where whoever asks sees some sites only, it is of those.';
            """)
}
