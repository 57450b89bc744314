package import FlowModel
package import SystemCalls
import WireFormat

/// The sensor's durable queue: what is appended is kept until it is acknowledged or declared lost, through crashes,
/// damage and full disks (FORMAT.md).
///
/// Owned by: the spool thread; its calls block on the disk. `SpoolReader` reads from any thread.
package final class Spool {
    let place: SpoolPlace
    let limits: SpoolLimits
    var streams: [Epoch: SpoolStream] = [:]
    /// The stream of this sensor's captures: random, made with the spool, and anew when its numbers are not certain.
    package internal(set) var liveEpoch: Epoch
    /// What was found at the opening.
    package private(set) var recovery = RecoveryReport()
    /// Unix seconds at which the newest window of live captures ends that was found at the opening; nil without one.
    package private(set) var newestLiveWindowEnd: Int64?
    var reserve: Reserve
    var owed = OwedGaps()
    var changes: [SpoolChange] = []
    var lastCursorNanoseconds: Int64
    let rejected: BoundedDirectory
    private let quarantine: BoundedDirectory
    private let lock: any OpenFile
    private lazy var encoder = BatchEncoder()

    /// Opens the spool in `directory`, making it if need be; its parent must exist. Whatever is damaged there becomes
    /// gap reports; only a lock, a missing permission or a disk that can't be written make it throw.
    ///
    /// Reads every segment: as long as the disk takes for that.
    package init(
        directory: String, limits: SpoolLimits = SpoolLimits(), files: any FileSystem = RealFileSystem(),
        nowUnixNanoseconds now: Int64
    ) throws(SpoolError) {
        place = SpoolPlace(root: directory, files: files)
        self.limits = limits
        lock = try Spool.takeLock(place)
        reserve = Reserve(in: place)
        rejected = BoundedDirectory(SpoolPlace.rejectedName, maximumBytes: 16 << 20, in: place)
        quarantine = BoundedDirectory(SpoolPlace.quarantineName, maximumBytes: 64 << 20, in: place)
        lastCursorNanoseconds = now
        let contents: SpoolContents
        do {
            contents = try SpoolContents(of: place, maximumLost: limits.declaredAtStart)
        } catch {
            throw SpoolError(.unreadable, error, path: directory)
        }
        var live: Epoch?
        for (directory, found) in contents.streams {
            let isNamed = contents.named == directory.epoch && !found.index.isImport
            let stream = SpoolStream(found, isKept: isNamed && found.isEndCertain, in: place)
            // A record that is sent and then lost with the power would let its number be used again.
            let isDurable = (try? stream.makeDurable()) != nil
            if stream.isKept && isDurable { live = directory.epoch } else { stream.isKept = false }
            streams[directory.epoch] = stream
            recovery.count(directory, found)
            guard let end = found.newestWindowEnd, !found.index.isImport else { continue }
            newestLiveWindowEnd = max(newestLiveWindowEnd ?? end, end)
        }
        liveEpoch = live ?? Epoch(high: 0, low: 0)
        recovery.newerStreams = contents.newer
        recovery.foreignNames = contents.foreign
        if live == nil {
            recovery.newStream = Spool.reason(contents)
            try startLiveStream(now: now)
        }
        reserve.restore()
        forget(contents, now: now)
        changes = []
        recovery.streams = streams.count
        recovery.segments = streams.values.reduce(0) { $0 + $1.index.segments.count }
        recovery.pendingRecords = positions.reduce(0) { $0 + $1.pendingRecords }
    }

    /// Declares what is lost, and only then lets go of what shows it.
    private func forget(_ contents: SpoolContents, now: Int64) {
        for (directory, found) in contents.streams {
            let declared = contents.declared[directory.epoch] ?? SequenceSet()
            for entry in found.lost where declared.contains(entry.sequence) {
                streams[directory.epoch]?.settle(entry.sequence...entry.sequence)
            }
            let lost = found.lost.filter { !declared.contains($0.sequence) }
            owed.add(lost, of: directory.epoch, reason: .corrupt)
            recovery.declaredLost += lost.count
        }
        try? payOwed(now: now)
        recovery.isDeclarationPending = !owed.isEmpty
        for (directory, found) in contents.streams {
            let path = place.directory(directory.epoch)
            for name in directory.leftovers { try? place.files.unlink("\(path)/\(name)") }
            guard owed.isEmpty else { continue }
            for range in found.unlisted { streams[directory.epoch]?.settle(range) }
            for name in directory.unreadable + directory.foreign {
                let kept = "\(directory.epoch)-\(name)"
                if (try? quarantine.take("\(path)/\(name)", name: kept, now: now)) != nil {
                    recovery.quarantinedFiles += 1
                }
            }
        }
        try? settleDisk(now: now, always: true)
    }

    private static func takeLock(_ place: SpoolPlace) throws(SpoolError) -> any OpenFile {
        do {
            try place.files.makeDirectory(place.root)
            let lock = try place.files.lock(place.path(SpoolPlace.lockName))
            try place.files.syncDirectory(place.parent)
            return lock
        } catch {
            throw error.isLocked
                ? SpoolError(.locked, path: place.root) : SpoolError(.unwritable, error, path: place.root)
        }
    }

    private static func reason(_ contents: SpoolContents) -> RecoveryReport.NewStream {
        guard let named = contents.named else {
            return contents.streams.isEmpty && contents.newer.isEmpty ? .firstStart : .missing
        }
        if contents.newer.contains(named) { return .newerFormat }
        return contents.streams.contains { $0.directory.epoch == named } ? .damagedEnd : .missing
    }

    /// Makes a new live stream; the old one is delivered and then removed.
    func startLiveStream(now: Int64) throws(SpoolError) {
        while true {
            do {
                let epoch = Epoch(high: try randomUInt64(), low: try randomUInt64())
                streams[epoch] = try liveStream(epoch, now: now)
                streams[liveEpoch]?.isKept = false
                streams[liveEpoch]?.seal()
                liveEpoch = epoch
                return
            } catch {
                if error.isFull && reserve.release() { continue }
                throw SpoolError(.unwritable, error, path: place.root)
            }
        }
    }

    /// Makes a stream durable and names it as the live one, or leaves nothing of it.
    private func liveStream(_ epoch: Epoch, now: Int64) throws(SystemError) -> SpoolStream {
        let stream = SpoolStream(new: epoch, isImport: false, in: place)
        do {
            try stream.openSegment(now: now)
            try place.writeLive(epoch)
            return stream
        } catch {
            try? stream.delete(stream.index.segments.map(\.first))
            stream.removeDirectory()
            throw error
        }
    }

    /// Reads the spool's records.
    package var reader: SpoolReader { SpoolReader(place) }

    /// Records that are neither acknowledged nor declared lost: by stream, the oldest first, and sequence. Linear.
    package var pending: [SpoolRecord] { ordered.flatMap(\.index.pending) }

    /// The streams in the same order.
    package var positions: [SpoolPosition] { ordered.map(\.index.position) }

    /// Bytes of all segments.
    package var bytes: UInt64 { streams.values.reduce(0) { $0 + $1.index.bytes } }

    /// The streams, the one with the oldest segment first.
    var ordered: [SpoolStream] {
        streams.values.sorted {
            ($0.index.age, $0.index.epoch.high, $0.index.epoch.low)
                < ($1.index.age, $1.index.epoch.high, $1.index.epoch.low)
        }
    }

    /// What happened since the last call, in order.
    package func takeChanges() -> [SpoolChange] {
        defer { changes = [] }
        return changes
    }

    /// Makes what is acknowledged durable and lets another process have the spool; the last call.
    package func close() {
        for stream in streams.values {
            try? stream.writeCursor()
            stream.seal()
        }
        streams = [:]
        lock.close()
    }

    func encode(_ report: GapReport) -> [UInt8] {
        do {
            return try encoder.encode(report)
        } catch {
            preconditionFailure("a gap report within its bounds is refused: \(error)")
        }
    }
}

extension StreamIndex {
    /// When its oldest segment was made.
    fileprivate var age: Int64 { segments.first?.createdUnixNanoseconds ?? .max }
}

extension RecoveryReport {
    fileprivate mutating func count(_ directory: StreamDirectory, _ found: StreamRecovery) {
        scannedBytes += found.scannedBytes
        damagedRecords += found.damagedRecords
        unreadableSpans += found.unreadableSpans
        for range in found.unlisted {
            let (sum, isOver) = undeclaredLost.addingReportingOverflow(UInt64(range.count))
            undeclaredLost = isOver ? .max : sum
        }
    }
}
