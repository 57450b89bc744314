import Analysis
import FlowModel
import Glibc
import Logging
import Store
import Support
import SystemCalls
import Telemetry
import Testing
import WireFormat

@testable import Ingest

/// Which organisations batches are matched against follows the registry while the collector runs.
@Suite struct OrganisationTests {
    private let start = Clock.wallNanoseconds() / 1_000_000_000 - 120

    /// Registers an organisation that holds what `Batches` sends from.
    private func register(_ sql: SQLSession, _ code: String) throws {
        try sql.run(
            """
            BEGIN; INSERT INTO meta.organisation (code, name) VALUES ('\(code)', 'O');
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
                SELECT id, '192.0.0.0/16', '(,)' FROM meta.organisation WHERE code = '\(code)'; COMMIT
            """)
    }

    private func codes(_ collector: Collector, _ sequence: Int) throws -> String {
        try collector.value(
            """
            SELECT string_agg(DISTINCT o.code, ' ' ORDER BY o.code) FROM alert.arrival a
            JOIN meta.organisation o ON o.id = a.organisation WHERE a.packets = \(sequence)
            """)
    }

    /// A batch of one record whose packets are its number.
    private func send(_ sensor: Sensor, _ sequence: UInt64) throws {
        var batch = Batches.flows(records: 1, start: start)
        batch.records[0].packets = UInt32(sequence)
        batch.records[0].bytes = sequence * 40
        batch.account.aggregated = sequence
        batch.account.received = sequence
        sensor.send(sequence, try BatchEncoder().encode(batch))
        #expect(try sensor.wait { $0.acknowledged.contains(sequence) })
    }

    @Test func aCollectorThatJustStartedMatchesItsFirstBatch() throws {
        let database = try TestDatabase()
        try register(try database.session(), "one")
        let collector = try Collector(database)
        let sensor = try collector.sensor()
        try send(sensor, 1)
        #expect(try codes(collector, 1) == "one")
    }

    @Test func aChangeIsKnownWithinTwoSeconds() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        try send(sensor, 1)
        #expect(try codes(collector, 1).isEmpty)
        try register(collector.sql, "one")
        let changed = Clock.monotonicNanoseconds()
        var sequence: UInt64 = 1
        #expect(
            try eventually {
                sequence += 1
                try send(sensor, sequence)
                return try codes(collector, Int(sequence)) == "one"
            })
        #expect(Clock.monotonicNanoseconds() - changed < 2_000_000_000)
        try collector.sql.run("UPDATE meta.organisation SET ended_at = to_timestamp(0)")
        let ended = Clock.monotonicNanoseconds()
        #expect(
            try eventually {
                sequence += 1
                try send(sensor, sequence)
                return try codes(collector, Int(sequence)).isEmpty
            })
        #expect(Clock.monotonicNanoseconds() - ended < 2_000_000_000)
    }

    @Test func aChangeOfWhichNobodyIsToldIsKnownAtTheNextLook() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        try send(sensor, 1)
        try collector.sql.run(
            """
            ALTER TABLE meta.organisation DISABLE TRIGGER notify_registry;
            ALTER TABLE meta.organisation_prefix DISABLE TRIGGER notify_registry
            """)
        try register(collector.sql, "one")
        let changed = Clock.monotonicNanoseconds()
        var sequence: UInt64 = 1
        #expect(
            try eventually {
                sequence += 1
                try send(sensor, sequence)
                return try codes(collector, Int(sequence)) == "one"
            })
        // The look itself, and the batch that shows it, take some time too.
        #expect(Clock.monotonicNanoseconds() - changed < 3_000_000_000)
    }

    /// The watcher may be the one who cannot reach the database.
    @Test func aStoreThatNobodyTellsAnythingLooksByItself() throws {
        let database = try TestDatabase()
        let (session, connection) = (try database.session(), try database.connect())
        let organisations = Organisations(
            log: RateLimitedLogger(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        #expect(try organisations.current(connection).isEmpty)
        try register(session, "one")
        let changed = Clock.monotonicNanoseconds()
        #expect(
            try eventually {
                usleep(20_000)
                return try organisations.current(connection).count == 1
            })
        #expect(Clock.monotonicNanoseconds() - changed < 2_500_000_000)
        // What changed nothing is not read again: another look takes the table that is known.
        try session.run("ALTER TABLE meta.organisation_prefix RENAME COLUMN prefix TO block")
        #expect(try organisations.look(connection).count == 1)
        try session.run("UPDATE meta.organisation SET name = 'P'")
        #expect(throws: StoreError.self) { try organisations.look(connection) }
        #expect(try organisations.current(connection).count == 1)
    }

    @Test func backendsTerminatedInTheMiddleLeaveEvidenceOnce() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        try register(collector.sql, "one")
        try register(collector.sql, "two")
        var open: Set<UInt64> = []
        var next: UInt64 = 1
        var encoded: [UInt64: [UInt8]] = [:]
        for sequence in UInt64(1)...60 {
            encoded[sequence] = try Batches.encoded(records: 50, start: start, salt: UInt32(sequence) << 8)
        }
        // What is sent before the change is known is matched by nobody: it must be known.
        let probe = try collector.sensor("beta")
        var probes: UInt64 = 100
        #expect(
            try eventually {
                probes += 1
                try send(probe, probes)
                return try codes(collector, Int(probes)) == "one two"
            })
        try collector.sql.run("DELETE FROM alert.arrival")
        while next <= 60 || !open.isEmpty {
            while open.count < 8, next <= 60 {
                sensor.send(next, encoded[next] ?? [])
                open.insert(next)
                next += 1
            }
            if next % 3 == 0 {
                try collector.sql.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'darkscope-collector%'
                    """)
            }
            let before = open
            try #require(try sensor.wait { !$0.acknowledged.isDisjoint(with: before) })
            open.subtract(sensor.acknowledged)
        }
        #expect(try collector.value("SELECT count(*) FROM api.flow WHERE site = 'alpha'") == "3000")
        #expect(
            try collector.sql.run(
                "SELECT organisation, count(*), count(DISTINCT address), sum(packets) FROM alert.arrival GROUP BY 1 ORDER BY 1"
            )
                == [["1", "3000", "3000", "76500"], ["2", "3000", "3000", "76500"]])
    }
}
