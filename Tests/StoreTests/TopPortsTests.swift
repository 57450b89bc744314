import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// The first ports of a span, from the rollups.
@Suite struct TopPortsTests {
    private static let midnight: Int64 = 1_709_164_800

    /// Two days of flows at one site, and the same rollups at a second one that saw the very same sources.
    private func scene() throws -> Scene {
        let scene = try Scene()
        var random = SystemRandomNumberGenerator()
        for sequence in 1...6 {
            let start = Self.midnight + Int64(sequence) * 20_000
            var batch = Sample.batch(family: .ipv4, records: 400, start: start, using: &random)
            for index in batch.records.indices {
                let number = UInt32.random(in: 0..<2_000, using: &random)
                batch.records[index].key.trafficClass = .tcpSyn
                batch.records[index].key.victim = nil
                batch.records[index].key.servicePort = UInt16(number * number / 200_000) + 20
                batch.records[index].key.source = Address(ipv4: .random(in: 0..<900, using: &random))
                batch.records[index].packets = .random(in: 1...50, using: &random)
                batch.records[index].tools = ToolMatches()
            }
            batch.records.sort { ($0.key.servicePort, $0.key.source) < ($1.key.servicePort, $1.key.source) }
            batch.account.aggregated = batch.records.reduce(0) { $0 + UInt64($1.packets) }
            batch.account.received = batch.account.aggregated
            #expect(
                try scene.connection.store([scene.pending(.flows(batch), sequence: UInt64(sequence))]) == [.stored])
        }
        try RollupTests.drain(scene.connection)
        try scene.connection.script(
            """
            INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta');
            INSERT INTO meta.sensor (site, name) VALUES (2, 'edge');
            INSERT INTO rollup.port_day
            SELECT start, 2, class, service_port, packets, bytes, flows, sources, sources_precision, sketch
            FROM rollup.port_day WHERE service_port < 30;
            INSERT INTO rollup.world_dirty (span, start) SELECT DISTINCT 86400, start FROM rollup.port_day;
            """)
        try RollupTests.drain(scene.connection)
        return scene
    }

    private func top(_ scene: Scene, _ order: String, _ columns: String) throws -> [String] {
        try scene.rows(
            """
            SELECT \(columns) FROM api.top_ports(to_timestamp(\(Self.midnight)), to_timestamp(\(Self.midnight + 172_800)),
                '\(order)', 5)
            """)
    }

    @Test func packetsAndSitesAreThoseOfTheFlows() throws {
        let scene = try scene()
        let plain = """
            SELECT class, service_port, sum(packets) * CASE WHEN service_port < 30 THEN 2 ELSE 1 END AS packets,
                CASE WHEN service_port < 30 THEN 2 ELSE 1 END AS sites
            FROM api.flow GROUP BY 1, 2
            """
        for (order, column) in [("packets", "packets"), ("sites", "sites")] {
            let expected = try scene.rows(
                "SELECT * FROM (\(plain)) q ORDER BY \(column) DESC, packets DESC, service_port LIMIT 5")
            #expect(try top(scene, order, "class, service_port, packets, sites") == expected)
        }
        #expect(throws: StoreError.self) { try top(scene, "bytes", "*") }
    }

    /// Whatever months, days and hours the span is made of.
    @Test(arguments: ["UTC", "America/St_Johns"]) func anySpanHasTheHoursThatBeginInIt(zone: String) throws {
        let scene = try Scene()
        try scene.connection.query("SET TimeZone = '\(zone)'")
        var random = SystemRandomNumberGenerator()
        // 2023-12-20 to 2024-04-08, most of it not far from the edges of months.
        let first: Int64 = 1_703_030_400
        let months: [Int64] = [1_704_067_200, 1_706_745_600, 1_709_251_200, 1_711_929_600]
        for sequence in 1...90 as ClosedRange<UInt64> {
            let start =
                sequence % 2 == 0
                ? first + .random(in: 0..<110 * 86_400, using: &random)
                : months[Int(sequence) / 2 % 4] + .random(in: -7_200..<7_200, using: &random)
            var batch = Sample.batch(family: .ipv4, records: 3, start: start, using: &random)
            for index in batch.records.indices {
                batch.records[index].key.trafficClass = .tcpSyn
                batch.records[index].key.victim = nil
                batch.records[index].key.servicePort = .random(in: 1...12, using: &random)
                batch.records[index].key.source = Address(ipv4: .random(in: 0..<30, using: &random))
                batch.records[index].packets = .random(in: 1...50, using: &random)
            }
            batch.records.sort { ($0.key.servicePort, $0.key.source) < ($1.key.servicePort, $1.key.source) }
            _ = try scene.connection.store([scene.pending(.flows(batch), sequence: sequence)])
        }
        try RollupTests.drain(scene.connection)
        #expect(try scene.value("SELECT count(DISTINCT start) >= 4 FROM rollup.world_port_month") == "t")
        let hasSets = RollupTests.hasHLL
        if hasSets { try scene.connection.query("CREATE EXTENSION hll SCHEMA public") }
        for round in 0..<40 {
            let since = first + .random(in: 0..<100 * 86_400, using: &random)
            let until = round % 4 == 0 ? since / 86_400 * 86_400 + 86_400 * 40 : since + .random(in: 0..<9_000_000)
            let plain = try scene.rows(
                """
                SELECT class, service_port, sum(packets) AS packets, count(DISTINCT source) AS sources
                FROM api.flow WHERE date_bin('1 hour', window_start, '2000-01-01Z') < to_timestamp(\(until))
                    AND window_start >= date_bin('1 hour', to_timestamp(\(since)), '2000-01-01Z')
                GROUP BY 1, 2 ORDER BY 4 DESC, 3 DESC, 2 LIMIT 7
                """)
            let found = try scene.rows(
                """
                SELECT class, service_port, packets, sources
                FROM api.top_ports(to_timestamp(\(since)), to_timestamp(\(until)), most => 7)
                """)
            if hasSets { #expect(found == plain, "\(since) \(until)") }
        }
    }

    @Test func aMonthThatLacksSomethingIsTakenFromItsDays() throws {
        let scene = try scene()
        let packets = """
            SELECT sum(packets) FROM api.top_ports('2024-02-01Z', '2024-03-01Z', 'packets', 1000)
            """
        let right = try scene.value(packets)
        try scene.connection.query("UPDATE rollup.world_port_month SET packets = 0")
        #expect(try scene.value(packets) == "0")
        try scene.connection.query("INSERT INTO rollup.world_dirty (span, start) VALUES (2678400, '2024-02-01Z')")
        #expect(try scene.value(packets) == right && right != "0")
    }

    @Test func spansWithoutTrafficAndListsWithoutPlacesAreEmpty() throws {
        let scene = try scene()
        for arguments in [
            "'2024-02-01Z', '2024-03-01Z', 'sites', 0", "'2020-01-01Z', '2021-01-01Z'",
            "'2024-03-01Z', '2024-02-01Z'", "NULL, NULL",
        ] {
            #expect(try scene.rows("SELECT * FROM api.top_ports(\(arguments))") == [], "\(arguments)")
        }
        #expect(try scene.rows("SELECT * FROM api.top_ports('-infinity', 'infinity', most => 3)").count == 3)
    }

    @Test func withoutTheExtensionSourcesAreAtLeastThoseOfTheGreatestRow() throws {
        let scene = try scene()
        let rows = try top(scene, "sources", "sources_precision, sources >= 1")
        #expect(rows == Array(repeating: "(at-least,t)", count: 5))
    }

    @Test func withTheExtensionSourcesAreUnitedOverDaysAndSites() throws {
        let scene = try scene()
        let available = try scene.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'hll'")
        try #require(available == "1", "postgresql-15-hll is not installed; ops/test installs it")
        try scene.connection.query("CREATE EXTENSION hll SCHEMA public")
        let truth = try scene.connection.query(
            "SELECT service_port, count(DISTINCT source) FROM api.flow GROUP BY 1 ORDER BY 2 DESC, sum(packets) DESC")
        let found = try scene.connection.query(
            """
            SELECT service_port, sources, sources_precision FROM api.top_ports(to_timestamp(\(Self.midnight)),
                to_timestamp(\(Self.midnight + 172_800)), 'sources', 5)
            """)
        #expect(found.rowCount == 5)
        let exact = Dictionary(
            uniqueKeysWithValues: (0..<truth.rowCount).map {
                (truth.text($0, 0), truth.text($0, 1).flatMap(Double.init))
            })
        for row in 0..<found.rowCount {
            let sources = try #require(found.text(row, 1).flatMap(Double.init))
            let number = try #require(exact[found.text(row, 0)] ?? nil)
            if number <= 256 {
                #expect(sources == number && found.text(row, 2) == "exact")
            } else {
                // Three standard errors.
                #expect(abs(sources / number - 1) < 0.05 && found.text(row, 2) == "estimate")
            }
        }
        #expect(found.text(0, 0) == truth.text(0, 0))
    }
}
