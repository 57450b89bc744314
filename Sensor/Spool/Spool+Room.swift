import FlowModel
import SystemCalls
import WireFormat

extension Spool {
    /// Drops what is too old, too much, or takes space that must stay free, and tidies up as `flush` does. To be called
    /// every minute or so.
    package func enforceLimits(now: Int64) throws(SpoolError) {
        defer { reserve.restore() }
        try makeRoom(for: 0, now: now)
        let old = droppable.filter { isTooOld($0.segment, now: now) }
        if !old.isEmpty { try drop(old, reportBytes: .max, now: now) }
        try settleDisk(now: now)
    }

    private func isTooOld(_ segment: SegmentIndex, now: Int64) -> Bool {
        let created = segment.createdUnixNanoseconds
        guard created >= SpoolLimits.unsetClockNanoseconds, now > created else { return false }
        return (now - created) / 1_000_000_000 - limits.segmentSeconds > limits.maximumAgeSeconds
    }

    /// Drops the oldest segments until a record of `payload` bytes fits the spool's bounds.
    func makeRoom(for payload: Int, now: Int64) throws(SpoolError) {
        while case let excess = bytesBeyondLimits(with: payload), excess > 0 {
            let before = bytes
            guard try dropOldest(freeing: excess, orActive: true, now: now), bytes < before else {
                throw SpoolError(.full, path: place.root)
            }
        }
        // Once: others may fill the disk faster than it is emptied here.
        if case let missing = bytesBelowFloor, missing > 0 {
            _ = try dropOldest(freeing: missing, orActive: false, now: now)
        }
    }

    /// Whether an import's record of `payload` bytes finds room without anything being dropped.
    func hasRoom(for payload: Int) -> Bool { bytesBeyondLimits(with: payload) == 0 && bytesBelowFloor == 0 }

    /// What must go before a record of `payload` bytes, or none when that is 0, may come.
    private func bytesBeyondLimits(with payload: Int) -> UInt64 {
        let coming = payload == 0 ? 0 : UInt64(SegmentHeader.bytes + RecordHeader.recordBytes(payload: payload))
        let total = bytes + coming
        if total > limits.maximumBytes { return total - limits.maximumBytes }
        return streams.values.reduce(0) { $0 + $1.index.records } < SpoolLimits.maximumRecords ? 0 : 1
    }

    private var bytesBelowFloor: UInt64 {
        guard let space = try? place.files.space(place.root) else { return 0 }
        let floor = limits.floor(total: space.total)
        return floor - min(floor, space.free)
    }

    typealias Victim = (stream: SpoolStream, segment: SegmentIndex)

    /// The segments that may be dropped, those made first in front: all but the live stream's newest.
    private var droppable: [Victim] {
        let all = ordered.flatMap { stream -> [Victim] in
            let segments = stream.index.segments
            return (stream.index.epoch == liveEpoch ? segments.dropLast() : segments[...]).map { (stream, $0) }
        }
        return all.sorted { $0.segment.createdUnixNanoseconds < $1.segment.createdUnixNanoseconds }
    }

    /// Deletes what is settled; when nothing is, drops the oldest segments, so many as have `bytes` bytes.
    /// - Parameter orActive: when there is no other, the one that is being written, if it holds batches.
    /// - Returns: false when nothing could be deleted or dropped.
    func dropOldest(freeing bytes: UInt64, orActive: Bool, now: Int64) throws(SpoolError) -> Bool {
        if try deleteSettled() { return true }
        // Segments of little else than reports are left while there are others: what they say would only move.
        let candidates = droppable
        let worthwhile = candidates.filter(\.segment.isWorthDropping)
        var victims: [Victim] = []
        var freed: UInt64 = 0
        for candidate in worthwhile.isEmpty ? candidates : worthwhile where freed < bytes {
            victims.append(candidate)
            freed += candidate.segment.fileBytes - min(candidate.segment.fileBytes, candidate.segment.reportBytes)
        }
        if victims.isEmpty {
            guard orActive, let stream = streams[liveEpoch], let active = stream.index.segments.last,
                active.entries.contains(where: { $0.isPending && !$0.flags.contains(.gap) })
            else { return false }
            stream.seal()
            victims = [(stream, active)]
        }
        // What says that something is lost must take less than what is lost.
        try drop(victims, reportBytes: victims.reduce(0) { $0 + Int($1.segment.fileBytes) }, now: now)
        return true
    }

    /// Declares what is in segments lost, then deletes them.
    private func drop(_ victims: [Victim], reportBytes: Int, now: Int64) throws(SpoolError) {
        let loss = loss(of: victims, reportBytes: reportBytes)
        // What a dropped report said must be said again before the report counts as lost itself.
        for (key, entries) in loss.carried.groups + loss.own.groups {
            try declare(entries, of: key.epoch, key.reason, now: now)
        }
        for stream in ordered {
            let segments = victims.filter { $0.stream === stream }.map(\.segment.first)
            guard !segments.isEmpty else { continue }
            // Advisory, and the disk may be full: without it the loss is declared twice at worst.
            try? stream.writeCursor()
            do {
                try stream.delete(segments)
            } catch {
                throw SpoolError(.unwritable, error, path: place.root)
            }
        }
        removeDrained()
    }

    /// What is lost with segments: their own records, and the losses that they report, as far as that fits
    /// `reportBytes`. What does not fit remains as a lost report of unknown content.
    private func loss(of victims: [Victim], reportBytes: Int) -> (carried: OwedGaps, own: OwedGaps) {
        var carried = OwedGaps()
        var own = OwedGaps()
        for (stream, segment) in victims {
            for record in segment.entries where !record.flags.contains(.settled) {
                let sequence = segment.sequence(record)
                var entry = GapEntry(sequence: sequence, record)
                if record.flags.contains(.gap), let report = report(stream, sequence) {
                    var more = carried
                    more.add(report.entries, of: report.epoch, reason: report.reason)
                    if more.estimatedBytes + own.estimatedBytes < reportBytes {
                        carried = more
                        entry.packets = 0
                        entry.bytes = 0
                    }
                }
                own.add([entry], of: stream.index.epoch, reason: .dropped)
            }
        }
        return (carried, own)
    }

    /// The gap report in a record; nil when it can't be read.
    private func report(_ stream: SpoolStream, _ sequence: UInt64) -> GapReport? {
        guard let known = stream.index.pending(sequence), let content = try? reader.read(known.record),
            case .gap(let report)? = try? BatchDecoder().decode(content)
        else { return nil }
        return report
    }
}

extension SegmentIndex {
    /// Whether the report of its loss takes less than it does.
    fileprivate var isWorthDropping: Bool { reportBytes < fileBytes }

    /// What the report of its loss takes, with what it reports itself; roughly.
    fileprivate var reportBytes: UInt64 {
        var bytes = OwedGaps.reportBytes
        for entry in entries where !entry.flags.contains(.settled) {
            bytes += OwedGaps.entryBytes
            if entry.flags.contains(.gap) { bytes += 2 * RecordHeader.recordBytes(payload: Int(entry.payloadBytes)) }
        }
        return UInt64(bytes)
    }
}
