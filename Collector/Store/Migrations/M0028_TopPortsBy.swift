extension Migration {
    /// The first ports with, without and of labelled scanners.
    static let topPortsBy = Migration(
        version: 28, name: "top ports by scanners",
        sql: """
            CREATE FUNCTION api.top_ports_by(
                since timestamptz, until timestamptz, scanners text DEFAULT 'without', ranked_by text DEFAULT 'sources',
                most int4 DEFAULT 20
            ) RETURNS TABLE (
                class text, service_port int4, packets numeric, sources int8, sources_precision text, sites int8
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                span text := CASE WHEN since = date_bin('1 day', since, '2000-01-01Z')
                    AND until = date_bin('1 day', until, '2000-01-01Z') THEN 'day' ELSE 'hour' END;
                united text;
            BEGIN
                IF scanners IS NULL OR scanners NOT IN ('all', 'without', 'only') THEN
                    RAISE EXCEPTION 'scanners is %, and must be all, without or only', quote_nullable(scanners)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                IF ranked_by IS NULL OR ranked_by NOT IN ('packets', 'sources', 'sites') THEN
                    RAISE EXCEPTION 'ranked_by is %, and must be packets, sources or sites', quote_nullable(ranked_by)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                -- Scanners and the rest are disjoint, in each row and united.
                united := CASE WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                    'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll))
                        - coalesce(%1$s.hll_cardinality(%1$s.hll_union_agg(r.labelled_sketch::%1$s.hll)), 0))::int8)',
                    hll) END;
                -- As in api.top_ports: the sum of the sources of all rows is no less than their union.
                RETURN QUERY EXECUTE format($query$
                    WITH spanned AS (
                        SELECT a.class, a.service_port, a.packets - coalesce(o.packets, 0) AS packets,
                            greatest(a.sources - coalesce(o.sources, 0), 0) AS sources, a.sources AS all_sources,
                            greatest(a.sources_precision, o.sources_precision) AS quality, a.sketch,
                            o.sketch AS labelled_sketch, s.site
                        FROM rollup.%1$s_%2$s a JOIN meta.sensor s ON s.id = a.sensor
                        LEFT JOIN rollup.scanner_port_%2$s o ON %3$L
                            AND (o.start, o.sensor, o.class, o.service_port) = (a.start, a.sensor, a.class, a.service_port)
                        WHERE a.start >= date_bin('1 %2$s', $1, '2000-01-01Z') AND a.start < $2 AND a.service_port >= 0
                    ), port AS (
                        SELECT r.class, r.service_port, sum(r.packets) AS packets, sum(r.sources) AS bound,
                            max(r.sources) AS surely, count(DISTINCT r.site) FILTER (WHERE r.packets > 0) AS sites
                        FROM spanned r GROUP BY 1, 2 HAVING sum(r.packets) > 0
                    ), candidate AS (
                        SELECT * FROM port p WHERE p.bound >= coalesce((
                            SELECT surely FROM port ORDER BY surely DESC OFFSET greatest($3 - 1, 0) LIMIT 1), 0)
                            OR $4 <> 'sources'
                        ORDER BY CASE $4 WHEN 'packets' THEN p.packets WHEN 'sites' THEN p.sites ELSE p.bound END DESC,
                            p.packets DESC, p.class, p.service_port
                        LIMIT CASE WHEN $4 <> 'sources' THEN $3 END
                    ), whole AS (
                        SELECT p.class, p.service_port, p.packets, p.sites, %4$s AS sources,
                            CASE WHEN bool_or(r.quality = 2) OR %5$L AND count(*) > 1 THEN 2
                                WHEN bool_or(r.quality = 1) OR count(*) > 1 AND sum(r.all_sources) > 256 THEN 1
                                ELSE 0 END::int2 AS quality
                        FROM candidate p JOIN spanned r USING (class, service_port)
                        GROUP BY p.class, p.service_port, p.packets, p.sites
                    )
                    SELECT api.class_name(w.class), w.service_port, w.packets, w.sources, api.precision_name(w.quality),
                        w.sites
                    FROM whole w
                    ORDER BY CASE $4 WHEN 'packets' THEN w.packets WHEN 'sites' THEN w.sites ELSE w.sources END DESC,
                        w.packets DESC, w.class, w.service_port
                    LIMIT $3
                    $query$,
                    CASE scanners WHEN 'only' THEN 'scanner_port' ELSE 'port' END, span, scanners = 'without', united,
                    hll IS NULL)
                USING since, until, greatest(most, 0), ranked_by;
            END $body$;
            COMMENT ON FUNCTION api.top_ports_by(timestamptz, timestamptz, text, text, int4) IS 'What api.top_ports tells, of all sources, without labelled scanners (api.scanner), or of those only. Sources without scanners are all less the labelled ones, both united where the extension hll is installed: exact while a port has no more than 256 of them in all, else with an error of 1.6 % of all; without the extension at least those of the greatest row.';
            """)
}
