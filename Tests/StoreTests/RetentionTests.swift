import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// Days of raw.flow come and go while others store and read.
@Suite struct RetentionTests {
    /// The day of `Scene.flows`, 2025-10-09.
    private static let start: Int64 = 1_760_000_040
    /// The scene's batches arrive on that day too.
    private static let later = start + 40 * 86_400
    private static let kept: Int64 = 30 * 86_400

    private func tables(_ scene: Scene) throws -> [String] {
        try scene.rows(
            "SELECT relname FROM pg_class WHERE relname ~ '^flow_[0-9]{8}$' AND relkind = 'r' ORDER BY relname")
    }

    @Test func aDayWhoseTimeIsOverIsGoneAndItsAccountsStay() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        try RollupTests.drain(scene.connection)
        let early = try scene.connection.keepPartitions(for: Self.kept, now: Self.start + 29 * 86_400)
        #expect(early == RetentionOutcome())
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "3")
        let outcome = try scene.connection.keepPartitions(for: Self.kept, now: Self.later)
        #expect(outcome.dropped == ["20251009"] && !outcome.isHindered)
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "0")
        #expect(try scene.value("SELECT count(*) FROM api.account") == "1")
        #expect(try tables(scene).last == "(flow_20251120)")
        #expect(try scene.value("SELECT kept_seconds FROM meta.retention WHERE what = 'flow'") == "\(Self.kept)")
    }

    @Test func aReaderDelaysARemovalAndNoStoring() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        try RollupTests.drain(scene.connection)
        let reader = try scene.database.connect()
        try reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        #expect(try reader.query("SELECT count(*) FROM api.flow").text(0, 0) == "3")
        let hindered = try scene.database.connect().keepPartitions(for: Self.kept, now: Self.later)
        #expect(hindered.isHindered && hindered.dropped.isEmpty)
        #expect(try scene.connection.store([scene.flows(2, start: Self.later)]) == [.stored])
        #expect(try reader.query("SELECT count(*) FROM api.flow WHERE window_start < '2025-11-01'").text(0, 0) == "3")
        try reader.query("COMMIT")
        let outcome = try scene.connection.keepPartitions(for: Self.kept, now: Self.later)
        #expect(outcome.dropped == ["20251009"] && !outcome.isHindered)
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "3")
    }

    @Test func aBatchForADayThatIsHalfDetachedIsStored() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        try RollupTests.drain(scene.connection)
        let reader = try scene.database.connect()
        try reader.query("BEGIN")
        try reader.query("SELECT count(*) FROM api.flow")
        #expect(try scene.database.connect().keepPartitions(for: Self.kept, now: Self.later).isHindered)
        try reader.query("COMMIT")
        #expect(
            try scene.value("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = 'raw.flow_20251009'::regclass")
                == "t")
        #expect(try scene.connection.store([scene.flows(2)]) == [.stored])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "6")
    }

    @Test func anOldCaptureThatCameTodayStays() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1, start: 1_000_000_000)]) == [.stored])
        #expect(try scene.connection.keepPartitions(for: Self.kept, now: Self.later).dropped == [])
        try RollupTests.drain(scene.connection)
        #expect(try scene.connection.keepPartitions(for: Self.kept, now: Self.start + 86_400).dropped == [])
        #expect(try scene.connection.keepPartitions(for: Self.kept, now: Self.later).dropped.first == "20010909")
    }

    @Test func theForecastFollowsFromTheTimeThatWasObserved() throws {
        let scene = try Scene()
        #expect(
            try scene.connection.storage().first
                == StorageUse(what: "flow", bytes: 0, days: 0, bytesADay: nil, keptSeconds: nil, forecastBytes: nil))
        let today = try #require(
            try scene.connection.query("SELECT extract(epoch FROM now())::int8 / 86400 * 86400").number(
                0, 0, as: Int64.self))
        // A minute on each of three days of the week, and one on a day before it.
        for (sequence, age) in [1, 2, 3, 9].enumerated() {
            let batch = scene.flows(UInt64(sequence + 1), start: today - Int64(age) * 86_400, records: 2_000)
            #expect(try scene.connection.store([batch]) == [.stored])
        }
        #expect(try scene.connection.storage().first?.bytesADay == nil)
        try RollupTests.drain(scene.connection)
        _ = try scene.connection.keepPartitions(for: Self.kept, now: today)
        let use = try #require(try scene.connection.storage().first)
        let day = try #require(use.bytesADay)
        let days = try #require(
            try scene.connection.query(
                """
                SELECT sum(pg_total_relation_size(oid))::int8 FROM pg_class
                WHERE relname ~ '^flow_[0-9]{8}$' AND relkind = 'r' AND to_date(right(relname, 8), 'YYYYMMDD')
                    BETWEEN current_date - 3 AND current_date - 1
                """
            ).number(0, 0, as: Int64.self))
        #expect(use.days == 7 && abs(day - days * 86_400 / 180) <= 1)
        #expect(use.forecastBytes == 30 * day)
    }

    @Test func overflowGoesWithItsDayAndItsPacketsStayInTheCoverage() throws {
        let scene = try Scene()
        for (sequence, start) in [Self.start, Self.later].enumerated() {
            var random = SystemRandomNumberGenerator()
            var batch = Sample.batch(family: .ipv4, records: 3, start: start, using: &random)
            batch.overflow = [
                OverflowRecord(
                    family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 80, packets: 100, bytes: 4_000,
                    sources: DistinctCount(9))
            ]
            batch.account.overflowed = 100
            batch.account.aggregated += 100
            #expect(
                try scene.connection.store([scene.pending(.flows(batch), sequence: UInt64(sequence + 1))]) == [.stored])
        }
        try RollupTests.drain(scene.connection)
        let packets = "SELECT packets, ipv4_packets FROM api.coverage WHERE span = 3600 ORDER BY start"
        let before = try scene.rows(packets)
        #expect(try scene.connection.keepPartitions(for: Self.kept, now: Self.later).dropped == ["20251009"])
        #expect(try scene.value("SELECT count(*) FROM raw.overflow") == "1")
        try scene.connection.query(
            "SELECT rollup.mark(1, to_timestamp(\(Self.start)), to_timestamp(\(Self.start + 1)))")
        try RollupTests.drain(scene.connection)
        #expect(try scene.rows(packets) == before)
    }

    @Test func sumsOfFiveMinutesGoWithAgeButNotBeforeTheirFlows() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1), scene.flows(2, start: Self.later)]) == [.stored, .stored])
        try RollupTests.drain(scene.connection)
        let rows = """
            SELECT (SELECT count(DISTINCT start) FROM rollup.port_5m),
                (SELECT count(DISTINCT start) FROM rollup.coverage WHERE span = 300 AND windows > 0),
                (SELECT count(DISTINCT start) FROM rollup.port_hour), (SELECT count(DISTINCT start) FROM rollup.port_day)
            """
        #expect(try scene.rows(rows) == ["(2,2,2,2)"])
        try scene.connection.dropFiveMinutes(olderThan: Self.kept, now: Self.later)
        #expect(try scene.rows(rows) == ["(2,2,2,2)"])
        #expect(try scene.connection.keepPartitions(for: Self.kept, now: Self.later).dropped == ["20251009"])
        try scene.connection.dropFiveMinutes(olderThan: 2 * Self.kept, now: Self.later)
        #expect(try scene.rows(rows) == ["(2,2,2,2)"])
        try scene.connection.dropFiveMinutes(olderThan: Self.kept, now: Self.later)
        #expect(try scene.rows(rows) == ["(1,1,2,2)"])
        #expect(
            try scene.value("SELECT kept_seconds FROM meta.retention WHERE what = 'five minutes'") == "\(Self.kept)")
        #expect(try scene.connection.storage().map(\.what) == ["flow", "rollup"])
    }
}
