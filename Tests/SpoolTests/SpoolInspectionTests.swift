import FlowModel
import MemoryFiles
import SystemCalls
import Testing

@testable import Spool

struct SpoolInspectionTests {
    private static func inspect(_ rig: Rig) throws -> SpoolInspection {
        try SpoolInspection(directory: "/s/spool", files: rig.files)
    }

    @Test func everyRecordIsListedWhileTheSpoolIsOpen() throws {
        var rig = try Rig()
        try rig.append(5)
        try rig.appendImport(2)
        try rig.deliver { $0.sequence == 2 && !$0.isImport }
        try rig.tick()
        let operations = rig.files.operations
        var contents: [[UInt8]] = []
        let found = try SpoolInspection(directory: "/s/spool", files: rig.files) { contents.append($1) }
        #expect(rig.files.operations == operations)
        #expect(!found.isDamaged)
        #expect(found.streams.map(\.isLive).filter { $0 }.count == 1)
        #expect(found.streams.filter(\.isImport).map(\.epoch) == [rig.importEpoch])
        let records = found.streams.flatMap { $0.segments.flatMap(\.records) }
        #expect(Set(records.filter { !$0.isSettled }.map(\.record)) == Set(rig.spool.pending))
        #expect(records.filter(\.isSettled).map(\.record.sequence) == [2])
        #expect(Set(contents) == Set(rig.promised.values))
        #expect(found.streams.first { $0.isLive }?.settled == [2...2])
    }

    @Test func damageIsNamedWithItsPlace() throws {
        var rig = try Rig()
        try rig.append(9)
        let size = RecordHeader.recordBytes(payload: SampleBatch.live(0).count)
        rig.files[rig.segment(1)][8] ^= 1
        rig.files[rig.segment(1)][64 + 40] ^= 1
        rig.files[rig.segment(4)][64 + 4] ^= 1
        rig.files[rig.segment(7)].removeLast(1)
        var damage = try SpoolInspectionTests.inspect(rig).streams[0].segments.map(\.damage)
        // With header and first record damaged nothing can be found.
        #expect(damage[0].map(\.kind) == [.unreadable])
        rig.files[rig.segment(1)][64 + 40] ^= 1
        rig.files[rig.segment(1)][64 + size + 40] ^= 1
        damage = try SpoolInspectionTests.inspect(rig).streams[0].segments.map(\.damage)
        #expect(damage[0].map(\.kind) == [.header, .payload(sequence: 2)])
        #expect(damage[0][1].offset == 64 + size)
        let fourth = RecordHeader.recordBytes(payload: SampleBatch.live(3).count)
        #expect(damage[1] == [SpoolDamage(offset: 64, bytes: fourth, kind: .records)])
        try rig.files.unlink(rig.segment(4))
        damage = try SpoolInspectionTests.inspect(rig).streams[0].segments.map(\.damage)
        #expect(damage[1].map(\.kind) == [.missing(4...6)])
        #expect(damage[1][0].description == "records 4 to 6 are missing")
    }

    @Test func whatIsNoStreamIsNamedAsForeign() throws {
        let rig = try Rig()
        for name in [String(repeating: "a", count: 32), "lost+found"] {
            _ = try rig.files.open("/s/spool/\(name)", .create)
        }
        #expect(
            try SpoolInspectionTests.inspect(rig).foreignNames == [String(repeating: "a", count: 32), "lost+found"])
        rig.spool.close()
        #expect(try rig.reopened(rig.files).spool.recovery.foreignNames.count == 2)
    }

    @Test func aSpoolThatIsNotThereIsAnError() throws {
        #expect(throws: SpoolError(.unreadable, path: "")) {
            _ = try SpoolInspection(directory: "/s/nothing", files: MemoryFileSystem())
        }
    }
}
