extension Migration {
    /// Hours by country and by autonomous system.
    static let originRollups = Migration(
        version: 19, name: "origin rollups",
        sql: """
            CREATE TABLE rollup.country_hour (
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                country text NOT NULL,
                is_backscatter bool NOT NULL,
                packets int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                version int4,
                sketch bytea NOT NULL,
                PRIMARY KEY (start, sensor, country, is_backscatter)
            );
            ALTER TABLE rollup.country_hour ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.country_hour IS 'What each sensor saw of each country in each hour (UTC).';
            COMMENT ON COLUMN rollup.country_hour.start IS 'Start of the hour. Windows count where they start.';
            COMMENT ON COLUMN rollup.country_hour.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.country_hour.country IS 'ISO 3166-1 alpha-2; empty where it is not known, as of overflow.';
            COMMENT ON COLUMN rollup.country_hour.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN rollup.country_hour.packets IS 'Packets.';
            COMMENT ON COLUMN rollup.country_hour.flows IS 'Flow records.';
            COMMENT ON COLUMN rollup.country_hour.sources IS 'Distinct sources.';
            COMMENT ON COLUMN rollup.country_hour.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            COMMENT ON COLUMN rollup.country_hour.version IS 'enrichment.version.id of the table that was asked; NULL when there was none.';
            COMMENT ON COLUMN rollup.country_hour.sketch IS 'The sources as a set; see rollup.port_hour.';

            CREATE TABLE rollup.as_hour (
                start timestamptz NOT NULL,
                sensor int4 NOT NULL,
                asn int8 NOT NULL,
                is_backscatter bool NOT NULL,
                packets int8 NOT NULL,
                flows int8 NOT NULL,
                sources int8 NOT NULL,
                sources_precision int2 NOT NULL,
                version int4,
                sketch bytea NOT NULL,
                PRIMARY KEY (start, sensor, asn, is_backscatter)
            );
            ALTER TABLE rollup.as_hour ALTER sketch SET STORAGE EXTERNAL;
            COMMENT ON TABLE rollup.as_hour IS 'What each sensor saw of each autonomous system in each hour (UTC).';
            COMMENT ON COLUMN rollup.as_hour.start IS 'Start of the hour. Windows count where they start.';
            COMMENT ON COLUMN rollup.as_hour.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN rollup.as_hour.asn IS 'Number of the autonomous system; 0 where it is not known, as of overflow; -1 for all that have no row of their own.';
            COMMENT ON COLUMN rollup.as_hour.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN rollup.as_hour.packets IS 'Packets.';
            COMMENT ON COLUMN rollup.as_hour.flows IS 'Flow records.';
            COMMENT ON COLUMN rollup.as_hour.sources IS 'Distinct sources.';
            COMMENT ON COLUMN rollup.as_hour.sources_precision IS '0 exact, 1 estimate, 2 at least.';
            COMMENT ON COLUMN rollup.as_hour.version IS 'enrichment.version.id of the table that was asked; NULL when there was none.';
            COMMENT ON COLUMN rollup.as_hour.sketch IS 'The sources as a set; see rollup.port_hour.';

            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT DISTINCT sensor, 3600, date_bin('1 hour', window_start, '2000-01-01Z') FROM raw.batch WHERE kind = 1;

            CREATE VIEW api.country_traffic AS
            SELECT h.start, t.code AS site, s.name AS sensor, h.sensor AS sensor_id, nullif(h.country, '') AS country,
                h.is_backscatter, h.packets, h.flows, h.sources,
                api.precision_name(h.sources_precision) AS sources_precision, h.version AS origin_version,
                h.sketch AS sources_sketch
            FROM rollup.country_hour h JOIN meta.sensor s ON s.id = h.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.country_traffic IS 'What each sensor saw of each country of the sources in each hour (UTC). Sums of packets are exact and hold all traffic; sources of several rows are those of the united sketches, never their sum. Sources of scans may be forged; those of backscatter are victims of attacks and not.';
            COMMENT ON COLUMN api.country_traffic.start IS 'Start of the hour. Windows count in the hour in which they start.';
            COMMENT ON COLUMN api.country_traffic.site IS 'Code of the site.';
            COMMENT ON COLUMN api.country_traffic.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.country_traffic.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.country_traffic.country IS 'ISO 3166-1 alpha-2; NULL where the table knows none or a region only, and for packets that found a sensor''s flow table full.';
            COMMENT ON COLUMN api.country_traffic.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.country_traffic.packets IS 'Packets.';
            COMMENT ON COLUMN api.country_traffic.flows IS 'Flow records.';
            COMMENT ON COLUMN api.country_traffic.sources IS 'Distinct sources.';
            COMMENT ON COLUMN api.country_traffic.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.country_traffic.origin_version IS 'Version of the table of origins that was asked (api.origin_version); NULL when there was none. A new version is asked for the last 7 days again; what is older stays.';
            COMMENT ON COLUMN api.country_traffic.sources_sketch IS 'The sources as a set, as in api.port_traffic.';

            CREATE VIEW api.as_traffic AS
            SELECT h.start, t.code AS site, s.name AS sensor, h.sensor AS sensor_id, nullif(h.asn, 0) AS asn,
                n.name AS as_name, h.is_backscatter, h.packets, h.flows, h.sources,
                api.precision_name(h.sources_precision) AS sources_precision, h.version AS origin_version,
                h.sketch AS sources_sketch
            FROM rollup.as_hour h JOIN meta.sensor s ON s.id = h.sensor JOIN meta.site t ON t.id = s.site
            LEFT JOIN enrichment.version v ON v.kind = 'origin' AND v.active
            LEFT JOIN enrichment.as_name n ON n.version = v.id AND n.asn = h.asn;
            COMMENT ON VIEW api.as_traffic IS 'What each sensor saw of each autonomous system of the sources in each hour (UTC). Sums of packets are exact and hold all traffic; sources of several rows are those of the united sketches, never their sum.';
            COMMENT ON COLUMN api.as_traffic.start IS 'Start of the hour. Windows count in the hour in which they start.';
            COMMENT ON COLUMN api.as_traffic.site IS 'Code of the site.';
            COMMENT ON COLUMN api.as_traffic.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.as_traffic.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.as_traffic.asn IS 'Number of the autonomous system; NULL where the table knows none, and for packets that found a sensor''s flow table full; -1 stands for all but the 500 with the most packets of the hour, of backscatter and of the rest each.';
            COMMENT ON COLUMN api.as_traffic.as_name IS 'Name that the table in use has for it; NULL where it has none.';
            COMMENT ON COLUMN api.as_traffic.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.as_traffic.packets IS 'Packets.';
            COMMENT ON COLUMN api.as_traffic.flows IS 'Flow records.';
            COMMENT ON COLUMN api.as_traffic.sources IS 'Distinct sources.';
            COMMENT ON COLUMN api.as_traffic.sources_precision IS 'exact; estimate with a standard error of 1.6 %; or at-least.';
            COMMENT ON COLUMN api.as_traffic.origin_version IS 'Version of the table of origins that was asked (api.origin_version); NULL when there was none.';
            COMMENT ON COLUMN api.as_traffic.sources_sketch IS 'The sources as a set, as in api.port_traffic.';
            """)
}
