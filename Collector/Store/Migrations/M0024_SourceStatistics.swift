extension Migration {
    /// What blocks sent day by day, and how tools spread.
    static let sourceStatistics = Migration(
        version: 24, name: "source statistics",
        sql: """
            CREATE FUNCTION api.tool_verdict(syn_packets numeric, zmap numeric, masscan numeric, mirai numeric) RETURNS text
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT CASE WHEN syn_packets < 3 THEN NULL WHEN mirai >= 0.9 * syn_packets THEN 'mirai'
                    WHEN masscan >= 0.9 * syn_packets THEN 'masscan' WHEN zmap >= 0.9 * syn_packets THEN 'zmap' END
            $body$;
            COMMENT ON FUNCTION api.tool_verdict(numeric, numeric, numeric, numeric) IS 'The tool of a source that sent so many SYNs, and so many packets that match each header test: mirai, masscan or zmap with at least 3 SYNs and 90 % of them matching; else NULL.';

            CREATE FUNCTION api.block_history(block inet, since date, until date) RETURNS TABLE (
                day date, sources int8, packets numeric, flows numeric, syn_packets numeric, most_services int8, sites int8,
                zmap_sources int8, masscan_sources int8, mirai_sources int8, first_seen timestamptz,
                last_seen timestamptz, coverage float8, state text
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog
                SET jit = off SET work_mem = '64MB' AS $body$
            #variable_conflict use_column
            DECLARE
                starting date := block_history.since;
                ending date := block_history.until;
                address inet := block_history.block;
            BEGIN
                IF NOT coalesce(masklen(address) >= CASE family(address) WHEN 4 THEN 8 ELSE 16 END
                    AND isfinite(starting) AND isfinite(ending) AND ending - starting <= 3660, false)
                THEN
                    RAISE EXCEPTION 'a block of at most /8 (IPv6: /16) and at most 3,660 days can be asked for'
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for parts of the block, or of the time.';
                END IF;
                RETURN QUERY
                WITH row AS MATERIALIZED (
                    SELECT * FROM api.source_history(address, starting, ending)
                ), source AS (
                    SELECT r.day, r.source, sum(r.packets) AS packets, sum(r.flows) AS flows,
                        sum(r.syn_packets) AS syn_packets, max(r.services) AS services, min(r.first_seen) AS first_seen,
                        max(r.last_seen) AS last_seen,
                        api.tool_verdict(sum(r.syn_packets), sum(r.zmap), sum(r.masscan), sum(r.mirai)) AS tool
                    FROM row r GROUP BY r.day, r.source
                ), found AS (
                    SELECT s.day, count(*) AS sources, sum(s.packets) AS packets, sum(s.flows) AS flows,
                        sum(s.syn_packets) AS syn_packets, max(s.services) AS services,
                        count(*) FILTER (WHERE s.tool = 'zmap') AS zmap,
                        count(*) FILTER (WHERE s.tool = 'masscan') AS masscan,
                        count(*) FILTER (WHERE s.tool = 'mirai') AS mirai,
                        min(s.first_seen) AS first_seen, max(s.last_seen) AS last_seen
                    FROM source s GROUP BY s.day
                ), place AS (
                    SELECT r.day, count(DISTINCT r.site) AS sites FROM row r GROUP BY r.day
                ), awaited AS MATERIALIZED (
                    SELECT DISTINCT d.start FROM rollup.dirty d WHERE d.span = 86400 AND d.kind = 2
                        AND d.start >= starting::timestamp AT TIME ZONE 'UTC'
                        AND d.start < ending::timestamp AT TIME ZONE 'UTC'
                ), calendar AS (
                    SELECT (b.time AT TIME ZONE 'UTC')::date AS day, b.coverage,
                        CASE WHEN a.start IS NOT NULL THEN 'late' ELSE b.state END AS state,
                        CASE WHEN b.packets IS NOT NULL AND a.start IS NULL THEN 0 END AS nothing
                    FROM api.series(starting::timestamp AT TIME ZONE 'UTC', ending::timestamp AT TIME ZONE 'UTC', 'day',
                        with_sources => false) b
                    LEFT JOIN awaited a ON a.start = b.time
                )
                SELECT c.day, coalesce(f.sources, c.nothing), coalesce(f.packets, c.nothing), coalesce(f.flows, c.nothing),
                    coalesce(f.syn_packets, c.nothing), f.services::int8, coalesce(p.sites, c.nothing),
                    coalesce(f.zmap, c.nothing), coalesce(f.masscan, c.nothing), coalesce(f.mirai, c.nothing),
                    f.first_seen, f.last_seen, c.coverage,
                    CASE WHEN c.state = 'complete' AND f.day IS NULL THEN 'quiet' ELSE c.state END
                FROM calendar c LEFT JOIN found f USING (day) LEFT JOIN place p USING (day) ORDER BY c.day;
            END $body$;
            COMMENT ON FUNCTION api.block_history(inet, date, date) IS 'What an address or a block (at most /8, IPv6 /16) sent to all sites in each day (UTC) from since to before until: distinct sources (exact), packets, flow records, SYNs, the sites that saw it, sources by the tool that api.tool_verdict finds over all sites. most_services is the greatest number of pairs of class and service port that one source asked for at one sensor. 0 is a day that was observed, NULL one that was not, or whose sources are not summed yet (state late: the day is not over, or something came of late); coverage and state as in api.series.';

            CREATE FUNCTION api.tool_spread(since date, until date, sites text[] DEFAULT NULL) RETURNS TABLE (
                day date, tool text, sources int8, packets numeric, sites_seen int8, share_of_sources float8,
                share_of_packets float8
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog
                SET jit = off SET work_mem = '64MB' AS $body$
            #variable_conflict use_column
            DECLARE
                sensors int4[] := api.sensors_at(tool_spread.sites);
                midnight timestamptz;
                work int8;
            BEGIN
                IF NOT coalesce(isfinite(since) AND isfinite(until) AND until - since <= 366, false) THEN
                    RAISE EXCEPTION 'at most 366 days can be asked for' USING ERRCODE = 'program_limit_exceeded',
                        HINT = 'Ask for a part of the time.';
                END IF;
                SELECT count(*) * 1000 INTO work FROM rollup.source_day d WHERE d.sensor = ANY (sensors)
                    AND d.start >= since::timestamp AT TIME ZONE 'UTC' AND d.start < until::timestamp AT TIME ZONE 'UTC';
                IF work > 30000000 THEN
                    RAISE EXCEPTION 'too much to read: up to % sources, and 30,000,000 is the most', work
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for fewer days or sites.';
                END IF;
                -- Day by day: memory holds the sources of one.
                FOR midnight IN SELECT DISTINCT d.start FROM rollup.source_day d
                    WHERE d.start >= since::timestamp AT TIME ZONE 'UTC' AND d.start < until::timestamp AT TIME ZONE 'UTC'
                        AND d.sensor = ANY (sensors) ORDER BY 1
                LOOP
                    RETURN QUERY
                    WITH row AS MATERIALIZED (
                        SELECT r.sensor, r.source4, r.source6, r.packets, coalesce(r.syn_packets, r.packets) AS syn_packets,
                            r.zmap, r.masscan, r.mirai
                        FROM (
                            SELECT d.sensor, d.family, unnest(d.source4) AS source4, unnest(d.source6) AS source6,
                                unnest(d.packets) AS packets, unnest(d.syn_packets) AS syn_packets, unnest(d.zmap) AS zmap,
                                unnest(d.masscan) AS masscan, unnest(d.mirai) AS mirai
                            FROM rollup.source_day d WHERE d.start = midnight AND d.sensor = ANY (sensors)
                        ) r
                    ), source AS MATERIALIZED (
                        SELECT r.source4, r.source6, sum(r.packets) AS packets,
                            api.tool_verdict(sum(r.syn_packets), coalesce(sum(r.zmap), 0), coalesce(sum(r.masscan), 0),
                                coalesce(sum(r.mirai), 0)) AS tool
                        FROM row r GROUP BY 1, 2
                    ), whole AS (
                        SELECT count(*) FILTER (WHERE s.source4 IS NOT NULL OR s.source6 IS NOT NULL) AS sources,
                            sum(s.packets) AS packets
                        FROM source s
                    ), used AS (
                        SELECT s.tool, count(*) AS sources, sum(s.packets) AS packets FROM source s
                        WHERE s.tool IS NOT NULL AND (s.source4 IS NOT NULL OR s.source6 IS NOT NULL) GROUP BY s.tool
                    ), place AS (
                        SELECT p.tool, count(DISTINCT m.site) AS sites
                        FROM (
                            SELECT s.tool, r.sensor FROM source s JOIN row r ON r.source4 = s.source4 WHERE s.tool IS NOT NULL
                            UNION
                            SELECT s.tool, r.sensor FROM source s JOIN row r ON r.source6 = s.source6 WHERE s.tool IS NOT NULL
                        ) p JOIN meta.sensor m ON m.id = p.sensor GROUP BY p.tool
                    )
                    SELECT (midnight AT TIME ZONE 'UTC')::date, t.tool, coalesce(u.sources, 0), coalesce(u.packets, 0),
                        coalesce(p.sites, 0), (coalesce(u.sources, 0) / nullif(w.sources, 0)::float8),
                        (coalesce(u.packets, 0) / nullif(w.packets, 0))::float8
                    FROM unnest('{zmap,masscan,mirai}'::text[]) WITH ORDINALITY t (tool, n) CROSS JOIN whole w
                    LEFT JOIN used u USING (tool) LEFT JOIN place p USING (tool) ORDER BY t.n;
                END LOOP;
            END $body$;
            COMMENT ON FUNCTION api.tool_spread(date, date, text[]) IS 'How many sources used ZMap, Masscan and the scanner of Mirai in each day (UTC) that is over and has sources, from since to before until: by api.tool_verdict over all sites, or those given by their codes. packets are all that those sources sent, sites_seen the sites that they reached, shares those of the sources and packets of the day; packets of overflow have no source and are in neither.';
            """)
}
