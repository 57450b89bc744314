import FlowModel
import MemoryFiles
import SystemCalls
import Testing

@testable import Spool

/// Random lives of a spool against the promise: what was appended is delivered as it was or declared lost, once.
struct RandomActionTests {
    private static let limits = SpoolLimits(
        maximumBytes: 32_000, maximumAgeSeconds: 400, minimumFreeBytes: 1_000, segmentBytes: 2_000, segmentSeconds: 60)

    @Test(arguments: 1...8 as ClosedRange<UInt64>) func everyPromiseIsKept(seed: UInt64) throws {
        var random = Random(seed: seed)
        let files = MemoryFileSystem()
        files.capacity = 400_000
        var rig = try Rig(files, limits: RandomActionTests.limits)
        for step in 0..<300 {
            do {
                try RandomActionTests.act(&rig, &random)
            } catch {
                #expect(error is SpoolError, "step \(step): \(error)")
            }
            #expect(rig.spool.bytes <= RandomActionTests.limits.maximumBytes + 1_000, "step \(step)")
            if step % 16 == 0 { #expect(rig.unaccounted.isEmpty, "step \(step)") }
        }
        rig.files.fault = { _, _ in nil }
        rig.files.capacity = .max
        try rig.tick()
        try rig.deliver()
        #expect(rig.vanished.isEmpty, "\(rig.vanished)")
        #expect(rig.isFaithful)
        #expect(rig.lost(.corrupt).isEmpty)
        let known = rig.promised.keys.filter {
            rig.collector.lost[$0]?.entry.packets != nil || rig.collector.stored[$0] != nil
        }
        #expect(known.count == rig.promised.count)
    }

    private static func act(_ rig: inout Rig, _ random: inout Random) throws {
        switch random.below(16) {
        case 0...6: try rig.append(1 + random.below(3))
        case 7...9:
            let odd = random.below(3) == 0
            try rig.deliver(1 + random.below(6), acknowledge: random.below(4) > 0) { !odd || $0.sequence % 2 == 1 }
        case 10:
            if let record = rig.spool.pending.filter({ !$0.isGap }).randomElement(using: &random) {
                try rig.reject(record)
            }
        case 11: try rig.tick(Int64(random.below(90)))
        case 12: try rig.spool.enforceLimits(now: rig.now)
        case 13:
            rig.spool.close()
            do {
                rig = try rig.reopened(rig.files)
            } catch {
                rig.files.fault = { _, _ in nil }
                rig = try rig.reopened(rig.files)
            }
        case 14:
            let crash: MemoryFileSystem.Crash = [.keepAll, .loseAll, .tear(seed: random.next())][random.below(3)]
            let files = rig.files.crashed(crash)
            rig = try rig.reopened(files)
        default:
            // A disk that fails now and then, or is nearly full for a while.
            var left = random.below(3)
            let skipped = random.below(4)
            var seen = 0
            let code: Int32 = random.below(2) == 0 ? 5 : 28
            rig.files.fault = { operation, _ in
                guard operation == .sync || operation == .write else { return nil }
                seen += 1
                guard seen > skipped, left > 0 else { return nil }
                left -= 1
                return code
            }
        }
    }
}
