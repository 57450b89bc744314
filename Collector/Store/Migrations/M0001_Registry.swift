extension Migration {
    /// Who may send, from where, and which addresses are dark.
    static let registry = Migration(
        version: 1, name: "registry",
        sql: """
            CREATE SCHEMA meta;
            COMMENT ON SCHEMA meta IS 'The registry: sites, sensors, their keys, dark address space.';
            CREATE SCHEMA raw;
            COMMENT ON SCHEMA raw IS 'What sensors delivered, in the layout that is fast to write; read it through api.';
            CREATE SCHEMA api;
            COMMENT ON SCHEMA api IS 'Stable views for analysts and programs.';

            CREATE TABLE meta.schema_version (
                version int4 PRIMARY KEY,
                name text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            COMMENT ON TABLE meta.schema_version IS 'Migrations that this database has run.';
            COMMENT ON COLUMN meta.schema_version.version IS 'Number of the migration; the largest is the schema''s version.';
            COMMENT ON COLUMN meta.schema_version.name IS 'What the migration is about.';
            COMMENT ON COLUMN meta.schema_version.applied_at IS 'When it ran.';

            CREATE TABLE meta.site (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
                name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
                country text CHECK (country ~ '^[A-Z]{2}$'),
                zone text NOT NULL DEFAULT 'UTC',
                policy text NOT NULL DEFAULT 'permuted' CHECK (policy IN ('full', 'permuted', 'none')),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            COMMENT ON TABLE meta.site IS 'Organisations or networks that lend dark address space.';
            COMMENT ON COLUMN meta.site.id IS 'Number of the site in this database.';
            COMMENT ON COLUMN meta.site.code IS 'Short name: lower-case letters, digits and hyphens.';
            COMMENT ON COLUMN meta.site.name IS 'Name for people.';
            COMMENT ON COLUMN meta.site.country IS 'ISO 3166-1 alpha-2 code; NULL when not told.';
            COMMENT ON COLUMN meta.site.zone IS 'IANA time zone in which people of the site read times; stored times are UTC.';
            COMMENT ON COLUMN meta.site.policy IS 'What the site tells of its dark addresses: full, permuted or none. The sensor enforces it.';
            COMMENT ON COLUMN meta.site.created_at IS 'When the site was registered.';

            CREATE TABLE meta.sensor (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                site int4 NOT NULL REFERENCES meta.site,
                name text NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
                state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                UNIQUE (site, name)
            );
            COMMENT ON TABLE meta.sensor IS 'Sensors: one place of measurement each, whatever machine or key it has at the time.';
            COMMENT ON COLUMN meta.sensor.id IS 'Number of the sensor in this database; part of every key in raw.';
            COMMENT ON COLUMN meta.sensor.site IS 'The site where it measures; never changes.';
            COMMENT ON COLUMN meta.sensor.name IS 'Name, unique within its site.';
            COMMENT ON COLUMN meta.sensor.state IS 'active: expected to deliver; retired: no longer, its data stays.';
            COMMENT ON COLUMN meta.sensor.created_at IS 'When the sensor was registered.';

            CREATE TABLE meta.sensor_key (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                sensor int4 NOT NULL REFERENCES meta.sensor,
                public_key bytea NOT NULL UNIQUE CHECK (length(public_key) = 32),
                enrolled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                revoked_at timestamptz
            );
            CREATE INDEX sensor_key_sensor ON meta.sensor_key (sensor);
            COMMENT ON TABLE meta.sensor_key IS 'CURVE public keys by which sensors are known; a sensor may have several over time.';
            COMMENT ON COLUMN meta.sensor_key.id IS 'Number of the key in this database.';
            COMMENT ON COLUMN meta.sensor_key.sensor IS 'Whose key it is.';
            COMMENT ON COLUMN meta.sensor_key.public_key IS 'The 32 bytes of the key.';
            COMMENT ON COLUMN meta.sensor_key.enrolled_at IS 'When batches under this key began to be accepted.';
            COMMENT ON COLUMN meta.sensor_key.revoked_at IS 'When they ceased to be; NULL while the key is good.';

            -- The ranges of one number stand in for the equality of sites, which GiST has only with an extension.
            CREATE TABLE meta.dark_prefix (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                site int4 NOT NULL REFERENCES meta.site,
                prefix cidr NOT NULL,
                validity tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(validity)),
                CONSTRAINT dark_prefix_overlap EXCLUDE USING gist
                    (int4range(site, site, '[]') WITH &&, prefix inet_ops WITH &&, validity WITH &&)
            );
            COMMENT ON TABLE meta.dark_prefix IS 'Dark address space by site and time. Blocks of one site never overlap at the same time, so sums of addresses are right.';
            COMMENT ON COLUMN meta.dark_prefix.id IS 'Number of the row.';
            COMMENT ON COLUMN meta.dark_prefix.site IS 'The site that lends the block.';
            COMMENT ON COLUMN meta.dark_prefix.prefix IS 'The block.';
            COMMENT ON COLUMN meta.dark_prefix.validity IS 'When the block was dark; an open end means until now.';

            CREATE FUNCTION meta.notify_registry() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                PERFORM pg_notify('darkscope_registry', TG_TABLE_NAME);
                RETURN NULL;
            END
            $body$;
            COMMENT ON FUNCTION meta.notify_registry() IS 'Tells collectors that listen on darkscope_registry that the registry changed.';
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.site
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.sensor
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.sensor_key
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.dark_prefix
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();

            CREATE VIEW api.dark_space AS
            SELECT t.code AS site, p.family, p.valid_from, p.valid_to, p.addresses
            FROM (
                SELECT e.site, e.family, e.at AS valid_from, e.until AS valid_to,
                    trunc(sum(2::numeric ^ (CASE e.family WHEN 4 THEN 32 ELSE 128 END - masklen(d.prefix)))) AS addresses
                FROM (
                    SELECT site, family, at, lead(at) OVER (PARTITION BY site, family ORDER BY at) AS until
                    FROM (
                        SELECT site, family(prefix) AS family, coalesce(lower(validity), '-infinity') AS at
                        FROM meta.dark_prefix
                        UNION
                        SELECT site, family(prefix), coalesce(upper(validity), 'infinity') FROM meta.dark_prefix
                    ) edges
                ) e
                JOIN meta.dark_prefix d ON d.site = e.site AND family(d.prefix) = e.family
                    AND d.validity && tstzrange(e.at, e.until)
                WHERE e.until IS NOT NULL
                GROUP BY e.site, e.family, e.at, e.until
            ) p JOIN meta.site t ON t.id = p.site;
            COMMENT ON VIEW api.dark_space IS 'How many addresses each site watches in each period: the denominator of every rate.';
            COMMENT ON COLUMN api.dark_space.site IS 'Code of the site.';
            COMMENT ON COLUMN api.dark_space.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN api.dark_space.valid_from IS 'Start of the period in which the number holds; -infinity when open.';
            COMMENT ON COLUMN api.dark_space.valid_to IS 'End of the period, exclusive; infinity when open.';
            COMMENT ON COLUMN api.dark_space.addresses IS 'Addresses of all the site''s blocks of this family in the period.';
            """)
}
