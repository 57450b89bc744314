import FlowModel
import SystemCalls
import WireFormat

/// Judges what a stream's directory holds after a stop of any kind (FORMAT.md §6): what is there, what is lost, which
/// numbers are used. Reads each segment once and changes nothing.
struct StreamRecovery {
    let index: StreamIndex
    let cursorGeneration: UInt64
    /// What is gone and not settled, ascending.
    private(set) var lost: [GapEntry] = []
    /// Lost numbers that are too many to be listed.
    private(set) var unlisted: [ClosedRange<UInt64>] = []
    /// What its unsettled gap reports declare lost, by stream; of too much a part.
    private(set) var declared: [Epoch: SequenceSet] = [:]
    /// Whether the highest number ever given out is known: only then may the stream go on.
    let isEndCertain: Bool
    /// Records whose payload is damaged.
    private(set) var damagedRecords = 0
    /// Places where bytes are no record.
    private(set) var unreadableSpans = 0
    private(set) var scannedBytes: UInt64 = 0
    /// Unix seconds at which the newest window ends of which a batch is there, settled or not.
    private(set) var newestWindowEnd: Int64?

    init(_ directory: StreamDirectory, maximumLost: Int) throws(SystemError) {
        let isImport = directory.isImport
        let readable = directory.readable
        let settled = directory.settled
        var known = settled
        var segments: [SegmentIndex] = []
        let decoder = BatchDecoder()
        // The last number seen: of the newest segment's last record, or the one before its first.
        var seen = (directory.segments.first?.first ?? 1) - 1
        var hasDamagedEnd = directory.isNewestUnreadable
        for (position, segment) in readable.enumerated() {
            let isNewest = position == readable.count - 1
            let bytes = try directory.bytes(of: segment.first)
            scannedBytes += UInt64(bytes.count)
            let scan = SegmentScan(
                bytes, salt: segment.salt, firstSequence: segment.first,
                before: isNewest ? nil : readable[position + 1].first)
            var records = scan.records
            // A capture file is read again from here on, so its damaged end is no loss.
            if isImport, isNewest, records.last?.isIntact == false { records.removeLast() }
            var found = SegmentIndex(
                first: segment.first, createdUnixNanoseconds: segment.createdUnixNanoseconds,
                fileBytes: UInt64(bytes.count))
            for record in records {
                let sequence = record.header.sequence
                known.insert(sequence)
                if !record.isIntact { damagedRecords += 1 }
                let payload = Array(bytes[record.payload])
                if record.isIntact, let end = (try? BatchSummary(payload))?.window?.end {
                    newestWindowEnd = max(newestWindowEnd ?? end, end)
                }
                if settled.contains(sequence) { continue }
                let entry = found.append(
                    record.header, at: record.offset, payload: payload, isDamaged: !record.isIntact)
                if !record.isIntact {
                    lost.append(GapEntry(sequence: sequence, entry))
                } else if record.header.kind == .gap, case .gap(let report)? = try? decoder.decode(payload) {
                    StreamRecovery.note(report, in: &declared, maximumRanges: maximumLost)
                }
            }
            segments.append(found)
            seen = records.last?.header.sequence ?? segment.first - 1
            unreadableSpans += scan.unreadable.count + (scan.hasDamagedEnd ? 1 : 0)
            if isNewest, scan.hasDamagedEnd { hasDamagedEnd = true }
        }

        var last = max(seen, settled.highest ?? 0)
        if !isImport {
            last = max(last, (directory.cursor?.nextSequence ?? 1) - 1)
            // Something was there, and at least one number went with it.
            if hasDamagedEnd, last == seen, last < SequenceNumber.range.upperBound { last += 1 }
        }
        isEndCertain =
            !readable.isEmpty && !hasDamagedEnd && last == seen && last <= SequenceNumber.highestToGoOn
        var index = StreamIndex(
            epoch: directory.epoch, isImport: isImport, settled: settled, nextSequence: last + 1)
        for segment in segments { index.adopt(segment) }
        self.index = index
        cursorGeneration = directory.cursor?.generation ?? 0
        if last > 0 { declareMissing(known.missing(in: 1...last), maximumLost: maximumLost) }
        lost.sort { $0.sequence < $1.sequence }
    }

    /// What a report declares, as far as it is few ranges: what is forgotten is declared again, which the collector
    /// ignores. Reports of a few bytes could otherwise fill the memory.
    private static func note(_ report: GapReport, in declared: inout [Epoch: SequenceSet], maximumRanges: Int) {
        var set = declared[report.epoch] ?? SequenceSet()
        declared[report.epoch] = nil
        for entry in report.entries
        where SequenceNumber.isValid(entry.sequence) && set.ranges.count < maximumRanges {
            set.insert(entry.sequence)
        }
        declared[report.epoch] = set
    }

    private mutating func declareMissing(_ ranges: [ClosedRange<UInt64>], maximumLost: Int) {
        for range in ranges {
            let room = UInt64(max(0, maximumLost - lost.count))
            let listed = min(UInt64(range.count), room)
            for sequence in range.prefix(Int(listed)) { lost.append(GapEntry(sequence: sequence)) }
            if listed < range.count { unlisted.append((range.lowerBound + listed)...range.upperBound) }
        }
    }
}
