import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// Days by source.
@Suite struct DaySourcesTests {
    /// 2024-02-29T00:00Z.
    private static let day: Int64 = 1_709_164_800

    /// A batch of one SYN from each source.
    private func batch(_ sources: some Sequence<UInt32>, start: Int64 = day, tools: ToolMatches = ToolMatches())
        -> FlowBatch
    {
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        account.sensorVersion = "1.2.3"
        let records = sources.map { source in
            FlowRecord(
                key: FlowKey(source: Address(ipv4: source), ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23),
                packets: 1, bytes: 40, destinations: DistinctCount(1), firstMilliseconds: 0, lastMilliseconds: 0,
                exemplar: Exemplar(sourcePort: 1, destination: 1, ttl: 64, ipLength: 40, tcpFlags: 2), tools: tools)
        }
        account.aggregated = UInt64(records.count)
        account.received = account.aggregated
        return FlowBatch(
            window: Window(containing: start, length: 60), policy: .full, account: account, family: .ipv4,
            records: records)
    }

    @Test func theHistoryOfABlockIsFoundByTheIndexAndIsThatOfTheView() throws {
        let scene = try Scene()
        for number in 0..<12 as Range<UInt32> {
            let sources = (0..<2_500).map { number % 3 + $0 * 1_000_003 }.sorted()
            let start = Self.day + Int64(number % 4) * 86_400
            let stored = try scene.connection.store([
                scene.pending(.flows(batch(sources, start: start)), sequence: UInt64(number) + 1)
            ])
            #expect(stored == [.stored])
        }
        try RollupTests.drain(scene.connection)
        try scene.connection.query("ANALYZE rollup.source_day")
        for block in ["15.0.0.0/8", "1.2.3.0/24", "0.15.66.67", "0.0.0.0/0"] {
            let history = "SELECT * FROM api.source_history('\(block)', '2024-03-01', '2024-03-03')"
            let plain = """
                SELECT * FROM api.source_day
                WHERE source <<= '\(block)' AND day >= '2024-03-01' AND day < '2024-03-03'
                """
            #expect(try scene.rows("(\(history) EXCEPT ALL \(plain)) UNION ALL (\(plain) EXCEPT ALL \(history))") == [])
            #expect(
                try #require(Int(try scene.value("SELECT count(*) FROM (\(history)) h") ?? "")) > 0
                    || block == "1.2.3.0/24")
        }
        try scene.connection.query("SET enable_seqscan = off")
        let plan = try scene.connection.query(
            "EXPLAIN SELECT * FROM api.source_day WHERE source_range && rollup.address_range('0.15.66.67', '0.15.66.67', '[]')"
        )
        let text = (0..<plan.rowCount).compactMap { plan.text($0, 0) }.joined(separator: "\n")
        #expect(text.contains("source_day_addresses"))
    }

    /// Also on days that the world lacks, or has not whole.
    @Test func theHistoryOfAnAddressIsThatOfTheView() throws {
        let scene = try Scene()
        try scene.connection.script(
            """
            INSERT INTO meta.sensor (site, name) VALUES (1, 'core');
            INSERT INTO meta.sensor_key (sensor, public_key) VALUES (2, decode(repeat('02', 32), 'hex'));
            """)
        var random = SystemRandomNumberGenerator()
        for sequence in 1...30 as ClosedRange<UInt64> {
            var batch = Sample.batch(
                family: sequence % 3 == 0 ? .ipv6 : .ipv4, records: 40,
                start: Self.day + .random(in: 0..<3 * 86_400, using: &random), using: &random)
            for index in batch.records.indices {
                batch.records[index].key.source = Address(
                    bits: .random(in: 1...20, using: &random), family: batch.records[index].key.source.family)
            }
            var pending = scene.pending(.flows(batch), sequence: sequence)
            if sequence % 2 == 0 { (pending.sensor, pending.publicKey) = (2, [UInt8](repeating: 2, count: 32)) }
            #expect(try scene.connection.store([pending]) == [.stored])
        }
        try RollupTests.drain(scene.connection)
        func differences() throws -> [String] {
            try (0...21).flatMap { number in
                try ["0.0.0.\(number)", "::\(String(number, radix: 16))"].flatMap { address in
                    let history = "SELECT * FROM api.source_history('\(address)', '2024-02-29', '2024-03-02')"
                    let plain = "SELECT * FROM api.source_day WHERE source = '\(address)' AND day < '2024-03-02'"
                    return try scene.rows(
                        "(\(history) EXCEPT ALL \(plain)) UNION ALL (\(plain) EXCEPT ALL \(history))")
                }
            }
        }
        #expect(try differences() == [])
        #expect(
            try scene.value("SELECT count(*) > 2 FROM api.source_history('0.0.0.7', '2024-02-29', '2024-03-03')") == "t"
        )
        try scene.connection.query("DELETE FROM rollup.world_source_day WHERE start = '2024-02-29Z'")
        try scene.connection.markWorld(.day, Self.day, .sources)
        try scene.connection.query(
            "UPDATE rollup.world_source_day SET least_sites = 2, source_max = source_min WHERE start = '2024-03-01Z'")
        #expect(try differences() == [])
    }

    @Test func aToolIsNamedAfterThreeSYNsOfWhichNineInTenMatch() throws {
        let scene = try Scene()
        let masscan = ToolMatches(masscan: 1)
        let batches = [
            batch([1, 2, 3], tools: masscan), batch([1, 2, 3], tools: masscan), batch([1, 2], tools: masscan),
            batch([2]),
        ]
        _ = try scene.connection.store(
            batches.enumerated().map { scene.pending(.flows($1), sequence: UInt64($0) + 1) })
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows("SELECT source, syn_packets, masscan, tool FROM api.source_day ORDER BY source")
                == ["(0.0.0.1,3,3,masscan)", "(0.0.0.2,4,3,)", "(0.0.0.3,2,2,)"])
    }

    @Test func theDayOfTodayIsMadeWhenItIsOver() throws {
        let scene = try Scene()
        let now = try #require(Int64(try scene.value("SELECT extract(epoch FROM now())::int8") ?? ""))
        _ = try scene.connection.store([scene.pending(.flows(batch([1], start: now + 3_600)), sequence: 1)])
        try RollupTests.drain(scene.connection)
        #expect(try scene.value("SELECT count(*) FROM rollup.port_day") == "1")
        #expect(try scene.value("SELECT count(*) FROM rollup.source_day") == "0")
        #expect(try scene.value("SELECT count(*) FROM rollup.dirty WHERE kind = 2") == "1")
    }
}
