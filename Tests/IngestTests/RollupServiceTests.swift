import FlowModel
import Logging
import Store
import Support
import SystemCalls
import Testing
import WireFormat

@testable import Ingest

/// From a sensor's socket to the rollups.
@Suite struct RollupServiceTests {
    private static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func whatIsDeliveredIsInTheRollupsByItself() throws {
        let collector = try Collector()
        let services = try (0..<2).map { _ in
            try RollupService(
                conninfo: collector.database.conninfo, logger: Self.log,
                patience: RollupPatience(quietSeconds: 0, maximumSeconds: 0, sourceSeconds: 0), interval: 20)
        }
        defer { for service in services { service.stop() } }
        let sensor = try collector.sensor()
        let start = Clock.wallNanoseconds() / 1_000_000_000 - 7_200
        for group in 0..<3 as Range<UInt64> {
            for sequence in group * 8 + 1...group * 8 + 8 {
                let window = start + Int64(sequence) % 4 * 1_800
                sensor.send(sequence, try Batches.encoded(records: 3, start: window, salt: UInt32(sequence) << 8))
            }
            #expect(try sensor.wait { $0.acknowledged.count == Int(group) * 8 + 8 })
        }
        let packets = try collector.value("SELECT sum(packets) FROM api.flow")
        for span in [300, 3_600, 86_400] {
            #expect(
                try eventually {
                    try collector.value("SELECT sum(packets) FROM api.port_traffic WHERE span = \(span)") == packets
                }, "\(span) s")
        }
        #expect(try eventually { try collector.value("SELECT count(*) FROM rollup.dirty WHERE kind = 1") == "0" })
    }

    @Test func anHourThatCannotBeReadKeepsNoOtherWaiting() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let start = Clock.wallNanoseconds() / 1_000_000_000 - 14_400
        for sequence in 1...4 as ClosedRange<UInt64> {
            sensor.send(
                sequence,
                try Batches.encoded(
                    records: 3, start: start + Int64(sequence) * 3_600 - 3_600, salt: UInt32(sequence) << 8))
        }
        #expect(try sensor.wait { $0.acknowledged.count == 4 })
        // Longer than the other arrays of the row.
        try collector.sql.run("UPDATE raw.flow SET header = header || 1 WHERE sequence = 2")
        let service = try RollupService(
            conninfo: collector.database.conninfo, logger: Self.log,
            patience: RollupPatience(quietSeconds: 0, maximumSeconds: 0), interval: 20)
        defer { service.stop() }
        #expect(try eventually { try collector.value("SELECT count(DISTINCT start) FROM rollup.port_hour") == "3" })
        try collector.sql.run("UPDATE raw.flow SET header = header[:3] WHERE sequence = 2")
        #expect(try eventually { try collector.value("SELECT count(DISTINCT start) FROM rollup.port_hour") == "4" })
    }

    @Test func whatGrowsTakesATenthOfTheTimeAndWhatDoesNotNeverWaits() {
        var pace = RollupPace()
        #expect(pace.mayMake(isGrowing: true, now: 0))
        pace.made(isGrowing: true, from: 0, to: 10)
        #expect(!pace.mayMake(isGrowing: true, now: 99) && pace.mayMake(isGrowing: true, now: 100))
        pace.made(isGrowing: false, from: 100, to: 1_000_000)
        #expect(pace.mayMake(isGrowing: true, now: 1_000_000) && pace.mayMake(isGrowing: false, now: 50))
    }
}
