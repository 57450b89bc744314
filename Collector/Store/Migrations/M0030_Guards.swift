extension Migration {
    /// What partners could get around, and what they could not ask.
    static let guards = Migration(
        version: 30, name: "guards",
        sql: """
            -- These run as their owner: names that a session gives to tables of its own must come last.
            CREATE OR REPLACE FUNCTION meta.own_sites(reader text) RETURNS int4[]
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
                SELECT coalesce(array_agg(p.site), '{}') FROM meta.partner p JOIN pg_roles r ON r.rolname = p.role
                WHERE pg_has_role(reader::name, r.oid, 'USAGE')
            $body$;
            CREATE OR REPLACE FUNCTION meta.own_sensors(reader text) RETURNS int4[]
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
                SELECT coalesce(array_agg(s.id), '{}') FROM meta.sensor s WHERE s.site = ANY (meta.own_sites(reader))
            $body$;

            CREATE OR REPLACE FUNCTION meta.make_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                PERFORM meta.make_role('writer', 'LOGIN', '{}', 'collectors; owns what they store');
                PERFORM meta.make_role('owner', 'LOGIN IN ROLE writer', '{}', 'changes the schema and the registry');
                PERFORM meta.make_role('analyst', 'LOGIN CONNECTION LIMIT 20', meta.reader_settings(), 'reads everything');
                PERFORM meta.make_role('partner', 'NOLOGIN', '{}', 'what the partners of all sites have in common');
                IF session_user <> 'owner' THEN EXECUTE format('GRANT owner TO %I', session_user); END IF;
                EXECUTE format('GRANT CREATE ON DATABASE %I TO owner', current_database());
                -- Everybody may make tables of a session's own unless that is taken away: they take room, and names.
                EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
                EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO writer', current_database());
                PERFORM meta.grant_roles();
            END $body$;

            -- What all sites know of a source is a total like any other.
            ALTER TABLE enrichment.behaviour_day ADD COLUMN sites int4[] NOT NULL DEFAULT '{}';
            COMMENT ON COLUMN enrichment.behaviour_day.sites IS 'meta.site.id of the sites that it came to, ascending; empty for days that were looked at before this was kept.';
            CREATE OR REPLACE FUNCTION enrichment.make_behaviour(sensor int4, day timestamptz) RETURNS bool
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                -- One after the other: of two sensors whose days are made at once the later sees what both have.
                PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws(' ', 'darkscope behaviour', day), 0));
                IF EXISTS (
                    SELECT 1 FROM rollup.dirty d WHERE d.kind = 2 AND d.start = day AND d.sensor <> make_behaviour.sensor
                        AND d.marked_at > clock_timestamp() - interval '1 hour'
                ) THEN
                    RETURN false;
                END IF;
                DELETE FROM enrichment.behaviour_day b WHERE b.start = day;
                INSERT INTO enrichment.behaviour_day (start, source, packets, services, addresses, sites)
                WITH space AS (
                    SELECT sum(c.observed_address_seconds) / 86400 AS addresses FROM rollup.coverage c
                    WHERE c.span = 86400 AND c.start = day
                ), candidate AS MATERIALIZED (
                    SELECT DISTINCT r.source4 FROM (
                        SELECT unnest(d.source4) AS source4, unnest(d.services) AS services
                        FROM rollup.source_day d WHERE d.start = day AND d.family = 4 AND d.services IS NOT NULL
                    ) r WHERE r.services >= 30
                ), pooled AS (
                    SELECT r.source4, sum(r.packets) AS packets, max(r.services) AS services,
                        array_agg(DISTINCT s.site ORDER BY s.site) AS sites
                    FROM (
                        SELECT d.sensor, unnest(d.source4) AS source4, unnest(d.packets) AS packets,
                            unnest(d.services) AS services
                        FROM rollup.source_day d WHERE d.start = day AND d.family = 4
                    ) r JOIN candidate USING (source4) JOIN meta.sensor s ON s.id = r.sensor GROUP BY 1
                )
                SELECT day, '0.0.0.0'::inet + (p.source4::int8 + 2147483648),
                    least(p.packets, 9223372036854775807)::int8, p.services, s.addresses,
                    p.sites
                FROM pooled p, space s WHERE s.addresses > 0 AND p.packets >= s.addresses
                ORDER BY p.packets DESC, p.source4 LIMIT 100000;
                INSERT INTO enrichment.behaviour_made VALUES (day, clock_timestamp())
                ON CONFLICT (start) DO UPDATE SET made_at = excluded.made_at;
                RETURN true;
            END $body$;

            CREATE OR REPLACE FUNCTION meta.rule_for_partners(relation oid) RETURNS text
            LANGUAGE sql STABLE SET search_path = pg_catalog AS $body$
                SELECT CASE
                    WHEN relation = 'meta.site'::regclass THEN 'id = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                    WHEN bool_or(attname = 'sensor') THEN 'sensor = ANY ((SELECT meta.own_sensors(current_user))::int4[])'
                    WHEN bool_or(attname = 'site') THEN 'site = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                    WHEN bool_or(attname = 'telescope') THEN 'telescope = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                        || CASE WHEN bool_or(attname = 'sites') THEN ' OR telescope = 0 AND cardinality(sites) >= 3' ELSE '' END
                    WHEN bool_or(attname = 'sites' AND atttypid = 'int4[]'::regtype) THEN 'cardinality(sites) >= 3'
                    -- What everybody may know: tables of countries, lists of scanners, names.
                    WHEN (SELECT n.nspname = 'enrichment' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = relation) THEN 'true'
                    WHEN relation IN ('meta.schema_version'::regclass, 'meta.retention'::regclass,
                        'meta.published_year'::regclass, 'raw.signature'::regclass, 'rollup.world_dirty'::regclass) THEN 'true'
                END
                FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
            $body$;
            -- What a collector makes never becomes its owner's: it could run with the owner's rights then.
            CREATE OR REPLACE FUNCTION meta.grant_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                schemas text[] := (SELECT array_agg(nspname ORDER BY nspname) FROM pg_namespace
                    WHERE nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'api'));
                named record;
                rule text;
            BEGIN
                IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('owner', 'writer', 'analyst', 'partner')) < 4 THEN
                    RETURN;
                END IF;
                FOR named IN SELECT unnest(schemas) AS name LOOP
                    EXECUTE format('ALTER SCHEMA %I OWNER TO owner', named.name);
                    EXECUTE format('GRANT USAGE ON SCHEMA %I TO writer, analyst, partner', named.name);
                    IF named.name NOT IN ('meta', 'api') THEN
                        EXECUTE format('GRANT CREATE ON SCHEMA %I TO writer', named.name);
                    END IF;
                END LOOP;
                -- Owners are not bound by row level security, which COPY FROM does not work with: collectors own what they
                -- store. What is as it should be is left alone, so that nobody is made to wait.
                FOR named IN
                    SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname) AS name,
                        CASE WHEN n.nspname IN ('meta', 'api') THEN 'owner' ELSE 'writer' END AS holder,
                        pg_get_userbyid(c.relowner) AS holds, c.relrowsecurity AS is_guarded,
                        'security_invoker=true' = ANY (c.reloptions) AS is_invoker
                    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = ANY (schemas) AND c.relkind IN ('r', 'p', 'v')
                    ORDER BY c.oid
                LOOP
                    IF named.holds <> named.holder THEN
                        EXECUTE format('ALTER TABLE %s OWNER TO %I', named.name, named.holder);
                    END IF;
                    CONTINUE WHEN EXISTS (SELECT FROM pg_inherits WHERE inhrelid = named.oid);
                    IF named.relkind = 'v' THEN
                        IF named.is_invoker IS NOT TRUE THEN
                            EXECUTE format('ALTER VIEW %s SET (security_invoker = true)', named.name);
                        END IF;
                        EXECUTE format('GRANT SELECT ON %s TO writer, analyst, partner', named.name);
                        CONTINUE;
                    END IF;
                    EXECUTE format('GRANT SELECT ON %s TO writer, analyst', named.name);
                    rule := meta.rule_for_partners(named.oid);
                    IF rule IS NOT NULL THEN EXECUTE format('GRANT SELECT ON %s TO partner', named.name); END IF;
                    CONTINUE WHEN named.is_guarded;
                    EXECUTE format('CREATE POLICY everything ON %s TO writer, analyst USING (true) WITH CHECK (true)', named.name);
                    IF rule IS NOT NULL THEN
                        EXECUTE format('CREATE POLICY own ON %s FOR SELECT TO partner USING (%s)', named.name, rule);
                    END IF;
                    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', named.name);
                END LOOP;
                GRANT INSERT, UPDATE ON meta.retention TO writer;
                -- What stores a batch keeps its key from being revoked meanwhile: FOR SHARE wants UPDATE, and nobody can
                -- give an identity a value.
                GRANT UPDATE (id) ON meta.sensor_key TO writer;
                FOR named IN
                    SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                    WHERE n.nspname = ANY (schemas) AND pg_get_userbyid(p.proowner) NOT IN ('owner', 'writer')
                LOOP
                    EXECUTE format('ALTER ROUTINE %s OWNER TO owner', named.name);
                END LOOP;
            END $body$;

            -- meta.grant_roles makes their rules anew, here and now: not for a moment shall they be open.
            DROP POLICY IF EXISTS own ON enrichment.behaviour_day;
            DROP POLICY IF EXISTS everything ON enrichment.behaviour_day;
            ALTER TABLE enrichment.behaviour_day DISABLE ROW LEVEL SECURITY;
            DROP POLICY IF EXISTS everything ON rollup.world_dirty;
            ALTER TABLE rollup.world_dirty DISABLE ROW LEVEL SECURITY;
            SELECT meta.grant_roles();

            -- A comment at the end of a query ends with its line, and leaves the limit alone.
            CREATE OR REPLACE FUNCTION api.ask(query text, most int4 DEFAULT 1000) RETURNS SETOF jsonb
            LANGUAGE plpgsql STABLE SET search_path = api, pg_catalog AS $body$
            BEGIN
                RETURN QUERY EXECUTE format('SELECT to_jsonb(q) FROM (%s%s) q LIMIT %s', query, E'\\n', greatest(least(most, 100000), 0));
            END $body$;
            """)
}
