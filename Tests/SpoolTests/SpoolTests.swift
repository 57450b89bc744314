import FlowModel
import Glibc
import MemoryFiles
import SystemCalls
import Testing
import WireFormat

@testable import Spool

struct SpoolTests {
    @Test func recordsComeBackInOrderAfterARestart() throws {
        var rig = try Rig()
        #expect(rig.spool.recovery.newStream == .firstStart)
        try rig.append(10)
        let before = rig.spool.pending
        let epoch = rig.spool.liveEpoch
        rig.spool.close()
        rig = try rig.reopened(rig.files)
        #expect(rig.spool.liveEpoch == epoch)
        #expect(rig.spool.pending == before)
        #expect(before.map(\.sequence) == Array(1...10))
        #expect(before[3].window == SampleBatch.window(3))
        #expect(before[3].packets == SampleBatch.packets[3])
        #expect(before[3].bytes == SampleBatch.packets[3] * 40)
        #expect(!rig.spool.recovery.isRemarkable)
        try rig.append(1)
        #expect(rig.spool.pending.last?.sequence == 11)
        try rig.deliver()
        #expect(rig.vanished.isEmpty && rig.isFaithful)
    }

    @Test func acknowledgedSegmentsAreDeletedButTheNewestOfTheLiveStream() throws {
        var rig = try Rig()
        try rig.append(10)
        #expect(rig.files.paths.filter { $0.hasSuffix(".seg") }.count == 4)
        try rig.deliver()
        try rig.tick()
        #expect(rig.files.paths.filter { $0.hasSuffix(".seg") } == [rig.segment(10)])
        #expect(rig.spool.pending.isEmpty)
        rig.spool.close()
        rig = try rig.reopened(rig.files)
        try rig.append()
        #expect(rig.spool.pending.map(\.sequence) == [11])
    }

    @Test func theEndOfWhatWasCapturedIsKnownAlsoWhenAllIsDelivered() throws {
        var rig = try Rig()
        #expect(rig.spool.newestLiveWindowEnd == nil)
        try rig.append(5)
        try rig.deliver()
        try rig.tick()
        rig.spool.close()
        rig = try rig.reopened(rig.files)
        #expect(rig.spool.newestLiveWindowEnd == SampleBatch.window(4).end)
    }

    @Test func theCursorIsWrittenOnceASecondAtMost() throws {
        var rig = try Rig()
        try rig.append(3)
        var writes = 0
        rig.files.fault = { operation, path in
            if operation == .sync && path.contains("cursor") { writes += 1 }
            return nil
        }
        rig.now += 2 * second
        for sequence: UInt64 in 1...3 {
            try rig.spool.acknowledge(rig.spool.liveEpoch, [sequence...sequence], now: rig.now)
        }
        #expect(writes == 1)
        try rig.tick()
        #expect(writes == 2)
        rig.files.fault = { _, _ in nil }
    }

    @Test func acknowledgementsOfWhatIsUnknownAreIgnored() throws {
        var rig = try Rig()
        try rig.append(2)
        try rig.spool.acknowledge(Epoch(high: 1, low: 1), [1...UInt64.max], now: rig.now)
        try rig.spool.acknowledge(rig.spool.liveEpoch, [0...0], now: rig.now)
        #expect(rig.spool.pending.count == 2)
    }

    @Test func acknowledgementsOfNumbersNeverGivenOutBeginANewStream() throws {
        var rig = try Rig()
        try rig.append(2)
        let old = rig.spool.liveEpoch
        try rig.spool.acknowledge(old, [2...UInt64.max], now: rig.now)
        #expect(rig.spool.liveEpoch != old)
        #expect(rig.spool.pending.map(\.sequence) == [1])
        try rig.append()
        #expect(rig.spool.pending.map(\.epoch) == [old, rig.spool.liveEpoch])
        try rig.deliver()
        try rig.tick()
        #expect(!rig.files.paths.contains { $0.contains(old.description) })
    }

    @Test func aSecondOpenerIsRefusedUntilTheFirstCloses() throws {
        let rig = try Rig()
        #expect(throws: SpoolError(.locked, path: "")) { _ = try Rig(rig.files) }
        rig.spool.close()
        _ = try Rig(rig.files)
    }

    @Test func changesNameWhatWasAppendedAndDropped() throws {
        var rig = try Rig()
        try rig.append(2)
        #expect(rig.spool.takeChanges() == rig.spool.pending.map { .appended($0) })
        let first = rig.spool.pending[0]
        try rig.reject(first)
        let gap = try #require(rig.spool.pending.last)
        #expect(gap.isGap && gap.sequence == 3)
        #expect(rig.spool.takeChanges() == [.appended(gap), .dropped(first)])
        #expect(rig.spool.takeChanges().isEmpty)
    }

    @Test func aRejectedRecordIsKeptAsideAndDeclaredLost() throws {
        var rig = try Rig()
        try rig.append(3)
        try rig.reject(rig.spool.pending[1])
        try rig.deliver()
        #expect(rig.lost(.rejected) == [Place(epoch: rig.spool.liveEpoch, sequence: 2)])
        #expect(rig.vanished.isEmpty && rig.isFaithful)
        let kept = try #require(rig.files.paths.first { $0.contains("/rejected/") })
        #expect(rig.files[kept] == Array("why \n".utf8) + SampleBatch.live(1))
    }

    @Test func aRejectedGapReportMakesNoNewOne() throws {
        var rig = try Rig()
        try rig.append(1)
        try rig.reject(rig.spool.pending[0])
        try rig.reject(rig.spool.pending[0])
        #expect(rig.spool.pending.isEmpty)
    }

    @Test func rejectedRecordsAreBounded() throws {
        let files = MemoryFileSystem()
        let directory = BoundedDirectory("x", maximumBytes: 100, in: SpoolPlace(root: "/s", files: files))
        for index in 0..<10 { directory.add([UInt8](repeating: 1, count: 30), name: "n", now: Int64(index)) }
        #expect(files.paths.map { $0.suffix(18) } == (7..<10).map { "000000000000000\($0)-n" })
    }

    @Test func lossesOfTheSensorItselfAreDeliveredAsGaps() throws {
        var rig = try Rig()
        let entry = GapEntry(sequence: 0, from: 60, to: 120, packets: 5, bytes: 200)
        rig.spool.noteLost([entry], reason: .unwritable, now: rig.now)
        try rig.deliver()
        #expect(rig.collector.spans == [entry])
    }

    @Test func aDamagedRecordFoundWhileReadingIsDeclaredLost() throws {
        var rig = try Rig()
        try rig.append(2)
        let record = rig.spool.pending[0]
        rig.files[rig.segment(1)][100] ^= 1
        #expect(throws: SpoolError(.damaged, path: "")) { try rig.spool.reader.read(record) }
        try rig.spool.declareDamaged(record, now: rig.now)
        try rig.deliver()
        #expect(rig.lost(.corrupt) == [Place(epoch: record.epoch, sequence: 1)])
        #expect(rig.vanished.isEmpty)
    }

    @Test func anImportKeepsItsPlaceUntilItEndsAndIsRemovedThen() throws {
        var rig = try Rig()
        try rig.appendImport(4)
        try rig.deliver()
        try rig.tick()
        #expect(try rig.spool.beginImport(rig.importEpoch) == 4)
        try rig.appendImport(1)
        try rig.spool.endImport(rig.importEpoch, now: rig.now)
        #expect(rig.spool.pending.map(\.sequence) == [5])
        try rig.deliver()
        try rig.tick()
        #expect(!rig.files.paths.contains { $0.contains(rig.importEpoch.description) })
        #expect(try rig.spool.beginImport(rig.importEpoch) == 0)
    }

    @Test func positionsNameTheOldestHeldAndTheNextNumber() throws {
        var rig = try Rig()
        try rig.append(5)
        try rig.deliver { $0.sequence < 3 }
        let position = try #require(rig.spool.positions.first)
        #expect(position.firstSequence == 3 && position.nextSequence == 6 && position.pendingRecords == 3)
        try rig.deliver()
        #expect(rig.spool.positions.first?.firstSequence == 6)
    }

    @Test func theKernelsFileSystemKeepsItForItsOwnerAlone() throws {
        var template = Array("/tmp/darkscope-spool-XXXXXX".utf8CString)
        let state = String(cString: try #require(mkdtemp(&template)))
        let directory = state + "/spool"
        defer { _ = try? FileTree.remove(state) }
        var spool = try Spool(directory: directory, nowUnixNanoseconds: start)
        let record = try spool.append(SampleBatch.live(1), now: start)
        #expect(try spool.append(SampleBatch.imported(1), import: Epoch(high: 1, low: 1), now: start).isImport)
        try spool.acknowledge(record.epoch, [1...1], now: start + 2 * second)
        #expect(throws: SpoolError(.locked, path: "")) {
            _ = try Spool(directory: directory, nowUnixNanoseconds: start)
        }
        spool.close()
        spool = try Spool(directory: directory, nowUnixNanoseconds: start)
        #expect(!spool.recovery.isRemarkable)
        #expect(spool.pending.map(\.isImport) == [true])
        #expect(try SpoolReader(directory: directory).read(spool.pending[0]) == SampleBatch.imported(1))
        let modes = try FileTree.modes(directory)
        #expect(modes.directories == [0o700] && modes.files == [0o600])
        spool.close()
    }

    @Test func aRecordThatIsGoneReadsAsNil() throws {
        var rig = try Rig()
        try rig.append(4)
        let record = rig.spool.pending[0]
        try rig.deliver()
        try rig.tick()
        #expect(try rig.spool.reader.read(record) == nil)
    }

    @Test func everyErrorIsOneLineWithARemedy() {
        let cause = SystemError("fdatasync", path: "/x/y", code: 5)
        #expect(
            SpoolError(.unwritable, cause, path: "/x").description
                == "/x/y: cannot write the spool: fdatasync /x/y: Input/output error. "
                + "Check the disk, and that the sensor's user owns the directory")
        #expect(SpoolError(.unwritable, SystemError("pwrite", code: 28), path: "/x").code == .full)
    }
}

extension Rig {
    func segment(_ first: UInt64, of epoch: Epoch? = nil) -> String {
        "/s/spool/\(epoch ?? spool.liveEpoch)/\(hexadecimal(first)).seg"
    }
}

/// Directories of the kernel's file system.
private enum FileTree {
    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func remove(_ path: String) throws {
        let files = RealFileSystem()
        for name in try files.list(path) {
            let inner = "\(path)/\(name)"
            if isDirectory(inner) { try remove(inner) } else { try files.unlink(inner) }
        }
        try files.removeDirectory(path)
    }

    static func modes(_ path: String) throws -> (directories: Set<UInt32>, files: Set<UInt32>) {
        var directories: Set<UInt32> = [try fileMode(path)]
        var plain: Set<UInt32> = []
        for name in try RealFileSystem().list(path) {
            let inner = "\(path)/\(name)"
            if isDirectory(inner) {
                let below = try modes(inner)
                directories.formUnion(below.directories)
                plain.formUnion(below.files)
            } else {
                plain.insert(try fileMode(inner))
            }
        }
        return (directories, plain)
    }
}
