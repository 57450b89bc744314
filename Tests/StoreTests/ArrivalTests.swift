import Analysis
import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// Evidence is what SQL finds by joining flows with organisations' blocks: all of it, once, and nothing else.
@Suite struct ArrivalTests {
    /// What ought to be in alert.arrival, from the flows that are stored.
    private static let expected = """
        WITH evidence AS (
            SELECT f.*, CASE class WHEN 'icmp-error' THEN coalesce(victim, source) ELSE source END AS address,
                (SELECT b.received_at FROM raw.batch b
                    WHERE b.sensor = f.sensor_id AND b.stream = f.stream_id AND b.sequence = f.sequence) AS received_at
            FROM api.flow f
            WHERE class IN ('tcp-syn', 'udp-probe', 'icmp-request') OR is_backscatter
        )
        SELECT DISTINCT ON (sensor_id, stream_id, sequence, e.class, service_port, source, protocol, victim, victim_protocol,
                victim_port, first_seen, packets, p.organisation)
            p.organisation, p.id AS prefix, address,
            CASE WHEN is_backscatter THEN 'backscatter' WHEN EXISTS (
                    SELECT FROM meta.dark_prefix d JOIN meta.sensor s ON s.site = d.site
                    JOIN meta.organisation_prefix h ON h.prefix && d.prefix
                    WHERE s.id = sensor_id AND h.organisation = p.organisation AND d.validity @> window_start
                        AND h.validity @> window_start) THEN 'internal' ELSE 'external' END AS kind,
            sensor_id AS sensor, window_start, window_seconds, received_at, c.number AS class, protocol, service_port, packets,
            destinations, first_seen, last_seen, source_port,
            CASE destination_policy WHEN 'full' THEN destination
                WHEN 'permuted' THEN CASE family(source) WHEN 4 THEN '0.0.0.0'::inet + destination_offset::int8 END
            END AS destination,
            ttl, ip_length, tcp_flags, zmap, masscan, mirai, signature_id AS signature,
            CASE e.class WHEN 'icmp-error' THEN source END AS reporter
        FROM evidence e JOIN (SELECT n AS number, api.class_name(n::int2) AS class FROM generate_series(1, 12) n) c USING (class)
        JOIN meta.organisation_prefix p ON p.prefix >>= address AND p.validity @> window_start
        JOIN meta.organisation o ON o.id = p.organisation AND coalesce(o.ended_at > window_start, true)
        ORDER BY sensor_id, stream_id, sequence, e.class, service_port, source, protocol, victim, victim_protocol,
            victim_port, first_seen, packets, p.organisation, masklen(p.prefix) DESC
        """

    /// Fails unless both are the same rows, as often.
    private func compare(_ scene: Scene, isEmpty: Bool = false) throws {
        let both = """
            WITH expected AS (\(Self.expected)), stored AS (SELECT * FROM alert.arrival)
            SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM (TABLE expected EXCEPT ALL TABLE stored) q),
                (SELECT count(*) FROM (TABLE stored EXCEPT ALL TABLE expected) q)
            """
        let row = try scene.connection.query(both)
        #expect((row.text(0, 0) == "0") == isEmpty)
        #expect(row.text(0, 1) == "0", "rows that are missing")
        #expect(row.text(0, 2) == "0", "rows that should not be there")
    }

    /// Three organisations whose blocks lie in each other and hold many of the addresses of `Sample`; the third's time
    /// begins at its window's start, the fourth's ends there, and the fifth has ended.
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.connection.script(
            """
            INSERT INTO meta.organisation (code, name, ended_at) SELECT 'o' || n, 'O', CASE n WHEN 5 THEN to_timestamp(1760000000) END
            FROM generate_series(1, 5) n;
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
            SELECT o, p::cidr, v::tstzrange FROM (VALUES
                (1, '128.0.0.0/8', '(,)'), (1, '128.0.0.0/30', '(,)'), (2, '128.0.0.0/24', '(,)'), (2, '127.255.255.0/24', '(,)'),
                (2, '0.0.0.0/8', '(,)'), (2, '255.255.255.255/32', '(,)'), (1, '7fff::/16', '(,)'), (2, '::/16', '(,)'),
                (1, '::/128', '(,)'),
                (3, '0.0.0.0/8', '[2025-10-09 08:54:00+00,)'), (4, '0.0.0.0/8', '(,2025-10-09 08:54:00+00)'),
                (5, '0.0.0.0/8', '(,)')) r (o, p, v);
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
            SELECT 2, ('128.' || n || '.0.0/10')::inet::cidr, '(,)' FROM generate_series(64, 192, 64) n;
            INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '128.0.0.0/25', '(,)');
            """)
        return scene
    }

    private func batch(
        _ scene: Scene, _ sequence: UInt64, _ family: AddressFamily = .ipv4, _ policy: DestinationPolicy = .full,
        records: Int = 400, isImport: Bool = false
    ) -> PendingBatch {
        var random = SystemRandomNumberGenerator()
        return scene.pending(
            .flows(Sample.batch(family: family, policy: policy, records: records, using: &random)), sequence: sequence,
            isImport: isImport)
    }

    @Test func evidenceIsWhatSQLFindsInTheFlows() throws {
        let scene = try scene()
        let (table, isWhole) = try scene.connection.organisationTable()
        #expect(isWhole && table.count == 15)
        var group = [batch(scene, 1), batch(scene, 2, .ipv4, .permuted), batch(scene, 3, .ipv4, .none)]
        group += [batch(scene, 4, .ipv6), batch(scene, 5, .ipv6, .none)]
        #expect(try scene.connection.store(group, matching: table) == Array(repeating: .stored, count: 5))
        try compare(scene)
        let kinds = try scene.rows("SELECT kind, count(*) > 0 FROM alert.arrival GROUP BY 1 ORDER BY 1")
        #expect(kinds == ["(backscatter,t)", "(external,t)", "(internal,t)"])
        #expect(try scene.rows("SELECT DISTINCT organisation FROM alert.arrival ORDER BY 1") == ["(1)", "(2)", "(3)"])
    }

    @Test func aPermutedAddressOfIPv6StaysDistinct() throws {
        let scene = try scene()
        let table = try scene.connection.organisationTable().table
        #expect(try scene.connection.store([batch(scene, 1, .ipv6, .permuted)], matching: table) == [.stored])
        #expect(
            try scene.value(
                """
                SELECT count(*) FROM alert.arrival a WHERE NOT EXISTS (SELECT FROM api.flow f
                    WHERE f.first_seen = a.first_seen AND api.address_number(a.destination) = f.destination_offset)
                """) == "0")
    }

    @Test func whatIsNotStoredIsNoEvidence() throws {
        let scene = try scene()
        let table = try scene.connection.organisationTable().table
        try scene.connection.query("ALTER TABLE raw.batch ADD CONSTRAINT luck CHECK (sequence NOT IN (4, 13))")
        let group = (UInt64(1)...16).map { batch(scene, $0, records: 30) }
        let outcomes = try scene.connection.store(group + group, matching: table)
        #expect(outcomes.count { $0 == .stored } == 14 && outcomes.count { $0 == .duplicate } == 14)
        try compare(scene)
        // Again, with other content, declared lost, under a foreign key.
        #expect(try scene.connection.store(Array(group[..<3]), matching: table).allSatisfy { $0 == .duplicate })
        var clone = batch(scene, 1)
        clone.digest = 7
        var foreign = batch(scene, 20)
        foreign.publicKey = Array(repeating: 7, count: 32)
        let lost = GapReport(reason: .dropped, epoch: scene.epoch, entries: [GapEntry(sequence: 21)])
        #expect(
            try scene.connection.store(
                [clone, foreign, scene.pending(.gap(lost), sequence: 30), batch(scene, 21)], matching: table)
                == [.conflict, .revoked, .stored, .duplicate])
        try scene.connection.query("UPDATE meta.sensor_key SET revoked_at = now()")
        #expect(try scene.connection.store([batch(scene, 40)], matching: table) == [.revoked])
        try compare(scene)
    }

    /// A transaction that fails after the evidence was written leaves none, and the repetition writes it once.
    @Test func aTransactionThatFailsAtItsEndLeavesNoEvidence() throws {
        let scene = try scene()
        let table = try scene.connection.organisationTable().table
        try scene.connection.script(
            """
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN RAISE EXCEPTION ''no memory'' USING ERRCODE = ''53200''; END';
            CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON raw.batch DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fail();
            """)
        let group = [batch(scene, 1), batch(scene, 2)]
        #expect(throws: StoreError.self) { try scene.connection.store(group, matching: table) }
        #expect(
            try scene.value("SELECT (SELECT count(*) FROM alert.arrival) + (SELECT count(*) FROM raw.batch)") == "0")
        try scene.connection.script("DROP TRIGGER fail ON raw.batch")
        #expect(try scene.connection.store(group, matching: table) == [.stored, .stored])
        try compare(scene)
    }

    @Test func anImportOfThePastIsMatchedByItsTime() throws {
        let scene = try scene()
        let table = try scene.connection.organisationTable().table
        #expect(try scene.connection.store([batch(scene, 1, isImport: true)], matching: table) == [.stored])
        try compare(scene)
    }

    @Test func withoutOrganisationsThereIsNoEvidence() throws {
        let scene = try Scene()
        let table = try scene.connection.organisationTable().table
        #expect(table.isEmpty)
        #expect(try scene.connection.store([batch(scene, 1)], matching: table) == [.stored])
        try compare(scene, isEmpty: true)
    }

    // What the table is read from.

    @Test func boundsOfValidityAreReadToTheSecond() throws {
        let scene = try Scene()
        let cases: [(String, Int64, Int64)] = [
            ("[2026-01-01 00:00:00Z,2026-01-01 00:01:00Z)", 1_767_225_600, 1_767_225_660),
            ("[2026-01-01 00:00:00.000001Z,2026-01-01 00:01:00.5Z)", 1_767_225_601, 1_767_225_661),
            ("(2026-01-01 00:00:00Z,2026-01-01 00:01:00Z]", 1_767_225_601, 1_767_225_661),
            ("[1969-12-31 23:59:59.5Z,1999-12-31 23:59:59.5Z]", 0, 946_684_800),
            ("(,)", .min, .max), ("[-infinity,infinity)", .min, .max),
        ]
        for (number, (range, from, until)) in cases.enumerated() {
            try scene.connection.query("INSERT INTO meta.organisation (code, name) VALUES ('o\(number)', 'O')")
            try scene.connection.query(
                """
                INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
                SELECT id, '192.0.2.0/24', $1::tstzrange FROM meta.organisation WHERE code = 'o\(number)'
                """, [range])
            let table = try scene.connection.organisationTable().table
            let place = try #require(table.place(ipv4: 0xC000_0201))
            func isHeld(_ time: Int64) -> Bool {
                table.holders(at: place, on: time).contains { $0.organisation == Int32(number + 1) }
            }
            #expect(isHeld(from) && !isHeld(until) && isHeld(until - 1), "\(range)")
            if from > .min { #expect(!isHeld(from - 1), "\(range)") }
        }
    }

    @Test func everyChangeThatMattersChangesTheState() throws {
        let scene = try Scene()
        var states: [String] = [try scene.connection.organisationsState()]
        for change in [
            "INSERT INTO meta.organisation (code, name) VALUES ('a', 'A'), ('b', 'B')",
            "INSERT INTO meta.organisation_prefix (organisation, prefix) SELECT id, '192.0.2.0/24' FROM meta.organisation",
            "UPDATE meta.organisation_prefix SET validity = tstzrange(lower(validity), now()) WHERE id = 1",
            "DELETE FROM meta.organisation_prefix WHERE id = 1",
            "INSERT INTO meta.organisation_prefix (organisation, prefix) VALUES (1, '192.0.2.0/24')",
            "UPDATE meta.organisation SET ended_at = now() WHERE code = 'b'",
            "INSERT INTO meta.dark_prefix (site, prefix) VALUES (1, '198.18.0.0/24')",
            "UPDATE meta.dark_prefix SET validity = '(,)'",
        ] {
            try scene.connection.query(change)
            states.append(try scene.connection.organisationsState())
        }
        #expect(Set(states).count == states.count)
        try scene.connection.query("INSERT INTO meta.sensor (site, name) VALUES (1, 'another')")
        #expect(try scene.connection.organisationsState() == states.last)
    }
}
