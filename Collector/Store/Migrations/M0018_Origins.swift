extension Migration {
    /// Where addresses are: countries and autonomous systems, in versions.
    static let origins = Migration(
        version: 18, name: "origins",
        sql: """
            CREATE SCHEMA enrichment;
            COMMENT ON SCHEMA enrichment IS 'What others say of addresses and ports: imported, in versions; read it through api.';

            CREATE TABLE enrichment.version (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                kind text NOT NULL CHECK (kind IN ('origin', 'scanners')),
                name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
                data_date date NOT NULL,
                loaded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                rows int8 NOT NULL,
                digest text NOT NULL,
                active bool NOT NULL DEFAULT false
            );
            CREATE UNIQUE INDEX version_active_origin ON enrichment.version (kind) WHERE active AND kind = 'origin';
            CREATE UNIQUE INDEX version_active_scanners ON enrichment.version (name) WHERE active AND kind = 'scanners';
            COMMENT ON TABLE enrichment.version IS 'Imports. Of origins one is active, of scanners one of each name.';
            COMMENT ON COLUMN enrichment.version.id IS 'Number.';
            COMMENT ON COLUMN enrichment.version.kind IS 'origin: countries and autonomous systems; scanners: research scanners.';
            COMMENT ON COLUMN enrichment.version.name IS 'What the operator calls it.';
            COMMENT ON COLUMN enrichment.version.data_date IS 'Day of which the data is.';
            COMMENT ON COLUMN enrichment.version.loaded_at IS 'When it was imported.';
            COMMENT ON COLUMN enrichment.version.rows IS 'Ranges or blocks that it has.';
            COMMENT ON COLUMN enrichment.version.digest IS 'FNV-1a 64 of the bytes of its files.';
            COMMENT ON COLUMN enrichment.version.active IS 'Whether it is used.';

            CREATE TABLE enrichment.origin (
                version int4 NOT NULL REFERENCES enrichment.version ON DELETE CASCADE,
                lo inet NOT NULL,
                hi inet NOT NULL,
                country char(2),
                asn int8,
                PRIMARY KEY (version, lo)
            );
            COMMENT ON TABLE enrichment.origin IS 'Ranges of addresses, none of which overlaps another of its version.';
            COMMENT ON COLUMN enrichment.origin.version IS 'enrichment.version.id.';
            COMMENT ON COLUMN enrichment.origin.lo IS 'First address.';
            COMMENT ON COLUMN enrichment.origin.hi IS 'Last address.';
            COMMENT ON COLUMN enrichment.origin.country IS 'ISO 3166-1 alpha-2; NULL where the source knows none or a region only.';
            COMMENT ON COLUMN enrichment.origin.asn IS 'Number of the autonomous system; NULL where the source knows none.';

            CREATE TABLE enrichment.as_name (
                version int4 NOT NULL REFERENCES enrichment.version ON DELETE CASCADE,
                asn int8 NOT NULL,
                name text NOT NULL,
                PRIMARY KEY (version, asn)
            );
            COMMENT ON TABLE enrichment.as_name IS 'Names of autonomous systems.';
            COMMENT ON COLUMN enrichment.as_name.version IS 'enrichment.version.id.';
            COMMENT ON COLUMN enrichment.as_name.asn IS 'Number of the autonomous system.';
            COMMENT ON COLUMN enrichment.as_name.name IS 'Name, as the source has it.';

            CREATE FUNCTION enrichment.activate(version int4) RETURNS bool
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                chosen enrichment.version;
            BEGIN
                LOCK TABLE enrichment.version IN SHARE ROW EXCLUSIVE MODE;
                SELECT * INTO chosen FROM enrichment.version v WHERE v.id = activate.version;
                IF NOT FOUND THEN RETURN false; END IF;
                UPDATE enrichment.version v SET active = false
                WHERE v.active AND v.id <> chosen.id AND v.kind = chosen.kind
                    AND (v.kind = 'origin' OR v.name = chosen.name);
                UPDATE enrichment.version v SET active = true WHERE v.id = chosen.id AND NOT v.active;
                INSERT INTO rollup.dirty (sensor, span, start)
                SELECT c.sensor, 3600, c.start FROM rollup.coverage c
                WHERE c.span = 3600 AND c.start >= now() - interval '7 days';
                RETURN true;
            END $body$;
            COMMENT ON FUNCTION enrichment.activate(int4) IS 'Uses this version from now on, in the place of the one of its kind (of scanners: of its name), and has the hours of the last 7 days made again. False when there is no such version.';

            CREATE FUNCTION enrichment.forget(kind text, name text) RETURNS void
            LANGUAGE sql SET search_path = pg_catalog AS $body$
                DELETE FROM enrichment.version d WHERE d.id IN (
                    SELECT v.id FROM enrichment.version v
                    WHERE v.kind = forget.kind AND (v.kind = 'origin' OR v.name = forget.name) AND NOT v.active
                    ORDER BY v.id DESC OFFSET 2)
            $body$;
            COMMENT ON FUNCTION enrichment.forget(text, text) IS 'Removes all versions of a kind (of scanners: of the name) but the active one and the two newest others.';

            CREATE FUNCTION api.origin(address inet)
            RETURNS TABLE (country text, asn int8, as_name text, version int4) LANGUAGE sql STABLE AS $body$
                SELECT o.country::text, o.asn, n.name, v.id
                FROM (SELECT host(address)::inet AS ip) a
                LEFT JOIN enrichment.version v ON v.kind = 'origin' AND v.active
                LEFT JOIN LATERAL (
                    SELECT r.hi, r.country, r.asn FROM enrichment.origin r
                    WHERE r.version = v.id AND r.lo <= a.ip ORDER BY r.lo DESC LIMIT 1
                ) o ON o.hi >= a.ip AND family(o.hi) = family(a.ip)
                LEFT JOIN enrichment.as_name n ON n.version = v.id AND n.asn = o.asn
            $body$;
            COMMENT ON FUNCTION api.origin(inet) IS 'Country, autonomous system and its name of an address, and the version of the table that says so: one row always, NULL for what is not known. Sources may be forged: then it is where the address belongs, not who sent.';

            CREATE VIEW api.origin_version AS
            SELECT id AS version, name, data_date, loaded_at, rows, digest, active FROM enrichment.version
            WHERE kind = 'origin';
            COMMENT ON VIEW api.origin_version IS 'Tables of countries and autonomous systems that were imported.';
            COMMENT ON COLUMN api.origin_version.version IS 'Number.';
            COMMENT ON COLUMN api.origin_version.name IS 'What the operator calls it.';
            COMMENT ON COLUMN api.origin_version.data_date IS 'Day of which the data is.';
            COMMENT ON COLUMN api.origin_version.loaded_at IS 'When it was imported.';
            COMMENT ON COLUMN api.origin_version.rows IS 'Ranges of addresses.';
            COMMENT ON COLUMN api.origin_version.digest IS 'FNV-1a 64 of the bytes of its files.';
            COMMENT ON COLUMN api.origin_version.active IS 'Whether it is used.';
            """)
}
