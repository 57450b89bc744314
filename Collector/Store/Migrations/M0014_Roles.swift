extension Migration {
    /// Who may do what: owner, writer, analyst, and a partner for each site.
    static let roles = Migration(
        version: 14, name: "roles",
        sql: """
            CREATE TABLE meta.partner (
                site int4 PRIMARY KEY REFERENCES meta.site,
                role text NOT NULL UNIQUE
            );
            COMMENT ON TABLE meta.partner IS 'The database role of each site whose people read this database.';
            COMMENT ON COLUMN meta.partner.site IS 'meta.site.id.';
            COMMENT ON COLUMN meta.partner.role IS 'Name of the role: partner_ and the code of the site, with _ for -.';

            -- These run as their owner: names that a session gives to tables of its own must come last.
            CREATE FUNCTION meta.own_sites(reader text) RETURNS int4[]
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
                SELECT coalesce(array_agg(p.site), '{}') FROM meta.partner p JOIN pg_roles r ON r.rolname = p.role
                WHERE pg_has_role(reader::name, r.oid, 'USAGE')
            $body$;
            COMMENT ON FUNCTION meta.own_sites(text) IS 'meta.site.id of the sites whose partner a role is.';
            CREATE FUNCTION meta.own_sensors(reader text) RETURNS int4[]
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
                SELECT coalesce(array_agg(s.id), '{}') FROM meta.sensor s WHERE s.site = ANY (meta.own_sites(reader))
            $body$;
            COMMENT ON FUNCTION meta.own_sensors(text) IS 'meta.sensor.id of the sensors of those sites.';

            CREATE FUNCTION meta.make_role(role text, options text, settings text[], purpose text) RETURNS void
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                known text := (SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = role);
                setting text;
            BEGIN
                IF known NOT LIKE 'Darkscope: %' THEN
                    RAISE EXCEPTION 'there is a role % that is not Darkscope''s. If it may become so: COMMENT ON ROLE % IS ''Darkscope: adopted''',
                        quote_ident(role), quote_ident(role) USING ERRCODE = 'duplicate_object';
                END IF;
                IF known IS NULL THEN EXECUTE format('CREATE ROLE %I %s', role, options); END IF;
                EXECUTE format('COMMENT ON ROLE %I IS %L', role, 'Darkscope: ' || purpose);
                FOREACH setting IN ARRAY settings LOOP
                    EXECUTE format('ALTER ROLE %I SET %s', role, setting);
                END LOOP;
            END $body$;
            COMMENT ON FUNCTION meta.make_role(text, text, text[], text) IS 'Makes a role unless Darkscope made it before; roles are of the whole server. For owners of the database with CREATEROLE.';

            CREATE FUNCTION meta.make_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
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
            COMMENT ON FUNCTION meta.make_roles() IS 'Makes the roles owner, writer, analyst and partner, and gives them what they need in this database. Can be repeated.';

            CREATE FUNCTION meta.reader_settings() RETURNS text[] LANGUAGE sql IMMUTABLE AS $body$
                SELECT ARRAY['default_transaction_read_only = on', 'statement_timeout = ''60s''', 'lock_timeout = ''5s''',
                    'idle_in_transaction_session_timeout = ''5min''', 'search_path = api']
            $body$;
            COMMENT ON FUNCTION meta.reader_settings() IS 'What sessions of people who read begin with. They are no bounds: a session may change them.';

            CREATE FUNCTION meta.make_partner(code text) RETURNS text
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                made text := 'partner_' || replace(code, '-', '_');
            BEGIN
                INSERT INTO meta.partner (site, role) SELECT s.id, made FROM meta.site s WHERE s.code = make_partner.code
                ON CONFLICT DO NOTHING;
                IF NOT EXISTS (SELECT FROM meta.partner p JOIN meta.site s ON s.id = p.site WHERE s.code = make_partner.code)
                THEN
                    RAISE EXCEPTION 'there is no site %', quote_literal(code) USING ERRCODE = 'no_data_found';
                END IF;
                PERFORM meta.make_role(
                    made, 'LOGIN CONNECTION LIMIT 5 IN ROLE partner', meta.reader_settings(), 'partner of the site ' || code);
                RETURN made;
            END $body$;
            COMMENT ON FUNCTION meta.make_partner(text) IS 'Makes the role of a site''s partner and returns its name. It sees its own site in full, and others only in totals of three sites or more.';

            CREATE FUNCTION meta.make_login(name text, role text) RETURNS void
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                IF role NOT IN ('owner', 'writer', 'analyst') AND NOT EXISTS (SELECT FROM meta.partner p WHERE p.role = make_login.role)
                THEN
                    RAISE EXCEPTION 'there is no role % in this database. There are owner, writer, analyst and those of partners: darkscope role list', quote_ident(role)
                        USING ERRCODE = 'undefined_object';
                END IF;
                PERFORM meta.make_role(
                    name, 'LOGIN', CASE WHEN role IN ('owner', 'writer') THEN '{}' ELSE meta.reader_settings() END,
                    'a person or program as ' || role);
                EXECUTE format('GRANT %I TO %I', role, name);
            END $body$;
            COMMENT ON FUNCTION meta.make_login(text, text) IS 'Makes a role of one person or program that may do what a role of Darkscope may.';

            CREATE FUNCTION meta.rule_for_partners(relation oid) RETURNS text
            LANGUAGE sql STABLE SET search_path = pg_catalog AS $body$
                SELECT CASE
                    WHEN relation = 'meta.site'::regclass THEN 'id = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                    WHEN bool_or(attname = 'sensor') THEN 'sensor = ANY ((SELECT meta.own_sensors(current_user))::int4[])'
                    WHEN bool_or(attname = 'site') THEN 'site = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                    WHEN bool_or(attname = 'telescope') THEN 'telescope = ANY ((SELECT meta.own_sites(current_user))::int4[])'
                        || CASE WHEN bool_or(attname = 'sites') THEN ' OR telescope = 0 AND cardinality(sites) >= 3' ELSE '' END
                    WHEN bool_or(attname = 'sites') AND (SELECT relname FROM pg_class WHERE oid = relation)
                        IN ('world_port_hour', 'world_port_day', 'world_port_month', 'world_total', 'behaviour_day')
                        THEN 'cardinality(sites) >= 3'
                    -- What everybody may know: tables of countries, lists of scanners, names.
                    WHEN (SELECT n.nspname = 'enrichment' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = relation) THEN 'true'
                    WHEN (SELECT relname = 'world_dirty' FROM pg_class WHERE oid = relation) THEN 'true'
                    WHEN relation IN ('meta.schema_version'::regclass, 'meta.retention'::regclass,
                        'meta.published_year'::regclass, 'raw.signature'::regclass) THEN 'true'
                END
                FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
            $body$;
            COMMENT ON FUNCTION meta.rule_for_partners(oid) IS 'Which rows of a table partners see; NULL for none.';

            CREATE FUNCTION meta.grant_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
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
                -- What a collector makes never becomes its owner's: it could run with the owner's rights then.
                FOR named IN
                    SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                    WHERE n.nspname = ANY (schemas) AND pg_get_userbyid(p.proowner) NOT IN ('owner', 'writer')
                LOOP
                    EXECUTE format('ALTER ROUTINE %s OWNER TO owner', named.name);
                END LOOP;
            END $body$;
            COMMENT ON FUNCTION meta.grant_roles() IS 'Gives the roles what they need of everything that is in this database; does nothing without them. Every change of the schema ends with it.';

            CREATE FUNCTION api.ask(query text, most int4 DEFAULT 1000) RETURNS SETOF jsonb
            LANGUAGE plpgsql STABLE SET search_path = api, pg_catalog AS $body$
            BEGIN
                -- A comment at the end of the query ends with its line, and leaves the limit alone.
                RETURN QUERY EXECUTE format('SELECT to_jsonb(q) FROM (%s%s) q LIMIT %s', query, E'\\n', greatest(least(most, 100000), 0));
            END $body$;
            COMMENT ON FUNCTION api.ask(text, int4) IS 'The first rows of a query, 100,000 at most, with what the caller may read: for programs that hand on what people type.';
            """)
}
