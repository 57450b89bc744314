extension Migration {
    /// What pages on sites and countries ask: what sensors say of themselves, what waits at them, and how large countries are.
    static let sitesAndCountries = Migration(
        version: 36, name: "sites and countries",
        sql: """
            -- Functions, since Citus joins no local table with a distributed one.
            CREATE FUNCTION rollup.window_end(sensor int4, stream int8, sequence int8) RETURNS timestamptz
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            BEGIN
                RETURN (SELECT max(b.window_start + b.window_seconds * interval '1 s') FROM raw.batch b
                    WHERE b.sensor = $1 AND b.stream = $2 AND b.sequence = $3);
            END $body$;
            COMMENT ON FUNCTION rollup.window_end(int4, int8, int8) IS 'End of the window that a batch of a stream is of; NULL when it is not stored.';

            CREATE FUNCTION rollup.observed_until(sensor int4, window_start timestamptz) RETURNS timestamptz
            LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            BEGIN
                RETURN (SELECT max(b.window_start + b.observed_to_ms * interval '1 ms') FROM raw.batch b
                    WHERE b.window_start = $2 AND b.sensor = $1 AND b.part = 0
                        AND b.observed_to_ms BETWEEN 1 AND b.window_seconds * 1000::int8);
            END $body$;
            COMMENT ON FUNCTION rollup.observed_until(int4, timestamptz) IS 'Until when a window of a sensor observed; NULL when that is not known.';

            CREATE OR REPLACE VIEW api.stream AS
            SELECT r.id, t.code AS site, s.name AS sensor, r.sensor AS sensor_id, replace(r.epoch::text, '-', '') AS epoch,
                r.is_import, r.first_seen_at AS first_seen, r.last_committed_at AS last_commit, r.last_window_end,
                (SELECT coalesce(sum(upper(c) - lower(c)), 0) FROM unnest(r.committed) c) AS sequences,
                upper(r.committed) - 1 AS last_sequence,
                coalesce(upper(r.committed) - 1, 0)
                    - (SELECT coalesce(sum(upper(c) - lower(c)), 0) FROM unnest(r.committed) c) AS missing,
                r.conflicts, r.last_conflict_at AS last_conflict, r.last_conflict_sequence,
                CASE WHEN lower(r.committed) = 1 AND r.committed <> int8multirange(int8range(1, upper(r.committed)))
                    THEN rollup.window_end(r.sensor, r.id, (SELECT min(upper(c)) - 1 FROM unnest(r.committed) c)) END AS missing_since
            FROM raw.stream r JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON COLUMN api.stream.missing_since IS 'End of the last window before the first missing number: what is missing is of then or later. NULL when nothing is missing, or that window is not known.';

            CREATE OR REPLACE VIEW api.sensor_status AS
            SELECT t.code AS site, s.name AS sensor, s.id AS sensor_id, s.state AS registration,
                CASE
                    WHEN r.last_commit IS NULL OR now() - r.last_commit > r.patience THEN 'silent'
                    WHEN now() - coalesce(o.until, r.live_end) > r.patience THEN 'late'
                    ELSE 'ok'
                END AS state,
                r.last_commit, r.live_end AS last_window_end,
                extract(epoch FROM now() - r.live_end)::int8 AS lag_seconds,
                coalesce(d.dropped, 0) AS dropped_24h, coalesce(g.gaps, 0) AS gaps_24h, g.packets AS gap_packets_24h,
                coalesce(r.conflicts, 0) AS conflicts, coalesce(k.keys, 0) AS keys,
                coalesce(o.until, r.live_end) AS last_observed, d.received AS received_24h, d.kernel AS kernel_dropped_24h,
                d.interface AS interface_dropped_24h, d.overflowed AS overflowed_24h
            FROM meta.sensor s JOIN meta.site t ON t.id = s.site
            LEFT JOIN (
                SELECT sensor, max(last_committed_at) AS last_commit,
                    max(last_window_end) FILTER (WHERE NOT is_import) AS live_end,
                    coalesce((array_agg(last_window_seconds ORDER BY last_window_end DESC)
                            FILTER (WHERE NOT is_import AND last_window_end IS NOT NULL))[1], 60)
                        * interval '2 seconds' AS patience,
                    sum(conflicts)::int8 AS conflicts
                FROM raw.stream GROUP BY sensor
            ) r ON r.sensor = s.id
            CROSS JOIN LATERAL (SELECT rollup.observed_until(s.id, r.live_end - r.patience / 2) AS until) o
            LEFT JOIN (
                SELECT sensor, sum(kernel_dropped) + sum(interface_dropped) AS dropped, sum(received) AS received,
                    sum(kernel_dropped) AS kernel, sum(interface_dropped) AS interface, sum(overflowed) AS overflowed
                FROM raw.batch
                WHERE window_start > now() - interval '1 day' GROUP BY sensor
            ) d ON d.sensor = s.id
            LEFT JOIN (
                SELECT sensor, count(*) AS gaps, sum(packets) AS packets FROM raw.gap
                WHERE reported_at > now() - interval '1 day' GROUP BY sensor
            ) g ON g.sensor = s.id
            LEFT JOIN (
                SELECT sensor, count(*) AS keys FROM meta.sensor_key WHERE revoked_at IS NULL GROUP BY sensor
            ) k ON k.sensor = s.id;
            COMMENT ON COLUMN api.sensor_status.state IS 'silent: nothing stored for more than two windows, or never; late: things are stored, and yet nothing was observed later than two windows ago; else ok.';
            COMMENT ON COLUMN api.sensor_status.last_observed IS 'Until when the newest live window observed: its end, or when the sensor stopped in it; NULL when only files were imported.';
            COMMENT ON COLUMN api.sensor_status.received_24h IS 'Frames handed to the sensor in windows of the last 24 hours; NULL, as are the three that follow, when there was none.';
            COMMENT ON COLUMN api.sensor_status.kernel_dropped_24h IS 'Frames that the kernel dropped in them for want of room in the capture''s ring.';
            COMMENT ON COLUMN api.sensor_status.interface_dropped_24h IS 'Frames that the interface dropped in them.';
            COMMENT ON COLUMN api.sensor_status.overflowed_24h IS 'Packets in them that are counted without their source, since the flow table was full.';

            CREATE VIEW api.site AS
            SELECT t.code AS site, t.name, t.country, t.zone, t.policy AS destinations, t.created_at AS registered_at,
                (SELECT count(*) FROM meta.sensor s WHERE s.site = t.id AND s.state = 'active') AS sensors
            FROM meta.site t;
            COMMENT ON VIEW api.site IS 'Organisations or networks that lend dark address space.';
            COMMENT ON COLUMN api.site.site IS 'Code.';
            COMMENT ON COLUMN api.site.name IS 'Name for people.';
            COMMENT ON COLUMN api.site.country IS 'ISO 3166-1 alpha-2 code; NULL when not told.';
            COMMENT ON COLUMN api.site.zone IS 'IANA time zone of its people.';
            COMMENT ON COLUMN api.site.destinations IS 'What it tells of its dark addresses: full, permuted or none.';
            COMMENT ON COLUMN api.site.registered_at IS 'When it was registered.';
            COMMENT ON COLUMN api.site.sensors IS 'Its active sensors.';

            CREATE VIEW api.sensor_key AS
            SELECT t.code AS site, s.name AS sensor, k.sensor AS sensor_id, k.enrolled_at, k.revoked_at
            FROM meta.sensor_key k JOIN meta.sensor s ON s.id = k.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.sensor_key IS 'Since when sensors are known by which keys; keys do not expire, they are revoked.';
            COMMENT ON COLUMN api.sensor_key.site IS 'Code of the site.';
            COMMENT ON COLUMN api.sensor_key.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.sensor_key.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.sensor_key.enrolled_at IS 'When batches under the key began to be accepted.';
            COMMENT ON COLUMN api.sensor_key.revoked_at IS 'When they ceased to be; NULL while the key is good.';

            CREATE TABLE enrichment.country_space (
                version int4 NOT NULL REFERENCES enrichment.version ON DELETE CASCADE,
                country char(2) NOT NULL,
                addresses int8 NOT NULL,
                announced int8 NOT NULL,
                PRIMARY KEY (version, country)
            );
            COMMENT ON TABLE enrichment.country_space IS 'IPv4 addresses of each country in a version that is or was used.';
            COMMENT ON COLUMN enrichment.country_space.version IS 'enrichment.version.id.';
            COMMENT ON COLUMN enrichment.country_space.country IS 'ISO 3166-1 alpha-2.';
            COMMENT ON COLUMN enrichment.country_space.addresses IS 'IPv4 addresses of its ranges.';
            COMMENT ON COLUMN enrichment.country_space.announced IS 'Those of ranges that have an autonomous system.';

            CREATE FUNCTION enrichment.measure_countries(measured int4) RETURNS void
            LANGUAGE sql SET search_path = pg_catalog AS $body$
                INSERT INTO enrichment.country_space (version, country, addresses, announced)
                SELECT o.version, o.country, sum(o.hi - o.lo + 1), coalesce(sum(o.hi - o.lo + 1) FILTER (WHERE o.asn > 0), 0)
                FROM enrichment.origin o
                WHERE o.version = measured AND o.country IS NOT NULL AND family(o.lo) = 4 AND family(o.hi) = 4
                GROUP BY o.version, o.country
                ON CONFLICT DO NOTHING
            $body$;
            COMMENT ON FUNCTION enrichment.measure_countries(int4) IS 'Counts the addresses of each country in a version, once.';

            CREATE FUNCTION enrichment.measure_used() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                PERFORM enrichment.measure_countries(NEW.id);
                RETURN NULL;
            END $body$;
            COMMENT ON FUNCTION enrichment.measure_used() IS 'Counts the addresses of countries when a version begins to be used.';
            CREATE TRIGGER measure_used AFTER UPDATE OF active ON enrichment.version
                FOR EACH ROW WHEN (NEW.active AND NEW.kind = 'origin') EXECUTE FUNCTION enrichment.measure_used();
            SELECT enrichment.measure_countries(v.id) FROM enrichment.version v WHERE v.active AND v.kind = 'origin';

            CREATE VIEW api.country_space AS
            SELECT c.country::text AS country, c.addresses,
                CASE WHEN max(c.announced) OVER () > 0 THEN c.announced END AS announced_addresses, c.version AS origin_version
            FROM enrichment.country_space c JOIN enrichment.version v ON v.id = c.version AND v.kind = 'origin' AND v.active;
            COMMENT ON VIEW api.country_space IS 'How many IPv4 addresses each country has in the table of origins that is used: what packets of countries of different sizes are divided by.';
            COMMENT ON COLUMN api.country_space.country IS 'ISO 3166-1 alpha-2.';
            COMMENT ON COLUMN api.country_space.addresses IS 'IPv4 addresses that the table gives to the country.';
            COMMENT ON COLUMN api.country_space.announced_addresses IS 'Those of an autonomous system, which are announced; NULL when the table knows no autonomous systems.';
            COMMENT ON COLUMN api.country_space.origin_version IS 'api.origin_version.version.';
            """)
}
