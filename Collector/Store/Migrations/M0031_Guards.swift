extension Migration {
    /// What partners could get around, and what they could not ask.
    static let guards = Migration(
        version: 31, name: "guards",
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
