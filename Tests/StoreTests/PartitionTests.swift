import FlowModel
import Support
import Testing

@testable import Store

@Suite struct PartitionTests {
    @Test func aPartitionIsMadeForWhateverDayItMayBe() throws {
        let scene = try Scene()
        let seconds: [Int64] = [
            0, -1, -2_147_483_648, 951_782_400, 4_294_967_295, 1_767_225_599, 1_767_225_600, -62_135_596_800,
            253_402_290_000,
        ]
        let group = seconds.enumerated().map { scene.flows(UInt64($0 + 1), start: $1, records: 1) }
        #expect(try scene.connection.store(group) == Array(repeating: .stored, count: seconds.count))
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "\(seconds.count)")
        let tables = try scene.rows(
            "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'raw.flow'::regclass AND relkind = 'r' ORDER BY 1"
        )
        #expect(
            tables == [
                "(flow_00010101)", "(flow_19011213)", "(flow_19691231)", "(flow_19700101)", "(flow_20000229)",
                "(flow_20251231)",
                "(flow_20260101)", "(flow_21060207)", "(flow_99991231)",
            ])
    }

    @Test func quietWindowsNeedNoPartition() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1, records: 0)]) == [.stored])
        #expect(try scene.value("SELECT count(*) FROM pg_inherits WHERE inhparent = 'raw.flow'::regclass") == "0")
        #expect(try scene.rows("SELECT received, is_complete FROM api.account") == ["(0,t)"])
    }

    @Test func severalMayMakeTheSameDayAtOnce() async throws {
        let scene = try Scene()
        let conninfo = scene.database.conninfo
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try StoreConnection(conninfo: conninfo, applicationName: "partition")
                    try connection.ensurePartitions(Set(0..<5))
                }
            }
            try await group.waitForAll()
        }
        #expect(try scene.value("SELECT count(*) FROM pg_inherits WHERE inhparent = 'raw.flow'::regclass") == "5")
    }

    @Test func aPartitionThatWasRemovedIsMadeAgain() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        try scene.connection.query("DROP TABLE raw.flow_20251009")
        #expect(try scene.connection.store([scene.flows(2)]) == [.stored])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "3")
        try scene.connection.query("ALTER TABLE raw.flow DETACH PARTITION raw.flow_20251009")
        #expect(try scene.connection.store([scene.flows(3)]) == [.stored])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "6")
    }

    @Test func aReaderDoesNotHoldUpANewDay() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        let reader = try scene.database.connect()
        try reader.query("BEGIN")
        try reader.query("SELECT count(*) FROM api.flow")
        #expect(try scene.connection.store([scene.flows(2, start: 1_770_000_000)]) == [.stored])
    }

    @Test func datesAreThoseOfTheDatabase() throws {
        let scene = try Scene()
        let days = (0..<500).map { _ in Int64.random(in: -719_162...2_932_896) }
        let result = try scene.connection.query(
            "SELECT to_char(to_timestamp(d * 86400::int8) AT TIME ZONE 'UTC', 'YYYYMMDD') FROM unnest($1::int8[]) d",
            [Literal.array(days)])
        for (row, day) in days.enumerated() {
            #expect(result.text(row, 0) == Day(unixSeconds: day * 86_400).compactDate)
            #expect(Day(unixSeconds: day * 86_400 + 86_399).number == day)
        }
    }
}
