extension Migration {
    /// Ports that rise above what is usual at their hour, and ports that were not there before.
    static let changingPorts = Migration(
        version: 22, name: "changing ports",
        sql: """
            CREATE FUNCTION api.robust_score(value float8, median float8, mad float8) RETURNS float8
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT (value - median) / greatest(1.4826 * mad, sqrt(greatest(median, 1)), median / 10)
            $body$;
            COMMENT ON FUNCTION api.robust_score(float8, float8, float8) IS 'How far a count is above the median of others, in standard deviations: 1.4826 times their median absolute deviation, but no less than chance alone makes of a count of that size, nor than a tenth of it.';

            CREATE FUNCTION api.rising_ports(at timestamptz DEFAULT NULL, most int4 DEFAULT 20) RETURNS TABLE (
                hour timestamptz, class text, service_port int4, packets numeric, packets_per_address_day float8,
                usual_7 float8, usual_28 float8, sources int8, sources_precision text, usual_sources_7 float8,
                usual_sources_28 float8, sites int8, score float8, packets_score float8, sources_score float8,
                hours_7 int8, hours_28 int8
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog SET jit = off
                SET enable_nestloop = off AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                asked timestamptz := date_bin('1 hour', coalesce(at, (
                    SELECT c.start FROM rollup.coverage c WHERE c.span = 3600 AND c.start <= now() - interval '75 minutes'
                        AND c.observed_seconds > 0 ORDER BY c.start DESC LIMIT 1)), '2000-01-01Z');
                united text := CASE WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                    'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll)))::int8)',
                    hll) END;
            BEGIN
                -- An hour of which less than half as much was observed tells little of what is usual.
                RETURN QUERY EXECUTE format($query$
                    WITH hour AS (
                        SELECT d, $1 - d * interval '24 hours' AS start, sum(c.observed_address_seconds) AS space
                        FROM generate_series(0, 28) d
                        JOIN rollup.coverage c ON c.span = 3600 AND c.start = $1 - d * interval '24 hours'
                        GROUP BY d
                    ), usable AS MATERIALIZED (
                        SELECT h.d, h.start, h.space, n.space / h.space AS scale, NOT rollup.is_partial(current_user)
                            AND EXISTS (SELECT FROM rollup.world_total w WHERE w.span = 3600 AND w.start = h.start OFFSET 0)
                            AND NOT EXISTS (SELECT FROM rollup.world_dirty w WHERE w.span = 3600 AND w.start = h.start OFFSET 0)
                            AS is_world
                        FROM hour h JOIN hour n ON n.d = 0 WHERE h.space > 0 AND h.space >= n.space / 2
                    ), united AS MATERIALIZED (
                        SELECT u.d, u.scale, p.class, p.service_port, p.packets, p.sources, p.sources_precision, p.sites,
                            p.sketch
                        FROM usable u JOIN rollup.world_port_hour p ON p.start = u.start
                        WHERE u.is_world AND p.service_port >= 0
                            AND p.start = ANY (ARRAY(SELECT v.start FROM usable v WHERE v.is_world))
                    ), own AS MATERIALIZED (
                        SELECT u.d, u.scale, p.class, p.service_port, p.packets, p.sources, p.sources_precision,
                            ARRAY[s.site] AS sites, p.sketch
                        FROM usable u JOIN rollup.port_hour p ON p.start = u.start JOIN meta.sensor s ON s.id = p.sensor
                        WHERE NOT u.is_world AND p.service_port >= 0
                            AND p.start = ANY (ARRAY(SELECT v.start FROM usable v WHERE NOT v.is_world))
                    ), row AS MATERIALIZED (
                        SELECT r.d, r.class, r.service_port, sum(r.packets) AS packets, sum(r.packets) * r.scale AS scaled,
                            %1$s AS sources,
                            -- A row of all sensors stands alone, one of a sensor names its site.
                            CASE WHEN count(*) = 1 THEN max(cardinality(r.sites)) ELSE count(DISTINCT r.sites) END AS sites,
                            CASE WHEN bool_or(r.sources_precision = 2) OR %2$L AND count(*) > 1 THEN 2
                                WHEN bool_or(r.sources_precision = 1) OR count(*) > 1 AND %1$s > 256 THEN 1
                                ELSE 0 END::int2 AS quality
                        FROM (SELECT * FROM united UNION ALL SELECT * FROM own) r
                        GROUP BY r.d, r.scale, r.class, r.service_port
                    ), pair AS (
                        SELECT t.class, t.service_port, u.d, coalesce(r.scaled, 0)::float8 AS packets,
                            coalesce(r.sources, 0)::float8 AS sources
                        FROM row t JOIN usable u ON u.d > 0
                        LEFT JOIN row r ON r.class = t.class AND r.service_port = t.service_port AND r.d = u.d
                        WHERE t.d = 0
                    ), span AS (
                        SELECT * FROM pair p JOIN (VALUES (7), (28)) v (days) ON p.d <= v.days
                    ), middle AS (
                        SELECT class, service_port, days, count(*) AS hours,
                            percentile_cont(0.5) WITHIN GROUP (ORDER BY packets) AS packets,
                            percentile_cont(0.5) WITHIN GROUP (ORDER BY sources) AS sources
                        FROM span GROUP BY 1, 2, 3
                    ), spread AS (
                        SELECT m.class, m.service_port, m.days, m.hours, m.packets, m.sources,
                            percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(s.packets - m.packets)) AS packets_mad,
                            percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(s.sources - m.sources)) AS sources_mad
                        FROM middle m JOIN span s USING (class, service_port, days)
                        GROUP BY 1, 2, 3, 4, 5, 6
                    ), scored AS (
                        SELECT t.class, t.service_port,
                            min(s.packets) FILTER (WHERE s.days = 7) AS usual_7,
                            min(s.packets) FILTER (WHERE s.days = 28) AS usual_28,
                            min(s.sources) FILTER (WHERE s.days = 7) AS sources_7,
                            min(s.sources) FILTER (WHERE s.days = 28) AS sources_28,
                            min(api.robust_score(t.packets::float8, s.packets, s.packets_mad)) FILTER (WHERE s.hours >= 3)
                                AS packets_score,
                            min(api.robust_score(t.sources, s.sources, s.sources_mad)) FILTER (WHERE s.hours >= 3)
                                AS sources_score
                        FROM row t LEFT JOIN spread s USING (class, service_port) WHERE t.d = 0 GROUP BY 1, 2
                    )
                    SELECT u.start, api.class_name(t.class), t.service_port, t.packets, t.packets::float8 * 86400 / u.space,
                        s.usual_7 * 86400 / u.space, s.usual_28 * 86400 / u.space, t.sources,
                        api.precision_name(t.quality), s.sources_7, s.sources_28, t.sites,
                        CASE WHEN s.packets_score IS NOT NULL THEN least(s.packets_score, s.sources_score) END,
                        s.packets_score, s.sources_score, n.hours_7, n.hours_28
                    FROM row t JOIN scored s USING (class, service_port) JOIN usable u ON u.d = 0
                    CROSS JOIN (SELECT count(*) FILTER (WHERE d BETWEEN 1 AND 7) AS hours_7,
                        count(*) FILTER (WHERE d > 0) AS hours_28 FROM usable) n
                    WHERE t.d = 0
                    ORDER BY 13 DESC NULLS LAST, t.packets DESC, t.class, t.service_port LIMIT $2
                    $query$, united, hll IS NULL)
                USING asked, least(greatest(most, 0), 10000);
            END $body$;
            COMMENT ON FUNCTION api.rising_ports(timestamptz, int4) IS 'The ports of each class that rise most in an hour (UTC; that of at, or the newest that is over for 15 minutes) against the same hour of the last 7 and 28 days, over all sites. score is the least of api.robust_score on packets and on sources, against 7 and 28 days, so all four rise; beyond 6 chance is unlikely. Hours in which less than half as much dark space was observed do not count as usual, and packets of the others are scaled to the space of this one; with less than 3 hours there is no score. usual_7 and usual_28 are medians of packets_per_address_day, usual_sources_7 and _28 of sources; hours_7 and hours_28 say of how many hours. A port without a row of its own in an hour counts as 0 there.';

            CREATE FUNCTION api.new_ports(
                since timestamptz, until timestamptz, days int4 DEFAULT 28, least_sources int4 DEFAULT 2,
                most int4 DEFAULT 100
            ) RETURNS TABLE (
                class text, service_port int4, first_hour timestamptz, packets numeric, sources int8,
                sources_precision text, sites int8, days_before int8
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog SET jit = off AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                starting timestamptz := date_bin('1 hour', since, '2000-01-01Z');
                midnight timestamptz := date_bin('1 day', since, '2000-01-01Z');
                united text;
            BEGIN
                IF since IS NULL OR until IS NULL OR until - starting > interval '31 days' OR days NOT BETWEEN 1 AND 400 THEN
                    RAISE EXCEPTION 'a span of at most 31 days is compared with 1 to 400 days before it'
                        USING ERRCODE = 'invalid_parameter_value', HINT = 'Choose a later since, or fewer days.';
                END IF;
                united := CASE WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                    'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll)))::int8)',
                    hll) END;
                RETURN QUERY EXECUTE format($query$
                    WITH candidate AS MATERIALIZED (
                        SELECT r.class, r.service_port FROM rollup.port_hour r
                        WHERE r.start >= $1 AND r.start < $2 AND r.service_port >= 0
                        GROUP BY 1, 2 HAVING sum(r.sources) >= $5
                    ), known AS MATERIALIZED (
                        SELECT DISTINCT d.class, d.service_port FROM rollup.port_day d
                        WHERE d.start >= $3 - $4 * interval '24 hours' AND d.start < $3
                    ), today AS MATERIALIZED (
                        SELECT DISTINCT h.class, h.service_port FROM rollup.port_hour h
                        WHERE h.start >= $3 AND h.start < $1
                    ), fresh AS MATERIALIZED (
                        SELECT class, service_port FROM candidate
                        EXCEPT SELECT class, service_port FROM known
                        EXCEPT SELECT class, service_port FROM today
                    ), observed AS MATERIALIZED (
                        SELECT count(DISTINCT c.start) AS days FROM rollup.coverage c
                        WHERE c.span = 86400 AND c.start >= $3 - $4 * interval '24 hours' AND c.start < $3
                            AND c.observed_seconds > 0
                    ), whole AS (
                        SELECT r.class, r.service_port, min(r.start) AS first_hour, sum(r.packets) AS packets,
                            %1$s AS sources, count(DISTINCT s.site) AS sites,
                            CASE WHEN bool_or(r.sources_precision = 2) OR %2$L AND count(*) > 1 THEN 2
                                WHEN bool_or(r.sources_precision = 1) OR count(*) > 1 AND %1$s > 256 THEN 1
                                ELSE 0 END::int2 AS quality
                        FROM fresh f JOIN rollup.port_hour r USING (class, service_port)
                        JOIN meta.sensor s ON s.id = r.sensor
                        WHERE r.start >= $1 AND r.start < $2 GROUP BY 1, 2
                    )
                    SELECT api.class_name(w.class), w.service_port, w.first_hour, w.packets, w.sources,
                        api.precision_name(w.quality), w.sites, o.days
                    FROM whole w CROSS JOIN observed o WHERE w.sources >= $5 OR w.quality = 2
                    ORDER BY w.sources DESC, w.packets DESC, w.class, w.service_port LIMIT $6
                    $query$, united, hll IS NULL)
                USING starting, until, midnight, days, greatest(least_sources, 0), least(greatest(most, 0), 10000);
            END $body$;
            COMMENT ON FUNCTION api.new_ports(timestamptz, timestamptz, int4, int4, int4) IS 'Ports of each class that have a row of their own in an hour (UTC) of the span from since to before until, none at any site in as many days before it, and at least least_sources distinct sources. days_before says in how many of those days anything was observed. A port that was there but never among those with rows of their own (see service_port in api.port_traffic) is new here. Where sources are at-least, ports that may have as many are here too.';
            """)
}
