import FlowModel
import Logging
import Store
import Support
import SystemCalls
import Testing
import WireFormat

@testable import Ingest

/// From a sensor's socket to the events.
@Suite struct EventServiceTests {
    private static let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func aScanThatIsDeliveredIsAnEventByItself() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        try collector.sql.run(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) SELECT id, '198.18.0.0/20', '[,]' FROM meta.site")
        let conninfo = collector.database.conninfo
        let patience = RollupPatience(quietSeconds: 0, maximumSeconds: 0, sourceSeconds: 0)
        let rollups = try RollupService(conninfo: conninfo, logger: Self.log, patience: patience, interval: 20)
        defer { rollups.stop() }
        let services = try (0..<2).map { _ in
            try EventService(conninfo: conninfo, logger: Self.log, patience: patience, interval: 20)
        }
        defer { for service in services { service.stop() } }
        // Twelve packets of one source to one address each, in as many minutes that lie in three hours.
        // Events are joined within weeks, from Monday (1970-01-05): the two hours lie in one.
        var start = Clock.wallNanoseconds() / 1_000_000_000 - 14_400
        if (start + 7_200 - 345_600) / 604_800 != (start - 345_600) / 604_800 { start -= 10_800 }
        for sequence in 1...12 as ClosedRange<UInt64> {
            var batch = Batches.flows(records: 1, start: start + Int64(sequence) * 600)
            batch.policy = .permuted
            batch.records[0].exemplar.destination = UInt128(sequence * 77)
            sensor.send(sequence, try BatchEncoder().encode(batch))
            #expect(try sensor.wait { $0.acknowledged.count == sequence })
        }
        let events =
            "SELECT string_agg(concat_ws(' ', site, source, class, service_port, packets), ',' ORDER BY site) FROM api.scan_event"
        #expect(
            try eventually {
                try collector.value(events) == "alpha 192.0.2.0 tcp-syn 23 12,192.0.2.0 tcp-syn 23 12"
            })
        #expect(try eventually { try collector.value("SELECT count(*) FROM event.dirty") == "0" })
        #expect(try collector.value("SELECT bool_and(is_open) FROM api.scan_event") == "t")
    }

    @Test func anHourThatCannotBeReadKeepsNoOtherWaiting() throws {
        let collector = try Collector()
        let sensor = try collector.sensor()
        let start = Clock.wallNanoseconds() / 1_000_000_000 - 14_400
        for sequence in 1...3 as ClosedRange<UInt64> {
            sensor.send(sequence, try Batches.encoded(records: 3, start: start + Int64(sequence) * 3_600 - 3_600))
        }
        #expect(try sensor.wait { $0.acknowledged.count == 3 })
        try collector.sql.run("UPDATE raw.flow SET first = first || 1 WHERE sequence = 2")
        let patience = RollupPatience(quietSeconds: 0, maximumSeconds: 0)
        let rollups = try RollupService(
            conninfo: collector.database.conninfo, logger: Self.log, patience: patience, interval: 20)
        defer { rollups.stop() }
        let service = try EventService(
            conninfo: collector.database.conninfo, logger: Self.log, patience: patience, interval: 20)
        defer { service.stop() }
        let hours = "SELECT count(DISTINCT start) FROM event.segment"
        #expect(try eventually { try collector.value(hours) == "2" })
        try collector.sql.run("UPDATE raw.flow SET first = first[:3] WHERE sequence = 2")
        #expect(try eventually { try collector.value(hours) == "3" })
    }
}
