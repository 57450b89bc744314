extension Migration {
    /// The ports that most packets, sources or sites name, over any span, from the rollups.
    static let topPorts = Migration(
        version: 12, name: "top ports",
        sql: """
            CREATE FUNCTION api.top_ports(
                since timestamptz, until timestamptz, ranked_by text DEFAULT 'sources', most int4 DEFAULT 20
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
                IF ranked_by NOT IN ('packets', 'sources', 'sites') THEN
                    RAISE EXCEPTION 'ranked_by is %, and must be packets, sources or sites', quote_literal(ranked_by)
                        USING ERRCODE = 'invalid_parameter_value';
                END IF;
                united := CASE WHEN hll IS NULL THEN 'max(r.sources)' ELSE format(
                    'greatest(max(r.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(r.sketch::%1$s.hll)))::int8)',
                    hll) END;
                -- The sum of the sources of all rows is no less than their union: only ports whose sum reaches the
                -- greatest single row of the last that is asked for can be among the first.
                RETURN QUERY EXECUTE format($query$
                    WITH spanned AS (
                        SELECT r.class, r.service_port, r.packets, r.sources, r.sources_precision, r.sketch, s.site
                        FROM rollup.port_%1$s r JOIN meta.sensor s ON s.id = r.sensor
                        WHERE r.start >= date_bin('1 %1$s', $1, '2000-01-01Z') AND r.start < $2 AND r.service_port >= 0
                    ), port AS (
                        SELECT r.class, r.service_port, sum(r.packets) AS packets, sum(r.sources) AS bound,
                            max(r.sources) AS surely, count(DISTINCT r.site) AS sites
                        FROM spanned r GROUP BY 1, 2
                    ), candidate AS (
                        SELECT * FROM port p WHERE p.bound >= coalesce((
                            SELECT surely FROM port ORDER BY surely DESC OFFSET greatest($3 - 1, 0) LIMIT 1), 0)
                            OR $4 <> 'sources'
                        ORDER BY CASE $4 WHEN 'packets' THEN p.packets WHEN 'sites' THEN p.sites ELSE p.bound END DESC,
                            p.packets DESC, p.class, p.service_port
                        LIMIT CASE WHEN $4 <> 'sources' THEN $3 END
                    ), whole AS (
                        SELECT p.class, p.service_port, p.packets, p.sites, %2$s AS sources,
                            CASE WHEN bool_or(r.sources_precision = 2) OR %3$L AND count(*) > 1 THEN 2
                                WHEN bool_or(r.sources_precision = 1) OR count(*) > 1 AND %2$s > 256 THEN 1
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
                    $query$, span, united, hll IS NULL)
                USING since, until, greatest(most, 0), ranked_by;
            END $body$;
            COMMENT ON FUNCTION api.top_ports(timestamptz, timestamptz, text, int4) IS 'The ports of each class with the most packets, distinct sources or sites from since to before until, over all sites: of whole days (UTC) from the days, else of the hours that begin in the span. Sources are those of the united sets where the extension hll is installed (exact to 256, then with a standard error of 1.6 %), without it at least those of the greatest row. Ports without a row of their own are not here: see api.port_traffic.';
            """)
}
