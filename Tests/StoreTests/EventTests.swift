import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// Events hold what a recomputation from the flows finds, whatever came when.
@Suite struct EventTests {
    /// 2024-03-03T22:00Z, two hours before the end of a week.
    private static let start: Int64 = 1_709_503_200
    /// Two sites with 4,096 and 1,024 addresses; the sensors of both are 1 and 2.
    private static func scene() throws -> Scene {
        let scene = try Scene()
        try scene.connection.script(
            """
            INSERT INTO meta.site (code, name, policy) VALUES ('beta', 'Beta', 'none');
            INSERT INTO meta.sensor (site, name) VALUES (2, 'edge');
            INSERT INTO meta.sensor_key (sensor, public_key) SELECT 2, decode(repeat('07', 32), 'hex');
            INSERT INTO meta.dark_prefix (site, prefix, validity)
            VALUES (1, '198.18.0.0/20', '[2024-01-01,)'), (2, '198.18.64.0/22', '[2024-01-01,)');
            """)
        return scene
    }

    private static func pending(_ scene: Scene, _ batch: FlowBatch, sequence: UInt64, second: Bool = false)
        -> PendingBatch
    {
        let first = scene.pending(.flows(batch), sequence: sequence)
        guard second else { return first }
        return PendingBatch(
            sensor: 2, publicKey: [UInt8](repeating: 7, count: 32), epoch: Epoch(high: 2, low: 2), sequence: sequence,
            digest: first.digest, content: first.content, encoded: first.encoded,
            receivedUnixMicroseconds: first.receivedUnixMicroseconds, isImport: false)
    }

    /// A record of one source at one port.
    private static func record(
        _ source: UInt32, _ trafficClass: TrafficClass, _ port: UInt16, packets: UInt32, destinations: UInt32,
        first: UInt32, last: UInt32, destination: UInt32 = 0, victim: Victim? = nil
    ) -> FlowRecord {
        let ipProtocol: UInt8 =
            switch trafficClass {
            case .udpProbe, .udpResponse: 17
            case .icmpError, .icmpReply, .icmpRequest: 1
            default: 6
            }
        return FlowRecord(
            key: FlowKey(
                source: Address(ipv4: source), ipProtocol: ipProtocol, trafficClass: trafficClass, servicePort: port,
                victim: victim),
            packets: packets, bytes: UInt64(packets) * 40, destinations: DistinctCount(destinations),
            firstMilliseconds: first, lastMilliseconds: last,
            exemplar: Exemplar(sourcePort: 1, destination: UInt128(destination), ttl: 64, ipLength: 40, tcpFlags: 2))
    }

    private static func batch(_ records: [FlowRecord], start: Int64, policy: DestinationPolicy = .permuted) -> FlowBatch
    {
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.received = account.aggregated
        return FlowBatch(
            window: Window(containing: start, length: 60), policy: policy, account: account, family: .ipv4,
            signatures: [],
            records: records.sorted {
                ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                    < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
            })
    }

    /// Scanners and victims of a few, each with a window in which it does something.
    private static func random(_ second: Bool, _ random: inout some RandomNumberGenerator) -> FlowBatch {
        var records: [FlowKey: FlowRecord] = [:]
        for _ in 0..<20 {
            let trafficClass = TrafficClass.allCases.randomElement(using: &random) ?? .other
            let packets = UInt32.random(in: 1...12, using: &random)
            let first = UInt32.random(in: 0..<30_000, using: &random)
            let made = record(
                .random(in: 1...3, using: &random), trafficClass, .random(in: 80...81, using: &random),
                packets: packets,
                destinations: .random(in: 1...min(packets, 4), using: &random), first: first,
                last: packets == 1 ? first : first + .random(in: 0..<30_000, using: &random),
                destination: .random(in: 0..<1_024, using: &random),
                victim: trafficClass == .icmpError && Bool.random(using: &random)
                    ? Victim(
                        address: Address(ipv4: .random(in: 1...3, using: &random)), ipProtocol: 6,
                        port: .random(in: 80...99, using: &random)) : nil)
            records[made.key] = made
        }
        return batch(
            Array(records.values), start: start + .random(in: 0..<5 * 3_600, using: &random),
            policy: second ? .none : .permuted)
    }

    private static let kept = [
        "SELECT * FROM event.telescope ORDER BY 1, 2", "SELECT * FROM event.segment ORDER BY 1, 2, 3, 4, 5, 6",
        "SELECT * FROM event.episode ORDER BY 1, 2, 3, 4, 5, 6",
    ]

    /// What is kept, and the same made from nothing.
    private static func expectEquality(_ scene: Scene) throws {
        let before = try kept.map { try scene.rows($0) }
        #expect(before.allSatisfy { !$0.isEmpty })
        try scene.connection.script(
            """
            TRUNCATE event.telescope, event.segment, event.episode;
            INSERT INTO event.dirty (telescope, start)
            SELECT DISTINCT t, start FROM rollup.coverage, generate_series(0, 2) t WHERE span = 3600;
            """)
        try RollupTests.drain(scene.connection)
        let after = try kept.map { try scene.rows($0) }
        // Hours without a row of a telescope get one, of no addresses, when everything is marked.
        #expect(before[1] == after[1] && before[2] == after[2])
        #expect(Set(before[0]).isSubset(of: after[0]))
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu"])
    func eventsEqualARecomputationWhateverCameLateTwiceOutOfOrderOrWasWithdrawn(zone: String) throws {
        let scene = try Self.scene()
        try scene.connection.query("SET TimeZone = '\(zone)'")
        var generator = SystemRandomNumberGenerator()
        let batches = (1...80 as ClosedRange<UInt64>).map { number in
            Self.pending(scene, Self.random(number % 2 == 0, &generator), sequence: number, second: number % 2 == 0)
        }
        for half in [batches[..<50], batches[40...]] {
            for _ in 0..<4 {
                _ = try scene.connection.store(Array(half.shuffled(using: &generator).prefix(15)))
                if Bool.random(using: &generator) { try RollupTests.drain(scene.connection) }
            }
            _ = try scene.connection.store(Array(half))
            try RollupTests.drain(scene.connection)
            let from = Self.start + Int64.random(in: 0..<3 * 3_600, using: &generator)
            try scene.connection.query("SELECT raw.withdraw(1, to_timestamp(\(from)), to_timestamp(\(from + 1_800)))")
            try RollupTests.drain(scene.connection)
            try Self.expectEquality(scene)
        }
        #expect(try scene.value("SELECT count(DISTINCT week) FROM event.episode") == "2")
        #expect(try scene.value("SELECT count(*) FROM event.dirty") == "0")
        try Self.expectPlainEvents(scene)
        // With other addresses silences end events earlier, also in hours of which nothing else changed.
        try scene.connection.query(
            "UPDATE meta.dark_prefix SET prefix = '198.0.0.0/12', validity = '[2024-03-03T23:00Z,)' WHERE site = 1")
        let before = try scene.rows("SELECT * FROM event.episode")
        try RollupTests.drain(scene.connection)
        #expect(try scene.rows("SELECT * FROM event.episode") != before)
        #expect(
            try scene.value("SELECT string_agg(DISTINCT scan_timeout_seconds::text, ' ') FROM event.telescope")
                == "21600 600")
        try Self.expectEquality(scene)
    }

    /// Against a plain loop over api.flow: every event has the packets and times of one span of the key without a longer
    /// silence in its week, and no span of surely enough destinations, or packets, is missing.
    private static func expectPlainEvents(_ scene: Scene) throws {
        let flows = try scene.connection.query(
            """
            SELECT site, class, CASE class WHEN 'icmp-error' THEN victim ELSE source END - '0.0.0.0',
                CASE WHEN NOT is_backscatter THEN service_port WHEN class = 'icmp-error' THEN victim_protocol
                    ELSE protocol END,
                (extract(epoch FROM first_seen) * 1000)::int8, (extract(epoch FROM last_seen) * 1000)::int8, packets,
                destinations, extract(epoch FROM window_start)::int8
            FROM api.flow WHERE class IN ('tcp-syn', 'tcp-other', 'udp-probe', 'icmp-request', 'tcp-synack', 'tcp-rst',
                'udp-response', 'icmp-reply') OR class = 'icmp-error' AND victim IS NOT NULL
            """)
        struct Key: Hashable { var site, kind, address, service: String }
        struct Span { var first, last, packets, surely: Int64 }
        var found: [Key: [(first: Int64, last: Int64, packets: Int64, surely: Int64)]] = [:]
        for row in 0..<flows.rowCount {
            let text = { (column: Int) in flows.text(row, column) ?? "" }
            let number = { (column: Int) in Int64(text(column)) ?? 0 }
            let isScan = ["tcp-syn", "tcp-other", "udp-probe", "icmp-request"].contains(text(1))
            // 2024-03-04T00:00Z begins a week.
            let week = number(8) < 1_709_510_400 ? "a" : "b"
            for site in [text(0), "all"] {
                let key = Key(
                    site: site + week, kind: isScan ? text(1) : "attack", address: text(2), service: text(3))
                found[key, default: []].append((number(4), number(5), number(6), number(7)))
            }
        }
        // 6 hours for fewer than 13,733 addresses.
        var (plain, certain): (Set<String>, Set<String>) = ([], [])
        for (key, records) in found {
            var spans: [Span] = []
            let timeout: Int64 = key.kind == "attack" ? 300_000 : 21_600_000
            for record in records.sorted(by: { $0.first < $1.first }) {
                if let last = spans.indices.last, record.first - spans[last].last <= timeout {
                    spans[last].last = max(spans[last].last, record.last)
                    spans[last].packets += record.packets
                    spans[last].surely = max(spans[last].surely, record.surely)
                } else {
                    spans.append(
                        Span(first: record.first, last: record.last, packets: record.packets, surely: record.surely))
                }
            }
            for span in spans {
                let line =
                    "\(key.site) \(key.kind) \(key.address) \(key.service) \(span.first) \(span.last) \(span.packets)"
                plain.insert(line)
                if key.kind == "attack", span.packets >= 25, span.last - span.first >= 60_000,
                    records.contains(where: { $0.first >= span.first && $0.last <= span.last && $0.packets >= 5 })
                {
                    certain.insert(line)
                }
            }
        }
        let events = try scene.connection.query(
            """
            SELECT concat_ws(' ', coalesce(site, 'all') || CASE WHEN week < '2024-03-04Z' THEN 'a' ELSE 'b' END,
                kind, address - '0.0.0.0', service, (extract(epoch FROM first_seen) * 1000)::int8,
                (extract(epoch FROM last_seen) * 1000)::int8, packets)
            FROM (
                SELECT t.code AS site, e.*, CASE e.kind WHEN 1 THEN api.class_name((e.service >> 24)::int2) ELSE 'attack' END
                    AS kind, e.service & 65535 AS service
                FROM event.episode e LEFT JOIN meta.site t ON t.id = e.telescope
            ) e (site, telescope, k, address, s, week, first_seen, last_seen, timeout, packets, d, dl, dm, peak, ports,
                port_packets, more, sites, kind, service)
            """)
        let made = Set((0..<events.rowCount).compactMap { events.text($0, 0) })
        #expect(made.subtracting(plain) == [])
        #expect(certain.subtracting(made) == [])
        #expect(certain.count > 3 && made.count > certain.count)
    }

    @Test func anEventHasItsRateSitesAndSmallestRate() throws {
        let scene = try Self.scene()
        // An hour of a scan of 4,096 + 1,024 addresses, a packet every second at the one and every four at the other.
        for minute in 0..<60 as Range<Int64> {
            for (second, packets) in [(false, 60), (true, 15)] as [(Bool, UInt32)] {
                let scan = Self.record(
                    0x0A00_0001, .tcpSyn, 445, packets: packets, destinations: packets, first: 0, last: 59_000,
                    destination: UInt32(minute))
                let attack = Self.record(
                    0x0A00_0002, .tcpSynAck, 80, packets: packets, destinations: packets, first: 0, last: 59_000)
                let batch = Self.batch(
                    minute < 20 ? [scan, attack] : [scan], start: Self.start - 7_200 + minute * 60,
                    policy: second ? .none : .permuted)
                #expect(
                    try scene.connection.store([
                        Self.pending(scene, batch, sequence: UInt64(minute) + 1, second: second)
                    ]) == [.stored])
            }
        }
        try RollupTests.drain(scene.connection)
        let scans = try scene.rows(
            """
            SELECT site, source, class, service_port, packets, destinations_most, addresses, round(rate_pps), sites,
                rate_low < rate_pps AND rate_pps < rate_high, round(smallest_rate), is_open, packets_a_minute
            FROM api.scan_event ORDER BY site NULLS FIRST
            """)
        // 2^32 / 5,120 addresses * (4,500 - 1) packets / 3,599 s; the smallest are 15.7 packets of a day, or a little more.
        #expect(
            scans == [
                #"(,10.0.0.1,tcp-syn,445,4500,4500,5120,1048634,"{alpha,beta}",t,\#(try smallest(scene, "IS NULL")),f,75)"#,
                #"(alpha,10.0.0.1,tcp-syn,445,3600,3600,4096,1048576,{alpha},t,\#(try smallest(scene, "= 'alpha'")),f,60)"#,
                #"(beta,10.0.0.1,tcp-syn,445,900,900,1024,1047702,{beta},t,\#(try smallest(scene, "= 'beta'")),f,15)"#,
            ])
        #expect(
            try scene.rows(
                """
                SELECT site, victim, protocol, ports, port_packets, packets, meets_moore, sites,
                    extract(epoch FROM last_seen - first_seen)::int4
                FROM api.attack_event ORDER BY site NULLS FIRST
                """) == [
                    #"(,10.0.0.2,6,{80},{1500},1500,t,"{alpha,beta}",1199)"#,
                    "(alpha,10.0.0.2,6,{80},{1200},1200,t,{alpha},1199)",
                    "(beta,10.0.0.2,6,{80},{300},300,f,{beta},1199)",
                ])
    }

    private func smallest(_ scene: Scene, _ site: String) throws -> String {
        try scene.value("SELECT round(smallest_scan) FROM api.telescope WHERE site \(site)") ?? ""
    }

    /// Quantiles of chi-square with 2 · gaps degrees of freedom, halved, from printed tables.
    @Test func intervalsOfRatesAreThoseOfThePoissonProcess() throws {
        let scene = try Scene()
        for (gaps, low, high) in [(9, 4.1154, 15.7632), (24, 15.3773, 34.5113), (99, 80.4637, 119.6104)] {
            let row = try scene.connection.query(
                "SELECT \(gaps) * event.rate_bound(\(gaps), -1.96), \(gaps) * event.rate_bound(\(gaps), 1.96)")
            for (column, expected) in [(0, low), (1, high)] {
                let value = try #require(row.text(0, column).flatMap { Double($0) })
                #expect(abs(value / expected - 1) < 0.01, "\(gaps) gaps: \(value)")
            }
        }
        #expect(try scene.value("SELECT event.rate_bound(0, 1.96)") == nil)
    }

    @Test func eventsOutliveTheirFlowsAndFlowsWaitForThem() throws {
        let scene = try Self.scene()
        let scan = Self.record(1, .tcpSyn, 23, packets: 50, destinations: 50, first: 0, last: 59_000)
        _ = try scene.connection.store([Self.pending(scene, Self.batch([scan], start: Self.start), sequence: 1)])
        try RollupTests.drain(scene.connection, events: false)
        // The day after forty from when it arrived.
        let later: Int64 = 1_760_000_123 + 41 * 86_400
        #expect(try scene.connection.keepPartitions(for: 30 * 86_400, now: later).dropped == [])
        try RollupTests.drain(scene.connection)
        let events = try scene.rows("SELECT * FROM api.scan_event")
        #expect(events.count == 2)
        #expect(try scene.connection.keepPartitions(for: 30 * 86_400, now: later).dropped == ["20240303"])
        try scene.connection.query("SELECT rollup.mark(1, '2024-03-03Z', '2024-03-04Z')")
        try RollupTests.drain(scene.connection)
        try scene.connection.dropOldSegments()
        #expect(try scene.value("SELECT count(*) FROM event.segment") == "0")
        #expect(try scene.rows("SELECT * FROM api.scan_event") == events)
        // What comes now of another hour of the week is of too little to be told from what is gone.
        let rest = Self.record(1, .tcpSyn, 23, packets: 5, destinations: 5, first: 0, last: 59_000)
        let late = Self.batch([rest], start: Self.start + 3_600)
        _ = try scene.connection.store([Self.pending(scene, late, sequence: 2)])
        try RollupTests.drain(scene.connection)
        #expect(try scene.rows("SELECT * FROM api.scan_event") == events)
        #expect(try scene.value("SELECT count(*) FROM event.dirty") == "0")
    }
}
