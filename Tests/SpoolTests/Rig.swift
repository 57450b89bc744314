import FlowModel
import MemoryFiles
import SystemCalls
import Testing
import WireFormat

@testable import Spool

let start: Int64 = 1_800_000_000_000_000_000
let second: Int64 = 1_000_000_000

/// A sensor's spool, the collector it delivers to, and a journal of what the spool promised.
struct Rig {
    let files: MemoryFileSystem
    var spool: Spool
    var collector = ModelCollector()
    var limits: SpoolLimits
    var now = start
    /// What `append` returned for: these must reach the collector or be declared lost.
    var promised: [Place: [UInt8]] = [:]
    /// Batches appended so far, of live and import streams.
    var liveBatches = 0
    var importBatches = 0
    let importEpoch = Epoch(high: 7, low: 7)
    /// The batches of the live stream and of the capture file.
    var liveBatch: @Sendable (Int) -> [UInt8] = { SampleBatch.live($0) }
    var importBatch: @Sendable (Int) -> [UInt8] = { SampleBatch.imported($0) }

    /// Segments of about three records.
    static let tiny = SpoolLimits(maximumBytes: 1 << 30, minimumFreeBytes: 0, segmentBytes: 500)

    init(_ files: MemoryFileSystem = MemoryFileSystem(), limits: SpoolLimits = Rig.tiny) throws {
        self.files = files
        self.limits = limits
        spool = try Spool(directory: "/s/spool", limits: limits, files: files, nowUnixNanoseconds: now)
    }

    /// The same sensor after a restart on other files.
    func reopened(_ files: MemoryFileSystem) throws -> Rig {
        var rig = try Rig(files, limits: limits, now: now)
        rig.collector = collector
        rig.promised = promised
        rig.liveBatches = liveBatches
        rig.importBatches = importBatches
        (rig.liveBatch, rig.importBatch) = (liveBatch, importBatch)
        return rig
    }

    private init(_ files: MemoryFileSystem, limits: SpoolLimits, now: Int64) throws {
        self.files = files
        self.limits = limits
        self.now = now
        spool = try Spool(directory: "/s/spool", limits: limits, files: files, nowUnixNanoseconds: now)
    }

    mutating func append(_ count: Int = 1) throws {
        for _ in 0..<count {
            now += second
            let content = liveBatch(liveBatches)
            liveBatches += 1
            let record = try spool.append(content, now: now)
            promised[Place(epoch: record.epoch, sequence: record.sequence)] = content
        }
    }

    /// Reads so many more batches of the capture file, beginning where the spool says.
    mutating func appendImport(_ count: Int = 1) throws {
        importBatches = Int(try spool.beginImport(importEpoch))
        for _ in 0..<count {
            now += second
            let content = importBatch(importBatches)
            let record = try spool.append(content, import: importEpoch, now: now)
            importBatches += 1
            #expect(record.sequence == UInt64(importBatches))
            promised[Place(epoch: record.epoch, sequence: record.sequence)] = content
        }
    }

    /// Delivers pending records, the newest first, and tells the spool.
    mutating func deliver(
        _ count: Int = .max, acknowledge: Bool = true, where isWanted: (SpoolRecord) -> Bool = { _ in true }
    ) throws {
        var delivered: [Epoch: SequenceSet] = [:]
        let reader = spool.reader
        for record in spool.pending.reversed().filter(isWanted).prefix(count) {
            guard let content = try reader.read(record) else {
                Issue.record("a pending record is gone")
                continue
            }
            collector.receive(record.epoch, record.sequence, content)
            delivered[record.epoch, default: SequenceSet()].insert(record.sequence)
        }
        for (epoch, set) in delivered where acknowledge { try spool.acknowledge(epoch, set.ranges, now: now) }
    }

    mutating func reject(_ record: SpoolRecord) throws { try spool.reject(record, reason: "why\u{1b}", now: now) }

    mutating func tick(_ seconds: Int64 = 2) throws {
        now += seconds * second
        try spool.flush(now: now)
    }

    /// Promised records that reached nobody.
    var vanished: [Place] { promised.keys.filter { collector.stored[$0] == nil && collector.lost[$0] == nil } }

    /// Promised records that are neither there, nor delivered, nor in a gap report that is there or was delivered.
    var unaccounted: [Place] {
        var seen: Set<Place> = []
        for record in spool.pending {
            seen.insert(Place(epoch: record.epoch, sequence: record.sequence))
            guard record.isGap, let content = try? spool.reader.read(record),
                case .gap(let report)? = try? BatchDecoder().decode(content)
            else { continue }
            for entry in report.entries { seen.insert(Place(epoch: report.epoch, sequence: entry.sequence)) }
        }
        return vanished.filter { !seen.contains($0) }
    }

    /// Promised records that are lost for this reason.
    func lost(_ reason: GapReason) -> [Place] { promised.keys.filter { collector.lost[$0]?.reason == reason } }

    /// Whether everything stored is what was appended there.
    var isFaithful: Bool {
        collector.conflicts == 0
            && promised.allSatisfy { collector.stored[$0] == nil || collector.stored[$0] == $1 }
    }
}
