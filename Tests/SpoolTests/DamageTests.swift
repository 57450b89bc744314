import FlowModel
import Glibc
import MemoryFiles
import SystemCalls
import Testing
import WireFormat

@testable import Spool

/// Whatever is done to the files of a stopped sensor: it starts, loses at most what was hit, and says so.
struct DamageTests {
    /// Three streams with two segments and a cursor each, some records delivered, cleanly closed. All but the first
    /// batch are stand-ins of 8 bytes: what the spool keeps is bytes to it.
    private static func spool() throws -> Rig {
        var rig = try Rig(limits: SpoolLimits(maximumBytes: 1 << 30, minimumFreeBytes: 0, segmentBytes: 150))
        rig.liveBatch = { $0 == 0 ? SampleBatch.live(0) : Array("batch \($0 % 10)x".utf8) }
        rig.importBatch = { Array("import \($0 % 10)".utf8) }
        try rig.append(3)
        try rig.deliver { $0.sequence == 2 }
        try rig.spool.acknowledge(rig.spool.liveEpoch, [100...100], now: rig.now)
        try rig.append(4)
        try rig.appendImport(4)
        let live = rig.spool.liveEpoch
        try rig.deliver { $0.isImport ? $0.sequence == 2 : $0.epoch == live && $0.sequence != 3 }
        try rig.tick()
        rig.spool.close()
        return rig
    }

    /// Restarts on damaged files, reads the rest of the capture file again, delivers everything, goes on.
    /// - Parameter twice: restarts again, and finds nothing any more.
    private static func recover(
        _ base: Rig, _ files: MemoryFileSystem, _ what: String, twice: Bool = true
    ) throws -> Rig {
        var rig = try base.reopened(files)
        let imported = base.importBatches
        try rig.appendImport(0)
        try rig.appendImport(max(0, imported - rig.importBatches))
        try rig.deliver(acknowledge: false)
        try rig.append(2)
        try rig.deliver()
        try rig.tick()
        rig.spool.close()
        #expect(rig.vanished.isEmpty && rig.isFaithful, "\(what)")
        guard twice else { return rig }
        let again = try rig.reopened(files)
        let recovery = again.spool.recovery
        #expect(
            !recovery.isRemarkable && recovery.newStream == nil && again.spool.pending.isEmpty, "\(what): \(recovery)")
        again.spool.close()
        return rig
    }

    private static func storedFiles(_ files: MemoryFileSystem) -> [String] {
        files.paths.filter { !$0.hasSuffix("LOCK") && !$0.hasSuffix("reserve") }
    }

    /// Places in a file: of a cursor the slots, not the hole between them.
    private static func written(_ bytes: [UInt8]) -> [Int] {
        bytes.indices.filter { bytes.count < Cursor.slotBytes || $0 < 160 || $0 >= Cursor.slotBytes - 1 }
    }

    /// In four parts, which run beside each other.
    @Test(arguments: 0..<4) func anySingleBitCostsAtMostItsRecord(part: Int) throws {
        let base = try DamageTests.spool()
        for path in DamageTests.storedFiles(base.files) {
            let bytes = base.files[path]
            for index in DamageTests.written(bytes) where index % 4 == part {
                for bit in 0..<8 {
                    let files = base.files.clone()
                    files[path][index] ^= 1 << bit
                    let what = "\(path) byte \(index) bit \(bit)"
                    let rig = try DamageTests.recover(base, files, what, twice: bit == index % 8)
                    #expect(rig.lost(.corrupt).count <= 1, "\(what)")
                }
            }
        }
    }

    @Test func anyTruncationLosesWhatWasCutAndSaysSo() throws {
        let base = try DamageTests.spool()
        for path in DamageTests.storedFiles(base.files) {
            for length in DamageTests.written(base.files[path]) {
                let files = base.files.clone()
                files[path].removeLast(files[path].count - length)
                let rig = try DamageTests.recover(base, files, "\(path) cut to \(length)")
                #expect(rig.lost(.corrupt).count <= 3, "\(path) cut to \(length)")
            }
        }
    }

    @Test func anyZeroedTailKeepsWhatIsBeforeIt() throws {
        let base = try DamageTests.spool()
        for path in DamageTests.storedFiles(base.files) where path.hasSuffix(".seg") {
            for from in stride(from: 0, to: base.files[path].count, by: 4) {
                let files = base.files.clone()
                for index in from..<files[path].count { files[path][index] = 0 }
                let rig = try DamageTests.recover(base, files, "\(path) zeros from \(from)")
                #expect(rig.lost(.corrupt).count <= 3, "\(path) zeros from \(from)")
            }
        }
    }

    @Test func anyMissingFileIsSurvived() throws {
        let base = try DamageTests.spool()
        for path in base.files.paths {
            let files = base.files.clone()
            try files.unlink(path)
            _ = try DamageTests.recover(base, files, "without \(path)")
        }
    }

    @Test func anUnreadableBlockCostsOnlyTheRecordsInIt() throws {
        var base = try Rig(limits: SpoolLimits(maximumBytes: 1 << 30, minimumFreeBytes: 0))
        try base.append(100)
        base.spool.close()
        let files = base.files.clone()
        let path = base.segment(1)
        files.badBlock = (path, 4_096..<8_192)
        let rig = try DamageTests.recover(base, files, "bad block")
        #expect((1...40).contains(rig.lost(.corrupt).count))
    }

    @Test func anUnreadableFileIsPutAsideAndItsRecordsAreDeclared() throws {
        let base = try DamageTests.spool()
        let path = base.segment(3)
        #expect(base.files.paths.contains(path))
        let files = base.files.clone()
        files.fault = { operation, other in operation == .open && other == path ? EIO : nil }
        _ = try DamageTests.recover(base, files, "unreadable file")
        #expect(files.paths.contains { $0.contains("/quarantine/") && $0.hasSuffix(".seg") })
    }

    @Test func missingPermissionIsNoDamage() throws {
        let base = try DamageTests.spool()
        let files = base.files.clone()
        files.fault = { operation, path in operation == .open && path.hasSuffix(".seg") ? EACCES : nil }
        #expect(throws: SpoolError(.unreadable, path: "")) { _ = try base.reopened(files) }
        files.fault = { _, _ in nil }
        let rig = try DamageTests.recover(base, files, "permission given back")
        #expect(rig.lost(.corrupt).isEmpty)
    }

    @Test func foreignFilesArePutAsideOrLeftAlone() throws {
        let base = try DamageTests.spool()
        let files = base.files.clone()
        let directory = "/s/spool/\(base.spool.liveEpoch)"
        for path in ["\(directory)/notes", "\(directory)/\(hexadecimal(4)).seg", "/s/spool/lost+found"] {
            let file = try files.open(path, .create)
            try file.write(Array("something else".utf8), at: 0)
        }
        let rig = try base.reopened(files)
        #expect(rig.spool.recovery.quarantinedFiles == 2)
        #expect(rig.spool.recovery.foreignNames == ["lost+found"])
        rig.spool.close()
        let recovered = try DamageTests.recover(base, files, "foreign files")
        #expect(recovered.lost(.corrupt).isEmpty)
        #expect(files.paths.contains("/s/spool/lost+found"))
    }

    @Test func aNewerFormatIsLeftAloneAndANewStreamBegins() throws {
        let base = try DamageTests.spool()
        let files = base.files.clone()
        let live = base.spool.liveEpoch
        let newest = try #require(files.paths.last { $0.contains(live.description) && $0.hasSuffix(".seg") })
        var header = Array(files[newest].prefix(60))
        header[4] = 2
        header.append(number: crc32c(header))
        files[newest].replaceSubrange(0..<64, with: header)
        let before = files.paths.filter { $0.contains(live.description) }.map { files[$0] }
        let rig = try base.reopened(files)
        #expect(rig.spool.recovery.newerStreams == [live])
        #expect(rig.spool.recovery.newStream == .newerFormat)
        #expect(rig.spool.liveEpoch != live)
        rig.spool.close()
        #expect(files.paths.filter { $0.contains(live.description) }.map { files[$0] } == before)
    }

    @Test func aHeaderPlantedInAPayloadIsNotARecord() throws {
        let payload = [UInt8](repeating: 7, count: 200)
        let segment = SegmentHeader(
            epoch: Epoch(high: 1, low: 2), firstSequence: 1, createdUnixNanoseconds: 0, salt: 0xBEEF, isImport: false)
        for (planted, length): (UInt32, Int) in [(0xBEEF, 3), (0xBEE0, 200)] {
            var bytes = segment.encoded
            bytes += RecordHeader.encode(.batch, sequence: 1, payload: payload, salt: 0xBEEF)
            let second = bytes.count
            let trap = payload[..<40] + RecordHeader.encode(.batch, sequence: 3, payload: [1, 2, 3], salt: planted)
            bytes += RecordHeader.encode(.batch, sequence: 2, payload: Array(trap), salt: 0xBEEF)
            bytes += RecordHeader.encode(.batch, sequence: 3, payload: payload, salt: 0xBEEF)
            bytes[second + 8] ^= 0xFF
            let scan = SegmentScan(bytes, salt: 0xBEEF, firstSequence: 1, before: nil)
            #expect(scan.records.map(\.header.sequence) == [1, 3])
            #expect(scan.records.last?.header.payloadBytes == length)
        }
    }

    @Test func aDamagedEndBeginsANewStreamAndTheOldOneIsDelivered() throws {
        var rig = try Rig()
        try rig.append(5)
        let old = rig.spool.liveEpoch
        let files = rig.files.crashed(.keepAll)
        files[rig.segment(4)].append(contentsOf: [UInt8](repeating: 0, count: 17))
        rig = try rig.reopened(files)
        #expect(rig.spool.recovery.newStream == .damagedEnd)
        #expect(rig.spool.recovery.declaredLost == 1)
        #expect(rig.spool.liveEpoch != old)
        try rig.deliver()
        try rig.tick()
        #expect(rig.collector.lost[Place(epoch: old, sequence: 6)]?.reason == .corrupt)
        #expect(!files.paths.contains { $0.contains(old.description) })
        #expect(rig.vanished.isEmpty && rig.isFaithful)
    }

    @Test func aDamagedGapRecordIsNamedAsLost() throws {
        var rig = try Rig()
        try rig.append(1)
        try rig.reject(rig.spool.pending[0])
        let gap = rig.spool.pending[0]
        let files = rig.files.crashed(.keepAll)
        files[rig.segment(1)][Int(gap.offset) + RecordHeader.bytes + 4] ^= 1
        rig = try rig.reopened(files)
        try rig.deliver()
        let lost = try #require(rig.collector.lost[Place(epoch: gap.epoch, sequence: gap.sequence)])
        #expect(lost.entry.packets == nil)
    }

    @Test func aDamagedBatchKeepsItsWindowButNotItsNumbers() throws {
        var rig = try Rig()
        try rig.append(2)
        let record = rig.spool.pending[0]
        let files = rig.files.crashed(.keepAll)
        files[rig.segment(1)][Int(record.offset) + RecordHeader.bytes + record.payloadBytes - 1] ^= 1
        rig = try rig.reopened(files)
        try rig.deliver()
        let lost = try #require(rig.collector.lost[Place(epoch: record.epoch, sequence: 1)])
        let window = SampleBatch.window(0)
        #expect(lost.entry == GapEntry(sequence: 1, from: window.start, to: window.end))
    }

    @Test func whatAWaitingReportDeclaresIsNotDeclaredAgain() throws {
        var rig = try Rig(limits: SpoolLimits(maximumBytes: 16_000, minimumFreeBytes: 0))
        try rig.append(150)
        let files = rig.files.crashed(.keepAll)
        try files.unlink("/s/spool/\(rig.spool.liveEpoch)/cursor")
        // Without the cursor the dropped records are a hole behind this one.
        let first = SegmentHeader(
            epoch: rig.spool.liveEpoch, firstSequence: 1, createdUnixNanoseconds: start, salt: 1, isImport: false)
        try files.open(rig.segment(1), .create).write(first.encoded, at: 0)
        rig = try rig.reopened(files)
        #expect(rig.spool.recovery.declaredLost == 0)
        try rig.deliver()
        #expect(rig.vanished.isEmpty && rig.lost(.corrupt).isEmpty)
        #expect(rig.lost(.dropped).count > 10)
    }

    @Test func hugeHolesAreDeclaredUpToABound() throws {
        let rig = try Rig()
        let epoch = rig.spool.liveEpoch
        rig.spool.close()
        let files = rig.files.crashed(.keepAll)
        let header = SegmentHeader(
            epoch: epoch, firstSequence: 1 << 60, createdUnixNanoseconds: start, salt: 1, isImport: false)
        let file = try files.open(rig.segment(1 << 60, of: epoch), .create)
        try file.write(header.encoded, at: 0)
        let again = try rig.reopened(files)
        #expect(again.spool.recovery.declaredLost == SpoolLimits().declaredAtStart)
        #expect(again.spool.recovery.undeclaredLost == (1 << 60) - 1 - UInt64(SpoolLimits().declaredAtStart))
        again.spool.close()
        #expect(try rig.reopened(files).spool.recovery.declaredLost == 0)
    }

    /// A file system of some streams, each with one segment that begins with the highest number there is.
    private static func atTheEnd(_ streams: [Epoch], isImport: Bool = false, tail: [UInt8] = []) throws -> Rig {
        var rig = try Rig()
        rig.spool.close()
        let files = rig.files.crashed(.keepAll)
        let number = SequenceNumber.range.upperBound
        for epoch in streams {
            let header = SegmentHeader(
                epoch: epoch, firstSequence: number, createdUnixNanoseconds: start, salt: 1, isImport: isImport)
            let record = RecordHeader.encode(.batch, sequence: number, payload: SampleBatch.live(0), salt: 1)
            try files.makeDirectory("/s/spool/\(epoch)")
            try files.open(rig.segment(number, of: epoch), .create).write(header.encoded + record + tail, at: 0)
        }
        if !isImport, let live = streams.first { files["/s/spool/stream"] = Array("\(live)\n".utf8) }
        rig = try rig.reopened(files)
        return rig
    }

    @Test(arguments: [[], [1, 2, 3]])
    func aStreamAtTheEndOfItsNumbersIsDeliveredAndDoesNotGoOn(_ tail: [UInt8]) throws {
        let epoch = Epoch(high: 9, low: 9)
        var rig = try DamageTests.atTheEnd([epoch], tail: tail)
        #expect(rig.spool.liveEpoch != epoch)
        try rig.append(2)
        #expect(rig.spool.pending.contains { $0.epoch == epoch })
        try rig.deliver()
        try rig.tick()
        rig.spool.close()
        #expect(!(try rig.reopened(rig.files)).spool.recovery.isRemarkable)
    }

    @Test func anImportAtTheEndOfItsNumbersIsRefused() throws {
        let epoch = Epoch(high: 9, low: 9)
        let rig = try DamageTests.atTheEnd([epoch], isImport: true)
        #expect(throws: SpoolError(.unreadable, path: "")) { _ = try rig.spool.beginImport(epoch) }
    }

    @Test func lossesBeyondAllNumbersSaturate() throws {
        let streams = (0..<5).map { Epoch(high: 9, low: $0) }
        var rig = try DamageTests.atTheEnd(streams)
        let files = rig.files
        rig.spool.close()
        rig.limits.declaredAtStart = 10
        for epoch in streams {
            let cursor = Cursor(epoch: epoch, generation: 1, nextSequence: 1, settled: SequenceSet())
            try? files.unlink("/s/spool/\(epoch)/cursor")
            try files.open("/s/spool/\(epoch)/cursor", .create).write(cursor.encoded, at: 0)
        }
        #expect(try rig.reopened(files).spool.recovery.undeclaredLost == .max)
    }

    @Test func whatReportsDeclareIsRememberedUpToABound() throws {
        let rig = try Rig()
        let epoch = rig.spool.liveEpoch
        let report = GapReport(reason: .dropped, epoch: epoch, entries: (1...100).map { GapEntry(sequence: 2 * $0) })
        let content = try BatchEncoder().encode(report)
        let segment = SegmentHeader(
            epoch: epoch, firstSequence: 1, createdUnixNanoseconds: start, salt: 1, isImport: false)
        rig.files[rig.segment(1)] =
            segment.encoded + RecordHeader.encode(.gap, sequence: 1, payload: content, salt: 1)
            + RecordHeader.encode(.gap, sequence: 2, payload: content, salt: 1)
        let place = SpoolPlace(root: "/s/spool", files: rig.files)
        let directory = try #require(try StreamDirectory.read(epoch, in: place))
        for (maximum, expected) in [(10, 10), (1_000, 100)] {
            #expect(try StreamRecovery(directory, maximumLost: maximum).declared[epoch]?.ranges.count == expected)
        }
    }
}
