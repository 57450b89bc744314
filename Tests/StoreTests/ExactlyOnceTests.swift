import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// A batch is stored once or declared lost once, whatever comes how often and in which order.
@Suite struct ExactlyOnceTests {
    @Test func theSameBatchAgainIsADuplicate() throws {
        let scene = try Scene()
        let batch = scene.flows(1)
        #expect(try scene.connection.store([batch, batch]) == [.stored, .duplicate])
        #expect(try scene.connection.store([batch]) == [.duplicate])
        #expect(try scene.database.connect().store([batch]) == [.duplicate])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "3")
        #expect(try scene.value("SELECT count(*) FROM raw.batch") == "1")
    }

    @Test func otherContentUnderAUsedNumberIsAConflictAndRaisesAnAlarm() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        let clone = scene.pending(scene.flows(1).content, sequence: 1, digest: 7)
        #expect(try scene.connection.store([clone, scene.flows(2), clone]) == [.conflict, .stored, .conflict])
        #expect(try scene.rows("SELECT conflicts, last_conflict_sequence FROM api.stream") == ["(2,1)"])
        #expect(try scene.value("SELECT conflicts FROM api.sensor_status") == "2")
        #expect(try scene.value("SELECT count(*) FROM raw.batch") == "2")
    }

    @Test func numbersMayComeInAnyOrder() throws {
        let scene = try Scene()
        var numbers = Array(UInt64(1)...40)
        numbers.shuffle()
        for chunk in stride(from: 0, to: 20, by: 5) {
            let group = numbers[chunk..<chunk + 5].map { scene.flows($0, records: 1) }
            #expect(try scene.connection.store(group) == Array(repeating: .stored, count: 5))
        }
        let committed = try scene.connection.committed(sensor: scene.sensor, epoch: scene.epoch)
        #expect(committed.flatMap { Array($0) } == numbers[..<20].sorted())
        let rest = try scene.connection.store((1...40).map { scene.flows($0, records: 1) })
        #expect(rest.count { $0 == .stored } == 20)
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: scene.epoch) == [1...40])
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: Epoch(high: 0, low: 0)).isEmpty)
        #expect(try scene.rows("SELECT sequences, last_sequence, missing FROM api.stream") == ["(40,40,0)"])
    }

    @Test func streamsOfOneSensorAreApart() throws {
        let scene = try Scene()
        let other = scene.pending(
            scene.flows(1).content, sequence: 1, epoch: Epoch(high: 9, low: 9), digest: 3, isImport: true)
        #expect(try scene.connection.store([scene.flows(1), other]) == [.stored, .stored])
        #expect(
            try scene.rows("SELECT epoch, is_import FROM api.stream ORDER BY is_import") == [
                "(0123456789abcdef000000000000002a,f)", "(00000000000000090000000000000009,t)",
            ])
    }

    @Test func whatIsDeclaredLostIsRefusedWhenItComesLate() throws {
        let scene = try Scene()
        #expect(try scene.connection.store([scene.flows(1)]) == [.stored])
        let report = GapReport(
            reason: .dropped, epoch: scene.epoch,
            entries: [
                GapEntry(sequence: 1, from: 60, to: 120, packets: 10, bytes: 600),
                GapEntry(sequence: 2, from: 1_760_000_040, to: 1_760_000_100, packets: 20, bytes: 1_200),
                GapEntry(sequence: 2, packets: 20), GapEntry(sequence: 3),
                GapEntry(sequence: 0, from: -60, to: 60, packets: nil, bytes: 5),
            ])
        #expect(
            try scene.connection.store([scene.pending(.gap(report), sequence: 4), scene.flows(2)]) == [
                .stored, .duplicate,
            ])
        #expect(
            try scene.connection.store([scene.pending(.gap(report), sequence: 4), scene.flows(3)]) == [
                .duplicate, .duplicate,
            ])
        let gaps = try scene.rows(
            "SELECT site, sensor, sequence, lost_from, lost_to, packets, bytes, reason FROM api.gap ORDER BY sequence")
        #expect(
            gaps == [
                "(alpha,edge,2,\"2025-10-09 08:54:00+00\",\"2025-10-09 08:55:00+00\",20,1200,dropped)",
                "(alpha,edge,3,,,,,dropped)",
                "(alpha,edge,,\"1969-12-31 23:59:00+00\",\"1970-01-01 00:01:00+00\",,5,dropped)",
            ])
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: scene.epoch) == [1...4])
        #expect(try scene.value("SELECT count(*) FROM api.flow") == "3")
    }

    @Test func aReportMaySpeakOfAnotherStreamOfTheSensor() throws {
        let scene = try Scene()
        let old = Epoch(high: 1, low: 1)
        let report = GapReport(reason: .corrupt, epoch: old, entries: [GapEntry(sequence: 5, packets: 3)])
        #expect(try scene.connection.store([scene.pending(.gap(report), sequence: 1)]) == [.stored])
        #expect(try scene.connection.committed(sensor: scene.sensor, epoch: old) == [5...5])
        let late = scene.pending(scene.flows(5).content, sequence: 5, epoch: old)
        #expect(try scene.connection.store([late]) == [.duplicate])
        #expect(try scene.value("SELECT sum(packets) FROM api.gap") == "3")
    }

    @Test func aRevokedOrForeignKeyStoresNothing() throws {
        let scene = try Scene()
        var foreign = scene.flows(1)
        foreign.publicKey = Array(repeating: 7, count: 32)
        var stolen = scene.flows(1)
        stolen.sensor = 99
        #expect(try scene.connection.store([foreign, stolen, scene.flows(2)]) == [.revoked, .revoked, .stored])
        #expect(
            try scene.connection.enrolledKeys() == [
                EnrolledKey(
                    publicKey: scene.publicKey, sensor: scene.sensor, site: 1, siteCode: "alpha", sensorName: "edge")
            ])
        try scene.connection.query("UPDATE meta.sensor_key SET revoked_at = now()")
        #expect(try scene.connection.enrolledKeys().isEmpty)
        #expect(try scene.connection.store([scene.flows(3)]) == [.revoked])
        #expect(try scene.value("SELECT count(*) FROM raw.batch") == "1")
    }

    @Test func anEmptyGroupIsNothing() throws {
        #expect(try Scene().connection.store([]).isEmpty)
    }
}
