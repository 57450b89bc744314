package import FlowModel
import SystemCalls

extension Spool {
    /// Entries in a gap report of the spool's: as many as a segment has records, so that they fit the reserve.
    static let reportEntries = SpoolLimits.recordsInSegment

    /// Appends a batch to the live stream. It is durable when this returns; after an error it is not in the spool, and
    /// the caller still has it. Drops the oldest segments when there is no room.
    /// - Parameter content: what `BatchEncoder` made; 1 byte to 1 MiB.
    package func append(_ content: [UInt8], now: Int64) throws(SpoolError) -> SpoolRecord {
        defer { reserve.restore() }
        try makeRoom(for: content.count, now: now)
        let record = try appendDropping(content, now: now)
        // A loss that could not be written down before: perhaps now.
        try? payOwed(now: now)
        return record
    }

    private func appendDropping(_ content: [UInt8], now: Int64) throws(SpoolError) -> SpoolRecord {
        while true {
            do {
                return try write(.batch, content, to: liveEpoch, now: now)
            } catch  where error.code == .full {
                let needed = UInt64(RecordHeader.recordBytes(payload: content.count))
                guard try dropOldest(freeing: needed, orActive: true, now: now) else { throw error }
            }
        }
    }

    /// Appends a batch of a capture file. As `append`, but nothing is dropped for it: `full` says that the caller must
    /// wait for acknowledgements.
    package func append(
        _ content: [UInt8], import epoch: Epoch, now: Int64
    ) throws(SpoolError) -> SpoolRecord {
        guard hasRoom(for: content.count) else { throw SpoolError(.full, path: place.root) }
        _ = try importStream(epoch)
        return try write(.batch, content, to: epoch, now: now)
    }

    /// Begins or goes on with the stream of a capture file: it stays until `endImport`, however much is acknowledged.
    /// - Returns: its highest sequence number that is in the spool or settled, 0 when there is none: what the file
    ///   gives again up to there need not be appended.
    package func beginImport(_ epoch: Epoch) throws(SpoolError) -> UInt64 {
        try importStream(epoch).index.nextSequence - 1
    }

    private func importStream(_ epoch: Epoch) throws(SpoolError) -> SpoolStream {
        guard !recovery.newerStreams.contains(epoch) else {
            throw SpoolError(.unreadable, path: place.directory(epoch))
        }
        let stream = streams[epoch] ?? SpoolStream(new: epoch, isImport: true, in: place)
        guard stream.index.nextSequence <= SequenceNumber.highestToGoOn else {
            throw SpoolError(.unreadable, path: place.directory(epoch))
        }
        streams[epoch] = stream
        stream.isKept = true
        return stream
    }

    /// Says that a capture file gives no more: its stream is removed as soon as everything is settled.
    package func endImport(_ epoch: Epoch, now: Int64) throws(SpoolError) {
        guard epoch != liveEpoch else { return }
        streams[epoch]?.isKept = false
        try settleDisk(now: now)
    }

    /// Records a loss that never reached the spool, in the live stream: at once, or as soon as the disk allows.
    package func noteLost(_ entries: [GapEntry], reason: GapReason, now: Int64) {
        owed.add(entries, of: liveEpoch, reason: reason)
        try? payOwed(now: now)
        reserve.restore()
    }

    /// Writes down the losses that could not be written down before.
    func payOwed(now: Int64) throws(SpoolError) {
        while let (key, entries) = owed.groups.first {
            let part = Array(entries.prefix(Spool.reportEntries))
            try report(part, of: key.epoch, key.reason, now: now)
            owed.removeFirst(part.count)
        }
    }

    /// Declares entries lost: durably in the live stream, and from then on they are settled.
    func declare(_ entries: [GapEntry], of epoch: Epoch, _ reason: GapReason, now: Int64) throws(SpoolError) {
        for start in stride(from: 0, to: entries.count, by: Spool.reportEntries) {
            let part = Array(entries[start..<min(start + Spool.reportEntries, entries.count)])
            try report(part, of: epoch, reason, now: now)
        }
    }

    private func report(
        _ entries: [GapEntry], of epoch: Epoch, _ reason: GapReason, now: Int64
    ) throws(SpoolError) {
        let content = encode(GapReport(reason: reason, epoch: epoch, entries: entries))
        _ = try write(.gap, content, to: liveEpoch, now: now)
        for entry in entries where SequenceNumber.isValid(entry.sequence) {
            let lost = streams[epoch]?.settle(entry.sequence...entry.sequence) ?? []
            changes += lost.map { .dropped($0) }
        }
    }

    /// Appends a record; a failed write is tried again in another segment. A report may use the reserve.
    private func write(
        _ kind: RecordHeader.Kind, _ content: [UInt8], to epoch: Epoch, now: Int64
    ) throws(SpoolError) -> SpoolRecord {
        guard let stream = streams[epoch] else { throw SpoolError(.unwritable, path: place.directory(epoch)) }
        var failures = 0
        while true {
            do {
                let record = try stream.append(kind, content, limits: limits, now: now)
                changes.append(.appended(record))
                return record
            } catch {
                if error.isFull {
                    if kind == .gap && reserve.release() { continue }
                    throw SpoolError(.full, error, path: place.root)
                }
                failures += 1
                if failures == 3 { throw SpoolError(.unwritable, error, path: place.root) }
            }
        }
    }
}
