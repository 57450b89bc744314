extension Migration {
    /// How much of the dark space was observed, without which no figure can be compared.
    static let coverage = Migration(
        version: 9, name: "coverage",
        sql: """
            CREATE TABLE rollup.coverage (
                span int4 NOT NULL,
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                observed_seconds float8 NOT NULL,
                observed_address_seconds float8 NOT NULL,
                expected_address_seconds float8 NOT NULL,
                packets4 int8 NOT NULL,
                packets6 int8 NOT NULL,
                windows int8 NOT NULL,
                incomplete_windows int8 NOT NULL,
                link_down_windows int8 NOT NULL,
                dropped int8 NOT NULL,
                late int8 NOT NULL,
                gaps int8 NOT NULL,
                lost_packets int8 NOT NULL,
                PRIMARY KEY (span, start, sensor)
            );
            COMMENT ON TABLE rollup.coverage IS 'What each sensor observed in each five minutes, hour and day (UTC), also where it observed nothing.';
            COMMENT ON COLUMN rollup.coverage.span IS 'Seconds: 300, 3600 or 86400; none of 300 in an hour that has longer windows.';
            COMMENT ON COLUMN rollup.coverage.start IS 'Start of the span.';
            COMMENT ON COLUMN rollup.coverage.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.coverage.observed_seconds IS 'Seconds of the span in which the sensor observed; time that two runs observed counts once.';
            COMMENT ON COLUMN rollup.coverage.observed_address_seconds IS 'Sum over the observed time of the IPv4 addresses that the site then had dark.';
            COMMENT ON COLUMN rollup.coverage.expected_address_seconds IS 'The same over the whole span.';
            COMMENT ON COLUMN rollup.coverage.packets4 IS 'IPv4 packets of windows that start in the span.';
            COMMENT ON COLUMN rollup.coverage.packets6 IS 'IPv6 packets of them.';
            COMMENT ON COLUMN rollup.coverage.windows IS 'Such windows.';
            COMMENT ON COLUMN rollup.coverage.incomplete_windows IS 'Those of which parts have not arrived.';
            COMMENT ON COLUMN rollup.coverage.link_down_windows IS 'Those in which the capture interface was down or gone.';
            COMMENT ON COLUMN rollup.coverage.dropped IS 'Frames that kernel and interface dropped in them.';
            COMMENT ON COLUMN rollup.coverage.late IS 'Packets in them whose own window had been closed.';
            COMMENT ON COLUMN rollup.coverage.gaps IS 'Gaps that touch the span.';
            COMMENT ON COLUMN rollup.coverage.lost_packets IS 'Packets known to be lost in gaps that begin in the span.';

            CREATE FUNCTION rollup.seconds(times tstzmultirange) RETURNS float8
            LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT coalesce(sum(extract(epoch FROM upper(t) - lower(t))), 0)::float8 FROM unnest(times) t
            $body$;
            COMMENT ON FUNCTION rollup.seconds(tstzmultirange) IS 'How long the times are together; they have ends.';

            CREATE FUNCTION rollup.mark_dark_prefix() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                before tstzmultirange := '{}';
                after tstzmultirange := '{}';
                changed tstzmultirange;
            BEGIN
                IF TG_OP <> 'INSERT' THEN before := tstzmultirange(OLD.validity); END IF;
                IF TG_OP <> 'DELETE' THEN after := tstzmultirange(NEW.validity); END IF;
                changed := (before - after) + (after - before);
                IF TG_OP = 'UPDATE' AND (OLD.site, OLD.prefix) IS DISTINCT FROM (NEW.site, NEW.prefix) THEN
                    changed := before + after;
                END IF;
                INSERT INTO rollup.dirty (sensor, span, start)
                SELECT c.sensor, 3600, c.start FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor
                WHERE c.span = 3600 AND tstzrange(c.start, c.start + interval '1 hour') && changed AND s.site IN (
                    CASE WHEN TG_OP <> 'INSERT' THEN OLD.site END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.site END);
                RETURN NULL;
            END $body$;
            COMMENT ON FUNCTION rollup.mark_dark_prefix() IS 'Has hours made again for which the registry now says other dark addresses.';
            CREATE TRIGGER mark_rollups AFTER INSERT OR UPDATE OR DELETE ON meta.dark_prefix
                FOR EACH ROW EXECUTE FUNCTION rollup.mark_dark_prefix();

            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT DISTINCT sensor, 3600, date_bin('1 hour', window_start, '2000-01-01Z') FROM raw.batch WHERE kind = 1;

            CREATE VIEW api.coverage AS
            SELECT c.start, c.span, t.code AS site, s.name AS sensor, c.sensor AS sensor_id,
                CASE
                    WHEN w.is_whole AND c.packets4 + c.packets6 = 0 THEN 'quiet'
                    WHEN w.is_whole THEN 'complete'
                    WHEN now() < c.start + (c.span + 900) * interval '1 s' OR coalesce(u.is_awaited, false) THEN 'late'
                    WHEN c.observed_seconds = 0 THEN 'missing'
                    ELSE 'partial'
                END AS state,
                c.observed_seconds, c.observed_address_seconds, c.expected_address_seconds,
                c.observed_address_seconds / nullif(c.expected_address_seconds, 0) AS coverage,
                c.packets4 + c.packets6 AS packets, c.packets4 AS ipv4_packets,
                c.packets4 * 86400 / nullif(c.observed_address_seconds, 0) AS packets_per_address_day,
                c.windows, c.incomplete_windows, c.link_down_windows, c.dropped, c.late AS late_packets, c.gaps,
                c.lost_packets
            FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor JOIN meta.site t ON t.id = s.site
            CROSS JOIN LATERAL (
                SELECT c.observed_seconds >= c.span AND c.incomplete_windows + c.link_down_windows = 0
                    AND c.dropped + c.gaps = 0 AS is_whole
            ) w
            LEFT JOIN (
                SELECT sensor, bool_or(committed <> int8multirange(int8range(1, upper(committed)))) AS is_awaited
                FROM raw.stream WHERE NOT isempty(committed) AND last_committed_at > now() - interval '1 day'
                GROUP BY sensor
            ) u ON u.sensor = c.sensor;
            COMMENT ON VIEW api.coverage IS 'What each sensor observed in each 5 minutes, hour and day (UTC): zero packets and not measured are different. Ask for one span. Rates of several rows are sums of packets over sums of address-seconds, never means.';
            COMMENT ON COLUMN api.coverage.start IS 'Start of the span.';
            COMMENT ON COLUMN api.coverage.span IS 'Seconds: 300, 3600 or 86400; none of 300 in an hour that has longer windows.';
            COMMENT ON COLUMN api.coverage.site IS 'Code of the site.';
            COMMENT ON COLUMN api.coverage.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.coverage.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.coverage.state IS 'complete: all of it was observed and nothing lost; quiet: the same, and no packet came; partial: some was not observed, or lost; missing: none was observed; late: not all is here, and it may still come, since the span ended less than 15 minutes ago or the sensor has batches under way.';
            COMMENT ON COLUMN api.coverage.observed_seconds IS 'Seconds of the span in which the sensor observed.';
            COMMENT ON COLUMN api.coverage.observed_address_seconds IS 'Sum over that time of the IPv4 addresses that the site then had dark: what rates divide by.';
            COMMENT ON COLUMN api.coverage.expected_address_seconds IS 'The same over the whole span.';
            COMMENT ON COLUMN api.coverage.coverage IS 'The first by the second: 0 to 1; NULL when the site had no dark IPv4 addresses.';
            COMMENT ON COLUMN api.coverage.packets IS 'Packets of windows that start in the span.';
            COMMENT ON COLUMN api.coverage.ipv4_packets IS 'IPv4 packets among them.';
            COMMENT ON COLUMN api.coverage.packets_per_address_day IS 'IPv4 packets for each dark address and observed day; NULL when nothing was observed.';
            COMMENT ON COLUMN api.coverage.windows IS 'Windows that start in the span and of which something is stored.';
            COMMENT ON COLUMN api.coverage.incomplete_windows IS 'Those of which parts have not arrived.';
            COMMENT ON COLUMN api.coverage.link_down_windows IS 'Those in which the capture interface was down or gone.';
            COMMENT ON COLUMN api.coverage.dropped IS 'Frames that kernel and interface dropped in them.';
            COMMENT ON COLUMN api.coverage.late_packets IS 'Packets in them whose own window had been closed.';
            COMMENT ON COLUMN api.coverage.gaps IS 'Gaps that touch the span: api.gap tells what was lost.';
            COMMENT ON COLUMN api.coverage.lost_packets IS 'Packets known to be lost in gaps that begin in the span; gaps of unknown size add nothing.';
            """)
}
