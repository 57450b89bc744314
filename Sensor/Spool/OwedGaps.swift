import FlowModel

/// Losses that are to be written down, by stream and reason. Bounded: spans of time are joined when there are too many.
struct OwedGaps {
    struct Key: Hashable {
        let epoch: Epoch
        let reason: GapReason
    }

    /// Entries without a sequence number, per stream and reason, before they are joined.
    static let maximumSpans = 1_000

    private(set) var groups: [(key: Key, entries: [GapEntry])] = []

    var isEmpty: Bool { groups.isEmpty }

    /// What a report and each of its entries take as a record, rather more than less.
    static let reportBytes = 128
    static let entryBytes = 16

    /// What they take as records, rather more than less.
    var estimatedBytes: Int {
        groups.reduce(0) { $0 + OwedGaps.reportBytes + OwedGaps.entryBytes * $1.entries.count }
    }

    mutating func add(_ entries: [GapEntry], of epoch: Epoch, reason: GapReason) {
        guard !entries.isEmpty else { return }
        let key = Key(epoch: epoch, reason: reason)
        let position = groups.firstIndex { $0.key == key } ?? groups.count
        if position == groups.count { groups.append((key, [])) }
        for entry in entries {
            if entry.sequence == 0, let last = groups[position].entries.last, last.sequence == 0,
                groups[position].entries.count >= OwedGaps.maximumSpans
            {
                groups[position].entries[groups[position].entries.count - 1] = last.joined(with: entry)
            } else {
                groups[position].entries.append(entry)
            }
        }
    }

    /// Takes the first `count` entries off the first group, which are written down.
    mutating func removeFirst(_ count: Int) {
        groups[0].entries.removeFirst(count)
        if groups[0].entries.isEmpty { groups.removeFirst() }
    }
}

extension GapEntry {
    /// Both losses as one span.
    fileprivate func joined(with other: GapEntry) -> GapEntry {
        let dated = [self, other].filter { $0.to != 0 }
        return GapEntry(
            sequence: 0, from: dated.map(\.from).min() ?? 0, to: dated.map(\.to).max() ?? 0,
            packets: GapEntry.sum(packets, other.packets), bytes: GapEntry.sum(bytes, other.bytes))
    }

    private static func sum(_ left: UInt64?, _ right: UInt64?) -> UInt64? {
        guard let left, let right else { return nil }
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? nil : sum
    }
}
