import FlowModel
import Testing
import WireFormat

@testable import Store

@Suite struct ScannerTests {
    static func load(_ connection: StoreConnection, _ blocks: [String], name: String = "list") throws {
        let rows = try blocks.map {
            ScannerRow(block: try #require(Prefix($0)), organisation: "Example", lastSeen: "2025-12-31")
        }
        _ = try connection.importScanners(EnrichmentImport(name: name, date: "2026-01-31", digest: 7), rows)
    }

    @Test func aListStandsInThePlaceOfTheOneOfItsName() throws {
        let scene = try Scene()
        try Self.load(scene.connection, ["192.0.2.0/24", "192.0.2.1", "192.0.2.1"])
        try Self.load(scene.connection, ["198.51.100.0/24"], name: "other")
        #expect(try scene.value("SELECT api.scanner_label('192.0.2.7')") == "Example")
        #expect(
            try scene.rows("SELECT * FROM api.scanner ORDER BY 1").map { $0.prefix(24) }
                == ["(192.0.2.0/24,Example,lis", "(192.0.2.1/32,Example,lis", "(198.51.100.0/24,Example,"].map {
                    $0.prefix(24)
                })
        for _ in 0..<4 { try Self.load(scene.connection, ["203.0.113.0/24"]) }
        #expect(
            try scene.rows("SELECT block, list FROM api.scanner ORDER BY 1") == [
                "(198.51.100.0/24,other)", "(203.0.113.0/24,list)",
            ])
        #expect(try scene.connection.versions(kind: "scanners").map(\.name) == ["other", "list", "list", "list"])
        #expect(try scene.value("SELECT api.scanner_label('192.0.2.7')") == nil)
        #expect(try scene.connection.endScanners(name: "list"))
        #expect(try !scene.connection.endScanners(name: "list"))
        #expect(try scene.rows("SELECT list FROM api.scanner") == ["(other)"])
    }

    @Test func theChoiceIsOneOfThree() throws {
        let scene = try Scene()
        for call in ["'some'", "NULL", "'all', 300"] {
            #expect(throws: StoreError.self) {
                try scene.connection.query("SELECT api.port_traffic_by('2026-01-01', '2026-01-02', \(call))")
            }
        }
    }

    /// A sensor of its own, and batches of it in which each source sends so many packets to each of so many ports.
    private struct Watcher {
        let sensor: Int32
        let key: [UInt8]
        let epoch = Epoch(high: .random(in: 0 ... .max), low: 1)
        var sequence: UInt64 = 0

        init(_ scene: Scene, _ name: String) throws {
            key = (0..<32).map { _ in .random(in: 0...255) }
            let added = try scene.connection.query(
                "INSERT INTO meta.sensor (site, name) VALUES (1, $1) RETURNING id", [name])
            sensor = try #require(added.number(0, 0, as: Int32.self))
            try scene.connection.query(
                "INSERT INTO meta.sensor_key (sensor, public_key) VALUES ($1::int4, $2::bytea)",
                ["\(sensor)", Literal.bytes(key)])
        }

        mutating func store(
            _ scene: Scene, start: Int64, _ sources: [(address: UInt32, ports: Int, packets: UInt32)]
        ) throws {
            var random = SystemRandomNumberGenerator()
            let count = sources.reduce(0) { $0 + $1.ports }
            var batch = Sample.batch(family: .ipv4, records: count, start: start, using: &random)
            var index = 0
            for source in sources {
                for port in 0..<source.ports {
                    batch.records[index].key = FlowKey(
                        source: Address(ipv4: source.address), ipProtocol: 6, trafficClass: .tcpSyn,
                        servicePort: UInt16(1_000 + port), victim: nil)
                    batch.records[index].packets = source.packets
                    index += 1
                }
            }
            batch.records.sort { ($0.key.servicePort, $0.key.source) < ($1.key.servicePort, $1.key.source) }
            sequence += 1
            let pending = PendingBatch(
                sensor: sensor, publicKey: key, epoch: epoch, sequence: sequence, digest: sequence,
                content: .flows(batch),
                encoded: [1], receivedUnixMicroseconds: 1_760_000_000_000_000, isImport: true)
            #expect(try scene.connection.store([pending]) == [.stored])
        }
    }

    /// Each watches a /8 for a minute of the day: 2^24 / 1440 = 11,651 addresses and days, two of them 23,302.
    @Test func behaviourIsPacketsForEachObservedAddressOfAllSensorsAndThirtyServices() throws {
        let scene = try Scene()
        try scene.connection.query(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '10.0.0.0/8', '(,)')")
        var watchers = [try Watcher(scene, "first"), try Watcher(scene, "second")]
        let day: Int64 = 1_709_164_800
        // 1: enough of all. 2: together at both. 3: too few services. 4: enough for one sensor, not for two. 5: too few.
        try watchers[0].store(
            scene, start: day + 7_200, [(1, 40, 600), (2, 40, 300), (3, 10, 9_000), (4, 40, 500), (5, 200, 1)])
        try watchers[1].store(scene, start: day + 7_200, [(2, 40, 300), (5, 200, 1)])
        try watchers[0].store(scene, start: day + 86_400, [(1, 2, 5), (4, 2, 7)])
        try watchers[1].store(scene, start: day + 31 * 86_400 - 3_600, [(1, 1, 11)])
        try watchers[1].store(scene, start: day + 31 * 86_400, [(1, 1, 13)])
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows(
                """
                SELECT source, packets, services BETWEEN 30 AND 55, round(addresses), sites
                FROM enrichment.behaviour_day ORDER BY 1
                """) == ["(0.0.0.1,24000,t,23302,{1})", "(0.0.0.2,24000,t,23302,{1})"])
        #expect(
            try scene.rows("SELECT block, list, since, until FROM api.scanner ORDER BY 1")
                == ["(0.0.0.1/32,behaviour,2024-02-29,2024-02-29)", "(0.0.0.2/32,behaviour,2024-02-29,2024-02-29)"])
        // The labels of a day count from the next one on, for 30 days. Hours came before days, so they are made again.
        try scene.connection.query("SELECT rollup.mark(id, '2024-02-29', '2024-04-01') FROM meta.sensor")
        try RollupTests.drain(scene.connection)
        for span in [3_600, 86_400] {
            #expect(
                try scene.rows(
                    """
                    SELECT (start AT TIME ZONE 'UTC')::date, sum(packets), sum(sources)
                    FROM api.port_traffic_by('2024-02-29', '2024-05-01', 'only', \(span)) GROUP BY 1 ORDER BY 1
                    """) == ["(2024-03-01,10,2)", "(2024-03-30,11,1)"])
            #expect(
                try scene.rows(
                    """
                    SELECT service_port, packets, sources
                    FROM api.port_traffic_by('2024-03-01', '2024-03-02', 'without', \(span)) ORDER BY 1
                    """) == ["(1000,7,1)", "(1001,7,1)"])
        }
        #expect(try scene.value("SELECT api.scanner_label('0.0.0.1', '2024-03-05Z')") == "behaviour")
        #expect(try scene.value("SELECT api.scanner_label('0.0.0.1', '2024-04-05Z')") == nil)
        // What a sensor delivered is withdrawn: the other one alone saw half of it.
        try scene.connection.query("SELECT raw.withdraw(\(watchers[1].sensor), '2024-02-29', '2024-03-01')")
        try RollupTests.drain(scene.connection)
        #expect(
            try scene.rows("SELECT source, packets FROM enrichment.behaviour_day ORDER BY 1")
                == ["(0.0.0.1,24000)", "(0.0.0.2,12000)", "(0.0.0.4,20000)"])
    }
}
