import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// All sensors together are what plain SQL finds in the flows of all sensors.
@Suite struct WorldTests {
    /// 2024-02-28T22:00Z: the days after it are a leap day and a month's end.
    private static let start: Int64 = 1_709_157_600
    private static let marked = RollupPatience(quietSeconds: 0, maximumSeconds: 0, sourceSeconds: 0)

    /// Sensors 1 to 4 of the sites alpha (1, 4), beta and gamma.
    private func scene() throws -> Scene {
        let scene = try Scene()
        try scene.connection.script(
            """
            INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta'), ('gamma', 'Gamma');
            INSERT INTO meta.sensor (site, name) VALUES (2, 'edge'), (3, 'edge'), (1, 'core');
            INSERT INTO meta.sensor_key (sensor, public_key)
            SELECT id, decode(lpad(to_hex(id), 64, '0'), 'hex') FROM meta.sensor WHERE id > 1;
            """)
        return scene
    }

    private func batch(
        _ scene: Scene, _ sequence: UInt64, _ random: inout some RandomNumberGenerator
    ) -> PendingBatch {
        let sensor = Int32.random(in: 1...4, using: &random)
        var batch = Sample.batch(
            family: Bool.random(using: &random) ? .ipv4 : .ipv6, records: .random(in: 0...12, using: &random),
            start: Self.start + .random(in: 0..<3 * 86_400, using: &random), using: &random)
        // Few ports and sources, so that several sensors have them.
        for index in batch.records.indices {
            batch.records[index].key.servicePort = .random(in: 20...26, using: &random)
            batch.records[index].key.source = Address(
                bits: .random(in: 1...40, using: &random), family: batch.records[index].key.source.family)
        }
        batch.records.sort {
            ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
        }
        if Int.random(in: 0..<4, using: &random) == 0 {
            batch.overflow = [
                OverflowRecord(
                    family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 443,
                    packets: .random(in: 1...1_000, using: &random), bytes: 40,
                    sources: DistinctCount(.random(in: 1...100, using: &random), .estimate))
            ]
        }
        let key = sensor == scene.sensor ? scene.publicKey : [UInt8](repeating: 0, count: 31) + [UInt8(sensor)]
        return PendingBatch(
            sensor: sensor, publicKey: key, epoch: scene.epoch, sequence: sequence, digest: sequence &* 77,
            content: .flows(batch), encoded: [1], receivedUnixMicroseconds: 1_760_000_000_123_456, isImport: false)
    }

    private static let rows = """
        SELECT window_start, site, class, service_port, packets, bytes, 1 AS flows, source FROM api.flow
        UNION ALL
        SELECT window_start, site, class, service_port, packets, bytes, 0, NULL FROM api.overflow
        """

    private static let figures = """
        sum(packets)::int8 AS packets, sum(bytes)::int8 AS bytes, sum(flows)::int8 AS flows,
        CASE WHEN bool_or(flows = 0) THEN NULL ELSE count(DISTINCT source) END AS sources,
        array_agg(DISTINCT site ORDER BY site) AS sites
        """

    /// Rows that differ from a plain recomputation over api.flow and api.overflow.
    private static func differences(_ scene: Scene, _ level: String) throws -> [String] {
        let kept = """
            packets, bytes, flows, CASE sources_precision WHEN 'exact' THEN sources END AS sources, sites
            """
        func compare(_ plain: String, _ stored: String) throws -> [String] {
            try scene.rows("(\(plain) EXCEPT ALL \(stored)) UNION ALL (\(stored) EXCEPT ALL \(plain)) LIMIT 3")
        }
        let start = "date_trunc('\(level)', window_start, 'UTC')"
        return try compare(
            "SELECT \(start) AS start, class, service_port, \(figures) FROM (\(rows)) f GROUP BY 1, 2, 3",
            "SELECT start, class, service_port, \(kept) FROM api.world_port_traffic WHERE level = '\(level)'")
            + compare(
                "SELECT \(start) AS start, \(figures) FROM (\(rows)) f GROUP BY 1",
                "SELECT start, \(kept) FROM api.world_traffic WHERE level = '\(level)'")
    }

    private static func expectEquality(_ scene: Scene) throws {
        for level in ["hour", "day", "month"] { #expect(try differences(scene, level) == [], "\(level)") }
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu", "America/St_Johns"])
    func theWorldIsTheUnionOfAllSensorsWhateverCameLateTwiceOrWasWithdrawn(zone: String) throws {
        let scene = try scene()
        try scene.connection.query("SET TimeZone = '\(zone)'")
        var random = SystemRandomNumberGenerator()
        let batches = (1...120).map { batch(scene, UInt64($0), &random) }
        for half in [batches[..<70], batches[50...]] {
            for _ in 0..<3 {
                _ = try scene.connection.store(Array(half.shuffled(using: &random).prefix(15)))
                try RollupTests.drain(scene.connection)
            }
            _ = try scene.connection.store(Array(half))
            try RollupTests.drain(scene.connection)
            try Self.expectEquality(scene)
        }
        try scene.connection.query(
            "SELECT raw.withdraw(id, to_timestamp(\(Self.start)), to_timestamp(\(Self.start + 90_000))) FROM meta.sensor"
        )
        #expect(try Self.differences(scene, "hour") != [])
        try RollupTests.drain(scene.connection)
        try Self.expectEquality(scene)
        #expect(try scene.value("SELECT count(*) FROM rollup.world_dirty") == "0")
    }

    @Test func whatManySensorsDeliverOfAnHourIsUnitedOnceAndNotBeforeItIsQuiet() throws {
        let scene = try scene()
        try scene.connection.script(
            """
            INSERT INTO rollup.dirty (sensor, span, start) SELECT id, 3600, to_timestamp(\(Self.start)) FROM meta.sensor
            """)
        while case let tasks = try scene.connection.dueRollups(Self.marked), !tasks.isEmpty {
            for task in tasks { try scene.connection.makeRollup(task) }
        }
        #expect(try scene.connection.dueWorld(RollupPatience(quietSeconds: 60, maximumSeconds: 300)) == [])
        let growing = try scene.connection.dueWorld(RollupPatience(quietSeconds: 60, maximumSeconds: 0))
        #expect(growing.map(\.span) == [.hour, .hour, .day, .day, .day] && growing.allSatisfy(\.isGrowing))
        let quiet = try scene.connection.dueWorld(Self.marked)
        #expect(quiet.map(\.span) == [.hour, .hour, .day, .day, .day] && !quiet.contains(where: \.isGrowing))
        for task in quiet { #expect(try scene.connection.makeWorld(task)) }
        let month = WorldTask(span: .month, start: 1_706_745_600)
        #expect(try scene.connection.dueWorld(Self.marked) == [month])
        #expect(try scene.connection.makeWorld(month))
        #expect(try scene.connection.dueWorld(Self.marked) == [])
    }

    @Test func aMonthIsMadeWhenItIsOver() throws {
        let scene = try Scene()
        try scene.connection.query(
            "INSERT INTO rollup.world_dirty (span, start) SELECT 2678400, date_trunc('month', now(), 'UTC')")
        #expect(try scene.connection.dueWorld(Self.marked) == [])
        try scene.connection.query("UPDATE rollup.world_dirty SET start = start - interval '1 month'")
        #expect(try scene.connection.dueWorld(Self.marked).map(\.span) == [.month])
    }

    /// A sensor's hour whose transaction is open while the worker deletes the mark of the same hour of the world.
    @Test func theMarkOfATransactionThatIsNotCommittedYetIsNotLost() throws {
        let scene = try Scene()
        _ = try scene.connection.store([scene.flows(1)])
        try RollupTests.drain(scene.connection)
        let writer = try scene.database.connect()
        try writer.query("BEGIN")
        try writer.query("UPDATE rollup.port_hour SET packets = 1")
        try writer.markWorld(.hour, 1_759_996_800)
        let task = WorldTask(span: .hour, start: 1_759_996_800)
        #expect(try scene.connection.makeWorld(task))
        #expect(try scene.value("SELECT bool_or(packets > 1) FROM rollup.world_port_hour") == "t")
        try writer.query("COMMIT")
        #expect(try scene.connection.dueWorld(Self.marked) == [task])
        #expect(try scene.connection.makeWorld(task))
        #expect(try scene.value("SELECT bool_and(packets = 1) FROM rollup.world_port_hour") == "t")
    }

    @Test func theThousandPortsOfAClassWithTheMostPacketsHaveARowAndTheOthersShareOne() throws {
        let scene = try scene()
        // Ports 1 to 1,200: of two sensors with 2,400 - port packets, from the same source and from one of each sensor.
        _ = try scene.connection.store([scene.flows(1, start: Self.start)])
        try RollupTests.drain(scene.connection)
        let sketch = { (source: Int64) in
            "decode('128c49' || lpad(to_hex(\(source)), 16, '0') || lpad(to_hex(1000 + r.sensor), 16, '0'), 'hex')"
        }
        try scene.connection.script(
            """
            DELETE FROM rollup.port_hour;
            INSERT INTO rollup.port_hour
            SELECT to_timestamp(\(Self.start)), r.sensor, 1, port, 2400 - port, 1, 1, 2, 0, \(sketch(7))
            FROM generate_series(1, 2) r (sensor), generate_series(1, 1200) port
            UNION ALL
            SELECT to_timestamp(\(Self.start)), r.sensor, 1, -1, 5, 1, 1, 2, 0, \(sketch(8)) FROM generate_series(3, 3) r (sensor)
            """)
        #expect(try scene.connection.makeWorld(WorldTask(span: .hour, start: Self.start)))
        let found = try scene.rows(
            """
            SELECT count(*), min(service_port), max(service_port), sum(packets), max(sources), min(sources), max(sites)
            FROM rollup.world_port_hour WHERE service_port >= 0
            """)
        let kept = (1...1_000).reduce(0) { $0 + 2 * (2_400 - $1) }
        #expect(found == ["(1000,1,1000,\(kept),3,3,\"{1,2}\")"])
        let others = (1_001...1_200).reduce(5) { $0 + 2 * (2_400 - $1) }
        // The source of all and one of each of three sensors, and another of the third.
        #expect(
            try scene.rows("SELECT packets, flows, sources, sites FROM rollup.world_port_hour WHERE service_port = -1")
                == ["(\(others),401,5,\"{1,2,3}\")"])
        #expect(
            try scene.rows("SELECT packets, sources, sites FROM rollup.world_total WHERE span = 3600")
                == ["(\(kept + others),5,\"{1,2,3}\")"])
    }

    @Test func aDatabaseThatHasRollupsAlreadyMakesThemOfTheWorld() throws {
        let database = try TestDatabase(migrated: false)
        let connection = try database.connect()
        for migration in Migration.all where migration.version < Migration.world.version {
            try connection.script(migration.sql)
            try connection.query(
                "INSERT INTO meta.schema_version (version, name) VALUES ($1::int4, $2)",
                ["\(migration.version)", migration.name])
        }
        try connection.script(
            """
            INSERT INTO rollup.coverage
            SELECT span, to_timestamp(\(Self.start / 86_400 * 86_400)), sensor, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
            FROM unnest('{300,3600,86400}'::int4[]) span, generate_series(1, 3) sensor
            """)
        _ = try connection.migrate()
        #expect(try connection.dueWorld(Self.marked).map(\.span) == [.hour, .day])
    }
}
