import FlowModel
import SystemCalls

/// A stream's directory while the spool is open: appends, cursor, deletion. What to do is the spool's decision.
///
/// A segment of an earlier run is never written to again, nor is one after a failed write or sync.
/// Owned by: the spool thread.
final class SpoolStream {
    private let place: SpoolPlace
    private(set) var index: StreamIndex
    /// Whether records may still come: then the newest segment stays, because it bounds the next number.
    var isKept: Bool
    /// The newest segment while it may be written to, and its salt.
    private var active: (file: any OpenFile, salt: UInt32)?
    private var cursorGeneration: UInt64
    private var hasFailedCursor = false
    /// What the cursor on disk says.
    private var written: (settled: SequenceSet, nextSequence: UInt64)
    private var hasDirectory: Bool

    /// A stream that nothing is on disk of.
    init(new epoch: Epoch, isImport: Bool, in place: SpoolPlace) {
        self.place = place
        index = StreamIndex(epoch: epoch, isImport: isImport)
        isKept = true
        cursorGeneration = 0
        written = (SequenceSet(), 1)
        hasDirectory = false
    }

    init(_ recovery: StreamRecovery, isKept: Bool, in place: SpoolPlace) {
        self.place = place
        index = recovery.index
        self.isKept = isKept
        cursorGeneration = recovery.cursorGeneration
        written = (index.settled, 0)
        hasDirectory = true
    }

    /// Whether the cursor lags behind what is settled.
    var isCursorStale: Bool { written.settled != index.settled }

    /// Whether nothing is left to deliver, to send again or to add.
    var isDrained: Bool { !isKept && index.segments.isEmpty }

    /// What an earlier run wrote and perhaps did not sync: it may be sent only once it is durable.
    func makeDurable() throws(SystemError) {
        if let newest = index.segments.last {
            let file = try place.files.open(place.segment(index.epoch, newest.first), .readWrite)
            defer { file.close() }
            try file.sync()
        }
        try place.files.syncDirectory(place.directory(index.epoch))
    }

    /// Appends a record and makes it durable. After an error nothing was appended, and the same number is used again.
    func append(
        _ kind: RecordHeader.Kind, _ payload: [UInt8], limits: SpoolLimits, now: Int64
    ) throws(SystemError) -> SpoolRecord {
        if let newest = index.segments.last, newest.isFull(for: payload.count, limits: limits, now: now) { seal() }
        let active = try openSegment(now: now)
        let end = index.segments.last?.fileBytes ?? 0
        let record = RecordHeader.encode(kind, sequence: index.nextSequence, payload: payload, salt: active.salt)
        do {
            try active.file.write(record, at: end)
        } catch {
            do {
                guard error.isFull else { throw error }
                try active.file.truncate(to: end)
            } catch {
                seal()
            }
            throw error
        }
        do {
            try active.file.sync()
        } catch {
            seal()
            throw error
        }
        guard let header = RecordHeader(record, at: 0, salt: active.salt) else {
            preconditionFailure("a record that was just encoded has a header")
        }
        return index.append(header, at: Int(end), payload: payload)
    }

    /// Writes no more to the newest segment.
    func seal() {
        active?.file.close()
        active = nil
    }

    /// The segment to write to; a new one is durable before it has a record.
    @discardableResult
    func openSegment(now: Int64) throws(SystemError) -> (file: any OpenFile, salt: UInt32) {
        if let active { return active }
        let directory = place.directory(index.epoch)
        if !hasDirectory {
            try place.files.makeDirectory(directory)
            try place.files.syncDirectory(place.root)
            hasDirectory = true
        }
        let header = SegmentHeader(
            epoch: index.epoch, firstSequence: index.nextSequence, createdUnixNanoseconds: now,
            salt: UInt32(truncatingIfNeeded: try randomUInt64()), isImport: index.isImport)
        let file = try place.replace(place.segment(index.epoch, index.nextSequence), with: header.encoded)
        do {
            try place.files.syncDirectory(directory)
        } catch {
            file.close()
            throw error
        }
        index.startSegment(createdUnixNanoseconds: now)
        active = (file, header.salt)
        return (file, header.salt)
    }

    /// Marks as acknowledged or declared lost, in memory.
    /// - Returns: those that had been pending.
    @discardableResult
    func settle(_ range: ClosedRange<UInt64>) -> [SpoolRecord] { index.settle(range) }

    /// Makes durable what is settled.
    func writeCursor() throws(SystemError) {
        guard hasDirectory, isCursorStale || written.nextSequence != index.nextSequence else { return }
        let cursor = Cursor(
            epoch: index.epoch, generation: cursorGeneration + 1, nextSequence: index.nextSequence,
            settled: index.settled)
        let path = place.cursor(index.epoch)
        // After a failed sync a file is not to be synced again, so a new one takes its place.
        if let file = hasFailedCursor ? nil : try? place.files.open(path, .readWrite) {
            defer { file.close() }
            try file.write(cursor.encoded, at: cursor.offset)
            do {
                try file.sync()
            } catch {
                hasFailedCursor = true
                throw error
            }
        } else {
            let before = [UInt8](repeating: 0, count: Int(cursor.offset))
            try place.replace(path, with: before + cursor.encoded).close()
            try place.files.syncDirectory(place.directory(index.epoch))
            hasFailedCursor = false
        }
        cursorGeneration = cursor.generation
        written = (index.settled, index.nextSequence)
    }

    /// Deletes the segments in which everything is settled.
    /// - Returns: whether there were any.
    @discardableResult
    func deleteSettled() throws(SystemError) -> Bool {
        let candidates = isKept ? index.segments.dropLast() : index.segments[...]
        let done = candidates.filter { $0.unsettled == 0 }.map(\.first)
        if !done.isEmpty { try delete(done) }
        return !done.isEmpty
    }

    /// Deletes segments, by the numbers in their names.
    func delete(_ segments: [UInt64]) throws(SystemError) {
        for first in segments {
            if first == index.segments.last?.first { seal() }
            do {
                try place.files.unlink(place.segment(index.epoch, first))
            } catch  where error.isMissing {
                // Gone is what it should be.
            }
            index.forget(first)
        }
        try place.files.syncDirectory(place.directory(index.epoch))
    }

    /// Removes the directory of a stream without segments; what is foreign there keeps it.
    func removeDirectory() {
        try? place.files.unlink(place.cursor(index.epoch))
        try? place.files.removeDirectory(place.directory(index.epoch))
    }
}

extension SegmentIndex {
    /// Whether the next record belongs into a new segment.
    fileprivate func isFull(for payload: Int, limits: SpoolLimits, now: Int64) -> Bool {
        guard fileBytes > UInt64(SegmentHeader.bytes) else { return false }
        let age = now.subtractingReportingOverflow(createdUnixNanoseconds).partialValue.magnitude
        return fileBytes + UInt64(RecordHeader.recordBytes(payload: payload)) > limits.rollBytes
            || age >= UInt64(limits.segmentSeconds) * 1_000_000_000
            || entries.count >= SpoolLimits.recordsInSegment
    }
}
