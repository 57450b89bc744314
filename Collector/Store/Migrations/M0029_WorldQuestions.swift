extension Migration {
    /// What is asked of all sites together: the state of now, and the sources that many sites see.
    static let worldQuestions = Migration(
        version: 29, name: "world questions",
        sql: """
            ALTER TABLE rollup.world_dirty ADD COLUMN kind int2 NOT NULL DEFAULT 1 CHECK (kind IN (1, 2));
            COMMENT ON COLUMN rollup.world_dirty.kind IS '1: ports; 2: sources of a day, made from rollup.source_day.';
            CREATE TABLE rollup.world_source_day (
                start timestamptz NOT NULL,
                chunk int4 NOT NULL,
                family int2 NOT NULL,
                least_sites int2 NOT NULL,
                source_min inet NOT NULL,
                source_max inet NOT NULL,
                source4 int4[] COMPRESSION lz4,
                source6 inet[] COMPRESSION lz4,
                sites int4[] COMPRESSION lz4 NOT NULL,
                sensor_ends int4[] COMPRESSION lz4 NOT NULL,
                sensors int4[] COMPRESSION lz4 NOT NULL,
                packets int8[] COMPRESSION lz4 NOT NULL,
                first_second int4[] COMPRESSION lz4 NOT NULL,
                last_second int4[] COMPRESSION lz4 NOT NULL,
                PRIMARY KEY (start, chunk)
            );
            CREATE INDEX world_source_day_addresses ON rollup.world_source_day
                USING gist (rollup.address_range(source_min, source_max, '[]'));
            CREATE INDEX world_source_day_partial ON rollup.world_source_day (start) WHERE least_sites > 1;
            COMMENT ON TABLE rollup.world_source_day IS 'What all sensors together saw of each source in each day (UTC) that is over, and which sensors, from rollup.source_day: a thousand sources to a row, ascending, fields as arrays. A day with more than 2,000,000 sources of an IP version, or 16,000,000 pairs of source and sensor, has those that two sites or more saw, and the lower addresses of them when they are more.';
            COMMENT ON COLUMN rollup.world_source_day.start IS 'Start of the day.';
            COMMENT ON COLUMN rollup.world_source_day.chunk IS 'Number of the row in the day.';
            COMMENT ON COLUMN rollup.world_source_day.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN rollup.world_source_day.least_sites IS '1 when the day''s sources of this IP version are all here; 2 when those of one site are left out.';
            COMMENT ON COLUMN rollup.world_source_day.source_min IS 'Least source.';
            COMMENT ON COLUMN rollup.world_source_day.source_max IS 'Greatest source.';
            COMMENT ON COLUMN rollup.world_source_day.source4 IS 'IPv4 source minus 2^31; ascending.';
            COMMENT ON COLUMN rollup.world_source_day.source6 IS 'IPv6 source; ascending.';
            COMMENT ON COLUMN rollup.world_source_day.sites IS 'Sites that saw it.';
            COMMENT ON COLUMN rollup.world_source_day.sensor_ends IS 'Place of the last of the sensors that saw it, from 1.';
            COMMENT ON COLUMN rollup.world_source_day.sensors IS 'Those sensors: first those of the first source, then those of the second.';
            COMMENT ON COLUMN rollup.world_source_day.packets IS 'Packets, of all sensors.';
            COMMENT ON COLUMN rollup.world_source_day.first_second IS 'First packet, in whole seconds from the day''s start.';
            COMMENT ON COLUMN rollup.world_source_day.last_second IS 'Last packet.';
            CREATE INDEX source_day_source ON rollup.source_day (start, sensor, source_min);
            INSERT INTO rollup.world_dirty (span, start, kind) SELECT DISTINCT 86400, start, 2 FROM rollup.source_day;

            CREATE FUNCTION rollup.delays(at timestamptz) RETURNS TABLE (seconds float8)
            LANGUAGE sql STABLE AS $body$
                SELECT extract(epoch FROM b.committed_at - b.window_start)::float8 - b.window_seconds FROM raw.batch b
                WHERE b.window_start >= at - interval '20 minutes' AND b.window_start < at - interval '10 minutes' AND b.kind = 1
            $body$;
            COMMENT ON FUNCTION rollup.delays(timestamptz) IS 'Seconds from the end of a window to its storage, for batches of windows that start 20 to 10 minutes before.';

            CREATE FUNCTION api.overview(at timestamptz DEFAULT now())
            RETURNS TABLE (name text, value float8, usual float8, unit text)
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off AS $body$
            DECLARE
                hll text := (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
                    WHERE e.extname = 'hll');
                -- What is younger may be under way.
                hour timestamptz := date_bin('1 hour', at - interval '20 minutes', '2000-01-01Z');
                figure text := $query$
                    SELECT %L, min(f.value) FILTER (WHERE f.back = 0), percentile_cont(0.5) WITHIN GROUP (ORDER BY f.value)
                        FILTER (WHERE f.back > 0), %L
                    FROM (SELECT back, (%s)::float8 AS value FROM generate_series(0, 7) back,
                        LATERAL (SELECT $1 - back * interval '24 hours' AS hour, $2 - back * interval '24 hours' AS at) t) f
                    $query$;
            BEGIN
                RETURN QUERY EXECUTE concat_ws(' UNION ALL ',
                    format(figure, 'packets', 'packets/min',
                        'SELECT sum((c.packets4 + c.packets6) * 60 / c.observed_seconds) FROM rollup.coverage c
                        WHERE c.span = 3600 AND c.start = t.hour AND c.observed_seconds >= 60'),
                    format(figure, 'sources', CASE WHEN hll IS NULL THEN 'sources/24 h, at least' ELSE 'sources/24 h' END,
                        format('SELECT %s FROM rollup.world_total w WHERE w.span = 3600
                            AND w.start >= t.hour - interval ''24 hours'' AND w.start < t.hour',
                            CASE WHEN hll IS NULL THEN 'max(w.sources)' ELSE format(
                                'greatest(max(w.sources), round(%1$s.hll_cardinality(%1$s.hll_union_agg(w.sketch::%1$s.hll)))::int8)',
                                hll) END)),
                    format(figure, 'sites reporting', 'sites',
                        'SELECT nullif(count(DISTINCT s.site), 0) FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor
                        WHERE c.span = 3600 AND c.start = t.hour AND c.observed_seconds > 0'),
                    format(figure, 'sites', 'sites',
                        'SELECT nullif(count(DISTINCT s.site), 0) FROM meta.sensor s WHERE s.created_at <= t.at
                        AND (s.state = ''active'' OR EXISTS (SELECT FROM rollup.coverage c
                            WHERE c.span = 3600 AND c.start = t.hour AND c.sensor = s.id AND c.observed_seconds > 0))'),
                    format(figure, 'delay', 's',
                        'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d.seconds) FROM rollup.delays(t.at) d'),
                    format(figure, 'delay of 99 %', 's',
                        'SELECT percentile_cont(0.99) WITHIN GROUP (ORDER BY d.seconds) FROM rollup.delays(t.at) d'))
                USING hour, at;
            END $body$;
            COMMENT ON FUNCTION api.overview(timestamptz) IS 'The state of all sites at a time, each figure beside what is usual: the median of the same figure at the same time of the last 7 days, NULL when there is none. packets: of all sensors in an observed minute of the hour 20 minutes ago; sources: distinct ones of the 24 whole hours before that hour; sites reporting: those that observed in that hour, of sites: those with an active sensor; delay, delay of 99 %: from the end of windows that start 20 to 10 minutes ago to their storage, the median and the 99th percentile.';

            CREATE FUNCTION api.sources_at_sites(since date, until date, sites int4 DEFAULT 3, most int4 DEFAULT 1000)
            RETURNS TABLE (source inet, sites_seen int8, packets numeric, first_seen timestamptz, last_seen timestamptz)
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off SET work_mem = '64MB' AS $body$
            DECLARE
                first timestamptz := since::timestamp AT TIME ZONE 'UTC';
                past timestamptz := until::timestamp AT TIME ZONE 'UTC';
                is_shared bool := sites >= 2 AND until = since + 1 AND NOT rollup.is_partial(current_user) AND NOT EXISTS (
                    SELECT FROM rollup.world_dirty m WHERE m.span = 86400 AND m.start = first AND m.kind = 2);
                seen text := CASE WHEN is_shared THEN $query$
                    SELECT u.family, u.source4, u.source6, u.sites::int8 AS value, u.packets::numeric AS packets,
                        u.first_second AS first_seen, u.last_second AS last_seen
                    FROM (
                        SELECT d.family, unnest(d.source4) AS source4, unnest(d.source6) AS source6,
                            unnest(d.sites) AS sites, unnest(d.packets) AS packets, unnest(d.first_second) AS first_second,
                            unnest(d.last_second) AS last_second
                        FROM rollup.world_source_day d WHERE d.start = $1 AND $1 < $2
                    ) u WHERE u.sites >= $3
                    $query$ ELSE $query$
                    SELECT u.family, u.source4, u.source6, count(DISTINCT u.site) AS value, sum(u.packets) AS packets,
                        min(u.day + u.first_second) AS first_seen, max(u.day + coalesce(u.last_second, u.first_second)) AS last_seen
                    FROM (
                        SELECT s.site, d.family, extract(epoch FROM d.start - $1)::int8 AS day, unnest(d.source4) AS source4,
                            unnest(d.source6) AS source6, unnest(d.packets) AS packets,
                            unnest(d.first_second) AS first_second, unnest(d.last_second) AS last_second
                        FROM rollup.source_day d JOIN meta.sensor s ON s.id = d.sensor
                        WHERE d.start >= $1 AND d.start < $2 AND d.family IN (4, 6)
                    ) u GROUP BY 1, 2, 3 HAVING count(DISTINCT u.site) >= $3
                    $query$ END;
            BEGIN
                RETURN QUERY EXECUTE format($query$
                    SELECT CASE r.family WHEN 4 THEN '0.0.0.0'::inet + (r.source4::int8 + 2147483648) ELSE r.source6 END,
                        r.value, r.packets, $1 + r.first_seen * interval '1 s', $1 + r.last_seen * interval '1 s'
                    FROM (
                        SELECT * FROM (%s) q ORDER BY q.value DESC, q.packets DESC, q.family, q.source4, q.source6 LIMIT $4
                    ) r ORDER BY r.value DESC, r.packets DESC, r.family, r.source4, r.source6
                    $query$, seen)
                USING first, past, sites, greatest(most, 0);
            END $body$;
            COMMENT ON FUNCTION api.sources_at_sites(date, date, int4, int4) IS 'Sources, which may be forged, that at least so many sites saw within the days (UTC) from since to before until, those at most sites first: what scans the Internet rather than one network. One day and two sites or more are answered from a rollup, more days from every source of every sensor, which takes seconds a day at a hundred sites. Which sites saw one says api.source_history. Days come when they are over.';

            CREATE OR REPLACE FUNCTION api.source_history(block inet, since date, until date) RETURNS SETOF api.source_day
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off AS $body$
            DECLARE
                number int4 := CASE WHEN family(block) = 4 THEN (block - '0.0.0.0'::inet - 2147483648)::int4 END;
                first timestamptz := since::timestamp AT TIME ZONE 'UTC';
                past timestamptz := until::timestamp AT TIME ZONE 'UTC';
            BEGIN
                IF masklen(block) < (CASE family(block) WHEN 4 THEN 32 ELSE 128 END) OR rollup.is_partial(current_user) THEN
                    RETURN QUERY SELECT d.* FROM api.source_day d
                        WHERE d.source_range && rollup.address_range(
                                host(network(block))::inet, host(broadcast(block))::inet, '[]')
                            AND d.day >= since AND d.day < until AND d.source <<= block;
                    RETURN;
                END IF;
                -- The world says which sensors saw it; of days of which it does not know all, each may have.
                RETURN QUERY
                WITH known AS MATERIALIZED (
                    SELECT w.start, w.sensors, w.sensor_ends, w.source4, CASE family(block)
                        WHEN 4 THEN width_bucket(number, w.source4) ELSE array_position(w.source6, block) END AS place
                    FROM rollup.world_source_day w
                    WHERE rollup.address_range(w.source_min, w.source_max, '[]') && rollup.address_range(block, block, '[]')
                        AND w.start >= first AND w.start < past
                ), pair AS MATERIALIZED (
                    SELECT q.start, q.sensor, bool_or(q.is_sure) AS is_sure FROM (
                        SELECT k.start, true AS is_sure,
                            unnest(k.sensors[coalesce(k.sensor_ends[k.place - 1], 0) + 1:k.sensor_ends[k.place]]) AS sensor
                        FROM known k WHERE k.place > 0 AND (k.source4[k.place] = number) IS NOT FALSE
                        UNION ALL
                        SELECT u.start, false, s.id FROM (
                            SELECT m.start FROM rollup.world_dirty m WHERE m.span = 86400 AND m.kind = 2
                            UNION SELECT w.start FROM rollup.world_source_day w WHERE w.least_sites > 1
                        ) u, meta.sensor s WHERE u.start >= first AND u.start < past
                    ) q GROUP BY 1, 2
                )
                SELECT (p.start AT TIME ZONE 'UTC')::date, t.code, s.name, p.sensor, family(block)::int2, block, d.packets,
                    coalesce(d.flows, d.packets), coalesce(d.services, 1), api.precision_name(d.services_precision),
                    p.start + d.first_second * interval '1 s', p.start + coalesce(d.last_second, d.first_second) * interval '1 s',
                    d.syn, coalesce(d.zmap, 0), coalesce(d.masscan, 0), coalesce(d.mirai, 0),
                    CASE WHEN d.syn < 3 THEN NULL WHEN d.mirai >= 0.9 * d.syn THEN 'mirai'
                        WHEN d.masscan >= 0.9 * d.syn THEN 'masscan' WHEN d.zmap >= 0.9 * d.syn THEN 'zmap' END,
                    d.source_range
                FROM pair p JOIN meta.sensor s ON s.id = p.sensor JOIN meta.site t ON t.id = s.site
                CROSS JOIN LATERAL (
                    SELECT e.packets[e.place] AS packets, e.flows[e.place] AS flows,
                        coalesce(e.syn_packets[e.place], e.packets[e.place]) AS syn, e.zmap[e.place] AS zmap,
                        e.masscan[e.place] AS masscan, e.mirai[e.place] AS mirai, e.services[e.place] AS services,
                        e.services_precision[e.place] AS services_precision, e.first_second[e.place] AS first_second,
                        e.last_second[e.place] AS last_second,
                        rollup.address_range(e.source_min, e.source_max, '[]') AS source_range
                    FROM (
                        SELECT c.*, CASE family(block)
                            WHEN 4 THEN width_bucket(number, c.source4) ELSE array_position(c.source6, block) END AS place
                        FROM rollup.source_day c
                        WHERE c.start = p.start AND c.sensor = p.sensor AND c.source_min <= block
                        ORDER BY c.source_min DESC LIMIT 1
                    ) e WHERE e.place > 0 AND (p.is_sure OR (e.source4[e.place] = number) IS NOT FALSE) OFFSET 0
                ) d;
            END $body$;
            COMMENT ON FUNCTION api.source_history(inet, date, date) IS 'Rows of api.source_day of an address or block, for days from since to before until. An address is found by which sensors saw it each day (rollup.world_source_day), a block by the ranges of addresses that sensors'' rows hold.';
            """)
}
