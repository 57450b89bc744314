extension Migration {
    /// The flow records as typed arrays, one row for each batch.
    static let flow = Migration(
        version: 3, name: "flow",
        sql: """
            -- A whole batch is one row and a field is an array: a third of the size of plain rows and several times
            -- their speed, both ways. Columns that hold the same default for every record are NULL.
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
                class int2[] COMPRESSION lz4 NOT NULL,
                service_port int4[] COMPRESSION lz4 NOT NULL,
                source4 int4[] COMPRESSION lz4,
                source6 inet[] COMPRESSION lz4,
                protocol int2[] COMPRESSION lz4 NOT NULL,
                victim4 int4[] COMPRESSION lz4,
                victim6 inet[] COMPRESSION lz4,
                victim_protocol int2[] COMPRESSION lz4,
                victim_port int4[] COMPRESSION lz4,
                packets int8[] COMPRESSION lz4 NOT NULL,
                bytes int8[] COMPRESSION lz4 NOT NULL,
                destinations int8[] COMPRESSION lz4 NOT NULL,
                destinations_precision int2[] COMPRESSION lz4,
                first_ms int4[] COMPRESSION lz4 NOT NULL,
                last_ms int4[] COMPRESSION lz4 NOT NULL,
                source_port int4[] COMPRESSION lz4,
                destination4 int4[] COMPRESSION lz4,
                destination6 inet[] COMPRESSION lz4,
                ttl int2[] COMPRESSION lz4 NOT NULL,
                ip_length int4[] COMPRESSION lz4 NOT NULL,
                tcp_flags int2[] COMPRESSION lz4,
                zmap int8[] COMPRESSION lz4,
                masscan int8[] COMPRESSION lz4,
                mirai int8[] COMPRESSION lz4,
                signature int8[] COMPRESSION lz4,
                PRIMARY KEY (window_start, sensor, stream, sequence)
            ) PARTITION BY RANGE (window_start);
            COMMENT ON TABLE raw.flow IS 'Flow records, one row for each batch, one array for each field; read them through api.flow.';
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
            COMMENT ON COLUMN raw.flow.class IS 'Traffic class 1 to 12; api.class_name names them.';
            COMMENT ON COLUMN raw.flow.service_port IS 'Port of the service, or ICMP type*256+code.';
            COMMENT ON COLUMN raw.flow.source4 IS 'IPv4 source minus 2^31, so that signed order is the order of addresses; NULL for IPv6.';
            COMMENT ON COLUMN raw.flow.source6 IS 'IPv6 source; NULL for IPv4.';
            COMMENT ON COLUMN raw.flow.protocol IS 'IP protocol number.';
            COMMENT ON COLUMN raw.flow.victim4 IS 'IPv4 victim of an ICMP error minus 2^31; elements without one are NULL.';
            COMMENT ON COLUMN raw.flow.victim6 IS 'IPv6 victim of an ICMP error; elements without one are NULL.';
            COMMENT ON COLUMN raw.flow.victim_protocol IS 'Protocol of the quoted packet.';
            COMMENT ON COLUMN raw.flow.victim_port IS 'Destination port of the quoted packet; 0 when it has none.';
            COMMENT ON COLUMN raw.flow.packets IS 'Packets.';
            COMMENT ON COLUMN raw.flow.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN raw.flow.destinations IS 'Distinct dark addresses.';
            COMMENT ON COLUMN raw.flow.destinations_precision IS '0 exact, 1 estimate, 2 at least; NULL when all are exact.';
            COMMENT ON COLUMN raw.flow.first_ms IS 'First packet, in milliseconds from the window''s start.';
            COMMENT ON COLUMN raw.flow.last_ms IS 'Last packet, in milliseconds from the window''s start.';
            COMMENT ON COLUMN raw.flow.source_port IS 'Source port of the first packet; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.destination4 IS 'IPv4 destination of the first packet, or its permuted offset, minus 2^31; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.destination6 IS 'IPv6 destination of the first packet, or its permuted offset written as an address; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.ttl IS 'TTL or hop limit of the first packet.';
            COMMENT ON COLUMN raw.flow.ip_length IS 'IP total length of the first packet.';
            COMMENT ON COLUMN raw.flow.tcp_flags IS 'TCP flags of the first packet; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.zmap IS 'Packets that match the header test for ZMap; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.masscan IS 'Packets that match the header test for Masscan; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.mirai IS 'Packets that match the header test for Mirai; NULL when all are 0.';
            COMMENT ON COLUMN raw.flow.signature IS 'raw.signature.id of the first packet; elements without one are NULL, NULL when none has one.';

            CREATE TABLE raw.overflow (
                window_start timestamptz NOT NULL,
                window_seconds int4 NOT NULL,
                sensor int4 NOT NULL,
                stream int8 NOT NULL,
                sequence int8 NOT NULL,
                family int2[] COMPRESSION lz4 NOT NULL,
                protocol int2[] COMPRESSION lz4 NOT NULL,
                class int2[] COMPRESSION lz4 NOT NULL,
                service_port int4[] COMPRESSION lz4 NOT NULL,
                packets int8[] COMPRESSION lz4 NOT NULL,
                bytes int8[] COMPRESSION lz4 NOT NULL,
                sources int8[] COMPRESSION lz4 NOT NULL,
                sources_precision int2[] COMPRESSION lz4 NOT NULL,
                PRIMARY KEY (sensor, stream, sequence)
            );
            CREATE INDEX overflow_window ON raw.overflow (window_start);
            COMMENT ON TABLE raw.overflow IS 'Packets that found a sensor''s flow table full, one row for each batch; read them through api.overflow.';
            COMMENT ON COLUMN raw.overflow.window_start IS 'Start of the window.';
            COMMENT ON COLUMN raw.overflow.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN raw.overflow.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN raw.overflow.stream IS 'raw.stream.id.';
            COMMENT ON COLUMN raw.overflow.sequence IS 'Number of the batch in its stream.';
            COMMENT ON COLUMN raw.overflow.family IS 'IP version: 4 or 6.';
            COMMENT ON COLUMN raw.overflow.protocol IS 'IP protocol number.';
            COMMENT ON COLUMN raw.overflow.class IS 'Traffic class.';
            COMMENT ON COLUMN raw.overflow.service_port IS 'Port of the service; 0 also stands for all further ports.';
            COMMENT ON COLUMN raw.overflow.packets IS 'Packets.';
            COMMENT ON COLUMN raw.overflow.bytes IS 'Sum of IP total lengths.';
            COMMENT ON COLUMN raw.overflow.sources IS 'Distinct sources.';
            COMMENT ON COLUMN raw.overflow.sources_precision IS '0 exact, 1 estimate, 2 at least.';

            CREATE TABLE raw.signature (
                id int8 PRIMARY KEY,
                signature text NOT NULL,
                canonical bytea NOT NULL,
                first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
            );
            COMMENT ON TABLE raw.signature IS 'Header signatures: what a sender''s software leaves in its packets.';
            COMMENT ON COLUMN raw.signature.id IS 'FNV-1a 64 of the canonical bytes, its bits as a signed number: the same at every telescope.';
            COMMENT ON COLUMN raw.signature.signature IS 'syn:WINDOW:OPTION KINDS:MSS:SCALE:df or -:TTL, or udp:LENGTH CLASS:DIGEST; an absent MSS or scale is *.';
            COMMENT ON COLUMN raw.signature.canonical IS 'The canonical bytes.';
            COMMENT ON COLUMN raw.signature.first_seen_at IS 'When this database first got it.';
            """)
}
