import FlowModel
import Glibc
import MemoryFiles
import SystemCalls
import Testing
import WireFormat

@testable import Spool

/// Full, failing and bounded disks.
struct DiskTests {
    /// Packets that reach the collector or are declared lost, against those of every batch that `append` took.
    private static func expectConserved(_ rig: Rig) {
        let promised = rig.promised.values.reduce(UInt64(0)) { $0 + ((try? BatchSummary($1).packets) ?? 0) }
        #expect(rig.collector.packets == promised)
        #expect(rig.vanished.isEmpty && rig.isFaithful)
    }

    @Test func aFullDiskDropsTheOldestExactlyToThePacket() throws {
        let limits = SpoolLimits(maximumBytes: 1 << 30, minimumFreeBytes: 0, segmentBytes: 1_000)
        for spare in stride(from: 6_000, to: 7_400, by: 100) {
            var rig = try Rig(limits: limits)
            rig.files.capacity = rig.files.used + spare
            try rig.append(100)
            #expect(!rig.spool.pending.contains { $0.sequence == 1 })
            #expect(rig.files.used <= rig.files.capacity)
            try rig.deliver()
            DiskTests.expectConserved(rig)
            #expect(!rig.lost(.dropped).isEmpty)
        }
    }

    @Test func aDiskWithoutAnyRoomRefusesAndLosesNothing() throws {
        var rig = try Rig()
        try rig.append(2)
        rig.files.capacity = 0
        let before = rig.spool.pending
        // The reserve is not enough for a batch, and there is nothing to drop but what is being written.
        rig.files.fault = { operation, _ in operation == .unlink ? EROFS : nil }
        #expect(throws: SpoolError(.full, path: "")) { try rig.append() }
        rig.liveBatches -= 1
        #expect(rig.spool.pending == before)
        rig.files.fault = { _, _ in nil }
        rig.files.capacity = .max
        try rig.append()
        try rig.deliver()
        DiskTests.expectConserved(rig)
    }

    @Test func theReserveIsMadeAgainAndTheLossIsDurable() throws {
        var rig = try Rig()
        try rig.append(12)
        rig.files.capacity = rig.files.used + 10
        try rig.append(1)
        #expect(rig.files["/s/spool/reserve"].count == 65_536)
        let files = rig.files.crashed(.loseAll)
        rig = try rig.reopened(files)
        try rig.deliver()
        DiskTests.expectConserved(rig)
        #expect(!rig.lost(.dropped).isEmpty)
    }

    @Test func importsWaitInsteadOfDropping() throws {
        var rig = try Rig(limits: SpoolLimits(maximumBytes: 2_000, minimumFreeBytes: 0, segmentBytes: 500))
        #expect(throws: SpoolError(.full, path: "")) { try rig.appendImport(30) }
        #expect(rig.lost(.dropped).isEmpty && rig.spool.pending.count > 5)
        try rig.deliver()
        try rig.tick()
        try rig.appendImport(1)
        try rig.deliver()
        DiskTests.expectConserved(rig)
    }

    @Test func anImportOnAFullDiskWaits() throws {
        var rig = try Rig()
        try rig.appendImport(4)
        rig.files.capacity = rig.files.used + 20
        #expect(throws: SpoolError(.full, path: "")) { try rig.appendImport(1) }
        rig.files.capacity = .max
        try rig.appendImport(1)
        try rig.deliver()
        DiskTests.expectConserved(rig)
    }

    @Test(arguments: [MemoryFileSystem.Operation.sync, .write]) func aFailureWritesTheRecordToAnotherSegment(
        failing: MemoryFileSystem.Operation
    ) throws {
        for skipped in 0..<8 {
            var rig = try Rig()
            try rig.append(1)
            var count = 0
            rig.files.fault = { operation, _ in
                guard operation == failing else { return nil }
                count += 1
                return count == skipped + 1 ? EIO : nil
            }
            try rig.append(8)
            rig.files.fault = { _, _ in nil }
            #expect(rig.spool.pending.map(\.sequence) == Array(1...9))
            // What the failed sync did not keep is not needed.
            for crash: MemoryFileSystem.Crash in [.loseAll, .keepAll] {
                var again = try rig.reopened(rig.files.crashed(crash))
                try again.append(1)
                try again.deliver()
                DiskTests.expectConserved(again)
                #expect(again.lost(.corrupt).isEmpty)
            }
        }
    }

    @Test func threeFailuresInARowAreReportedAndTheBatchStaysWithTheCaller() throws {
        var rig = try Rig()
        try rig.append(2)
        rig.files.fault = { operation, _ in operation == .sync ? EIO : nil }
        #expect(throws: SpoolError(.unwritable, path: "")) { try rig.append() }
        let lost = GapEntry(sequence: 0, from: 60, to: 120, packets: 77, bytes: 1)
        rig.spool.noteLost([lost], reason: .unwritable, now: rig.now)
        #expect(rig.spool.pending.count == 2)
        rig.files.fault = { _, _ in nil }
        try rig.append(1)
        for crash: MemoryFileSystem.Crash in [.loseAll, .keepAll] {
            var again = try rig.reopened(rig.files.crashed(crash))
            try again.deliver()
            #expect(again.vanished.isEmpty && again.isFaithful)
            #expect(again.collector.spans == [lost])
        }
    }

    @Test func lossesThatCannotBeWrittenDownStayBounded() {
        var owed = OwedGaps()
        let epoch = Epoch(high: 1, low: 1)
        for index in 0..<5_000 {
            let span = GapEntry(sequence: 0, from: Int64(index), to: Int64(index) + 1, packets: 1, bytes: 2)
            owed.add([span], of: epoch, reason: .unwritable)
        }
        let entries = owed.groups[0].entries
        #expect(entries.count == OwedGaps.maximumSpans)
        #expect(entries.reduce(0) { $0 + ($1.packets ?? 0) } == 5_000)
        #expect(entries.last?.to == 5_000)
    }

    @Test func theSpoolStaysWithinItsBytes() throws {
        let limits = SpoolLimits(maximumBytes: 16_000, minimumFreeBytes: 0)
        var rig = try Rig(limits: limits)
        for _ in 0..<150 {
            try rig.append()
            #expect(rig.spool.bytes <= 16_000)
            #expect(rig.files.paths.filter { $0.hasSuffix(".seg") }.reduce(0) { $0 + rig.files[$1].count } <= 16_000)
        }
        try rig.deliver()
        DiskTests.expectConserved(rig)
        #expect(rig.lost(.dropped).count < 110)
    }

    @Test func whatIsTooOldIsDropped() throws {
        var rig = try Rig(limits: SpoolLimits(minimumFreeBytes: 0, segmentBytes: 500))
        try rig.append(6)
        rig.now += 13 * 86_400 * second
        try rig.spool.enforceLimits(now: rig.now)
        #expect(rig.spool.pending.count == 6)
        rig.now += 2 * 86_400 * second
        try rig.append(1)
        try rig.spool.enforceLimits(now: rig.now)
        #expect(rig.spool.pending.filter { !$0.isGap }.map(\.sequence) == [7])
        try rig.deliver()
        DiskTests.expectConserved(rig)
    }

    @Test func aClockThatWasNeverSetAgesNothing() throws {
        var rig = try Rig(limits: SpoolLimits(minimumFreeBytes: 0, segmentBytes: 500))
        rig.now = 100 * second
        try rig.append(6)
        rig.now = start
        try rig.append(1)
        try rig.spool.enforceLimits(now: rig.now)
        // The first segment was made by the rig, at a time that counts.
        #expect(rig.spool.pending.count == 7)
    }

    @Test func theFloorOfFreeSpaceIsKeptForOthers() throws {
        var rig = try Rig(limits: SpoolLimits(minimumFreeBytes: 12_000, segmentBytes: 500))
        let others = try rig.files.open("/s/others", .create)
        try others.write([UInt8](repeating: 1, count: 200_000), at: 0)
        try rig.append(60)
        rig.files.capacity = rig.files.used + 8_000
        try rig.append(1)
        try rig.spool.enforceLimits(now: rig.now)
        #expect(rig.files.capacity - rig.files.used >= 12_000)
        #expect(rig.spool.pending.contains { $0.window == SampleBatch.window(60) })
        rig.files.capacity = .max
        try rig.deliver()
        DiskTests.expectConserved(rig)
    }

    @Test func theFloorNeverTakesMoreThanATwentieth() {
        #expect(SpoolLimits().floor(total: 1 << 30) == (1 << 30) / 20)
        #expect(SpoolLimits().floor(total: 1 << 40) == 512 << 20)
    }

    @Test func segmentsAreClosedAfterAnHour() throws {
        var rig = try Rig(limits: SpoolLimits(minimumFreeBytes: 0))
        try rig.append(2)
        rig.now += 3_600 * second
        try rig.append(1)
        #expect(rig.files.paths.filter { $0.hasSuffix(".seg") } == [rig.segment(1), rig.segment(3)])
    }

    @Test func segmentsHoldFewEnoughRecordsForTheReserve() throws {
        var rig = try Rig(limits: SpoolLimits(minimumFreeBytes: 0))
        rig.liveBatch = { _ in [1] }
        try rig.append(SpoolLimits.recordsInSegment + 1)
        #expect(rig.files.paths.filter { $0.hasSuffix(".seg") }.count == 2)
        var random = Random(seed: 1)
        let entries = (0..<SpoolLimits.recordsInSegment).map {
            let from = Int64(random.below(1 << 31))
            return GapEntry(
                sequence: UInt64($0) + (1 << 40), from: from, to: from + 60, packets: UInt64(random.below(1 << 24)),
                bytes: UInt64(random.below(1 << 34)))
        }
        let report = GapReport(reason: .dropped, epoch: rig.spool.liveEpoch, entries: entries)
        #expect(rig.spool.encode(report).count < Reserve.bytes - 4_096)
    }
}
