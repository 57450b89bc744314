extension Migration {
    /// What organisations were told, and its way to them; and the roles' rights to all of it.
    static let notices = Migration(
        version: 32, name: "notices",
        sql: """
            CREATE TABLE alert.notice (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                key uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
                organisation int4 NOT NULL REFERENCES meta.organisation,
                reason text NOT NULL CHECK (reason IN ('first', 'digest', 'test')),
                made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                items int4 NOT NULL
            );
            CREATE INDEX notice_organisation ON alert.notice (organisation, made_at);
            COMMENT ON TABLE alert.notice IS 'What was told to an organisation at one time. Notices never change: every copy of one says the same.';
            COMMENT ON COLUMN alert.notice.id IS 'Number of the notice.';
            COMMENT ON COLUMN alert.notice.key IS 'Name of the notice to the outside; ids in STIX and XARF are made from it.';
            COMMENT ON COLUMN alert.notice.organisation IS 'meta.organisation.id.';
            COMMENT ON COLUMN alert.notice.reason IS 'first: at once, for what was opened; digest: what gathered; test: a marked test.';
            COMMENT ON COLUMN alert.notice.made_at IS 'When it was made.';
            COMMENT ON COLUMN alert.notice.items IS 'Items.';

            CREATE TABLE alert.notice_item (
                notice int8 NOT NULL REFERENCES alert.notice ON DELETE CASCADE,
                number int4 NOT NULL,
                alert int8 NOT NULL,
                news text NOT NULL,
                address inet NOT NULL,
                kind text NOT NULL,
                finding text NOT NULL,
                severity text NOT NULL,
                confidence text NOT NULL,
                reasons text[] NOT NULL,
                state text NOT NULL,
                episode int4 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                packets int8 NOT NULL,
                new_packets int8 NOT NULL,
                sites int4 NOT NULL,
                addresses int8 NOT NULL,
                tool text,
                is_late bool NOT NULL,
                prefix cidr NOT NULL,
                asn int8,
                as_name text,
                country text,
                PRIMARY KEY (notice, number)
            );
            COMMENT ON TABLE alert.notice_item IS 'An alert as a notice told it.';
            COMMENT ON COLUMN alert.notice_item.notice IS 'alert.notice.id.';
            COMMENT ON COLUMN alert.notice_item.number IS 'From 1.';
            COMMENT ON COLUMN alert.notice_item.alert IS 'alert.alert.id; 0 in a test.';
            COMMENT ON COLUMN alert.notice_item.news IS 'opened, reopened, changed, grew or closed.';
            COMMENT ON COLUMN alert.notice_item.address IS 'The organisation''s address.';
            COMMENT ON COLUMN alert.notice_item.kind IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.finding IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.severity IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.confidence IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.reasons IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.state IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.episode IS 'As alert.alert.';
            COMMENT ON COLUMN alert.notice_item.first_seen IS 'Time of the first packet of the episode.';
            COMMENT ON COLUMN alert.notice_item.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN alert.notice_item.packets IS 'Packets of the alert so far.';
            COMMENT ON COLUMN alert.notice_item.new_packets IS 'Packets since the notice before.';
            COMMENT ON COLUMN alert.notice_item.sites IS 'Sites that saw it in this episode.';
            COMMENT ON COLUMN alert.notice_item.addresses IS 'Distinct dark addresses of all sites that it hit in this episode, at least.';
            COMMENT ON COLUMN alert.notice_item.tool IS 'Tool that made the packets, by the tests of api.source_day; NULL for unknown.';
            COMMENT ON COLUMN alert.notice_item.is_late IS 'Of opened and reopened as alert.alert; else whether some of the evidence since the notice before came long after its window.';
            COMMENT ON COLUMN alert.notice_item.prefix IS 'The block of the organisation that holds the address.';
            COMMENT ON COLUMN alert.notice_item.asn IS 'Autonomous system of the address; NULL for unknown.';
            COMMENT ON COLUMN alert.notice_item.as_name IS 'Its name.';
            COMMENT ON COLUMN alert.notice_item.country IS 'Country of the address.';

            CREATE TABLE alert.notice_evidence (
                notice int8 NOT NULL,
                number int4 NOT NULL,
                place int4 NOT NULL,
                class int2 NOT NULL,
                protocol int2 NOT NULL,
                service_port int4 NOT NULL,
                packets int8 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                source_port int4 NOT NULL,
                ttl int2 NOT NULL,
                ip_length int4 NOT NULL,
                tcp_flags int2 NOT NULL,
                reporter inet,
                PRIMARY KEY (notice, number, place),
                FOREIGN KEY (notice, number) REFERENCES alert.notice_item ON DELETE CASCADE
            );
            COMMENT ON TABLE alert.notice_evidence IS 'The evidence of an item: for each class and service port the packets since the notice before, and the first of them as an example.';
            COMMENT ON COLUMN alert.notice_evidence.notice IS 'alert.notice.id.';
            COMMENT ON COLUMN alert.notice_evidence.number IS 'alert.notice_item.number.';
            COMMENT ON COLUMN alert.notice_evidence.place IS 'From 1, most packets first; 50 at most, fewer in large notices.';
            COMMENT ON COLUMN alert.notice_evidence.class IS 'Traffic class.';
            COMMENT ON COLUMN alert.notice_evidence.protocol IS 'IP protocol.';
            COMMENT ON COLUMN alert.notice_evidence.service_port IS 'Service port, or type and code of ICMP.';
            COMMENT ON COLUMN alert.notice_evidence.packets IS 'Packets.';
            COMMENT ON COLUMN alert.notice_evidence.first_seen IS 'Time of the first packet.';
            COMMENT ON COLUMN alert.notice_evidence.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN alert.notice_evidence.source_port IS 'Source port of the first packet.';
            COMMENT ON COLUMN alert.notice_evidence.ttl IS 'TTL of the first packet.';
            COMMENT ON COLUMN alert.notice_evidence.ip_length IS 'IP length of the first packet.';
            COMMENT ON COLUMN alert.notice_evidence.tcp_flags IS 'TCP flags of the first packet.';
            COMMENT ON COLUMN alert.notice_evidence.reporter IS 'Who sent the ICMP error; NULL for other classes.';

            CREATE TABLE alert.outbox (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                notice int8 NOT NULL REFERENCES alert.notice ON DELETE CASCADE,
                contact int4 NOT NULL REFERENCES meta.contact,
                key uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
                state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'dead')),
                attempts int4 NOT NULL DEFAULT 0,
                due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                delivered_at timestamptz,
                problem text,
                UNIQUE (notice, contact)
            );
            CREATE INDEX outbox_due ON alert.outbox (due_at) WHERE state = 'due';
            COMMENT ON TABLE alert.outbox IS 'A notice on its way to a contact, at least once: a copy that comes again has the same key.';
            COMMENT ON COLUMN alert.outbox.id IS 'Number of the message.';
            COMMENT ON COLUMN alert.outbox.notice IS 'alert.notice.id.';
            COMMENT ON COLUMN alert.outbox.contact IS 'meta.contact.id.';
            COMMENT ON COLUMN alert.outbox.key IS 'Idempotency key: the same in every attempt.';
            COMMENT ON COLUMN alert.outbox.state IS 'due, delivered, or dead: given up after many attempts.';
            COMMENT ON COLUMN alert.outbox.attempts IS 'Attempts so far.';
            COMMENT ON COLUMN alert.outbox.due_at IS 'When the next attempt may be made; while one is made, when it counts as failed.';
            COMMENT ON COLUMN alert.outbox.created_at IS 'When it was made.';
            COMMENT ON COLUMN alert.outbox.delivered_at IS 'When it was delivered.';
            COMMENT ON COLUMN alert.outbox.problem IS 'Why the last attempt failed.';

            CREATE TABLE alert.delivery (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                outbox int8 NOT NULL REFERENCES alert.outbox ON DELETE CASCADE,
                at timestamptz NOT NULL DEFAULT clock_timestamp(),
                attempt int4 NOT NULL,
                outcome text NOT NULL CHECK (outcome IN ('delivered', 'retry', 'dead')),
                detail text NOT NULL,
                milliseconds int8 NOT NULL
            );
            CREATE INDEX delivery_outbox ON alert.delivery (outbox, at);
            COMMENT ON TABLE alert.delivery IS 'Every attempt to deliver.';
            COMMENT ON COLUMN alert.delivery.id IS 'Number of the attempt.';
            COMMENT ON COLUMN alert.delivery.outbox IS 'alert.outbox.id.';
            COMMENT ON COLUMN alert.delivery.at IS 'When.';
            COMMENT ON COLUMN alert.delivery.attempt IS 'From 1.';
            COMMENT ON COLUMN alert.delivery.outcome IS 'delivered, retry or dead.';
            COMMENT ON COLUMN alert.delivery.detail IS 'What the receiver said, or what failed.';
            COMMENT ON COLUMN alert.delivery.milliseconds IS 'How long it took.';

            CREATE FUNCTION alert.local_times(at timestamptz, zone text, OUT clock time, OUT day timestamptz, OUT hour timestamptz,
                OUT morning timestamptz) LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $body$
            DECLARE
                wall timestamp;
            BEGIN
                BEGIN
                    wall := at AT TIME ZONE zone;
                EXCEPTION WHEN invalid_parameter_value THEN
                    zone := 'UTC';
                    wall := at AT TIME ZONE zone;
                END;
                clock := wall::time;
                day := date_trunc('day', wall) AT TIME ZONE zone;
                hour := at - (wall - date_trunc('hour', wall));
                morning := (wall::date + time '08:00') AT TIME ZONE zone;
                IF morning > at THEN morning := (wall::date - 1 + time '08:00') AT TIME ZONE zone; END IF;
            END $body$;
            COMMENT ON FUNCTION alert.local_times(timestamptz, text) IS 'What the clock shows in a zone (UTC when there is no such zone), and the start of its day, of its hour, and the last 08:00 there.';

            CREATE OR REPLACE FUNCTION meta.rule_for_partners(relation oid) RETURNS text
            LANGUAGE sql STABLE SET search_path = pg_catalog AS $body$
                SELECT CASE
                    -- Who is registered, and what is told to whom, is no partner's business.
                    WHEN (SELECT n.nspname = 'alert' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = relation) THEN NULL
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

            CREATE OR REPLACE FUNCTION meta.grant_roles() RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $body$
            DECLARE
                schemas text[] := (SELECT array_agg(nspname ORDER BY nspname) FROM pg_namespace
                    WHERE nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'api'));
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
            """)
}
