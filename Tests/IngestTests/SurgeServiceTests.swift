import Logging
import Store
import Support
import Testing

@testable import Ingest

@Suite struct SurgeServiceTests {
    private static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Eight hours of one port, whose 40th ten minutes and the two after it have twenty times as much as the others.
    private static let hours = """
        INSERT INTO meta.site (code, name) VALUES ('alpha', 'Alpha');
        INSERT INTO meta.sensor (site, name) VALUES (1, 'edge');
        CREATE TEMP TABLE filled AS
        SELECT '2026-01-01Z'::timestamptz + n * interval '5 min' AS start,
            CASE WHEN n / 2 BETWEEN 39 AND 41 THEN 4000 ELSE 200 + n % 7 END AS packets
        FROM generate_series(0, 95) n;
        INSERT INTO rollup.coverage SELECT 300, start, 1, 300, 76800, 76800, 0, 0, 5, 0, 0, 0, 0, 0, 0 FROM filled;
        INSERT INTO rollup.port_5m SELECT start, 1, 1, 23, packets, packets * 40, packets, packets / 4, 0 FROM filled;
        INSERT INTO rollup.port_hour
        SELECT date_trunc('hour', start), 1, 1, 23, sum(packets), 0, 0, 0, 0, '' FROM filled GROUP BY 1;
        """

    @Test func surgesAreFoundByThemselvesAndOnceBySeveralCollectors() throws {
        let database = try TestDatabase()
        let session = try database.session()
        try session.run(Self.hours)
        let services = try (0..<2).map { _ in
            try SurgeService(
                conninfo: database.conninfo, logger: Self.log,
                patience: TrendPatience(quietSeconds: 0, maximumSeconds: 0), interval: 20)
        }
        defer { for service in services { service.stop() } }
        let expected = [["packets", "2026-01-01 06:30:00+00", "8000"], ["sources", "2026-01-01 06:30:00+00", "2000"]]
        #expect(
            try eventually {
                try session.run("SET TimeZone = 'UTC'; SELECT metric, start, value FROM api.surge ORDER BY 1")
                    == expected
            })
        // The hour was wrong.
        try session.run(
            """
            UPDATE rollup.port_5m SET packets = 200, sources = 50;
            INSERT INTO trend.changed (start) VALUES ('2026-01-01T06:00Z');
            """)
        #expect(
            try eventually {
                try session.value(
                    "SELECT (SELECT count(*) FROM api.surge) + (SELECT count(*) FROM trend.changed)") == "0"
            })
    }
}
