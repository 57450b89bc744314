extension Migration {
    /// api.top_ports from the union over all sensors.
    static let topPortsOfTheWorld = Migration(
        version: 16, name: "top ports of the world",
        sql: """
            CREATE FUNCTION rollup.world_spans(since timestamptz, until timestamptz)
            RETURNS TABLE (hours timestamptz[], days timestamptz[], months timestamptz[])
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            DECLARE
                first_hour timestamptz := date_bin('1 hour', since, '2000-01-01Z');
                first_day timestamptz := date_bin('1 day', first_hour + interval '86399 s', '2000-01-01Z');
                last_day timestamptz := date_bin('1 day', until, '2000-01-01Z');
                first_month timestamptz := rollup.world_end(
                    2678400, date_trunc('month', first_day - interval '1 us', 'UTC'));
                last_month timestamptz := date_trunc('month', last_day, 'UTC');
            BEGIN
                months := ARRAY(
                    SELECT start FROM rollup.world_total
                    WHERE span = 2678400 AND start >= first_month AND start < last_month
                    EXCEPT SELECT start FROM rollup.world_dirty WHERE span = 2678400);
                days := ARRAY(
                    SELECT start FROM rollup.world_total WHERE span = 86400 AND start >= first_day AND start < last_day
                        AND date_trunc('month', start, 'UTC') <> ALL (months));
                hours := ARRAY(
                    SELECT start FROM rollup.world_total WHERE span = 3600 AND start >= first_hour AND start < until
                        AND NOT (start >= first_day AND start < last_day));
                RETURN NEXT;
            END $body$;
            COMMENT ON FUNCTION rollup.world_spans(timestamptz, timestamptz) IS 'The fewest spans of all sensors together that make up the hours which begin before until, from that of since: months that are over and hold everything, whole days beside them, and hours at the edges.';

            CREATE OR REPLACE FUNCTION api.top_ports(
                since timestamptz, until timestamptz, ranked_by text DEFAULT 'sources', most int4 DEFAULT 20
            ) RETURNS TABLE (
                class text, service_port int4, packets numeric, sources int8, sources_precision text, sites int8
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off
            SET max_parallel_workers_per_gather = 0 SET work_mem = '32MB' AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                spans record;
                -- What a port has at most and how it is ranked.
                bound text := CASE ranked_by WHEN 'packets' THEN 'sum(r.packets)' WHEN 'sources' THEN 'sum(r.sources)'
                    WHEN 'sites' THEN 'least(sum(cardinality(r.sites)), (SELECT count(*) FROM meta.site))' END;
                united text := CASE WHEN hll IS NULL THEN 'max(q.sources)' ELSE format(
                    'greatest(max(q.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(q.sketch::%1$s.hll)))::int8)',
                    hll) END;
                chosen text := $query$
                    SELECT class, service_port, %1$s FROM rollup.world_port_hour WHERE start = ANY ($1)
                    UNION ALL SELECT class, service_port, %1$s FROM rollup.world_port_day WHERE start = ANY ($2)
                    UNION ALL SELECT class, service_port, %1$s FROM rollup.world_port_month WHERE start = ANY ($3)
                    $query$;
                of_port text := format('(%s) q WHERE q.class = p.class AND q.service_port = p.service_port',
                    format(chosen, 'sources, sources_precision, sites, sketch'));
                sites_of text := format('(SELECT count(DISTINCT s) FROM (SELECT unnest(q.sites) AS s FROM %s) u)', of_port);
                sources_of text := format('(SELECT %s FROM %s)', united, of_port);
                value text := CASE ranked_by WHEN 'packets' THEN 'p.packets' WHEN 'sites' THEN sites_of ELSE sources_of END;
            BEGIN
                IF bound IS NULL THEN
                    RAISE EXCEPTION 'ranked_by is %, and must be packets, sources or sites', quote_literal(ranked_by)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                SELECT * INTO spans FROM rollup.world_spans(since, until);
                -- No port has more than its rows together. So those with the greatest sums are united first, and of the
                -- others only those whose sums reach the least of them.
                RETURN QUERY EXECUTE format($query$
                    WITH port AS MATERIALIZED (
                        SELECT r.class, r.service_port, sum(r.packets) AS packets, %1$s AS bound
                        FROM (%2$s) r WHERE r.service_port >= 0 GROUP BY 1, 2
                    ), favourite AS MATERIALIZED (
                        SELECT * FROM port p ORDER BY p.bound DESC, p.packets DESC, p.class, p.service_port LIMIT $4
                    ), surely AS MATERIALIZED (
                        SELECT p.*, %3$s AS value FROM favourite p
                    ), last AS MATERIALIZED (
                        SELECT value, s.packets FROM surely s ORDER BY value DESC, s.packets DESC
                        OFFSET greatest($4 - 1, 0) LIMIT 1
                    ), rival AS MATERIALIZED (
                        SELECT p.* FROM port p JOIN last l ON (p.bound, p.packets) >= (l.value, l.packets)
                        EXCEPT SELECT * FROM favourite
                    ), ranked AS MATERIALIZED (
                        SELECT * FROM (SELECT * FROM surely UNION ALL SELECT p.*, %3$s FROM rival p) p
                        ORDER BY p.value DESC, p.packets DESC, p.class, p.service_port LIMIT $4
                    ), whole AS (
                        SELECT p.*, %4$s AS sources, (
                            SELECT CASE WHEN max(q.sources_precision) = 2 OR %5$L AND count(*) > 1 THEN 2
                                WHEN max(q.sources_precision) = 1 THEN 1 WHEN count(*) > 1 THEN -1 ELSE 0 END
                            FROM %6$s) AS quality, %7$s AS sites
                        FROM ranked p
                    )
                    SELECT api.class_name(w.class), w.service_port, w.packets, w.sources,
                        api.precision_name((CASE WHEN w.quality >= 0 THEN w.quality WHEN w.sources > 256 THEN 1 ELSE 0 END)::int2),
                        w.sites
                    FROM whole w ORDER BY w.value DESC, w.packets DESC, w.class, w.service_port
                    $query$, bound, format(chosen, CASE ranked_by WHEN 'packets' THEN 'packets'
                        ELSE 'packets, ' || ranked_by END),
                    value, CASE ranked_by WHEN 'sources' THEN 'p.value::int8' ELSE sources_of END, hll IS NULL, of_port,
                    CASE ranked_by WHEN 'sites' THEN 'p.value::int8' ELSE sites_of END)
                USING spans.hours, spans.days, spans.months, greatest(most, 0);
            END $body$;
            COMMENT ON FUNCTION api.top_ports(timestamptz, timestamptz, text, int4) IS 'The ports of each class with the most packets, distinct sources or sites, over all sites, in the hours that begin before until, from that of since; whole days and months (UTC) are taken from their own rows. Sources are those of the united sets where the extension hll is installed (exact to 256, then with a standard error of 1.6 %), without it those of one span, or at least those of the greatest of several. Ports without a row of their own are not here: see api.world_port_traffic.';
            """)
}
