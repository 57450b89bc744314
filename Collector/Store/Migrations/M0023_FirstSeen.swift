extension Migration {
    /// Which site saw a port or a header signature first, and how much later the others did.
    static let firstSeen = Migration(
        version: 23, name: "first seen",
        sql: """
            CREATE FUNCTION api.first_seen(
                class text, service_port int4, since date DEFAULT '-infinity', until date DEFAULT 'infinity'
            ) RETURNS TABLE (
                site text, first_seen timestamptz, within interval, lag interval, observing_since timestamptz,
                started_later bool, coverage_of_lag float8, packets int8, sources int8, sources_precision text
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog SET jit = off AS $body$
            #variable_conflict use_column
            DECLARE
                kind int2 := api.class_number(first_seen.class);
                port int4 := first_seen.service_port;
                starting timestamptz := first_seen.since::timestamp AT TIME ZONE 'UTC';
                ending timestamptz := first_seen.until::timestamp AT TIME ZONE 'UTC';
            BEGIN
                RETURN QUERY
                WITH measured AS MATERIALIZED (
                    SELECT c.sensor, c.start FROM rollup.coverage c WHERE c.span = 86400 AND c.observed_seconds > 0
                ), began AS MATERIALIZED (
                    SELECT s.site, min(h.start) AS at FROM meta.sensor s
                    JOIN (SELECT sensor, min(start) AS day FROM measured GROUP BY sensor) d ON d.sensor = s.id
                    JOIN rollup.coverage h ON h.span = 3600 AND h.start >= d.day AND h.start < d.day + interval '24 hours'
                        AND h.sensor = s.id AND h.observed_seconds > 0
                    GROUP BY s.site
                ), day AS MATERIALIZED (
                    SELECT r.sensor, min(r.start) AS start FROM rollup.port_day r
                    WHERE r.start = ANY (ARRAY(
                            SELECT DISTINCT m.start FROM measured m WHERE m.start >= starting AND m.start < ending))
                        AND r.sensor = ANY (ARRAY(SELECT DISTINCT m.sensor FROM measured m))
                        AND r.class = kind AND r.service_port = port
                    GROUP BY r.sensor
                ), hour AS MATERIALIZED (
                    SELECT r.sensor, r.start, r.packets, r.sources, r.sources_precision,
                        row_number() OVER (PARTITION BY r.sensor ORDER BY r.start) AS n
                    FROM day d JOIN rollup.port_hour r ON r.sensor = d.sensor AND r.start >= d.start
                        AND r.start < d.start + interval '24 hours' AND r.class = kind AND r.service_port = port
                    WHERE r.start = ANY (ARRAY(SELECT DISTINCT t FROM day q,
                            generate_series(q.start, q.start + interval '23 hours', '1 hour') t))
                        AND r.sensor = ANY (ARRAY(SELECT q.sensor FROM day q))
                ), five AS MATERIALIZED (
                    SELECT r.sensor, min(r.start) AS start
                    FROM hour h JOIN rollup.port_5m r ON r.sensor = h.sensor AND r.start >= h.start
                        AND r.start < h.start + interval '1 hour' AND r.class = kind AND r.service_port = port
                    WHERE h.n = 1 AND r.start = ANY (ARRAY(SELECT DISTINCT t FROM hour q,
                            generate_series(q.start, q.start + interval '55 minutes', '5 minutes') t WHERE q.n = 1))
                        AND r.sensor = ANY (ARRAY(SELECT q.sensor FROM hour q WHERE q.n = 1))
                    GROUP BY r.sensor
                ), seen AS MATERIALIZED (
                    SELECT DISTINCT ON (s.site) s.site, coalesce(f.start, h.start) AS at,
                        CASE WHEN f.start IS NULL THEN interval '1 hour' ELSE interval '5 minutes' END AS within,
                        h.packets, h.sources, h.sources_precision
                    FROM hour h JOIN meta.sensor s ON s.id = h.sensor LEFT JOIN five f ON f.sensor = h.sensor
                    WHERE h.n = 1
                    ORDER BY s.site, 2
                ), first AS MATERIALIZED (
                    SELECT min(s.at) AS at FROM seen s
                ), late AS MATERIALIZED (
                    SELECT l.site, l.span, l.at, date_bin(l.span * interval '1 s', l.since, '2000-01-01Z') AS start
                    FROM (
                        SELECT s.site, s.at, w.at AS since,
                            CASE WHEN s.at - w.at > interval '31 days' THEN 86400 ELSE 3600 END AS span
                        FROM seen s CROSS JOIN first w WHERE s.at > w.at
                    ) l
                ), watched AS MATERIALIZED (
                    SELECT l.site, c.start, max(c.observed_seconds) AS seconds
                    FROM late l JOIN meta.sensor r ON r.site = l.site JOIN rollup.coverage c ON c.sensor = r.id
                        AND c.span = l.span AND c.start >= l.start AND c.start < l.at
                    GROUP BY l.site, c.start
                ), share AS (
                    SELECT l.site, coalesce(sum(p.seconds), 0)
                        / (l.span * ceil(extract(epoch FROM l.at - l.start) / l.span)) AS share
                    FROM late l LEFT JOIN watched p USING (site) GROUP BY l.site, l.span, l.at, l.start
                )
                SELECT t.code, s.at, s.within, s.at - w.at, b.at, b.at > w.at, o.share::float8, s.packets, s.sources,
                    CASE WHEN s.site IS NOT NULL THEN api.precision_name(s.sources_precision) END
                FROM meta.site t JOIN began b ON b.site = t.id CROSS JOIN first w LEFT JOIN seen s ON s.site = t.id
                LEFT JOIN share o ON o.site = t.id
                ORDER BY s.at NULLS LAST, t.code;
            END $body$;
            COMMENT ON FUNCTION api.first_seen(text, int4, date, date) IS 'When each site that observes first saw a class at a service port in the days (UTC) from since to before until, the first site first, those that never did last. first_seen is the start of the five minutes or the hour, as within says; lag is behind the first site. started_later marks sites that did not observe yet when the first one saw it, coverage_of_lag is the share of the hours (of the days, when they are more than 31) in between that the site observed: where it is low, the lag may be an outage. packets and sources are those of that hour at the sensor that saw it first. A port counts from when it has a row of its own: see service_port in api.port_traffic.';

            CREATE FUNCTION api.first_seen_signature(
                signature_id int8, since date DEFAULT '-infinity', until date DEFAULT 'infinity'
            ) RETURNS TABLE (
                site text, first_day date, lag_days int4, observing_since date, started_later bool, packets int8,
                sources int8, sources_precision text
            ) LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog SET jit = off AS $body$
            #variable_conflict use_column
            DECLARE
                starting timestamptz := first_seen_signature.since::timestamp AT TIME ZONE 'UTC';
                ending timestamptz := first_seen_signature.until::timestamp AT TIME ZONE 'UTC';
            BEGIN
                RETURN QUERY
                WITH began AS (
                    SELECT s.site, (min(c.start) AT TIME ZONE 'UTC')::date AS day FROM rollup.coverage c
                    JOIN meta.sensor s ON s.id = c.sensor
                    WHERE c.span = 86400 AND c.observed_seconds > 0 GROUP BY s.site
                ), seen AS (
                    SELECT DISTINCT ON (s.site) s.site, (d.start AT TIME ZONE 'UTC')::date AS day, d.packets, d.sources,
                        d.sources_precision
                    FROM rollup.signature_day d JOIN meta.sensor s ON s.id = d.sensor
                    WHERE d.signature = first_seen_signature.signature_id AND d.start >= starting AND d.start < ending
                    ORDER BY s.site, d.start, d.packets DESC
                ), first AS (
                    SELECT min(s.day) AS day FROM seen s
                )
                SELECT t.code, s.day, s.day - w.day, b.day, b.day > w.day, s.packets, s.sources,
                    CASE WHEN s.site IS NOT NULL THEN api.precision_name(s.sources_precision) END
                FROM meta.site t JOIN began b ON b.site = t.id CROSS JOIN first w LEFT JOIN seen s ON s.site = t.id
                ORDER BY s.day NULLS LAST, t.code;
            END $body$;
            COMMENT ON FUNCTION api.first_seen_signature(int8, date, date) IS 'On which day (UTC) that is over each site that observes first saw a header signature, from since to before until: as api.first_seen, by days. packets and sources are those of the first day at the sensor with the most.';
            """)
}
