package import FlowModel
import SystemCalls

extension Spool {
    /// How often cursors are written at most.
    private static let cursorInterval: Int64 = 1_000_000_000

    /// Takes the collector's word that these are stored for good. Numbers that this spool never gave out say that it
    /// is an older copy of itself: then a new live stream begins, so that none is used twice.
    package func acknowledge(_ epoch: Epoch, _ ranges: [ClosedRange<UInt64>], now: Int64) throws(SpoolError) {
        guard let stream = streams[epoch] else { return }
        let next = stream.index.nextSequence
        for range in ranges where range.lowerBound > 0 && range.lowerBound < next {
            stream.settle(range.lowerBound...min(range.upperBound, next - 1))
        }
        if epoch == liveEpoch, ranges.contains(where: { $0.upperBound >= next }) { try startLiveStream(now: now) }
        try settleDisk(now: now)
    }

    /// Takes the collector's word that it will never store the record: a copy goes to `rejected/`, the loss is
    /// declared. A rejected gap report is given up without a new one, which would be rejected as well.
    /// - Parameter reason: for a person.
    package func reject(_ record: SpoolRecord, reason: String, now: Int64) throws(SpoolError) {
        if let content = try? reader.read(record) {
            let line = String(
                reason.unicodeScalars.prefix(200).map {
                    $0.properties.generalCategory == .control ? " " : Character($0)
                })
            rejected.add(Array("\(line)\n".utf8) + content, name: "\(record.epoch)-\(record.sequence)", now: now)
        }
        if record.isGap {
            changes += (streams[record.epoch]?.settle(record.sequence...record.sequence) ?? []).map { .dropped($0) }
            try settleDisk(now: now)
        } else {
            try giveUp(record, .rejected, now: now)
        }
    }

    /// Declares a record lost that a `SpoolReader` found damaged.
    package func declareDamaged(_ record: SpoolRecord, now: Int64) throws(SpoolError) {
        try giveUp(record, .corrupt, now: now)
    }

    private func giveUp(_ record: SpoolRecord, _ reason: GapReason, now: Int64) throws(SpoolError) {
        defer { reserve.restore() }
        guard let known = streams[record.epoch]?.index.pending(record.sequence) else { return }
        try declare([GapEntry(sequence: record.sequence, known.entry)], of: record.epoch, reason, now: now)
        try settleDisk(now: now)
    }

    /// Writes the cursors that are due, deletes what is settled, tries again what failed. To be called every second or
    /// so while there are acknowledgements.
    package func flush(now: Int64) throws(SpoolError) {
        try? payOwed(now: now)
        try settleDisk(now: now)
        reserve.restore()
    }

    /// Cursor first, then deletion: a record that is gone must be known as settled.
    /// - Parameter always: does not wait until the cursors are due.
    func settleDisk(now: Int64, always: Bool = false) throws(SpoolError) {
        let passed = now.subtractingReportingOverflow(lastCursorNanoseconds).partialValue
        let isDue = always || passed >= Spool.cursorInterval || passed < 0
        var failure: SystemError?
        for stream in ordered where isDue && stream.isCursorStale {
            do { try stream.writeCursor() } catch { failure = error }
            lastCursorNanoseconds = now
        }
        for stream in ordered where isDue || !stream.isCursorStale {
            do { try stream.deleteSettled() } catch { failure = error }
        }
        removeDrained()
        if let failure { throw SpoolError(.unwritable, failure, path: place.root) }
    }

    /// Deletes what is settled without waiting for cursors: there is no room.
    func deleteSettled() throws(SpoolError) -> Bool {
        var hasDeleted = false
        for stream in ordered {
            if stream.isCursorStale { try? stream.writeCursor() }
            do {
                if try stream.deleteSettled() { hasDeleted = true }
            } catch {
                throw SpoolError(.unwritable, error, path: place.root)
            }
        }
        removeDrained()
        return hasDeleted
    }

    /// Removes streams in which nothing is left, unless something of them is still to be declared.
    func removeDrained() {
        guard owed.isEmpty else { return }
        let drained = streams.filter { $0.value.isDrained }
        guard !drained.isEmpty else { return }
        for (epoch, stream) in drained {
            stream.removeDirectory()
            streams[epoch] = nil
        }
        try? place.files.syncDirectory(place.root)
    }
}
