extension Migration {
    /// Countries, networks and totals by day and of all sensors together, each with and without scanners, and the first
    /// sources of a day.
    static let parts = Migration(
        version: 38, name: "parts",
        sql: """
            ALTER TABLE rollup.dirty DROP CONSTRAINT dirty_kind_check, ADD CHECK (kind IN (1, 2, 3));
            ALTER TABLE rollup.world_dirty DROP CONSTRAINT world_dirty_kind_check, ADD CHECK (kind IN (1, 2, 3));
            COMMENT ON COLUMN rollup.dirty.kind IS '1: ports and coverage; 2: sources and signatures of a day, made from raw when the day is over; 3: countries, networks and totals of a day, made from its hours.';
            COMMENT ON COLUMN rollup.world_dirty.kind IS '1: ports; 2: sources of a day, made from rollup.source_day; 3: ports of scanners, countries, networks and totals with and without scanners.';

            -- Of each part: what sensors saw in hours and days, and all of them together, of all sources and of labelled ones.
            DO $body$
            DECLARE
                part record;
                made record;
                span text;
            BEGIN
                FOR part IN SELECT * FROM (VALUES
                    ('country', 'country', 'text', 'of each country'), ('as', 'asn', 'int8', 'of each autonomous system'),
                    ('total', NULL, NULL, 'altogether')) p (name, key, type, words)
                LOOP
                    FOR made IN
                        SELECT world || scanner || part.name || '_' || u.span AS name, u.span, world <> '' AS is_world,
                            scanner <> '' AS is_scanner
                        FROM unnest('{hour,day}'::text[]) u (span), unnest('{"",scanner_}'::text[]) scanner,
                            unnest('{"",world_}'::text[]) world
                        WHERE to_regclass('rollup.' || world || scanner || part.name || '_' || u.span) IS NULL
                    LOOP
                        EXECUTE format($query$
                            CREATE TABLE rollup.%1$I (
                                start timestamptz NOT NULL, %2$s %3$s is_backscatter bool NOT NULL, packets int8 NOT NULL,
                                flows int8 NOT NULL, sources int8 NOT NULL, sources_precision int2 NOT NULL, %4$s
                                sketch bytea NOT NULL, PRIMARY KEY (start, %5$s is_backscatter)
                            ) %6$s;
                            ALTER TABLE rollup.%1$I ALTER sketch SET STORAGE EXTERNAL;
                            COMMENT ON TABLE rollup.%1$I IS %7$L;
                            COMMENT ON COLUMN rollup.%1$I.start IS 'Start of the %8$s (UTC). Windows count where they start.';
                            COMMENT ON COLUMN rollup.%1$I.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
                            COMMENT ON COLUMN rollup.%1$I.packets IS 'Packets.';
                            COMMENT ON COLUMN rollup.%1$I.flows IS 'Flow records.';
                            COMMENT ON COLUMN rollup.%1$I.sources IS 'Distinct sources.';
                            COMMENT ON COLUMN rollup.%1$I.sources_precision IS '0 exact, 1 estimate, 2 at least.';
                            COMMENT ON COLUMN rollup.%1$I.sketch IS 'The sources as a set; see rollup.port_hour.';
                            $query$, made.name, CASE WHEN made.is_world THEN '' ELSE 'sensor int4 NOT NULL,' END,
                            part.key || ' ' || part.type || ' NOT NULL,', CASE WHEN made.is_world THEN 'sites int4[] NOT NULL,'
                                || CASE WHEN made.is_scanner THEN 'other_sites int4[] NOT NULL,' ELSE '' END ELSE '' END,
                            CASE WHEN made.is_world THEN '' ELSE 'sensor,' END || coalesce(part.key || ',', ''),
                            CASE WHEN made.is_world THEN 'WITH (toast_tuple_target = 128)' ELSE '' END,
                            format('What %s saw %s in each %s (UTC)%s.',
                                CASE WHEN made.is_world THEN 'all sensors together' ELSE 'each sensor' END, part.words, made.span,
                                CASE WHEN made.is_scanner THEN ', of labelled scanners only, as in rollup.scanner_port_hour' ELSE '' END),
                            made.span);
                        IF part.key IS NOT NULL THEN
                            EXECUTE format('COMMENT ON COLUMN rollup.%I.%I IS %L', made.name, part.key, CASE part.key
                                WHEN 'asn' THEN 'Number of the autonomous system; 0 where it is not known, as of overflow; -1 for all that have no row of their own.'
                                ELSE 'ISO 3166-1 alpha-2; empty where it is not known, as of overflow.' END);
                        END IF;
                        IF made.is_world THEN
                            EXECUTE format('COMMENT ON COLUMN rollup.%I.sites IS %L', made.name,
                                'Numbers of the sites (meta.site) that saw it, ascending.');
                        ELSE
                            EXECUTE format('COMMENT ON COLUMN rollup.%I.sensor IS %L', made.name, 'meta.sensor.id.');
                        END IF;
                        IF made.is_world AND made.is_scanner THEN
                            EXECUTE format('COMMENT ON COLUMN rollup.%I.other_sites IS %L', made.name,
                                'Those that saw it from sources without a label.');
                        END IF;
                    END LOOP;
                END LOOP;
                FOREACH span IN ARRAY '{hour,day}'::text[] LOOP
                    EXECUTE format($query$
                        CREATE TABLE rollup.world_scanner_port_%1$s (LIKE rollup.world_port_%1$s INCLUDING ALL,
                            other_sites int4[] NOT NULL) WITH (toast_tuple_target = 128);
                        COMMENT ON TABLE rollup.world_scanner_port_%1$s IS 'What rollup.world_port_%1$s has, of labelled scanners only, from rollup.scanner_port_%1$s.';
                        COMMENT ON COLUMN rollup.world_scanner_port_%1$s.other_sites IS 'Those that saw it from sources without a label.';
                        $query$, span);
                END LOOP;
            END $body$;

            -- Ports of the world are many and their sets wide: sums of packets and sources are read from the index alone.
            CREATE INDEX world_port_hour_sums ON rollup.world_port_hour (start, class, service_port) INCLUDE (packets, sources);
            CREATE INDEX world_port_day_sums ON rollup.world_port_day (start, class, service_port) INCLUDE (packets, sources);
            CREATE INDEX world_scanner_port_hour_sums ON rollup.world_scanner_port_hour (start, class, service_port)
                INCLUDE (packets, sources);
            CREATE INDEX world_scanner_port_day_sums ON rollup.world_scanner_port_day (start, class, service_port)
                INCLUDE (packets, sources);

            CREATE TABLE rollup.parts (
                scanners_since timestamptz NOT NULL
            );
            COMMENT ON TABLE rollup.parts IS 'What is known of parts of the traffic: one row.';
            COMMENT ON COLUMN rollup.parts.scanners_since IS 'Hours before have no countries, networks and totals of scanners: they were summed by a program that did not tell them apart.';
            -- Of these the flows are there, and are summed again.
            INSERT INTO rollup.parts
            SELECT CASE WHEN EXISTS (SELECT FROM rollup.coverage) THEN date_bin('1 day', now() - interval '6 days', '2000-01-01Z')
                ELSE '-infinity' END;
            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT c.sensor, 3600, c.start FROM rollup.coverage c, rollup.parts p
            WHERE c.span = 3600 AND c.start >= p.scanners_since;
            INSERT INTO rollup.dirty (sensor, span, start, kind)
            SELECT c.sensor, 86400, c.start, 3 FROM rollup.coverage c WHERE c.span = 86400;

            CREATE TABLE rollup.first_source_day (
                start timestamptz NOT NULL,
                source inet NOT NULL,
                packets int8 NOT NULL,
                seen_at int4 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                is_scanner bool NOT NULL,
                PRIMARY KEY (start, source)
            );
            COMMENT ON TABLE rollup.first_source_day IS 'The sources with the most packets of each day (UTC), of all sensors together, from rollup.world_source_day: 2,000 at most.';
            COMMENT ON COLUMN rollup.first_source_day.start IS 'Start of the day.';
            COMMENT ON COLUMN rollup.first_source_day.source IS 'The source, which may be forged.';
            COMMENT ON COLUMN rollup.first_source_day.packets IS 'Its packets.';
            COMMENT ON COLUMN rollup.first_source_day.seen_at IS 'Sites that saw it.';
            COMMENT ON COLUMN rollup.first_source_day.first_seen IS 'First packet, to the second.';
            COMMENT ON COLUMN rollup.first_source_day.last_seen IS 'Last packet.';
            COMMENT ON COLUMN rollup.first_source_day.is_scanner IS 'Whether it was labelled when the row was made.';

            CREATE FUNCTION rollup.make_first_sources(day timestamptz) RETURNS void
            LANGUAGE sql SET search_path = pg_catalog SET work_mem = '64MB' AS $body$
                DELETE FROM rollup.first_source_day d WHERE d.start = day;
                INSERT INTO rollup.first_source_day (start, source, packets, seen_at, first_seen, last_seen, is_scanner)
                SELECT day, s.source, s.packets, s.sites, day + s.first_second * interval '1 s',
                    day + s.last_second * interval '1 s', api.scanner_label(s.source, day) IS NOT NULL
                FROM (
                    SELECT coalesce(u.source6, '0.0.0.0'::inet + (u.source4::int8 + 2147483648)) AS source, u.packets, u.sites,
                        u.first_second, u.last_second
                    FROM (
                        SELECT unnest(d.source4) AS source4, unnest(d.source6) AS source6, unnest(d.sites) AS sites,
                            unnest(d.packets) AS packets, unnest(d.first_second) AS first_second,
                            unnest(d.last_second) AS last_second
                        FROM rollup.world_source_day d WHERE d.start = day
                    ) u ORDER BY u.packets DESC, u.source4, u.source6 LIMIT 2000
                ) s
            $body$;
            COMMENT ON FUNCTION rollup.make_first_sources(timestamptz) IS 'Makes the rows of rollup.first_source_day of a day again.';

            CREATE VIEW api.first_source_day AS
            SELECT (d.start AT TIME ZONE 'UTC')::date AS day, d.source, d.packets, d.seen_at AS sites_seen, d.first_seen, d.last_seen,
                d.is_scanner
            FROM rollup.first_source_day d;
            COMMENT ON VIEW api.first_source_day IS 'The sources with the most packets of each day (UTC) that is over, at all sites together: the first 2,000.';
            COMMENT ON COLUMN api.first_source_day.day IS 'The day.';
            COMMENT ON COLUMN api.first_source_day.source IS 'The source, which may be forged.';
            COMMENT ON COLUMN api.first_source_day.packets IS 'Its packets to all sites.';
            COMMENT ON COLUMN api.first_source_day.sites_seen IS 'Sites that saw it in the day.';
            COMMENT ON COLUMN api.first_source_day.first_seen IS 'Its first packet of the day, to the second.';
            COMMENT ON COLUMN api.first_source_day.last_seen IS 'Its last packet of the day.';
            COMMENT ON COLUMN api.first_source_day.is_scanner IS 'Whether it was labelled as a scanner (api.scanner) when the day was summed.';

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
                    WHEN (SELECT relname = 'first_source_day' FROM pg_class WHERE oid = relation) THEN 'seen_at >= 3'
                    -- All less the scanners is what the other sites saw: of one or two of them nobody is told.
                    WHEN bool_or(attname = 'other_sites') THEN
                        'cardinality(sites) >= 3 AND cardinality(other_sites) NOT IN (1, 2)'
                    -- In rows of world_source_day, sites are those of many sources.
                    WHEN bool_or(attname = 'sites') AND (SELECT relname = 'behaviour_day' OR relname LIKE 'world%'
                        AND relname <> 'world_source_day' FROM pg_class WHERE oid = relation)
                        THEN 'cardinality(sites) >= 3'
                    -- What everybody may know: tables of countries, lists of scanners, names.
                    WHEN (SELECT n.nspname = 'enrichment' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE c.oid = relation) THEN 'true'
                    WHEN (SELECT relname IN ('world_dirty', 'parts') FROM pg_class WHERE oid = relation) THEN 'true'
                    WHEN relation IN ('meta.schema_version'::regclass, 'meta.retention'::regclass,
                        'meta.published_year'::regclass, 'raw.signature'::regclass) THEN 'true'
                END
                FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped
            $body$;

            \(partsOfTraffic)
            """)

    /// The functions that tell parts with and without scanners. They are plain SQL, so that what is asked of their rows is asked
    /// of the tables.
    private static let partsOfTraffic: String = {
        let sensor = "r.start, t.code, s.name, r.sensor"
        let sensors = "JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site"
        let names = """
            LEFT JOIN enrichment.version v ON v.kind = 'origin' AND v.active
                LEFT JOIN enrichment.as_name n ON n.version = v.id AND n.asn = r.asn
            """
        let (country, network) = (
            "nullif(r.country, ''), r.is_backscatter", "nullif(r.asn, 0), n.name, r.is_backscatter"
        )
        let port = "api.class_name(r.class), api.is_backscatter(r.class), r.service_port"
        return [
            part(
                "country_traffic_by", "country", ["country", "is_backscatter"], "country text, is_backscatter bool",
                country),
            part(
                "as_traffic_by", "as", ["asn", "is_backscatter"], "asn int8, as_name text, is_backscatter bool",
                network, names),
            part("sensor_traffic_by", "total", ["is_backscatter"], "is_backscatter bool", "r.is_backscatter"),
            part(
                "world_country_traffic_by", "country", ["country", "is_backscatter"],
                "country text, is_backscatter bool", country),
            part(
                "world_as_traffic_by", "as", ["asn", "is_backscatter"], "asn int8, as_name text, is_backscatter bool",
                network, names),
            part("world_traffic_by", "total", ["is_backscatter"], "is_backscatter bool", "r.is_backscatter"),
            part(
                "world_port_traffic_by", "port", ["class", "service_port"],
                "class text, is_backscatter bool, service_port int4", port),
        ].joined(separator: "\n")

        func part(
            _ name: String, _ table: String, _ keys: [String], _ types: String, _ told: String, _ more: String = ""
        ) -> String {
            let isWorld = name.hasPrefix("world_")
            let keys = ["start"] + (isWorld ? [] : ["sensor"]) + keys
            func key(_ row: String) -> String { keys.map { "\(row).\($0)" }.joined(separator: ", ") }
            let branches = [("hour", 3_600), ("day", 86_400)].flatMap { span, seconds in
                let (all, only) = (
                    isWorld ? "rollup.world_\(table)_\(span)" : "rollup.\(table)_\(span)",
                    isWorld ? "rollup.world_scanner_\(table)_\(span)" : "rollup.scanner_\(table)_\(span)"
                )
                return [
                    """
                    SELECT \(key("a")), a.packets - coalesce(o.packets, 0) AS packets, a.flows - coalesce(o.flows, 0) AS flows,
                                greatest(a.sources - coalesce(o.sources, 0),
                                    CASE WHEN a.packets > coalesce(o.packets, 0) THEN 1 ELSE 0 END) AS sources,
                                greatest(a.sources_precision, o.sources_precision) AS sources_precision,
                                \(isWorld ? "coalesce(o.other_sites, a.sites) AS sites, " : "")a.sketch, o.sketch AS labelled
                            FROM \(all) a LEFT JOIN \(only) o ON $3 = 'without' AND (\(key("o"))) = (\(key("a")))
                            WHERE $4 = \(seconds) AND $3 IN ('all', 'without') AND a.start >= $1 AND a.start < $2
                    """,
                    """
                    SELECT \(key("o")), o.packets, o.flows, o.sources, o.sources_precision, \(isWorld ? "o.sites, " : "")o.sketch, NULL
                            FROM \(only) o WHERE $4 = \(seconds) AND $3 = 'only' AND o.start >= $1 AND o.start < $2
                    """,
                ]
            }
            let signature = "api.\(name)(timestamptz, timestamptz, text, int4)"
            return """
                CREATE FUNCTION api.\(name)(
                    since timestamptz, until timestamptz, scanners text DEFAULT 'without', span int4 DEFAULT 3600
                ) RETURNS TABLE (
                    start timestamptz, \(isWorld ? "" : "site text, sensor text, sensor_id int4, ")\(types), packets int8, flows int8,
                    sources int8, sources_precision text, \(isWorld ? "site_ids int4[], " : "")sources_sketch bytea, scanners_sketch bytea
                ) LANGUAGE sql STABLE AS $body$
                    SELECT \(isWorld ? "r.start" : sensor), \(told), r.packets, r.flows, r.sources,
                        api.precision_name(r.sources_precision), \(isWorld ? "r.sites, " : "")r.sketch, r.labelled
                    FROM (
                            \(branches.joined(separator: "\n            UNION ALL\n            "))
                    ) r \(isWorld ? "" : sensors) \(more) WHERE r.packets > 0
                $body$;
                COMMENT ON FUNCTION \(signature) IS '\(comment(name))';
                """
        }

        func comment(_ name: String) -> String {
            let whose = name.hasPrefix("world_") ? "all sensors together" : "each sensor"
            let what =
                name.contains("country")
                ? " of each country"
                : name.contains("as_")
                    ? " of each autonomous system" : name.contains("port") ? " of each class at each service port" : ""
            return """
                What \(whose) saw\(what), in hours (span 3600) or days (86400, UTC) from since to before until: of all sources, \
                without labelled scanners (api.scanner), or of those only (scanners: all, without, only). Sources of several rows \
                are those of the united sources_sketch, less those of the united scanners_sketch. Scanners are told apart from \
                rollup.parts.scanners_since on.
                """
        }
    }()
}
