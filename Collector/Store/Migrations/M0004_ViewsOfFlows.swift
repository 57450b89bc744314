extension Migration {
    /// Views that make the arrays look like rows.
    static let viewsOfFlows = Migration(
        version: 4, name: "views of flows",
        sql: """
            CREATE FUNCTION api.class_name(class int2) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT ('{tcp-syn,tcp-synack,tcp-rst,tcp-other,udp-probe,udp-response,icmp-request,icmp-reply,icmp-error,icmp-other,fragment,other}'::text[])[class]
            $body$;
            COMMENT ON FUNCTION api.class_name(int2) IS 'Name of a traffic class.';
            CREATE FUNCTION api.is_backscatter(class int2) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT class IN (2, 3, 6, 8, 9)
            $body$;
            COMMENT ON FUNCTION api.is_backscatter(int2) IS 'Whether the class answers packets that somebody else sent with forged dark addresses.';
            CREATE FUNCTION api.precision_name(value int2) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT ('{exact,estimate,at-least}'::text[])[coalesce(value, 0) + 1]
            $body$;
            COMMENT ON FUNCTION api.precision_name(int2) IS 'How a distinct count is to be read: exact, estimate, at-least.';
            CREATE FUNCTION api.policy_name(value int2) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT ('{full,permuted,none}'::text[])[value]
            $body$;
            COMMENT ON FUNCTION api.policy_name(int2) IS 'What a site tells of its dark addresses: full, permuted, none.';
            CREATE FUNCTION api.address_number(address inet) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
                SELECT sum(get_byte(b, 4 + i) * 256::numeric ^ (length(b) - 5 - i))::numeric(39)
                FROM (SELECT inet_send(address) AS b) s, generate_series(0, length(b) - 5) AS i
            $body$;
            COMMENT ON FUNCTION api.address_number(inet) IS 'The address as a number.';

            -- Set-returning functions in the SELECT list run in lockstep and pad NULL arrays; as items of FROM they
            -- would be joined in nested loops at twice the time.
            CREATE VIEW api.flow AS
            SELECT site, sensor, sensor_id, window_start, window_seconds, family,
                CASE family WHEN 4 THEN '0.0.0.0'::inet + (source4::int8 + 2147483648) ELSE source6 END AS source,
                protocol, api.class_name(class) AS class, api.is_backscatter(class) AS is_backscatter, service_port,
                CASE family WHEN 4 THEN '0.0.0.0'::inet + (victim4::int8 + 2147483648) ELSE victim6 END AS victim,
                victim_protocol, victim_port, packets, bytes,
                destinations, api.precision_name(destinations_precision) AS destinations_precision,
                window_start + first_ms * interval '1 ms' AS first_seen,
                window_start + last_ms * interval '1 ms' AS last_seen,
                coalesce(source_port, 0) AS source_port,
                api.policy_name(policy) AS destination_policy,
                CASE WHEN policy <> 1 THEN NULL
                    WHEN family = 4 THEN '0.0.0.0'::inet + (coalesce(destination4, -2147483648)::int8 + 2147483648)
                    ELSE coalesce(destination6, '::') END AS destination,
                CASE WHEN policy <> 2 THEN NULL
                    WHEN family = 4 THEN (coalesce(destination4, -2147483648)::int8 + 2147483648)::numeric
                    ELSE api.address_number(coalesce(destination6, '::')) END AS destination_offset,
                ttl, ip_length, coalesce(tcp_flags, 0::int2) AS tcp_flags,
                coalesce(zmap, 0) AS zmap, coalesce(masscan, 0) AS masscan, coalesce(mirai, 0) AS mirai,
                signature_id, stream_id, sequence
            FROM (
                SELECT t.code AS site, s.name AS sensor, f.sensor AS sensor_id, f.stream AS stream_id, f.sequence,
                    f.window_start, f.window_seconds, f.family, f.policy,
                    unnest(f.class) AS class, unnest(f.service_port) AS service_port,
                    unnest(f.source4) AS source4, unnest(f.source6) AS source6, unnest(f.protocol) AS protocol,
                    unnest(f.victim4) AS victim4, unnest(f.victim6) AS victim6,
                    unnest(f.victim_protocol) AS victim_protocol, unnest(f.victim_port) AS victim_port,
                    unnest(f.packets) AS packets, unnest(f.bytes) AS bytes,
                    unnest(f.destinations) AS destinations,
                    unnest(f.destinations_precision) AS destinations_precision,
                    unnest(f.first_ms) AS first_ms, unnest(f.last_ms) AS last_ms,
                    unnest(f.source_port) AS source_port,
                    unnest(f.destination4) AS destination4, unnest(f.destination6) AS destination6,
                    unnest(f.ttl) AS ttl, unnest(f.ip_length) AS ip_length, unnest(f.tcp_flags) AS tcp_flags,
                    unnest(f.zmap) AS zmap, unnest(f.masscan) AS masscan, unnest(f.mirai) AS mirai,
                    unnest(f.signature) AS signature_id
                FROM raw.flow f JOIN meta.sensor s ON s.id = f.sensor JOIN meta.site t ON t.id = s.site
            ) r;
            COMMENT ON VIEW api.flow IS 'Flows: what one source sent of one class to one service port in one window at one sensor. Ask by window_start first: days are separate tables.';
            COMMENT ON COLUMN api.flow.site IS 'Code of the site.';
            COMMENT ON COLUMN api.flow.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.flow.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.flow.window_start IS 'Start of the window.';
            COMMENT ON COLUMN api.flow.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN api.flow.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN api.flow.source IS 'Source address; forged in floods and backscatter reflects what others forged.';
            COMMENT ON COLUMN api.flow.protocol IS 'IP protocol number.';
            COMMENT ON COLUMN api.flow.class IS 'Traffic class.';
            COMMENT ON COLUMN api.flow.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.flow.service_port IS 'Destination port of probes, source port of backscatter, type*256+code of ICMP.';
            COMMENT ON COLUMN api.flow.victim IS 'Whom the packet quoted by an ICMP error was sent to.';
            COMMENT ON COLUMN api.flow.victim_protocol IS 'IP protocol of the quoted packet.';
            COMMENT ON COLUMN api.flow.victim_port IS 'Destination port of the quoted packet; 0 when it has none.';
            COMMENT ON COLUMN api.flow.packets IS 'Packets.';
            COMMENT ON COLUMN api.flow.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN api.flow.destinations IS 'Distinct dark addresses hit.';
            COMMENT ON COLUMN api.flow.destinations_precision IS 'exact, estimate or at-least.';
            COMMENT ON COLUMN api.flow.first_seen IS 'First packet, to the millisecond.';
            COMMENT ON COLUMN api.flow.last_seen IS 'Last packet, to the millisecond.';
            COMMENT ON COLUMN api.flow.source_port IS 'Source port of the first packet; 0 when it has none.';
            COMMENT ON COLUMN api.flow.destination_policy IS 'What the site tells of the dark address: full, permuted, none.';
            COMMENT ON COLUMN api.flow.destination IS 'Dark address that the first packet hit; only under policy full.';
            COMMENT ON COLUMN api.flow.destination_offset IS 'The same as a permuted offset in the dark space; only under policy permuted.';
            COMMENT ON COLUMN api.flow.ttl IS 'TTL or hop limit of the first packet.';
            COMMENT ON COLUMN api.flow.ip_length IS 'IP total length of the first packet.';
            COMMENT ON COLUMN api.flow.tcp_flags IS 'TCP flags of the first packet as a number; 0 when it is not TCP.';
            COMMENT ON COLUMN api.flow.zmap IS 'Packets that match the header test for ZMap; a verdict needs several.';
            COMMENT ON COLUMN api.flow.masscan IS 'Packets that match the header test for Masscan.';
            COMMENT ON COLUMN api.flow.mirai IS 'Packets that match the header test for Mirai.';
            COMMENT ON COLUMN api.flow.signature_id IS 'Header signature of the first packet: api.signature.id.';
            COMMENT ON COLUMN api.flow.stream_id IS 'Stream that brought the record: api.stream.id.';
            COMMENT ON COLUMN api.flow.sequence IS 'Batch in that stream.';

            CREATE VIEW api.overflow AS
            SELECT site, sensor, sensor_id, window_start, window_seconds, family, protocol,
                api.class_name(class) AS class, api.is_backscatter(class) AS is_backscatter, service_port, packets,
                bytes, sources, api.precision_name(sources_precision) AS sources_precision, stream_id, sequence
            FROM (
                SELECT t.code AS site, s.name AS sensor, o.sensor AS sensor_id, o.window_start, o.window_seconds,
                    unnest(o.family) AS family, unnest(o.protocol) AS protocol, unnest(o.class) AS class,
                    unnest(o.service_port) AS service_port, unnest(o.packets) AS packets, unnest(o.bytes) AS bytes,
                    unnest(o.sources) AS sources, unnest(o.sources_precision) AS sources_precision,
                    o.stream AS stream_id, o.sequence
                FROM raw.overflow o JOIN meta.sensor s ON s.id = o.sensor JOIN meta.site t ON t.id = s.site
            ) r;
            COMMENT ON VIEW api.overflow IS 'Packets of many sources that found a sensor''s flow table full. Totals of packets are flows and these.';
            COMMENT ON COLUMN api.overflow.site IS 'Code of the site.';
            COMMENT ON COLUMN api.overflow.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.overflow.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.overflow.window_start IS 'Start of the window.';
            COMMENT ON COLUMN api.overflow.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN api.overflow.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN api.overflow.protocol IS 'IP protocol number.';
            COMMENT ON COLUMN api.overflow.class IS 'Traffic class.';
            COMMENT ON COLUMN api.overflow.is_backscatter IS 'Whether the packets answer packets with forged dark sources.';
            COMMENT ON COLUMN api.overflow.service_port IS 'As in api.flow; 0 also stands for all further ports.';
            COMMENT ON COLUMN api.overflow.packets IS 'Packets.';
            COMMENT ON COLUMN api.overflow.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN api.overflow.sources IS 'Distinct sources.';
            COMMENT ON COLUMN api.overflow.sources_precision IS 'exact, estimate or at-least.';
            COMMENT ON COLUMN api.overflow.stream_id IS 'Stream that brought the record: api.stream.id.';
            COMMENT ON COLUMN api.overflow.sequence IS 'Batch in that stream.';

            CREATE VIEW api.signature AS
            SELECT id, CASE get_byte(canonical, 0) WHEN 1 THEN 'syn' ELSE 'udp' END AS kind, signature,
                first_seen_at AS first_seen
            FROM raw.signature;
            COMMENT ON VIEW api.signature IS 'Header signatures: the same software has the same one at every telescope.';
            COMMENT ON COLUMN api.signature.id IS 'Number of the signature, as in api.flow.signature_id.';
            COMMENT ON COLUMN api.signature.kind IS 'syn or udp.';
            COMMENT ON COLUMN api.signature.signature IS 'Its parts as text.';
            COMMENT ON COLUMN api.signature.first_seen IS 'When this database first got it.';
            """)
}
