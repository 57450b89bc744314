import FlowModel
import WireFormat

/// A sequence number of a stream, by the stream's number in the database.
struct Place: Hashable {
    var stream: Int64
    var sequence: UInt64
}

/// A row for raw.gap.
struct GapRow: Equatable {
    var sensor: Int32
    var stream: Int64
    var entry: GapEntry
    var reason: GapReason
    var report: Place
}

/// Decides, in the order in which they are offered, which batches of a group are stored.
///
/// Pure: the caller has locked the streams and asked the database which places are taken.
struct GroupPlan {
    /// Places that are stored or declared lost, with the digest of the batch where there is one.
    private var taken: [Place: UInt64?]
    private(set) var added: [Int64: [UInt64]] = [:]
    private(set) var gaps: [GapRow] = []
    /// Sequence numbers that came again with other content, per stream; the last counts.
    private(set) var conflicts: [Int64: (count: Int, last: UInt64)] = [:]

    init(taken: [Place: UInt64?]) { self.taken = taken }

    /// Decides on a batch of stream `stream`.
    /// - Parameter reported: the stream that a gap report speaks of; nil for flows.
    mutating func offer(_ batch: PendingBatch, stream: Int64, reported: Int64?) -> StoreOutcome {
        let place = Place(stream: stream, sequence: batch.sequence)
        if let known = taken[place] {
            // Of a batch declared lost there is no digest: what arrives late is refused as if it had been stored,
            // otherwise its packets would be both stored and lost.
            guard let digest = known, digest != batch.digest else { return .duplicate }
            conflicts[stream, default: (0, 0)].count += 1
            conflicts[stream]?.last = batch.sequence
            return .conflict
        }
        taken[place] = .some(batch.digest)
        added[stream, default: []].append(batch.sequence)
        if case .gap(let report) = batch.content, let reported {
            for entry in report.entries { declare(entry, report, batch, report: place, reported: reported) }
        }
        return .stored
    }

    private mutating func declare(
        _ entry: GapEntry, _ report: GapReport, _ batch: PendingBatch, report place: Place, reported: Int64
    ) {
        if entry.sequence != 0 {
            let lost = Place(stream: reported, sequence: entry.sequence)
            guard taken[lost] == nil else { return }
            taken[lost] = .some(nil)
            added[reported, default: []].append(entry.sequence)
        }
        gaps.append(GapRow(sensor: batch.sensor, stream: reported, entry: entry, reason: report.reason, report: place))
    }

    /// The numbers as text of an int8multirange.
    static func multirange(_ numbers: [UInt64]) -> String {
        var ranges: [(first: UInt64, end: UInt64)] = []
        for number in numbers.sorted() {
            if let last = ranges.indices.last, number <= ranges[last].end {
                ranges[last].end = max(ranges[last].end, number + 1)
            } else {
                ranges.append((number, number + 1))
            }
        }
        return "{" + ranges.map { "[\($0.first),\($0.end))" }.joined(separator: ",") + "}"
    }
}
