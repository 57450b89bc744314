import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// What was observed, and what was not.
@Suite struct CoverageTests {
    static let hour: Int64 = 3_600

    /// A scene whose site has these blocks at these times.
    static func scene(_ blocks: [(prefix: String, validity: String)] = [("198.51.100.0/24", "(,)")]) throws
        -> Scene
    {
        let scene = try Scene()
        for block in blocks {
            try scene.connection.query(
                "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, $1::cidr, $2::tstzrange)",
                [block.prefix, block.validity])
        }
        return scene
    }

    /// A batch of so many packets, of one record each.
    static func batch(
        _ start: Int64, length: UInt32 = 60, packets: UInt32 = 1, family: AddressFamily = .ipv4,
        change: (inout FlowBatch) -> Void = { _ in }
    ) -> FlowBatch {
        var account = CaptureAccount()
        account.observedToMilliseconds = length * 1_000
        account.aggregated = UInt64(packets)
        account.received = UInt64(packets)
        account.sensorVersion = "1.2.3"
        var batch = FlowBatch(
            window: Window(containing: start, length: length), policy: .full, account: account, family: family)
        if packets > 0 {
            batch.records = [
                FlowRecord(
                    key: FlowKey(
                        source: Address(bits: 0x0102_0304, family: family), ipProtocol: 6, trafficClass: .tcpSyn,
                        servicePort: 23),
                    packets: packets, bytes: UInt64(packets) * 40, destinations: DistinctCount(1),
                    firstMilliseconds: 0, lastMilliseconds: packets == 1 ? 0 : 1,
                    exemplar: Exemplar(sourcePort: 1, destination: 1, ttl: 64, ipLength: 40, tcpFlags: 2))
            ]
        }
        change(&batch)
        return batch
    }

    static func store(_ scene: Scene, _ batches: [FlowBatch], from sequence: UInt64 = 1) throws {
        let pending = batches.enumerated().map { scene.pending(.flows($1), sequence: sequence + UInt64($0)) }
        let outcomes = try scene.connection.store(pending)
        #expect(outcomes.allSatisfy { $0 == .stored })
    }

    private static func states(_ scene: Scene, span: Int = 3_600) throws -> [String?] {
        let result = try scene.connection.query("SELECT state FROM api.coverage WHERE span = \(span) ORDER BY start")
        return (0..<result.rowCount).map { result.text($0, 0) }
    }

    @Test func completeQuietPartialAndMissingDiffer() throws {
        let scene = try Self.scene()
        let now = try #require(Int64(try scene.value("SELECT extract(epoch FROM now())::int8") ?? ""))
        let start = RollupMarks.hour(now) - 8 * Self.hour
        try scene.connection.query("UPDATE meta.sensor SET created_at = to_timestamp(\(start))")
        var batches: [FlowBatch] = []
        for minute in 0..<60 as Range<Int64> {
            batches.append(Self.batch(start + minute * 60))
            batches.append(Self.batch(start + Self.hour + minute * 60, packets: 0))
            if minute < 30 { batches.append(Self.batch(start + 2 * Self.hour + minute * 60)) }
        }
        try Self.store(scene, batches)
        try scene.connection.markUncovered()
        try RollupTests.drain(scene.connection)
        let states = try Self.states(scene)
        #expect(states.prefix(6) == ["complete", "quiet", "partial", "missing", "missing", "missing"])
        #expect(
            try scene.rows(
                """
                SELECT observed_seconds, observed_address_seconds, expected_address_seconds, coverage, packets,
                    packets_per_address_day, windows
                FROM api.coverage WHERE span = 3600 ORDER BY start LIMIT 4
                """) == [
                    "(3600,921600,921600,1,60,5.625,60)", "(3600,921600,921600,1,0,0,60)",
                    "(1800,460800,921600,0.5,30,5.625,30)", "(0,0,921600,0,0,,0)",
                ])
        let minutes = try Self.states(scene, span: 300)
        #expect(minutes[..<12].allSatisfy { $0 == "complete" } && minutes[12..<24].allSatisfy { $0 == "quiet" })
        #expect(minutes[24..<30].allSatisfy { $0 == "complete" } && minutes[30..<36].allSatisfy { $0 == "missing" })
        // Nothing more to mark, and what comes late replaces what was missing.
        try scene.connection.markUncovered()
        let again =
            "SELECT count(*) FROM rollup.dirty WHERE kind = 1 AND start < to_timestamp(\(start + 6 * Self.hour))"
        #expect(try scene.value(again) == "0")
        try Self.store(scene, (0..<60).map { Self.batch(start + 3 * Self.hour + $0 * 60) }, from: 1_000)
        try RollupTests.drain(scene.connection)
        #expect(try Self.states(scene)[3] == "complete")
    }

    @Test func whatASensorHasUnderWayIsLateAndNotMissing() throws {
        let scene = try Self.scene()
        let start: Int64 = 1_760_000_400
        try Self.store(scene, [Self.batch(start), Self.batch(start + 60)])
        try RollupTests.drain(scene.connection)
        #expect(try Self.states(scene) == ["partial"])
        try Self.store(scene, [Self.batch(start + 180)], from: 4)
        try RollupTests.drain(scene.connection)
        #expect(try Self.states(scene) == ["late"])
        try Self.store(scene, [Self.batch(start + 120)], from: 3)
        try RollupTests.drain(scene.connection)
        #expect(try Self.states(scene) == ["partial"])
    }

    @Test(arguments: ["UTC", "America/St_Johns"])
    func aPrefixThatChangesInMidYearDividesByTheRightNumberOfAddressesEachDay(zone: String) throws {
        let scene = try Self.scene([
            ("198.51.100.0/24", "(,\"2024-07-02T12:00Z\")"), ("198.51.100.0/23", "[\"2024-07-02T12:00Z\",)"),
        ])
        try scene.connection.query("SET TimeZone = '\(zone)'")
        // Every dark address gets a packet an hour from 2024-07-01T00:00Z on for three days.
        let start: Int64 = 1_719_792_000
        try Self.store(
            scene, (0..<72).map { Self.batch(start + $0 * Self.hour, length: 3_600, packets: $0 < 36 ? 256 : 512) })
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows(
                """
                SELECT (start AT TIME ZONE 'UTC')::date, expected_address_seconds / 86400, coverage, packets_per_address_day
                FROM api.coverage WHERE span = 86400 ORDER BY start
                """) == ["(2024-07-01,256,1,24)", "(2024-07-02,384,1,24)", "(2024-07-03,512,1,24)"])
        #expect(try scene.value("SELECT count(*) FROM api.coverage WHERE span = 300") == "0")
    }

    @Test func aLeapDayIsADay() throws {
        let scene = try Self.scene()
        let start: Int64 = 1_709_164_800
        try Self.store(scene, (0..<24).map { Self.batch(start + $0 * Self.hour, length: 3_600, packets: 256) })
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows(
                "SELECT start, observed_seconds, packets_per_address_day FROM api.coverage WHERE span = 86400")
                == ["(\"2024-02-29 00:00:00+00\",86400,24)"])
    }

    @Test func aCorrectionOfTheRegistryCorrectsTheHoursThatItConcerns() throws {
        let scene = try Self.scene()
        let start: Int64 = 1_719_792_000
        try Self.store(scene, (0..<3).map { Self.batch(start + $0 * Self.hour, length: 3_600, packets: 256) })
        try RollupTests.drain(scene.connection)
        try scene.connection.query("UPDATE meta.dark_prefix SET validity = '[2024-07-01T01:30Z,)'")
        #expect(try scene.value("SELECT count(*) FROM rollup.dirty") == "2")
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows(
                """
                SELECT observed_address_seconds, expected_address_seconds, packets_per_address_day FROM api.coverage
                WHERE span = 3600 ORDER BY start
                """) == ["(0,0,)", "(460800,460800,48)", "(921600,921600,24)"])
        try scene.connection.query("UPDATE meta.dark_prefix SET prefix = '198.51.100.0/25'")
        #expect(try scene.value("SELECT count(*) FROM rollup.dirty") == "2")
        #expect(try scene.connection.addBlock(site: "alpha", prefix: #require(Prefix("192.0.2.0/24"))) == .done)
        #expect(try scene.value("SELECT count(*) FROM rollup.dirty") == "2")
    }

    @Test func timeThatTwoRunsObservedCountsOnceAndTheirPacketsBoth() throws {
        let scene = try Self.scene()
        let start: Int64 = 1_719_792_000
        let second = Epoch(high: 9, low: 9)
        let early = Self.batch(start, packets: 5) { $0.account.observedToMilliseconds = 40_000 }
        let late = Self.batch(start, packets: 7) { $0.account.observedFromMilliseconds = 30_000 }
        _ = try scene.connection.store([
            scene.pending(.flows(early), sequence: 1), scene.pending(.flows(late), sequence: 1, epoch: second),
        ])
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows("SELECT observed_seconds, packets, windows FROM api.coverage WHERE span = 3600") == [
                "(60,12,2)"
            ])
    }

    @Test func dropsGapsAndMissingPartsMakeAnHourPartial() throws {
        let scene = try Self.scene()
        let start: Int64 = 1_719_792_000
        try Self.store(
            scene,
            [
                Self.batch(start, length: 3_600) { $0.account.kernelDropped = 3 },
                Self.batch(start + Self.hour, length: 3_600) { $0.isLastPart = false },
                Self.batch(start + 2 * Self.hour, length: 3_600) { $0.account.link = .down },
                Self.batch(start + 3 * Self.hour, length: 3_600), Self.batch(start + 4 * Self.hour, length: 3_600),
            ])
        let report = GapReport(
            reason: .dropped, epoch: scene.epoch,
            entries: [
                GapEntry(
                    sequence: 0, from: start + 3 * Self.hour, to: start + 3 * Self.hour + 60, packets: 17, bytes: nil)
            ])
        _ = try scene.connection.store([scene.pending(.gap(report), sequence: 6)])
        try RollupTests.drain(scene.connection)
        #expect(try Self.states(scene) == ["partial", "partial", "partial", "partial", "complete"])
        #expect(
            try scene.rows(
                """
                SELECT dropped, incomplete_windows, link_down_windows, gaps, lost_packets FROM api.coverage
                WHERE span = 3600 ORDER BY start
                """) == ["(3,0,0,0,0)", "(0,1,0,0,0)", "(0,0,1,0,0)", "(0,0,0,1,17)", "(0,0,0,0,0)"])
    }

    @Test func packetsOfOverflowCountUnderTheirOwnFamily() throws {
        let scene = try Self.scene()
        let batch = Self.batch(1_719_792_000, packets: 5) { batch in
            batch.overflow = [AddressFamily.ipv4, .ipv6].map { family in
                OverflowRecord(
                    family: family, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 80,
                    packets: family == .ipv4 ? 100 : 1_000, bytes: 40_000, sources: DistinctCount(9))
            }
            batch.account.overflowed = 1_100
            batch.account.aggregated = 1_105
        }
        try Self.store(scene, [batch, Self.batch(1_719_792_000, packets: 3, family: .ipv6)])
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows("SELECT packets, ipv4_packets FROM api.coverage WHERE span = 3600") == ["(1108,105)"])
    }
}
