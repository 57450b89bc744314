extension Migration {
    /// Who signs in to the console, and the roles that what they ask runs as.
    static let accounts = Migration(
        version: 35, name: "accounts",
        sql: """
            CREATE SCHEMA console;
            COMMENT ON SCHEMA console IS 'Accounts of the web console. For its server and for who makes accounts: nobody who reads traffic sees it.';

            CREATE TABLE console.account (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@+-]{0,63}$'),
                name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
                role text NOT NULL CHECK (role IN ('public', 'partner', 'analyst', 'operator', 'admin')),
                site int4 REFERENCES meta.site,
                password text NOT NULL CHECK (password LIKE '$scrypt$%' AND length(password) <= 256),
                state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
                must_change bool NOT NULL,
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                password_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                signed_in_at timestamptz,
                CHECK ((role = 'partner') = (site IS NOT NULL))
            );
            COMMENT ON TABLE console.account IS 'Who may sign in. Accounts are never deleted, so that what they did keeps its name.';
            COMMENT ON COLUMN console.account.id IS 'Number of the account.';
            COMMENT ON COLUMN console.account.login IS 'What is typed to sign in, in small letters.';
            COMMENT ON COLUMN console.account.name IS 'Name for people.';
            COMMENT ON COLUMN console.account.role IS 'public, partner, analyst, operator or admin: which database role its queries run as.';
            COMMENT ON COLUMN console.account.site IS 'meta.site.id of a partner''s site; NULL for others.';
            COMMENT ON COLUMN console.account.password IS 'Hash of the password in PHC string format, with its costs and salt.';
            COMMENT ON COLUMN console.account.state IS 'active, or disabled: cannot sign in, and has no sessions.';
            COMMENT ON COLUMN console.account.must_change IS 'Whether somebody else set the password: nothing but changing it is allowed.';
            COMMENT ON COLUMN console.account.created_at IS 'When it was made.';
            COMMENT ON COLUMN console.account.password_at IS 'When the password was set.';
            COMMENT ON COLUMN console.account.signed_in_at IS 'When it last signed in; NULL for never.';

            CREATE TABLE console.session (
                digest bytea PRIMARY KEY CHECK (length(digest) = 32),
                account int8 NOT NULL REFERENCES console.account,
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                expires_at timestamptz NOT NULL,
                ends_at timestamptz NOT NULL,
                client inet,
                agent text NOT NULL CHECK (length(agent) <= 200)
            );
            CREATE INDEX session_account ON console.session (account, used_at);
            CREATE INDEX session_expires ON console.session (expires_at);
            COMMENT ON TABLE console.session IS 'Who is signed in. A row that expired counts as none.';
            COMMENT ON COLUMN console.session.digest IS 'SHA-256 of the random token that the browser has; the token itself is stored nowhere.';
            COMMENT ON COLUMN console.session.account IS 'console.account.id.';
            COMMENT ON COLUMN console.session.created_at IS 'When the account signed in.';
            COMMENT ON COLUMN console.session.used_at IS 'When it was last used, to the minute.';
            COMMENT ON COLUMN console.session.expires_at IS 'When it ends unless it is used before.';
            COMMENT ON COLUMN console.session.ends_at IS 'When it ends however much it is used.';
            COMMENT ON COLUMN console.session.client IS 'Address that signed in; NULL when it is not known.';
            COMMENT ON COLUMN console.session.agent IS 'What the browser calls itself, shortened.';

            CREATE TABLE console.attempt (
                key text PRIMARY KEY CHECK (length(key) <= 100),
                failures int4 NOT NULL CHECK (failures >= 0),
                failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                refused int8 NOT NULL DEFAULT 0
            );
            CREATE INDEX attempt_failed_at ON console.attempt (failed_at);
            COMMENT ON TABLE console.attempt IS 'Failures to sign in, which make whoever failed wait. Rows are dropped a day after the last failure.';
            COMMENT ON COLUMN console.attempt.key IS 'account:ID, account:ID:client:BLOCK from where it signed in lately, unknown:0-65535 for logins that are none, or client:BLOCK.';
            COMMENT ON COLUMN console.attempt.failures IS 'Failures so far, and tries that are being looked at.';
            COMMENT ON COLUMN console.attempt.failed_at IS 'When the last of them was.';
            COMMENT ON COLUMN console.attempt.refused IS 'Tries that had to wait, whose passwords were not looked at.';

            CREATE TABLE console.audit (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                at timestamptz NOT NULL DEFAULT clock_timestamp(),
                event text NOT NULL CHECK (event IN ('sign-in', 'failure', 'sign-out', 'ended', 'password', 'added', 'changed',
                    'disabled', 'enabled', 'reveal')),
                account int8 REFERENCES console.account,
                person text NOT NULL CHECK (length(person) <= 200),
                place text NOT NULL CHECK (place IN ('host', 'console')),
                client inet,
                detail text NOT NULL CHECK (length(detail) <= 500)
            );
            CREATE INDEX audit_account ON console.audit (account, event, at);
            CREATE INDEX audit_failure ON console.audit (at) WHERE event = 'failure';
            CREATE INDEX audit_failure_id ON console.audit (id) WHERE event = 'failure';
            COMMENT ON TABLE console.audit IS 'What was done with accounts and by them. Rows are never changed; failures are dropped after 90 days, and beyond the last million of rows.';
            COMMENT ON COLUMN console.audit.id IS 'Number of the entry.';
            COMMENT ON COLUMN console.audit.at IS 'When.';
            COMMENT ON COLUMN console.audit.event IS 'sign-in; failure to; sign-out; ended: its sessions, by somebody else; password: set or changed; added; changed; disabled; enabled; reveal: a masked value was shown.';
            COMMENT ON COLUMN console.audit.account IS 'console.account.id of whom it is about; NULL for a failure of a login that there is not, which is not kept: people type passwords there.';
            COMMENT ON COLUMN console.audit.person IS 'Who did it: a login of the console, or an account of the host; empty for a failure.';
            COMMENT ON COLUMN console.audit.place IS 'console, or host: the command line.';
            COMMENT ON COLUMN console.audit.client IS 'Address of the browser; NULL when it is not known, and for the host.';
            COMMENT ON COLUMN console.audit.detail IS 'What changed, or what was shown; holds no secret.';

            CREATE FUNCTION console.prune() RETURNS void
            LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
                -- What others hold is left for the next time: nobody waits, so nobody waits for each other.
                DELETE FROM console.session WHERE digest IN (
                    SELECT digest FROM console.session WHERE expires_at < now() FOR UPDATE SKIP LOCKED);
                DELETE FROM console.attempt WHERE key IN (
                    SELECT key FROM console.attempt WHERE failed_at < now() - interval '1 day' FOR UPDATE SKIP LOCKED);
                DELETE FROM console.audit WHERE id IN (
                    SELECT id FROM console.audit WHERE event = 'failure' AND at < now() - interval '90 days'
                    FOR UPDATE SKIP LOCKED);
                DELETE FROM console.audit WHERE id IN (
                    SELECT id FROM console.audit WHERE event = 'failure'
                        AND id <= (SELECT max(id) FROM console.audit) - 1000000
                    FOR UPDATE SKIP LOCKED);
            $body$;
            COMMENT ON FUNCTION console.prune() IS 'Drops sessions that expired, and failures that no longer count. Every sign-in does it.';

            CREATE FUNCTION console.grant_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                named record;
            BEGIN
                IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('owner', 'writer', 'analyst', 'partner')) < 4 THEN
                    RETURN;
                END IF;
                ALTER SCHEMA console OWNER TO owner;
                FOR named IN
                    SELECT c.oid, c.oid::regclass AS name, c.relrowsecurity AS is_guarded, pg_get_userbyid(c.relowner) AS holds
                    FROM pg_class c WHERE c.relnamespace = 'console'::regnamespace AND c.relkind = 'r'
                LOOP
                    IF named.holds <> 'owner' THEN EXECUTE format('ALTER TABLE %s OWNER TO owner', named.name); END IF;
                    IF NOT named.is_guarded THEN EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', named.name); END IF;
                END LOOP;
                FOR named IN
                    SELECT oid::regprocedure AS name FROM pg_proc
                    WHERE pronamespace = 'console'::regnamespace AND pg_get_userbyid(proowner) <> 'owner'
                LOOP
                    EXECUTE format('ALTER ROUTINE %s OWNER TO owner', named.name);
                END LOOP;
                REVOKE EXECUTE ON FUNCTION console.prune(), console.grant_roles() FROM PUBLIC;
                -- Databases whose roles are older have these after the next `darkscope role make`.
                IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('console', 'administrator', 'operator')) < 3 THEN
                    RETURN;
                END IF;
                GRANT USAGE ON SCHEMA console TO console, administrator;
                GRANT USAGE ON SCHEMA meta TO console;
                GRANT EXECUTE ON FUNCTION console.prune() TO console, administrator;
                GRANT SELECT ON meta.site, meta.partner, meta.schema_version, console.account, console.session,
                    console.attempt, console.audit TO console;
                GRANT INSERT, DELETE ON console.session, console.attempt TO console;
                GRANT INSERT ON console.audit TO console, administrator;
                GRANT UPDATE (password, password_at, must_change, signed_in_at) ON console.account TO console;
                GRANT UPDATE (used_at, expires_at) ON console.session TO console;
                GRANT UPDATE (failures, failed_at, refused) ON console.attempt TO console;
                -- Who makes accounts needs no hash of a password.
                GRANT SELECT (id, login, name, role, site, state, must_change, created_at, password_at, signed_in_at),
                    INSERT, UPDATE (name, role, site, password, state, must_change, password_at)
                    ON console.account TO administrator;
                GRANT SELECT, DELETE ON console.session TO administrator;
                GRANT SELECT ON console.audit TO administrator;
                -- What is done with alerts: StoreConnection.act and retry.
                GRANT UPDATE (state, acknowledged_at, suppressed_until, is_false_positive, closed_at, news, news_at, note,
                    updated_at, due_at) ON alert.alert TO operator;
                GRANT INSERT ON alert.history, alert.delivery TO operator;
                GRANT UPDATE (state, attempts, due_at) ON alert.outbox TO operator;
                FOR named IN SELECT c.oid::regclass AS name, c.relnamespace = 'console'::regnamespace AS is_ours FROM pg_class c
                    WHERE (c.relnamespace = 'console'::regnamespace AND c.relkind = 'r'
                            OR c.oid IN ('meta.site'::regclass, 'meta.partner'::regclass, 'meta.schema_version'::regclass))
                        AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'console')
                LOOP
                    IF named.is_ours THEN
                        EXECUTE format('CREATE POLICY console ON %s TO console, administrator USING (true) WITH CHECK (true)',
                            named.name);
                    ELSE
                        EXECUTE format('CREATE POLICY console ON %s FOR SELECT TO console USING (true)', named.name);
                    END IF;
                END LOOP;
            END $body$;
            COMMENT ON FUNCTION console.grant_roles() IS 'Gives the roles of the console what they need of accounts and alerts; does nothing without them. meta.grant_roles() calls it.';

            ALTER FUNCTION meta.grant_roles() RENAME TO grant_data_roles;
            COMMENT ON FUNCTION meta.grant_data_roles() IS 'The part of meta.grant_roles() for everything but accounts.';
            CREATE FUNCTION meta.grant_roles() RETURNS void LANGUAGE sql SET search_path = pg_catalog AS $body$
                SELECT meta.grant_data_roles();
                SELECT console.grant_roles();
            $body$;
            COMMENT ON FUNCTION meta.grant_roles() IS 'Gives the roles what they need of everything that is in this database; does nothing without them. Every change of the schema ends with it.';

            CREATE FUNCTION meta.join_role(joins text, joined text) RETURNS void
            LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                IF NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
                    WHERE r.rolname = joined AND m.member = (SELECT oid FROM pg_roles WHERE rolname = joins))
                THEN
                    EXECUTE format('GRANT %I TO %I', joined, joins);
                END IF;
            END $body$;
            COMMENT ON FUNCTION meta.join_role(text, text) IS 'Makes a role a member of another unless it is.';

            CREATE OR REPLACE FUNCTION meta.make_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            BEGIN
                PERFORM meta.make_role('writer', 'LOGIN', '{}', 'collectors; owns what they store');
                PERFORM meta.make_role('owner', 'LOGIN IN ROLE writer', '{}', 'changes the schema and the registry');
                PERFORM meta.make_role('analyst', 'LOGIN CONNECTION LIMIT 20', meta.reader_settings(), 'reads everything');
                PERFORM meta.make_role('partner', 'NOLOGIN', '{}', 'what the partners of all sites have in common');
                PERFORM meta.make_role('public_reader', 'NOLOGIN IN ROLE partner', '{}', 'totals of three sites or more');
                PERFORM meta.make_role('operator', 'NOLOGIN IN ROLE analyst', '{}', 'reads everything, and handles alerts');
                PERFORM meta.make_role('administrator', 'NOLOGIN IN ROLE operator', '{}', 'does what an operator does, and makes accounts');
                -- It has nothing of the roles that it may become until it becomes one (SET ROLE).
                PERFORM meta.make_role('console', 'LOGIN NOINHERIT', '{}', 'the web console''s server; becomes the role of whoever asks');
                PERFORM meta.join_role('console', r)
                FROM unnest(ARRAY['public_reader', 'analyst', 'operator', 'administrator']) r;
                PERFORM meta.join_role('console', p.role) FROM meta.partner p JOIN pg_roles r ON r.rolname = p.role;
                IF session_user <> 'owner' THEN EXECUTE format('GRANT owner TO %I', session_user); END IF;
                EXECUTE format('GRANT CREATE ON DATABASE %I TO owner', current_database());
                -- Everybody may make tables of a session's own unless that is taken away: they take room, and names.
                EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
                EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO writer', current_database());
                PERFORM meta.grant_roles();
            END $body$;
            COMMENT ON FUNCTION meta.make_roles() IS 'Makes the roles owner, writer, analyst, partner, and public_reader, operator, administrator and console for the web console, and gives them what they need in this database. Can be repeated.';

            CREATE OR REPLACE FUNCTION meta.make_partner(code text) RETURNS text
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
                IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'console') THEN PERFORM meta.join_role('console', made); END IF;
                RETURN made;
            END $body$;
            """)
}
