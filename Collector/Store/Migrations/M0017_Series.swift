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

            CREATE FUNCTION rollup.is_partial(reader text) RETURNS bool
            LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
                SELECT row_security_active('rollup.port_hour') AND cardinality(meta.own_sites(reader)) > 0
            $body$;
            COMMENT ON FUNCTION rollup.is_partial(text) IS 'Whether whoever asks sees the rows of some sensors only: what is of all sensors does not fit what is theirs, coverage first.';

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
                is_total bool := class IS NULL AND service_port IS NULL AND with_sources IS FALSE;
                is_daily bool := step NOT LIKE '%minutes' AND step <> 'hour' AND NOT EXISTS (
                    SELECT FROM api.bins(since, until, step, zone) b WHERE b.start <> date_bin('1 day', b.start, '2000-01-01Z')
                        OR b.stop <> date_bin('1 day', b.stop, '2000-01-01Z'));
                span int4 := CASE WHEN step LIKE '%minutes' THEN 300 WHEN is_daily THEN 86400 ELSE 3600 END;
                -- Whole hours or days (UTC) as far as they reach, and five minutes at the edges.
                pieces text := format($query$
                    WITH bin AS MATERIALIZED (SELECT * FROM api.bins($1, $2, $3, $4)), part AS (
                        SELECT b.start AS bin, %1$s AS span, p AS start
                        FROM bin b, generate_series(date_bin(%1$s * interval '1 s', b.start + %1$s * interval '1 s'
                            - interval '1 us', '2000-01-01Z'), b.stop - %1$s * interval '1 s', %1$s * interval '1 s') p
                        UNION ALL
                        SELECT b.start, 300, p FROM bin b, generate_series(b.start, b.stop - interval '5 minutes', '5 minutes') p
                        WHERE %1$s > 300 AND (p < date_bin(%1$s * interval '1 s', b.start + %1$s * interval '1 s'
                            - interval '1 us', '2000-01-01Z') OR p >= date_bin(%1$s * interval '1 s', b.stop, '2000-01-01Z'))
                    ), piece AS MATERIALIZED (
                        SELECT p.*, %2$L AND p.span > 300
                            AND EXISTS (SELECT FROM rollup.world_total w WHERE w.span = p.span AND w.start = p.start OFFSET 0)
                            AND NOT EXISTS (SELECT FROM rollup.world_dirty d WHERE d.span = p.span AND d.start = p.start OFFSET 0)
                            AS is_world
                        FROM part p
                    )
                    $query$, span,
                    sites IS NULL AND NOT rollup.is_partial(current_user));
                work int8;
                traffic text;
                rows text;
            BEGIN
                IF NOT is_total THEN
                    EXECUTE pieces || $query$
                        SELECT count(*) FILTER (WHERE is_world) * CASE WHEN $7 IS NOT NULL THEN cardinality($6)
                                WHEN cardinality($6) = 12 THEN 1 ELSE 500 END
                            + count(*) FILTER (WHERE NOT is_world) * cardinality($5) * cardinality($6)
                                * CASE WHEN $7 IS NULL THEN 100 ELSE 1 END
                        FROM piece
                        $query$ INTO work USING since, until, step, zone, sensors, classes, service_port;
                    IF work > 20000000 THEN
                        RAISE EXCEPTION 'too much to read for one series: about % rows of rollups, and 20,000,000 is the most', work
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
                    FROM (SELECT * FROM own UNION ALL SELECT * FROM united) r GROUP BY r.bin
                    $query$,
                    CASE WHEN NOT with_sources THEN 'NULL::int8' WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                        'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll)))::int8)',
                        hll) END,
                    hll IS NULL) END;
                SELECT string_agg(format('%I AS MATERIALIZED (%s), ', k.name, k.query), '') INTO rows FROM (
                    SELECT CASE WHEN v.is_world THEN 'united' ELSE 'own' END AS name, string_agg(format($query$
                        SELECT p.bin, p.span, r.packets, r.sources, r.sources_precision, %s AS sketch
                        FROM piece p JOIN rollup.%I r ON r.start = p.start
                        WHERE r.start = ANY (ARRAY(SELECT q.start FROM piece q WHERE q.span = %s AND q.is_world = %L))
                            AND p.span = %3$s AND p.is_world = %4$L %s
                        $query$, CASE WHEN v.span > 300 AND with_sources THEN 'r.sketch' ELSE 'NULL::bytea' END, v.name,
                        v.span, v.is_world, CASE WHEN v.name = 'world_total' THEN 'AND r.span = p.span' ELSE
                            CASE WHEN v.is_world THEN '' ELSE 'AND r.sensor = ANY ($5)' END || ' AND r.class = ANY ($6)'
                            || CASE WHEN service_port IS NULL THEN '' ELSE ' AND r.service_port = $7' END END),
                        ' UNION ALL ') AS query
                    FROM (VALUES (300, 'port_5m', false), (3600, 'port_hour', false), (86400, 'port_day', false),
                        (3600, 'world_port_hour', true), (86400, 'world_port_day', true),
                        (3600, 'world_total', true), (86400, 'world_total', true)) v (span, name, is_world)
                    WHERE NOT is_total AND (v.name NOT LIKE 'world%'
                        OR (v.name = 'world_total') = (class IS NULL AND service_port IS NULL))
                    GROUP BY v.is_world) k;
                -- An hour with windows of more than five minutes has coverage as a whole only: it is spread evenly.
                RETURN QUERY EXECUTE pieces || format($query$, %3$s traffic AS (%1$s), measured AS (
                        SELECT c.bin, c.sensor_id, sum(c.observed_seconds * c.share) AS observed,
                            sum(c.observed_address_seconds * c.share) AS space,
                            sum(c.expected_address_seconds * c.share) AS expected, sum(c.seconds) AS seconds,
                            bool_and(c.state IN ('complete', 'quiet')) AS is_whole, bool_or(c.state = 'late') AS is_late
                        FROM (
                            SELECT p.bin, 1::float8 AS share, p.span AS seconds, c.sensor_id, c.state, c.observed_seconds,
                                c.observed_address_seconds, c.expected_address_seconds
                            FROM piece p JOIN api.coverage c ON c.start = p.start
                            WHERE p.span = %2$s AND c.span = %2$s
                                AND c.start = ANY (ARRAY(SELECT q.start FROM piece q WHERE q.span = %2$s))
                            UNION ALL
                            SELECT p.bin, 1, 300, c.sensor_id, c.state, c.observed_seconds, c.observed_address_seconds,
                                c.expected_address_seconds
                            FROM piece p JOIN api.coverage c ON c.start = p.start
                            WHERE p.span = 300 AND c.span = 300 AND %2$s > 300
                                AND c.start = ANY (ARRAY(SELECT q.start FROM piece q WHERE q.span = 300))
                            UNION ALL
                            SELECT p.bin, 1 / 12::float8, 300, c.sensor_id, c.state, c.observed_seconds,
                                c.observed_address_seconds, c.expected_address_seconds
                            FROM piece p
                            JOIN api.coverage c ON c.span = 3600 AND c.start = date_bin('1 hour', p.start, '2000-01-01Z')
                                AND c.start = ANY (ARRAY(SELECT DISTINCT date_bin('1 hour', q.start, '2000-01-01Z')
                                    FROM piece q WHERE q.span = 300))
                            WHERE p.span = 300 AND NOT EXISTS (SELECT FROM rollup.coverage f
                                WHERE f.span = 300 AND f.start = p.start AND f.sensor = c.sensor_id)
                        ) c
                        WHERE c.sensor_id = ANY ($5)
                        GROUP BY c.bin, c.sensor_id
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
                    $query$, traffic, span, coalesce(rows, ''))
                USING since, until, step, zone, sensors, classes, service_port, with_sources;
            END $body$;
            COMMENT ON FUNCTION api.series(timestamptz, timestamptz, text, text, text, int4, text[], bool) IS 'Packets and distinct sources in every bin of api.bins: of all traffic, or of a class, a service port, sites by their codes. A bin of which nothing was observed is NULL (missing), one that was observed and had no packet 0 (quiet). coverage is the observed share of the dark space, packets_per_address_day the packets of both IP versions for each dark IPv4 address and observed day, state as in api.coverage. Bins of hours and more are made of the rollups of hours, those of whole days (UTC) of days, and of five minutes at edges that are no full hour. Of all sites, hours and days come from the rollups of all sensors together where they hold everything. Sources are united over sites and hours where the extension hll is installed; without it they are at least those of the greatest part when there are several, as they always are with parts of five minutes. A port shows what it has in rows of its own: see service_port in api.port_traffic.';
            """)
}
