import FlowModel
import WireFormat

/// What is known of a segment's records without reading it: enough to say what was lost when it is dropped.
struct SegmentIndex {
    /// 48 bytes a record.
    struct Entry {
        struct Flags: OptionSet {
            let rawValue: UInt8
            static let gap = Flags(rawValue: 1)
            /// Acknowledged or declared lost.
            static let settled = Flags(rawValue: 2)
            /// Its payload is damaged and that is not declared yet: not to be sent, not to be forgotten.
            static let damaged = Flags(rawValue: 4)
            /// The numbers below are a batch's; otherwise they are unknown.
            static let summarised = Flags(rawValue: 8)
        }

        var windowStart: Int64 = 0
        var packets: UInt64 = 0
        var bytes: UInt64 = 0
        let offset: UInt32
        let payloadBytes: UInt32
        /// From the segment's first.
        let sequenceOffset: UInt32
        /// 0 when there is no window.
        var windowLength: UInt16 = 0
        var part: UInt16 = 0
        var flags: Flags
    }

    let first: UInt64
    /// 0 when unknown.
    let createdUnixNanoseconds: Int64
    /// Size of the file.
    var fileBytes: UInt64
    /// Ascending sequence numbers, without those that were settled before the index was made.
    private(set) var entries: [Entry] = []
    /// Entries that are not settled, damaged ones among them.
    private(set) var unsettled = 0

    init(first: UInt64, createdUnixNanoseconds: Int64, fileBytes: UInt64) {
        self.first = first
        self.createdUnixNanoseconds = createdUnixNanoseconds
        self.fileBytes = fileBytes
    }

    /// Adds a record behind all others.
    /// - Parameter isDamaged: the payload is not as written; of what it says the window alone is taken.
    @discardableResult
    mutating func append(
        _ header: RecordHeader, at offset: Int, payload: [UInt8], isDamaged: Bool = false
    ) -> Entry {
        var entry = Entry(
            offset: UInt32(offset), payloadBytes: UInt32(header.payloadBytes),
            sequenceOffset: UInt32(header.sequence - first), flags: [])
        if header.kind == .gap { entry.flags.insert(.gap) }
        if isDamaged { entry.flags.insert(.damaged) }
        if header.kind == .batch, let summary = try? BatchSummary(payload), let window = summary.window {
            entry.windowStart = window.start
            entry.windowLength = UInt16(window.length)
            entry.part = summary.part
            if !isDamaged {
                entry.packets = summary.packets
                entry.bytes = summary.bytes
                entry.flags.insert(.summarised)
            }
        }
        entries.append(entry)
        unsettled += 1
        return entry
    }

    func sequence(_ entry: Entry) -> UInt64 { first + UInt64(entry.sequenceOffset) }

    func record(_ entry: Entry, of epoch: Epoch, isImport: Bool) -> SpoolRecord {
        SpoolRecord(
            epoch: epoch, isImport: isImport, sequence: sequence(entry), isGap: entry.flags.contains(.gap),
            window: entry.window, part: entry.part, packets: entry.packets, bytes: entry.bytes,
            payloadBytes: Int(entry.payloadBytes), segment: first, offset: UInt64(entry.offset))
    }

    /// Settles what of `range` is here.
    /// - Returns: the entries that were not settled before, as they were.
    mutating func settle(_ range: ClosedRange<UInt64>) -> [Entry] {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if sequence(entries[middle]) < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        var changed: [Entry] = []
        while low < entries.count, sequence(entries[low]) <= range.upperBound {
            if !entries[low].flags.contains(.settled) {
                changed.append(entries[low])
                entries[low].flags.insert(.settled)
            }
            low += 1
        }
        unsettled -= changed.count
        return changed
    }
}

extension SegmentIndex.Entry {
    var window: Window? { windowLength == 0 ? nil : Window(containing: windowStart, length: UInt32(windowLength)) }

    /// Whether it waits to be delivered.
    var isPending: Bool { flags.isDisjoint(with: [.settled, .damaged]) }
}

extension GapEntry {
    /// Seconds that the collector's database can hold: the years 1 to 9999.
    private static let times: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// The loss of a record of the spool.
    init(sequence: UInt64, _ entry: SegmentIndex.Entry) {
        self.init(sequence: sequence)
        if let window = entry.window, GapEntry.times.contains(window.start), GapEntry.times.contains(window.end) {
            from = window.start
            to = window.end
        }
        if entry.flags.contains(.summarised) {
            packets = min(entry.packets, UInt64(Int64.max))
            bytes = min(entry.bytes, UInt64(Int64.max))
        }
    }
}
