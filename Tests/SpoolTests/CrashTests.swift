import FlowModel
import MemoryFiles
import Testing

@testable import Spool

/// The sensor dies after every single operation on its files, and in every way.
struct CrashTests {
    private static let crashes: [MemoryFileSystem.Crash] = [
        .keepAll, .loseAll, .keepData, .keepNames, .tear(seed: 1), .tear(seed: 2),
    ]

    private static let limits = SpoolLimits(maximumBytes: 6_000, minimumFreeBytes: 0, segmentBytes: 500)

    /// Appends, rolls, acknowledges, rejects, drops by size, imports, restarts, begins a new stream.
    private static func story(_ rig: inout Rig) throws {
        try rig.append(4)
        try rig.deliver(2)
        try rig.tick()
        if let second = rig.spool.pending.first(where: { $0.sequence == 2 }) { try rig.reject(second) }
        try rig.appendImport(3)
        try rig.append(32)
        try rig.deliver(6) { !$0.isImport }
        try rig.tick()
        try rig.appendImport(2)
        try rig.spool.endImport(rig.importEpoch, now: rig.now)
        rig.spool.close()
        rig = try rig.reopened(rig.files)
        try rig.append(2)
        try rig.spool.acknowledge(rig.spool.liveEpoch, [1_000...1_000], now: rig.now)
        try rig.append(2)
        try rig.deliver()
        try rig.tick()
    }

    @Test(arguments: 0..<4) func noCrashLosesOrRepeatsAnything(part: Int) throws {
        var complete = try Rig(limits: CrashTests.limits)
        try CrashTests.story(&complete)
        #expect(complete.vanished.isEmpty && complete.isFaithful)
        #expect(!complete.lost(.dropped).isEmpty && !complete.lost(.rejected).isEmpty)
        let operations = complete.files.operations
        #expect(operations > 150)
        for point in stride(from: part, to: operations, by: 4) {
            let files = MemoryFileSystem()
            files.crashAfter = point
            guard var rig = try? Rig(files, limits: CrashTests.limits) else { continue }
            do {
                try CrashTests.story(&rig)
            } catch {
                #expect(files.isDown, "after operation \(point): \(error)")
            }
            for crash in CrashTests.crashes {
                try CrashTests.goOn(rig, rig.files.crashed(crash), "after operation \(point), \(crash)")
            }
        }
    }

    /// Restarts, delivers what is pending, goes on for a while.
    private static func goOn(_ stopped: Rig, _ files: MemoryFileSystem, _ what: String) throws {
        let hadUnsynced = files.hasUnsynced
        var rig = try stopped.reopened(files)
        try rig.deliver(acknowledge: false)
        let imported = UInt64(try rig.spool.beginImport(rig.importEpoch))
        if hadUnsynced {
            // The power fails as well, after what was there has been sent: its numbers must not be used again.
            var second = try rig.reopened(rig.files.crashed(.loseAll))
            try second.append(2)
            try second.deliver()
            #expect(second.isFaithful, "\(what), twice")
        }
        // What an import lost of its end it gives again.
        rig.promised = rig.promised.filter { $0.key.epoch != rig.importEpoch || $0.key.sequence <= imported }
        // Until it ends it knows what of it was delivered; then it is removed, and begins from its first record.
        if imported > 0 { #expect(rig.vanished.isEmpty, "\(what): \(rig.vanished)") }
        try rig.append(2)
        try rig.deliver()
        try rig.tick()
        #expect(rig.vanished.isEmpty, "\(what): \(rig.vanished)")
        #expect(rig.isFaithful, "\(what)")
        // A crash alone damages nothing that was promised.
        #expect(rig.lost(.corrupt).isEmpty, "\(what)")
    }
}
