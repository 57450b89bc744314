import FlowModel

/// What is known of a stream: its segments, what of them is settled, and which number comes next. Pure.
struct StreamIndex {
    let epoch: Epoch
    let isImport: Bool
    /// Ascending; the last is the one that is written to, or was.
    private(set) var segments: [SegmentIndex] = []
    private(set) var settled: SequenceSet
    private(set) var nextSequence: UInt64
    /// Bytes and entries of all segments.
    private(set) var bytes: UInt64 = 0
    private(set) var records = 0

    init(epoch: Epoch, isImport: Bool, settled: SequenceSet = SequenceSet(), nextSequence: UInt64 = 1) {
        self.epoch = epoch
        self.isImport = isImport
        self.settled = settled
        self.nextSequence = nextSequence
    }

    /// Takes a segment that was found, behind all others.
    mutating func adopt(_ segment: SegmentIndex) {
        segments.append(segment)
        bytes += segment.fileBytes
        records += segment.entries.count
    }

    /// Makes a new segment the last. One without records of the same name has been replaced by it.
    mutating func startSegment(createdUnixNanoseconds: Int64) {
        if let last = segments.last, last.first == nextSequence { forget(last.first) }
        adopt(
            SegmentIndex(
                first: nextSequence, createdUnixNanoseconds: createdUnixNanoseconds,
                fileBytes: UInt64(SegmentHeader.bytes)))
    }

    /// Takes a record that was written behind all others.
    /// - Precondition: there is a segment, and the record has the next number.
    mutating func append(_ header: RecordHeader, at offset: Int, payload: [UInt8]) -> SpoolRecord {
        precondition(!segments.isEmpty && header.sequence == nextSequence, "record \(header.sequence) out of turn")
        let last = segments.count - 1
        let entry = segments[last].append(header, at: offset, payload: payload)
        segments[last].fileBytes += UInt64(header.recordBytes)
        bytes += UInt64(header.recordBytes)
        records += 1
        nextSequence += 1
        return record(segments[last], entry)
    }

    /// Marks as acknowledged or declared lost.
    /// - Returns: those that had been pending.
    @discardableResult
    mutating func settle(_ range: ClosedRange<UInt64>) -> [SpoolRecord] {
        settled.insert(range)
        var changed: [SpoolRecord] = []
        for index in segments.indices.reversed() where segments[index].first <= range.upperBound {
            for entry in segments[index].settle(range) where entry.isPending {
                changed.append(record(segments[index], entry))
            }
            if segments[index].first <= range.lowerBound { break }
        }
        return changed
    }

    /// Removes a segment.
    mutating func forget(_ first: UInt64) {
        guard let index = segments.firstIndex(where: { $0.first == first }) else { return }
        bytes -= segments[index].fileBytes
        records -= segments[index].entries.count
        segments.remove(at: index)
    }

    /// A record that waits to be delivered, and what is known of it.
    func pending(_ sequence: UInt64) -> (record: SpoolRecord, entry: SegmentIndex.Entry)? {
        guard let segment = segments.last(where: { $0.first <= sequence }) else { return nil }
        let entry = segment.entries.first { segment.sequence($0) == sequence && $0.isPending }
        return entry.map { (record(segment, $0), $0) }
    }

    var pending: [SpoolRecord] {
        segments.flatMap { segment in segment.entries.filter(\.isPending).map { record(segment, $0) } }
    }

    var position: SpoolPosition {
        var first: UInt64?
        for segment in segments where first == nil && segment.unsettled > 0 {
            first = segment.entries.first { $0.isPending }.map { segment.sequence($0) }
        }
        return SpoolPosition(
            epoch: epoch, isImport: isImport, firstSequence: first ?? nextSequence, nextSequence: nextSequence,
            pendingRecords: segments.reduce(0) { $0 + $1.unsettled }, bytes: bytes)
    }

    private func record(_ segment: SegmentIndex, _ entry: SegmentIndex.Entry) -> SpoolRecord {
        segment.record(entry, of: epoch, isImport: isImport)
    }
}
