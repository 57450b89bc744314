import Logging
import Runtime
import Store
import Support
import Synchronization
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

    /// Collectors lock alerts by address, people by number.
    @Test func whoActsOnAlertsThatAnotherLocksInAnotherOrderIsHeardAllTheSame() throws {
        let database = try TestDatabase()
        let session = try database.session()
        try session.run(Self.registry + Self.evidence)
        #expect(try database.connect().judge().alerts == 50)
        let blocker = try database.session()
        // The other side of the deadlock is given up.
        try blocker.run("SET deadlock_timeout = '1min'; BEGIN; SELECT FROM alert.alert WHERE id = 2 FOR NO KEY UPDATE")
        let done = Mutex<[AlertActionOutcome]>([])
        let conninfo = database.conninfo
        let person = try Worker(name: "person") {
            let connection = try? StoreConnection(conninfo: conninfo, applicationName: "person")
            let outcomes = try? connection?.act(.suppress(until: 4_000_000_000), on: [1, 2], by: "alice")
            done.withLock { $0 = outcomes?.map(\.outcome) ?? [.unknownAlert] }
        }
        #expect(
            try eventually {
                try session.value(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                )
                    == "1"
            })
        try blocker.run("SELECT FROM alert.alert WHERE id = 1 FOR NO KEY UPDATE")
        try blocker.run("COMMIT")
        person.join()
        #expect(done.withLock { $0 } == [.done, .done])
        #expect(try session.value("SELECT count(*) FROM alert.history WHERE event = 'suppressed'") == "2")
    }
}
