import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// What is asked of all sites together.
@Suite struct WorldQuestionsTests {
    private static let midnight: Int64 = 1_709_164_800

    /// Four sensors at three sites.
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.connection.script(
            """
            INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta'), ('gamma', 'Gamma');
            INSERT INTO meta.sensor (site, name) VALUES (2, 'edge'), (3, 'edge'), (1, 'core');
            UPDATE meta.sensor SET created_at = '2020-01-01Z';
            INSERT INTO meta.sensor_key (sensor, public_key)
            SELECT id, decode(lpad(to_hex(id), 64, '0'), 'hex') FROM meta.sensor WHERE id > 1;
            """)
        return scene
    }

    private static let sites: [Int32: String] = [1: "alpha", 2: "beta", 3: "gamma", 4: "alpha"]

    /// A batch of a sensor with few sources, that arrived so many seconds after its window.
    private func batch(
        _ scene: Scene, sensor: Int32, sequence: UInt64, start: Int64, sources: ClosedRange<UInt128>,
        family: AddressFamily = .ipv4, records: Int = 20, using random: inout some RandomNumberGenerator
    ) -> (pending: PendingBatch, records: [FlowRecord]) {
        var batch = Sample.batch(family: family, records: records, start: start, using: &random)
        for index in batch.records.indices {
            batch.records[index].key.source = Address(bits: .random(in: sources, using: &random), family: family)
            batch.records[index].packets = .random(in: 1...50, using: &random)
            batch.records[index].tools = ToolMatches()
        }
        batch.records.sort {
            ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
        }
        batch.account.aggregated = batch.records.reduce(0) { $0 + UInt64($1.packets) }
        batch.account.received = batch.account.aggregated
        let key = sensor == scene.sensor ? scene.publicKey : [UInt8](repeating: 0, count: 31) + [UInt8(sensor)]
        let pending = PendingBatch(
            sensor: sensor, publicKey: key, epoch: scene.epoch, sequence: sequence, digest: sequence &* 77,
            content: .flows(batch), encoded: [1], receivedUnixMicroseconds: 1_760_000_000_123_456, isImport: false)
        return (pending, batch.records)
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu"]) func sourcesAtSitesAreThoseThatSoManySitesSaw(zone: String) throws {
        let scene = try scene()
        try scene.connection.query("SET TimeZone = '\(zone)'")
        var random = SystemRandomNumberGenerator()
        var records: [(day: Int64, site: String, record: FlowRecord)] = []
        for sequence in 1...24 as ClosedRange<UInt64> {
            let day = Int64.random(in: 0..<3, using: &random)
            let made = batch(
                scene, sensor: .random(in: 1...4, using: &random), sequence: sequence,
                start: Self.midnight + day * 86_400 + .random(in: 0..<86_340, using: &random), sources: 1...90,
                family: sequence % 3 == 0 ? .ipv6 : .ipv4, using: &random)
            _ = try scene.connection.store([made.pending])
            let site = try #require(Self.sites[made.pending.sensor])
            records += made.records.map { (day, site, $0) }
        }
        try RollupTests.drain(scene.connection)
        for (days, since, until) in [(0..<1, "02-29", "03-01"), (1..<3, "03-01", "03-03"), (2..<3, "03-02", "03-03")] {
            for least in 1...3 {
                let expected = Self.plain(records.filter { days.contains(Int($0.day)) }, least)
                let call = "api.sources_at_sites('2024-\(since)', '2024-\(until)', \(least)"
                #expect(try Self.seen(scene, "\(call))") == expected)
                #expect(try Self.seen(scene, "\(call), 2)") == Array(expected.prefix(2)))
                guard days.count == 1 else { continue }
                let whole = try scene.rows("SELECT * FROM \(call))")
                // A day that lacks something is not taken from the rollup of the world.
                try scene.connection.query("UPDATE rollup.world_source_day SET sites = '{1}', packets = '{1}'")
                try scene.connection.markWorld(.day, Self.midnight + Int64(days.lowerBound) * 86_400, .sources)
                #expect(try scene.rows("SELECT * FROM \(call))") == whole)
                try RollupTests.drain(scene.connection)
            }
        }
    }

    private static func plain(_ records: [(day: Int64, site: String, record: FlowRecord)], _ least: Int) -> [String] {
        var seen: [Address: (sites: Set<String>, packets: Int)] = [:]
        for (_, site, record) in records {
            seen[record.key.source, default: ([], 0)].sites.insert(site)
            seen[record.key.source]?.packets += Int(record.packets)
        }
        return seen.filter { $0.value.sites.count >= least }
            .sorted {
                ($0.value.sites.count, $0.value.packets, $1.key.family.bitWidth, $1.key.bits)
                    > ($1.value.sites.count, $1.value.packets, $0.key.family.bitWidth, $0.key.bits)
            }
            .map { "\($0.key) \($0.value.sites.count) \($0.value.packets)" }
    }

    private static func seen(_ scene: Scene, _ call: String) throws -> [String] {
        let found = try scene.connection.query("SELECT source, sites_seen, packets FROM \(call)")
        return (0..<found.rowCount).map { row in
            (0..<3).map { found.text(row, $0) ?? "" }.joined(separator: " ")
        }
    }

    @Test func theOverviewHasEachFigureBesideTheMedianOfAWeek() throws {
        let scene = try scene()
        var random = SystemRandomNumberGenerator()
        let at = Self.midnight + 8 * 86_400 + 12 * 3_600 + 1_500
        var packets: [Double] = []
        // Of the 24 hours before each hour, which begin with the same hour of the day before.
        var sources = [Set<Address>](repeating: [], count: 6)
        var sequence: UInt64 = 0
        for back in 0..<6 as Range<Int64> {
            var sum = 0
            // The hour that holds the twentieth minute before, and the one before it; one site less each other day.
            for sensor in 1...(back % 2 == 0 ? 3 : 2) as ClosedRange<Int32> {
                for offset in [-1_200, -4_800] as [Int64] {
                    sequence += 1
                    let made = batch(
                        scene, sensor: sensor, sequence: sequence, start: at - back * 86_400 + offset,
                        sources: 1...200, using: &random)
                    _ = try scene.connection.store([made.pending])
                    let count = made.records.reduce(0) { $0 + Int($1.packets) }
                    if offset == -1_200 { sum += count }
                    let day = Int(back) - (offset == -1_200 ? 1 : 0)
                    if day >= 0 { sources[day].formUnion(made.records.map(\.key.source)) }
                }
            }
            packets.append(Double(sum))
        }
        try RollupTests.drain(scene.connection)
        try scene.connection.query(
            """
            UPDATE raw.batch SET committed_at = window_start + (window_seconds + extract(hour FROM window_start)
                + extract(day FROM window_start)) * interval '1 s'
            """)
        if RollupTests.hasHLL { try scene.connection.query("CREATE EXTENSION hll SCHEMA public") }
        let found = try scene.connection.query(
            "SELECT name, value, usual, unit FROM api.overview(to_timestamp(\(at)))")
        let rows = (0..<found.rowCount).map { row in
            [found.text(row, 0), found.text(row, 1), found.text(row, 2)].map { $0 ?? "" }
        }
        #expect(rows.map(\.first) == ["packets", "sources", "sites reporting", "sites", "delay", "delay of 99 %"])
        guard rows.count == 6 else { return }
        #expect(rows[0][1...] == [text(packets[0]), text(median(packets.dropFirst()))])
        if RollupTests.hasHLL {
            #expect(
                rows[1][1...] == [
                    text(Double(sources[0].count)), text(median(sources.dropFirst().map { Double($0.count) })),
                ])
        }
        #expect(rows[2][1...] == ["3", "2"] && rows[3][1...] == ["3", "3"])
        // Days 8 and, in the week before, 3 to 7 of March; hour 12.
        #expect(rows[4][1...] == ["20", "17"] && rows[5][1...] == ["20", "17"])
        let empty = try scene.rows("SELECT value, usual FROM api.overview('2010-01-01Z')")
        #expect(empty == Array(repeating: "(,)", count: 6))
    }

    private func median(_ values: some Collection<Double>) -> Double {
        let sorted = values.sorted()
        return sorted.count % 2 == 1
            ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
    }

    private func text(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
