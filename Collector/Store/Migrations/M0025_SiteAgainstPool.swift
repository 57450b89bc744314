extension Migration {
    /// What one site sees and the others do not, and the other way round.
    static let siteAgainstPool = Migration(
        version: 25, name: "site against pool",
        sql: """
            CREATE FUNCTION api.poisson_chance(seen float8, expected float8) RETURNS float8
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT CASE WHEN seen = expected THEN 1 WHEN expected <= 0 THEN 0
                    WHEN seen <= 0 THEN exp(greatest(-expected, -700))
                    ELSE exp(greatest(seen - expected - seen * ln(seen / expected), -700)) END
            $body$;
            COMMENT ON FUNCTION api.poisson_chance(float8, float8) IS 'An upper bound (Chernoff''s) of the probability that a Poisson count with this expectation is as far off, to the same side, as the one that was seen; exact for 0 seen, and no less than 1e-304.';

            CREATE FUNCTION api.site_against_pool(
                site text, since timestamptz, until timestamptz, most int4 DEFAULT 50, factor float8 DEFAULT 2,
                chance_below float8 DEFAULT 1e-6
            ) RETURNS TABLE (
                finding text, class text, service_port int4, packets numeric, packets_at_most numeric, expected float8,
                expected_at_most float8, chance float8, packets_per_address_day float8,
                pool_packets_per_address_day float8, pool_packets numeric, pool_sites int8, pool_sites_observing int8,
                sources int8, pool_sources int8
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog
                SET jit = off SET work_mem = '64MB' SET enable_mergejoin = off AS $body$
            #variable_conflict use_column
            DECLARE
                members int4[] := api.sensors_at(ARRAY[site_against_pool.site]);
                starting timestamptz := date_bin('1 hour', site_against_pool.since, '2000-01-01Z');
                ending timestamptz := site_against_pool.until;
                work numeric := extract(epoch FROM until - since) / 3600 * (SELECT count(*) FROM meta.sensor);
            BEGIN
                IF NOT coalesce(isfinite(since) AND isfinite(until) AND work <= 10000 AND cardinality(members) > 0, false) THEN
                    RAISE EXCEPTION 'a site with sensors, and a span of at most 10,000 hours of sensors can be asked for; these are %',
                        coalesce(round(work)::text, 'endless')
                        USING ERRCODE = 'program_limit_exceeded', HINT = 'Ask for a shorter span.';
                END IF;
                -- A port without a row of its own in an hour had no more packets than the least of those with one, and
                -- no more than all others together; where there are no others it had none.
                RETURN QUERY
                WITH space AS (
                    SELECT c.start, sum(c.observed_address_seconds) FILTER (WHERE c.sensor = ANY (members)) AS own,
                        sum(c.observed_address_seconds) FILTER (WHERE c.sensor <> ALL (members)) AS pool
                    FROM rollup.coverage c WHERE c.span = 3600 AND c.start >= starting AND c.start < ending GROUP BY c.start
                ), hour AS MATERIALIZED (
                    SELECT s.start, s.own, s.pool, s.own / s.pool AS ratio FROM space s WHERE s.own > 0 AND s.pool > 0
                ), row AS MATERIALIZED (
                    SELECT r.start, r.sensor, r.sensor = ANY (members) AS is_own, r.class, r.service_port, r.packets, r.sources,
                        CASE WHEN r.sensor = ANY (members) THEN 1 ELSE h.ratio END::float8 AS weight
                    FROM hour h JOIN rollup.port_hour r ON r.start = h.start
                    WHERE r.start = ANY (ARRAY(SELECT q.start FROM hour q))
                ), folded AS MATERIALIZED (
                    SELECT r.start, r.sensor, r.is_own, r.class, r.weight,
                        least(min(r.packets) FILTER (WHERE r.service_port >= 0), max(r.packets) FILTER (WHERE r.service_port < 0))
                            AS most
                    FROM row r GROUP BY 1, 2, 3, 4, 5 HAVING bool_or(r.service_port < 0)
                ), hidden AS (
                    SELECT f.class, coalesce(sum(f.most) FILTER (WHERE f.is_own), 0) AS own,
                        coalesce(sum(f.most * f.weight) FILTER (WHERE NOT f.is_own), 0) AS pool
                    FROM folded f GROUP BY f.class
                ), part AS (
                    SELECT r.class, r.service_port, r.sensor, r.is_own, sum(r.packets) AS packets,
                        sum(r.packets * r.weight) AS expected, coalesce(sum(f.most * f.weight), 0) AS shown,
                        max(r.sources) AS sources
                    FROM row r LEFT JOIN folded f USING (start, sensor, class)
                    WHERE r.service_port >= 0 GROUP BY 1, 2, 3, 4
                ), port AS (
                    SELECT p.class, p.service_port,
                        coalesce(sum(p.packets) FILTER (WHERE p.is_own), 0) AS packets,
                        coalesce(sum(p.shown) FILTER (WHERE p.is_own), 0) AS shown,
                        coalesce(sum(p.expected) FILTER (WHERE NOT p.is_own), 0) AS expected,
                        coalesce(sum(p.shown) FILTER (WHERE NOT p.is_own), 0) AS pool_shown,
                        coalesce(sum(p.packets) FILTER (WHERE NOT p.is_own), 0) AS pool_packets,
                        count(DISTINCT s.site) FILTER (WHERE NOT p.is_own) AS pool_sites,
                        coalesce(max(p.sources) FILTER (WHERE p.is_own), 0) AS sources,
                        coalesce(max(p.sources) FILTER (WHERE NOT p.is_own), 0) AS pool_sources
                    FROM part p JOIN meta.sensor s ON s.id = p.sensor GROUP BY 1, 2
                ), watching AS MATERIALIZED (
                    SELECT count(DISTINCT s.site) AS sites FROM rollup.coverage c JOIN hour h USING (start)
                    JOIN meta.sensor s ON s.id = c.sensor
                    WHERE c.span = 3600 AND c.observed_seconds > 0 AND c.sensor <> ALL (members)
                ), whole AS (
                    SELECT sum(h.own) AS own, sum(h.pool) AS pool, sum(h.own) / sum(h.pool) AS ratio,
                        (SELECT w.sites FROM watching w) AS sites
                    FROM hour h
                ), compared AS (
                    SELECT p.*, (p.packets::float8 + coalesce(h.own, 0) - p.shown)::numeric AS at_most,
                        p.expected + coalesce(h.pool, 0) - p.pool_shown + w.ratio AS expected_at_most
                    FROM port p CROSS JOIN whole w LEFT JOIN hidden h USING (class)
                ), judged AS (
                    SELECT c.*, CASE WHEN c.at_most * factor < c.expected THEN api.poisson_chance(c.at_most::float8, c.expected)
                        WHEN c.packets > c.expected_at_most * factor THEN api.poisson_chance(c.packets::float8, c.expected_at_most)
                        ELSE 1 END AS chance
                    FROM compared c
                )
                SELECT CASE WHEN j.packets = 0 THEN 'missing here' WHEN j.pool_packets = 0 THEN 'only here'
                        WHEN j.packets < j.expected THEN 'less here' ELSE 'more here' END,
                    api.class_name(j.class), j.service_port, j.packets, j.at_most, j.expected, j.expected_at_most, j.chance,
                    j.packets::float8 * 86400 / w.own, j.pool_packets::float8 * 86400 / w.pool, j.pool_packets,
                    j.pool_sites, w.sites, j.sources, j.pool_sources
                FROM judged j CROSS JOIN whole w WHERE j.chance <= chance_below
                ORDER BY greatest(j.packets::float8, j.expected) DESC, j.class, j.service_port
                LIMIT least(greatest(most, 0), 10000);
            END $body$;
            COMMENT ON FUNCTION api.site_against_pool(text, timestamptz, timestamptz, int4, float8, float8) IS 'Ports of which a site gets factor times more or less packets than the rate of the other sites lets expect, or more so, in the hours (UTC) from since to before until in which both observed, most packets first. finding: only here, more here, less here, or missing here, which several ports of every source suggest is filtering upstream. expected is what the site''s dark addresses would get at the rate of the others hour by hour; chance bounds the probability that a Poisson count is so far off (api.poisson_chance) and is at most chance_below: scans come in bursts, so judge by sources too. Ports without rows of their own (see service_port in api.port_traffic) are taken for what is most against a finding: packets_at_most here, expected_at_most there. sources and pool_sources are those of the greatest hour of a sensor.';
            """)
}
