import Logging
import Store
import Support
import Testing

@testable import Ingest

@Suite struct AlertServiceTests {
    private static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private static let registry = """
        INSERT INTO meta.site (code, name) VALUES ('alpha', 'Alpha');
        INSERT INTO meta.sensor (site, name) VALUES (1, 'edge');
        INSERT INTO meta.organisation (code, name) VALUES ('city', 'City');
        INSERT INTO meta.organisation_prefix (organisation, prefix, proof) VALUES (1, '192.0.2.0/24', 'vouched');
        """

    /// Evidence of 50 hosts, 12 packets each.
    private static let evidence = """
        INSERT INTO alert.arrival
        SELECT 1, 1, '192.0.2.0'::inet + n, 'external', 1, now() - interval '60 s', 60, now(), 1, 6, 23, 12, 12,
            now() - interval '50 s', now(), 1000, '198.18.0.1', 60, 40, 2, 0, 0, 0, NULL, NULL
        FROM generate_series(1, 50) n
        """

    @Test func severalCollectorsTakeEachArrivalOnceAndTellWhenAContactIsThere() throws {
        let database = try TestDatabase()
        let session = try database.session()
        try session.run(Self.registry)
        var limits = StoreConnection.JudgeLimits()
        limits.arrivals = 7
        let services = try (0..<3).map { _ in
            try AlertService(conninfo: database.conninfo, logger: Self.log, interval: 10, limits: limits)
        }
        defer { for service in services { service.stop() } }
        for _ in 0..<4 { try session.run(Self.evidence) }
        #expect(
            try eventually {
                try session.run(
                    "SELECT count(*), sum(packets), min(packets), max(packets), count(news) FROM alert.alert")
                    == [["50", "2400", "48", "48", "50"]]
            })
        #expect(try session.value("SELECT count(*) FROM alert.evidence") == "200")
        #expect(try session.value("SELECT count(*) FROM alert.notice") == "0")
        try session.run(
            "INSERT INTO meta.contact (organisation, channel, target, format) VALUES (1, 'file', 'city', 'json')")
        #expect(
            try eventually {
                try session.run(
                    "SELECT reason, items FROM alert.notice JOIN alert.outbox o ON o.notice = alert.notice.id")
                    == [["first", "50"]]
            })
    }
}
