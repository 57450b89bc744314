import FlowModel
import Testing
import WireFormat

@testable import Store

/// The first ports with and without labelled scanners are those of the flows.
@Suite struct TopPortsByTests {
    private static let midnight: Int64 = 1_709_164_800
    private static let scanners = ["0.0.0.0/26", "0.0.1.0/28", "0.0.1.200/32"]

    /// Two days of flows, with sources of few ports and of many.
    private func scene() throws -> Scene {
        let scene = try Scene()
        try ScannerTests.load(scene.connection, Self.scanners)
        var random = SystemRandomNumberGenerator()
        for sequence in 1...6 {
            var batch = Sample.batch(
                family: .ipv4, records: 400, start: Self.midnight + Int64(sequence) * 20_000, using: &random)
            for index in batch.records.indices {
                let number = UInt32.random(in: 0..<2_000, using: &random)
                batch.records[index].key = FlowKey(
                    source: Address(ipv4: .random(in: 0..<900, using: &random)), ipProtocol: 6, trafficClass: .tcpSyn,
                    servicePort: UInt16(number * number / 200_000) + 20, victim: nil)
                batch.records[index].packets = .random(in: 1...50, using: &random)
            }
            batch.records.sort { ($0.key.servicePort, $0.key.source) < ($1.key.servicePort, $1.key.source) }
            #expect(
                try scene.connection.store([scene.pending(.flows(batch), sequence: UInt64(sequence))]) == [.stored])
        }
        try RollupTests.drain(scene.connection)
        return scene
    }

    private static let labelled = scanners.map { "source <<= '\($0)'" }.joined(separator: " OR ")
    private static let choices = ["all": "true", "only": "(\(labelled))", "without": "NOT (\(labelled))"]

    private func top(_ choice: String, _ order: String, _ most: Int) -> String {
        "api.top_ports_by(to_timestamp(\(Self.midnight)), to_timestamp(\(Self.midnight + 172_800)), '\(choice)', '\(order)', \(most))"
    }

    @Test func packetsAreThoseOfTheFlows() throws {
        let scene = try scene()
        for (choice, condition) in Self.choices {
            let expected = try scene.rows(
                """
                SELECT class, service_port, sum(packets) AS packets FROM api.flow WHERE \(condition)
                GROUP BY 1, 2 ORDER BY 3 DESC, 2 LIMIT 7
                """)
            #expect(
                try scene.rows("SELECT class, service_port, packets FROM \(top(choice, "packets", 7))") == expected)
            #expect(try scene.rows("SELECT sites FROM \(top(choice, "sites", 2))") == ["(1)", "(1)"])
        }
        for wrong in [top("some", "packets", 1), top("all", "bytes", 1)] {
            #expect(throws: StoreError.self) { try scene.connection.query("SELECT * FROM \(wrong)") }
        }
    }

    @Test func sourcesAreUnitedOverTheDays() throws {
        let scene = try scene()
        let plain = try scene.rows("SELECT sources_precision, sources > 0 FROM \(top("without", "sources", 3))")
        #expect(plain == Array(repeating: "(at-least,t)", count: 3))
        let available = try scene.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'hll'")
        try #require(available == "1", "postgresql-15-hll is not installed; ops/test installs it")
        try scene.connection.query("CREATE EXTENSION hll SCHEMA public")
        for (choice, condition) in Self.choices {
            let compared = try scene.connection.query(
                """
                SELECT f.sources, t.sources, t.sources_precision, f.everybody FROM \(top(choice, "sources", 1_000)) t
                FULL JOIN (
                    SELECT service_port, count(DISTINCT source) FILTER (WHERE \(condition)) AS sources,
                        count(DISTINCT source) AS everybody
                    FROM api.flow GROUP BY 1 HAVING bool_or(\(condition))
                ) f USING (service_port)
                """)
            #expect(compared.rowCount > 10)
            for row in 0..<compared.rowCount {
                let expected = try #require(compared.number(row, 0, as: Int64.self))
                let found = try #require(compared.number(row, 1, as: Int64.self), "\(choice)")
                let everybody = try #require(compared.number(row, 3, as: Int64.self))
                if compared.text(row, 2) == "exact" {
                    #expect(found == expected, "\(choice)")
                } else {
                    // Three standard errors of the larger set.
                    #expect(abs(found - expected) <= max(1, everybody / 20), "\(choice)")
                }
            }
        }
    }
}
