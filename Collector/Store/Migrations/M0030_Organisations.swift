extension Migration {
    /// Who is told when addresses of theirs show up in dark space.
    static let organisations = Migration(
        version: 30, name: "organisations",
        sql: """
            ALTER TABLE meta.site ADD trust text NOT NULL DEFAULT 'normal' CHECK (trust IN ('low', 'normal', 'high'));
            COMMENT ON COLUMN meta.site.trust IS 'How far an alert may rest on this site: low (never alone), normal, high (run by ourselves). No site alone makes high confidence.';

            CREATE TABLE meta.organisation (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                code text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
                name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200 AND name !~ '[[:cntrl:]]'),
                kind text NOT NULL DEFAULT 'other' CHECK (kind IN ('local-government', 'national-cert', 'isp', 'other')),
                country text CHECK (country ~ '^[A-Z]{2}$'),
                language text NOT NULL DEFAULT 'en' CHECK (language ~ '^[a-z]{2}$'),
                tlp text NOT NULL DEFAULT 'amber' CHECK (tlp IN ('clear', 'green', 'amber', 'amber+strict', 'red')),
                zone text NOT NULL DEFAULT 'UTC',
                quiet_from time,
                quiet_until time,
                digest text NOT NULL DEFAULT 'daily' CHECK (digest IN ('hourly', 'daily')),
                daily_cap int4 NOT NULL DEFAULT 10 CHECK (daily_cap BETWEEN 1 AND 1000),
                least_packets int4 NOT NULL DEFAULT 10 CHECK (least_packets BETWEEN 1 AND 1000000),
                least_addresses int4 NOT NULL DEFAULT 3 CHECK (least_addresses BETWEEN 1 AND 65536),
                clean_hours int4 NOT NULL DEFAULT 24 CHECK (clean_hours BETWEEN 1 AND 720),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at timestamptz,
                CHECK ((quiet_from IS NULL) = (quiet_until IS NULL) AND quiet_from IS DISTINCT FROM quiet_until
                    OR quiet_from IS NULL AND quiet_until IS NULL)
            );
            COMMENT ON TABLE meta.organisation IS 'Organisations that are told when addresses of theirs show up in dark space.';
            COMMENT ON COLUMN meta.organisation.id IS 'Number of the organisation in this database.';
            COMMENT ON COLUMN meta.organisation.code IS 'Short name: lower-case letters, digits and hyphens.';
            COMMENT ON COLUMN meta.organisation.name IS 'Name for people.';
            COMMENT ON COLUMN meta.organisation.kind IS 'local-government, national-cert, isp or other.';
            COMMENT ON COLUMN meta.organisation.country IS 'ISO 3166-1 alpha-2 code; NULL when not told.';
            COMMENT ON COLUMN meta.organisation.language IS 'ISO 639-1 code of the language of its mail; English where there is no text in it.';
            COMMENT ON COLUMN meta.organisation.tlp IS 'Traffic Light Protocol 2.0 label of what it is sent.';
            COMMENT ON COLUMN meta.organisation.zone IS 'IANA time zone of its quiet hours and of its days; times in notices are in UTC.';
            COMMENT ON COLUMN meta.organisation.quiet_from IS 'Start of the hours in which nothing is sent, in its zone; NULL for none.';
            COMMENT ON COLUMN meta.organisation.quiet_until IS 'End of those hours; before their start when they span midnight.';
            COMMENT ON COLUMN meta.organisation.digest IS 'How often what is no first notice is told: hourly or daily.';
            COMMENT ON COLUMN meta.organisation.daily_cap IS 'Notices on a day of its zone at most; what is over waits for the next day.';
            COMMENT ON COLUMN meta.organisation.least_packets IS 'Packets of scan classes without which no infection is reported.';
            COMMENT ON COLUMN meta.organisation.least_addresses IS 'Distinct dark addresses without which one site''s evidence is no infection; two sites need none.';
            COMMENT ON COLUMN meta.organisation.clean_hours IS 'Hours without evidence after which an alert is closed.';
            COMMENT ON COLUMN meta.organisation.created_at IS 'When it was registered.';
            COMMENT ON COLUMN meta.organisation.ended_at IS 'When it ceased to be served; NULL while it is.';

            CREATE TABLE meta.organisation_prefix (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                organisation int4 NOT NULL REFERENCES meta.organisation,
                prefix cidr NOT NULL CHECK (masklen(prefix) >= CASE family(prefix) WHEN 4 THEN 8 ELSE 16 END),
                validity tstzrange NOT NULL DEFAULT tstzrange(now(), NULL) CHECK (NOT isempty(validity)),
                proof text NOT NULL DEFAULT 'claimed' CHECK (proof IN ('claimed', 'proven', 'vouched')),
                proof_by text CHECK (length(proof_by) BETWEEN 1 AND 200 AND proof_by !~ '[[:cntrl:]]'),
                proof_at timestamptz,
                token_digest bytea CHECK (length(token_digest) = 32),
                token_until timestamptz,
                CONSTRAINT organisation_prefix_twice EXCLUDE USING gist (
                    int4range(organisation, organisation, '[]') WITH &&, prefix inet_ops WITH =, validity WITH &&)
            );
            CREATE INDEX organisation_prefix_prefix ON meta.organisation_prefix USING gist (prefix inet_ops);
            COMMENT ON TABLE meta.organisation_prefix IS 'Address space by organisation and time. Blocks may lie in each other: the holders of all blocks that hold an address are told.';
            COMMENT ON COLUMN meta.organisation_prefix.id IS 'Number of the row.';
            COMMENT ON COLUMN meta.organisation_prefix.organisation IS 'meta.organisation.id.';
            COMMENT ON COLUMN meta.organisation_prefix.prefix IS 'The block; IPv4 /8 or IPv6 /16 at most.';
            COMMENT ON COLUMN meta.organisation_prefix.validity IS 'When it is the organisation''s; an open end means until now.';
            COMMENT ON COLUMN meta.organisation_prefix.proof IS 'claimed: alerts are kept but told to nobody; proven: by a token that went to the block''s registered contact; vouched: by an operator.';
            COMMENT ON COLUMN meta.organisation_prefix.proof_by IS 'Who vouched, or where the token was sent.';
            COMMENT ON COLUMN meta.organisation_prefix.proof_at IS 'When it was proven or vouched.';
            COMMENT ON COLUMN meta.organisation_prefix.token_digest IS 'SHA-256 of the token that is awaited; NULL for none.';
            COMMENT ON COLUMN meta.organisation_prefix.token_until IS 'Until when it is.';

            CREATE TABLE meta.organisation_allowed (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                organisation int4 NOT NULL REFERENCES meta.organisation,
                prefix cidr NOT NULL,
                note text NOT NULL DEFAULT '' CHECK (length(note) <= 500 AND note !~ '[[:cntrl:]]'),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                UNIQUE (organisation, prefix)
            );
            COMMENT ON TABLE meta.organisation_allowed IS 'Addresses from which an organisation itself scans: labelled, not reported to it.';
            COMMENT ON COLUMN meta.organisation_allowed.id IS 'Number of the row.';
            COMMENT ON COLUMN meta.organisation_allowed.organisation IS 'meta.organisation.id.';
            COMMENT ON COLUMN meta.organisation_allowed.prefix IS 'Address or block.';
            COMMENT ON COLUMN meta.organisation_allowed.note IS 'Why, for people.';
            COMMENT ON COLUMN meta.organisation_allowed.created_at IS 'Since when.';

            CREATE TABLE meta.contact (
                id int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                organisation int4 NOT NULL REFERENCES meta.organisation,
                channel text NOT NULL,
                target text NOT NULL CHECK (length(target) BETWEEN 1 AND 500 AND target !~ '[[:cntrl:][:space:]]'),
                format text NOT NULL,
                name text NOT NULL DEFAULT '' CHECK (length(name) <= 200 AND name !~ '[[:cntrl:]]'),
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                ended_at timestamptz,
                CHECK (channel = 'mail' AND format IN ('text', 'shadowserver', 'intelmq', 'xarf', 'stix', 'json')
                    OR channel = 'webhook' AND format IN ('json', 'intelmq', 'xarf', 'stix')
                    OR channel = 'syslog' AND format = 'cef'
                    OR channel = 'file' AND format IN ('shadowserver', 'intelmq', 'xarf', 'stix', 'json'))
            );
            CREATE UNIQUE INDEX contact_once ON meta.contact (organisation, channel, target) WHERE ended_at IS NULL;
            COMMENT ON TABLE meta.contact IS 'Where an organisation''s notices go.';
            COMMENT ON COLUMN meta.contact.id IS 'Number of the contact; part of the key under which its webhooks are signed.';
            COMMENT ON COLUMN meta.contact.organisation IS 'meta.organisation.id.';
            COMMENT ON COLUMN meta.contact.channel IS 'mail, webhook, syslog or file.';
            COMMENT ON COLUMN meta.contact.target IS 'Mail address; http or https URL; udp:// or tcp:// or tls:// host:port; name of a folder under the collector''s folder for pick-up.';
            COMMENT ON COLUMN meta.contact.format IS 'What is sent: text (mail without an attachment), shadowserver (CSV), intelmq, xarf, stix, json, cef. A mail has a text in any case.';
            COMMENT ON COLUMN meta.contact.name IS 'Who reads it, for people.';
            COMMENT ON COLUMN meta.contact.created_at IS 'Since when notices go there.';
            COMMENT ON COLUMN meta.contact.ended_at IS 'When they ceased to; NULL while they do.';

            CREATE TABLE meta.audit (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                at timestamptz NOT NULL DEFAULT clock_timestamp(),
                role text NOT NULL,
                person text NOT NULL,
                relation text NOT NULL,
                action text NOT NULL CHECK (action IN ('insert', 'update', 'delete')),
                organisation int4,
                before jsonb,
                after jsonb
            );
            CREATE INDEX audit_organisation ON meta.audit (organisation, at);
            COMMENT ON TABLE meta.audit IS 'Every change of sites, of organisations, their blocks, allowed addresses and contacts. Rows are never changed.';
            COMMENT ON COLUMN meta.audit.id IS 'Number of the change.';
            COMMENT ON COLUMN meta.audit.at IS 'When it was made.';
            COMMENT ON COLUMN meta.audit.role IS 'Database role that made it.';
            COMMENT ON COLUMN meta.audit.person IS 'Account on the host that made it, as the command line says (setting darkscope.person); empty when it came from elsewhere.';
            COMMENT ON COLUMN meta.audit.relation IS 'Table.';
            COMMENT ON COLUMN meta.audit.action IS 'insert, update or delete.';
            COMMENT ON COLUMN meta.audit.organisation IS 'meta.organisation.id; NULL for sites.';
            COMMENT ON COLUMN meta.audit.before IS 'The row before; NULL for insert.';
            COMMENT ON COLUMN meta.audit.after IS 'The row after; NULL for delete.';

            CREATE FUNCTION meta.audit_change() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
            DECLARE
                before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'token_digest' END;
                after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'token_digest' END;
            BEGIN
                INSERT INTO meta.audit (role, person, relation, action, organisation, before, after)
                VALUES (session_user, coalesce(left(current_setting('darkscope.person', true), 200), ''), TG_TABLE_NAME,
                    lower(TG_OP),
                    (coalesce(after, before) ->> CASE TG_TABLE_NAME WHEN 'organisation' THEN 'id' ELSE 'organisation' END)::int4,
                    before, after);
                RETURN NULL;
            END $body$;
            COMMENT ON FUNCTION meta.audit_change() IS 'Writes a change into meta.audit.';
            -- On a table of somebody's own it would write what that one likes.
            REVOKE EXECUTE ON FUNCTION meta.audit_change() FROM PUBLIC;

            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON meta.site
                FOR EACH ROW EXECUTE FUNCTION meta.audit_change();
            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON meta.organisation
                FOR EACH ROW EXECUTE FUNCTION meta.audit_change();
            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON meta.organisation_prefix
                FOR EACH ROW EXECUTE FUNCTION meta.audit_change();
            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON meta.organisation_allowed
                FOR EACH ROW EXECUTE FUNCTION meta.audit_change();
            CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON meta.contact
                FOR EACH ROW EXECUTE FUNCTION meta.audit_change();
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.organisation
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();
            CREATE TRIGGER notify_registry AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON meta.organisation_prefix
                FOR EACH STATEMENT EXECUTE FUNCTION meta.notify_registry();
            """)
}
