extension Migration {
    /// Series in time with every bin, in the days of any zone.
    static let series = Migration(
        version: 17, name: "series",
        sql: """
            CREATE FUNCTION api.class_number(name text) RETURNS int2
            LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
            DECLARE
                names text[] := ARRAY(SELECT api.class_name(n::int2) FROM generate_series(1, 12) n ORDER BY n);
                found int2 := array_position(names, name);
            BEGIN
                IF name IS NOT NULL AND found IS NULL THEN
                    RAISE EXCEPTION 'there is no class %; the classes are %', quote_literal(name), array_to_string(names, ', ')
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                RETURN found;
            END $body$;
            COMMENT ON FUNCTION api.class_number(text) IS 'Number of a traffic class by its name; NULL for NULL.';

            CREATE FUNCTION api.sensors_at(sites text[]) RETURNS int4[]
            LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
            DECLARE
                unknown text := (SELECT u.code FROM unnest(sites) u (code) WHERE u.code IS NOT NULL
                    AND NOT EXISTS (SELECT FROM meta.site t WHERE t.code = u.code) LIMIT 1);
            BEGIN
                IF unknown IS NOT NULL THEN
                    RAISE EXCEPTION 'there is no site %', quote_literal(unknown) USING ERRCODE = 'invalid_parameter_value',
                        HINT = 'api.dark_space and api.coverage have the codes of sites.';
                END IF;
                RETURN ARRAY(SELECT s.id FROM meta.sensor s JOIN meta.site t ON t.id = s.site
                    WHERE sites IS NULL OR t.code = ANY (sites) ORDER BY s.id);
            END $body$;
            COMMENT ON FUNCTION api.sensors_at(text[]) IS 'Numbers of the sensors of sites that are given by their codes; of all for NULL.';

            CREATE FUNCTION api.bins(since timestamptz, until timestamptz, step text, zone text DEFAULT 'UTC')
            RETURNS TABLE (start timestamptz, stop timestamptz)
            LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
            DECLARE
                length interval := CASE step WHEN '5 minutes' THEN step WHEN '10 minutes' THEN step WHEN 'hour' THEN '1 hour'
                    WHEN 'day' THEN '1 day' WHEN 'week' THEN '7 days' WHEN 'month' THEN '1 month' END;
            BEGIN
                IF length IS NULL THEN
                    RAISE EXCEPTION 'step is %, and must be 5 minutes, 10 minutes, hour, day, week or month',
                        quote_nullable(step) USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF since IS NULL OR until IS NULL OR NOT isfinite(since) OR NOT isfinite(until) OR zone IS NULL THEN
                    RAISE EXCEPTION 'since, until and zone must be given, and the times be finite'
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF extract(epoch FROM until - since) > 20000 * extract(epoch FROM length) THEN
                    RAISE EXCEPTION 'from % to % are more than 20,000 bins of %', since, until, step
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for a longer step or a shorter span.';
                END IF;
                IF step LIKE '%minutes' THEN
                    -- No zone is off by less than 15 minutes, so five of them never straddle a local hour.
                    RETURN QUERY SELECT t, t + length FROM generate_series(
                        date_bin(length, since, date_trunc('day', since, zone)), until - interval '1 us', length) t;
                ELSIF step = 'hour' THEN
                    -- The clock that is set back repeats an hour: two bins. One that is set by half an hour cuts one.
                    RETURN QUERY
                    WITH bin AS (
                        SELECT min(t) AS at, date_trunc('hour', t, zone) + length AS latest
                        FROM generate_series(date_trunc('hour', since, zone) - interval '2 hours',
                            until - interval '1 us', '15 minutes') t
                        GROUP BY date_trunc('hour', t, zone)
                    ), ended AS (
                        SELECT b.at, lead(b.at, 1, b.latest) OVER (ORDER BY b.at) AS next FROM bin b
                    )
                    SELECT e.at, e.next FROM ended e WHERE e.next > since ORDER BY 1;
                ELSE
                    -- A midnight that the clock skips is the moment at which it does; of two midnights it is the first.
                    RETURN QUERY
                    WITH edge AS (
                        SELECT CASE WHEN (u.at - interval '1 hour') AT TIME ZONE zone = u.local
                            THEN u.at - interval '1 hour' ELSE u.at END AS at
                        FROM (
                            SELECT local, local AT TIME ZONE zone AS at FROM generate_series(
                                date_trunc(step, since AT TIME ZONE zone),
                                (until AT TIME ZONE zone) + length + interval '1 day', length) local
                        ) u
                    ), bin AS (
                        SELECT DISTINCT e.at, lead(e.at) OVER (ORDER BY e.at) AS next FROM edge e
                    )
                    SELECT b.at, b.next FROM bin b WHERE b.at < until AND b.next > since AND b.at < b.next ORDER BY 1;
                END IF;
            END $body$;
            COMMENT ON FUNCTION api.bins(timestamptz, timestamptz, text, text) IS 'The bins (5 minutes, 10 minutes, hour, day, week, month) of a time zone that touch the span from since to before until, whole: start and stop, which is the start of the next. Weeks begin on Monday. A day with a change of the clock has 23 or 25 hours.';

            CREATE FUNCTION api.series(
                since timestamptz, until timestamptz, step text DEFAULT 'hour', zone text DEFAULT 'UTC',
                class text DEFAULT NULL, service_port int4 DEFAULT NULL, sites text[] DEFAULT NULL,
                with_sources bool DEFAULT true
            ) RETURNS TABLE (
                "time" timestamptz, packets numeric, sources int8, sources_precision text, coverage float8,
                packets_per_address_day float8, state text
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog SET jit = off AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                classes int2[] := ARRAY(SELECT n::int2 FROM generate_series(1, 12) n
                    WHERE class IS NULL OR n = api.class_number(class));
                sensors int4[] := api.sensors_at(sites);
                is_total bool := class IS NULL AND service_port IS NULL AND NOT with_sources;
                is_daily bool := step NOT LIKE '%minutes' AND step <> 'hour' AND NOT EXISTS (
                    SELECT FROM api.bins(since, until, step, zone) b WHERE b.start <> date_bin('1 day', b.start, '2000-01-01Z')
                        OR b.stop <> date_bin('1 day', b.stop, '2000-01-01Z'));
                -- Whole hours or days (UTC) as far as they reach, and five minutes at the edges.
                pieces text := format($query$
                    WITH bin AS MATERIALIZED (SELECT * FROM api.bins($1, $2, $3, $4)), piece AS MATERIALIZED (
                        SELECT b.start AS bin, %1$s AS span, p AS start
                        FROM bin b, generate_series(date_bin(%1$s * interval '1 s', b.start + %1$s * interval '1 s'
                            - interval '1 us', '2000-01-01Z'), b.stop - %1$s * interval '1 s', %1$s * interval '1 s') p
                        UNION ALL
                        SELECT b.start, 300, p FROM bin b, generate_series(b.start, b.stop - interval '5 minutes', '5 minutes') p
                        WHERE %1$s > 300 AND (p < date_bin(%1$s * interval '1 s', b.start + %1$s * interval '1 s'
                            - interval '1 us', '2000-01-01Z') OR p >= date_bin(%1$s * interval '1 s', b.stop, '2000-01-01Z'))
                    )
                    $query$, CASE WHEN step LIKE '%minutes' THEN 300 WHEN is_daily THEN 86400 ELSE 3600 END);
                work int8;
                traffic text;
                united text;
            BEGIN
                IF NOT is_total THEN
                    EXECUTE pieces || 'SELECT count(*) FROM piece' INTO work USING since, until, step, zone;
                    work := work * cardinality(sensors) * cardinality(classes)
                        * CASE WHEN service_port IS NULL THEN 100 ELSE 1 END;
                    IF work > 5000000 THEN
                        RAISE EXCEPTION 'too much to read for one series: about % rows of rollups, and 5,000,000 is the most', work
                            USING ERRCODE = 'program_limit_exceeded', HINT =
                            'Name a service_port, a class or sites, ask for days or a shorter span, or, for all traffic, pass with_sources => false.';
                    END IF;
                END IF;
                traffic := CASE WHEN is_total THEN $query$
                    SELECT p.bin, sum(c.packets4::numeric + c.packets6) AS packets, NULL::int8 AS sources, NULL::int2 AS quality
                    FROM piece p JOIN rollup.coverage c ON c.span = p.span AND c.start = p.start AND c.sensor = ANY ($5)
                    GROUP BY p.bin
                    $query$ ELSE format($query$
                    SELECT r.bin, sum(r.packets) AS packets, %1$s AS sources,
                        CASE WHEN bool_or(r.sources_precision = 2) OR (%2$L OR bool_or(r.span = 300)) AND count(*) > 1 THEN 2
                            WHEN bool_or(r.sources_precision = 1) OR count(*) > 1 AND %1$s > 256 THEN 1 ELSE 0 END::int2
                            AS quality
                    FROM (%3$s) r GROUP BY r.bin
                    $query$,
                    CASE WHEN NOT with_sources THEN 'NULL::int8' WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                        'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll)))::int8)',
                        hll) END,
                    hll IS NULL,
                    (SELECT string_agg(format($query$
                        SELECT p.bin, p.span, t.packets, t.sources, t.sources_precision, t.sketch
                        FROM piece p CROSS JOIN LATERAL (
                            SELECT r.packets, r.sources, r.sources_precision, %s AS sketch FROM rollup.%I r
                            WHERE r.start = p.start AND r.sensor = ANY ($5) AND r.class = ANY ($6) %s OFFSET 0
                        ) t WHERE p.span = %s
                        $query$, CASE WHEN v.span > 300 AND with_sources THEN 'r.sketch' ELSE 'NULL::bytea' END, v.name,
                        CASE WHEN service_port IS NOT NULL THEN 'AND r.service_port = $7' END, v.span), ' UNION ALL ')
                    FROM (VALUES (300, 'port_5m'), (3600, 'port_hour'), (86400, 'port_day')) v (span, name))) END;
                -- An hour with windows of more than five minutes has coverage as a whole only: it is spread evenly.
                RETURN QUERY EXECUTE pieces || format($query$, traffic AS (%s), measured AS (
                        SELECT p.bin, c.sensor_id, sum(c.observed_seconds * p.span / c.span) AS observed,
                            sum(c.observed_address_seconds * p.span / c.span) AS space,
                            sum(c.expected_address_seconds * p.span / c.span) AS expected, sum(p.span) AS seconds,
                            bool_and(c.state IN ('complete', 'quiet')) AS is_whole, bool_or(c.state = 'late') AS is_late
                        FROM piece p JOIN api.coverage c ON c.span = p.span AND c.start = p.start
                            OR p.span = 300 AND c.span = 3600 AND c.start = date_bin('1 hour', p.start, '2000-01-01Z')
                            AND NOT EXISTS (SELECT FROM rollup.coverage f
                                WHERE f.span = 300 AND f.start = p.start AND f.sensor = c.sensor_id)
                        WHERE c.sensor_id = ANY ($5)
                        GROUP BY p.bin, c.sensor_id
                    ), covered AS (
                        SELECT b.start, b.stop, coalesce(sum(m.observed), 0) AS observed, sum(m.space) AS space,
                            sum(m.expected * extract(epoch FROM b.stop - b.start)::float8 / m.seconds) AS expected,
                            coalesce(bool_and(m.is_whole AND m.seconds >= extract(epoch FROM b.stop - b.start)), false)
                                AS is_whole,
                            coalesce(bool_or(m.is_late), false) OR now() < b.stop + interval '15 minutes' AS is_late
                        FROM bin b LEFT JOIN measured m ON m.bin = b.start GROUP BY b.start, b.stop
                    )
                    SELECT c.start, v.packets,
                        CASE WHEN $8 AND v.packets = 0 THEN 0 ELSE t.sources END,
                        CASE WHEN $8 AND v.packets = 0 THEN 'exact' WHEN t.sources IS NOT NULL
                            THEN api.precision_name(t.quality) END,
                        c.space / nullif(c.expected, 0), (v.packets * 86400)::float8 / nullif(c.space, 0),
                        CASE WHEN c.is_whole AND v.packets = 0 THEN 'quiet' WHEN c.is_whole THEN 'complete'
                            WHEN c.is_late THEN 'late' WHEN v.packets IS NULL THEN 'missing' ELSE 'partial' END
                    FROM covered c LEFT JOIN traffic t ON t.bin = c.start CROSS JOIN LATERAL (
                        SELECT CASE WHEN c.observed > 0 THEN coalesce(t.packets, 0) ELSE nullif(t.packets, 0) END AS packets
                    ) v ORDER BY c.start
                    $query$, traffic)
                USING since, until, step, zone, sensors, classes, service_port, with_sources;
            END $body$;
            COMMENT ON FUNCTION api.series(timestamptz, timestamptz, text, text, text, int4, text[], bool) IS 'Packets and distinct sources in every bin of api.bins: of all traffic, or of a class, a service port, sites by their codes. A bin of which nothing was observed is NULL (missing), one that was observed and had no packet 0 (quiet). coverage is the observed share of the dark space, packets_per_address_day the packets of both IP versions for each dark IPv4 address and observed day, state as in api.coverage. Bins of hours and more are made of the rollups of hours, those of whole days (UTC) of days, and of five minutes at edges that are no full hour. Sources are united over sensors and hours where the extension hll is installed; without it, and with parts of five minutes, they are at least those of the greatest part. A port shows what it has in rows of its own: see service_port in api.port_traffic.';
            """)
}
