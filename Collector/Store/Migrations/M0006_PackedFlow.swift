extension Migration {
    /// raw.flow in fewer and narrower arrays, and the view of it.
    static let packedFlow = Migration(
        version: 6, name: "packed flow",
        sql: """
            ALTER TABLE raw.flow RENAME TO flow_wide;
            DO $body$
            DECLARE day name;
            BEGIN
                FOR day IN SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
                    WHERE inhparent = 'raw.flow_wide'::regclass
                LOOP
                    EXECUTE format('ALTER TABLE raw.%I RENAME TO %I', day, day || '_wide');
                END LOOP;
            END $body$;

            -- A whole batch is one row and a field is an array. What is small stands together in one number; what
            -- nearly always follows from other fields is NULL where it does, and a column whose every element would be
            -- NULL is NULL itself.
            CREATE TABLE raw.flow (
                window_start timestamptz NOT NULL,
                window_seconds int4 NOT NULL,
                sensor int4 NOT NULL,
                stream int8 NOT NULL,
                sequence int8 NOT NULL,
                family int2 NOT NULL,
                policy int2 NOT NULL,
                records int4 NOT NULL,
                port_min int4 NOT NULL,
                port_max int4 NOT NULL,
                source_min inet NOT NULL,
                source_max inet NOT NULL,
                service int4[] COMPRESSION lz4 NOT NULL,
                source4 int4[] COMPRESSION lz4,
                source6 inet[] COMPRESSION lz4,
                first int4[] COMPRESSION lz4 NOT NULL,
                header int4[] COMPRESSION lz4 NOT NULL,
                source_port int2[] COMPRESSION lz4,
                destination4 int4[] COMPRESSION lz4,
                destination6 inet[] COMPRESSION lz4,
                packets int8[] COMPRESSION lz4,
                bytes int8[] COMPRESSION lz4,
                destinations int8[] COMPRESSION lz4,
                destinations_precision int2[] COMPRESSION lz4,
                last_ms int4[] COMPRESSION lz4,
                signature int8[] COMPRESSION lz4,
                zmap int8[] COMPRESSION lz4,
                masscan int8[] COMPRESSION lz4,
                mirai int8[] COMPRESSION lz4,
                victim4 int4[] COMPRESSION lz4,
                victim6 inet[] COMPRESSION lz4,
                victim_protocol int2[] COMPRESSION lz4,
                victim_port int4[] COMPRESSION lz4,
                PRIMARY KEY (window_start, sensor, stream, sequence)
            ) PARTITION BY RANGE (window_start);
            COMMENT ON TABLE raw.flow IS 'Flow records, one row for each batch, its fields as arrays; read them through api.flow.';
            COMMENT ON COLUMN raw.flow.window_start IS 'Start of the window.';
            COMMENT ON COLUMN raw.flow.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN raw.flow.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN raw.flow.stream IS 'raw.stream.id.';
            COMMENT ON COLUMN raw.flow.sequence IS 'Number of the batch in its stream.';
            COMMENT ON COLUMN raw.flow.family IS 'IP version of every record: 4 or 6.';
            COMMENT ON COLUMN raw.flow.policy IS 'How destination is to be read: 1 full, 2 permuted, 3 none.';
            COMMENT ON COLUMN raw.flow.records IS 'Elements of every array that is not NULL.';
            COMMENT ON COLUMN raw.flow.port_min IS 'Least service port; lets a reader skip the row.';
            COMMENT ON COLUMN raw.flow.port_max IS 'Greatest service port.';
            COMMENT ON COLUMN raw.flow.source_min IS 'Least source; lets a reader skip the row.';
            COMMENT ON COLUMN raw.flow.source_max IS 'Greatest source.';
            COMMENT ON COLUMN raw.flow.service IS 'Traffic class * 2^24 + IP protocol * 2^16 + service port (ICMP: type*256+code). Ascending in class, port, source.';
            COMMENT ON COLUMN raw.flow.source4 IS 'IPv4 source minus 2^31, so that signed order is the order of addresses; NULL for IPv6.';
            COMMENT ON COLUMN raw.flow.source6 IS 'IPv6 source; NULL for IPv4.';
            COMMENT ON COLUMN raw.flow.first IS 'First packet: milliseconds from the window''s start * 2^8 + TTL or hop limit.';
            COMMENT ON COLUMN raw.flow.header IS 'Tools * 2^25 + IP total length * 2^8 + TCP flags, the last two of the first packet. Tools: two bits each for ZMap (lowest), Masscan, Mirai: 0 no packet matches its header test, 1 all do, 2 as many as its own column says.';
            COMMENT ON COLUMN raw.flow.source_port IS 'Source port of the first packet, its 16 bits as a signed number; NULL for 0.';
            COMMENT ON COLUMN raw.flow.destination4 IS 'IPv4 destination of the first packet, or its permuted offset, minus 2^31; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.destination6 IS 'IPv6 destination of the first packet, or its permuted offset written as an address; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.packets IS 'Packets; NULL for 1.';
            COMMENT ON COLUMN raw.flow.bytes IS 'Sum of IP total lengths; NULL for packets * the first packet''s.';
            COMMENT ON COLUMN raw.flow.destinations IS 'Distinct dark addresses; NULL for as many as packets.';
            COMMENT ON COLUMN raw.flow.destinations_precision IS '1 estimate, 2 at least; NULL for exact.';
            COMMENT ON COLUMN raw.flow.last_ms IS 'Last packet, in milliseconds from the window''s start; NULL for the same as the first.';
            COMMENT ON COLUMN raw.flow.signature IS 'raw.signature.id of the first packet; NULL for none.';
            COMMENT ON COLUMN raw.flow.zmap IS 'Packets that match the header test for ZMap, where header says that some do.';
            COMMENT ON COLUMN raw.flow.masscan IS 'Packets that match the header test for Masscan, where header says that some do.';
            COMMENT ON COLUMN raw.flow.mirai IS 'Packets that match the header test for Mirai, where header says that some do.';
            COMMENT ON COLUMN raw.flow.victim4 IS 'IPv4 victim of an ICMP error minus 2^31; NULL for none.';
            COMMENT ON COLUMN raw.flow.victim6 IS 'IPv6 victim of an ICMP error; NULL for none.';
            COMMENT ON COLUMN raw.flow.victim_protocol IS 'Protocol of the quoted packet.';
            COMMENT ON COLUMN raw.flow.victim_port IS 'Destination port of the quoted packet; 0 when it has none.';

            -- Set-returning functions in the SELECT list run in lockstep and pad NULL arrays; as items of FROM they
            -- would be joined in nested loops at twice the time.
            CREATE OR REPLACE VIEW api.flow AS
            SELECT site, sensor, sensor_id, window_start, window_seconds, family,
                CASE family WHEN 4 THEN '0.0.0.0'::inet + (source4::int8 + 2147483648) ELSE source6 END AS source,
                (service >> 16 & 255)::int2 AS protocol, api.class_name((service >> 24)::int2) AS class,
                api.is_backscatter((service >> 24)::int2) AS is_backscatter, service & 65535 AS service_port,
                CASE family WHEN 4 THEN '0.0.0.0'::inet + (victim4::int8 + 2147483648) ELSE victim6 END AS victim,
                victim_protocol, victim_port, coalesce(packets, 1) AS packets,
                coalesce(bytes, coalesce(packets, 1) * (header >> 8 & 131071)) AS bytes,
                coalesce(destinations, packets, 1) AS destinations,
                api.precision_name(destinations_precision) AS destinations_precision,
                window_start + (first >> 8) * interval '1 ms' AS first_seen,
                window_start + coalesce(last_ms, first >> 8) * interval '1 ms' AS last_seen,
                coalesce(source_port & 65535, 0) AS source_port,
                api.policy_name(policy) AS destination_policy,
                CASE WHEN policy <> 1 THEN NULL
                    WHEN family = 4 THEN '0.0.0.0'::inet + (coalesce(destination4, -2147483648)::int8 + 2147483648)
                    ELSE coalesce(destination6, '::') END AS destination,
                CASE WHEN policy <> 2 THEN NULL
                    WHEN family = 4 THEN (coalesce(destination4, -2147483648)::int8 + 2147483648)::numeric
                    ELSE api.address_number(coalesce(destination6, '::')) END AS destination_offset,
                (first & 255)::int2 AS ttl, header >> 8 & 131071 AS ip_length, (header & 255)::int2 AS tcp_flags,
                coalesce(zmap, (header >> 25 & 1) * coalesce(packets, 1)) AS zmap,
                coalesce(masscan, (header >> 27 & 1) * coalesce(packets, 1)) AS masscan,
                coalesce(mirai, (header >> 29 & 1) * coalesce(packets, 1)) AS mirai,
                signature_id, stream_id, sequence
            FROM (
                SELECT t.code AS site, s.name AS sensor, f.sensor AS sensor_id, f.stream AS stream_id, f.sequence,
                    f.window_start, f.window_seconds, f.family, f.policy,
                    unnest(f.service) AS service, unnest(f.source4) AS source4, unnest(f.source6) AS source6,
                    unnest(f.first) AS first, unnest(f.header) AS header, unnest(f.source_port) AS source_port,
                    unnest(f.destination4) AS destination4, unnest(f.destination6) AS destination6,
                    unnest(f.packets) AS packets, unnest(f.bytes) AS bytes, unnest(f.destinations) AS destinations,
                    unnest(f.destinations_precision) AS destinations_precision, unnest(f.last_ms) AS last_ms,
                    unnest(f.signature) AS signature_id, unnest(f.zmap) AS zmap, unnest(f.masscan) AS masscan,
                    unnest(f.mirai) AS mirai, unnest(f.victim4) AS victim4, unnest(f.victim6) AS victim6,
                    unnest(f.victim_protocol) AS victim_protocol, unnest(f.victim_port) AS victim_port
                FROM raw.flow f JOIN meta.sensor s ON s.id = f.sensor JOIN meta.site t ON t.id = s.site
            ) r;

            -- What is stored already, day by day.
            CREATE FUNCTION pg_temp.share(matches int8, packets int8) RETURNS int4 LANGUAGE sql IMMUTABLE AS $body$
                SELECT CASE coalesce(matches, 0) WHEN 0 THEN 0 WHEN packets THEN 1 ELSE 2 END
            $body$;
            CREATE FUNCTION pg_temp.part(matches int8, packets int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS $body$
                SELECT CASE WHEN pg_temp.share(matches, packets) = 2 THEN matches END
            $body$;
            DO $body$
            DECLARE
                wide regclass;
                packed name;
                bounds text;
            BEGIN
                FOR wide, packed, bounds IN
                    SELECT oid, replace(relname, '_wide', ''), pg_get_expr(relpartbound, oid) FROM pg_inherits
                    JOIN pg_class ON oid = inhrelid WHERE inhparent = 'raw.flow_wide'::regclass
                LOOP
                    EXECUTE format('CREATE TABLE raw.%I (LIKE raw.flow INCLUDING ALL)', packed);
                    EXECUTE format('COMMENT ON TABLE raw.%I IS %L', packed, 'raw.flow of one day (UTC).');
                    EXECUTE format('ALTER TABLE raw.%I ADD CONSTRAINT day %s', packed,
                        (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = wide AND conname = 'day'));
                    EXECUTE format('INSERT INTO raw.%I
                        SELECT window_start, window_seconds, sensor, stream, sequence, family, policy, records, port_min,
                            port_max, source_min, source_max, p.service, source4, source6, p.first, p.header,
                            p.source_port, destination4, destination6, p.packets, p.bytes, p.destinations,
                            p.destinations_precision, p.last_ms, signature, p.zmap, p.masscan, p.mirai, victim4, victim6,
                            victim_protocol, victim_port
                        FROM %s w, LATERAL (
                            SELECT array_agg((class::int4 << 24) + (protocol::int4 << 16) + service_port ORDER BY n) AS service,
                                array_agg((first_ms << 8) + ttl ORDER BY n) AS first,
                                array_agg((pg_temp.share(zmap, packets) << 25) + (pg_temp.share(masscan, packets) << 27)
                                    + (pg_temp.share(mirai, packets) << 29) + (ip_length << 8)
                                    + coalesce(tcp_flags, 0) ORDER BY n) AS header,
                                array_agg((source_port - (source_port >> 15 << 16))::int2 ORDER BY n)
                                    FILTER (WHERE w.source_port IS NOT NULL) AS source_port,
                                array_agg(nullif(packets, 1) ORDER BY n) AS packets,
                                array_agg(nullif(bytes, packets * ip_length) ORDER BY n) AS bytes,
                                array_agg(nullif(destinations, packets) ORDER BY n) AS destinations,
                                array_agg(nullif(destinations_precision, 0) ORDER BY n) AS destinations_precision,
                                array_agg(nullif(last_ms, first_ms) ORDER BY n) AS last_ms,
                                array_agg(pg_temp.part(zmap, packets) ORDER BY n) AS zmap,
                                array_agg(pg_temp.part(masscan, packets) ORDER BY n) AS masscan,
                                array_agg(pg_temp.part(mirai, packets) ORDER BY n) AS mirai
                            FROM unnest(w.class, w.protocol, w.service_port, w.first_ms, w.ttl, w.zmap, w.masscan,
                                w.mirai, w.ip_length, w.tcp_flags, w.source_port, w.packets, w.bytes, w.destinations,
                                w.destinations_precision, w.last_ms) WITH ORDINALITY
                                AS r (class, protocol, service_port, first_ms, ttl, zmap, masscan, mirai, ip_length,
                                    tcp_flags, source_port, packets, bytes, destinations, destinations_precision,
                                    last_ms, n)) p', packed, wide);
                    EXECUTE format('ALTER TABLE raw.flow ATTACH PARTITION raw.%I %s', packed, bounds);
                END LOOP;
            END $body$;
            DROP TABLE raw.flow_wide;
            """)
}
