import FlowModel

/// The distinct sources of a batch in ascending order, and the place of each record's source among them. A source that
/// sends to many ports is written once.
struct SourceTable<Number: FixedWidthInteger & UnsignedInteger> {
    private(set) var sources: [Number] = []
    /// One for each record.
    private(set) var places: [UInt16]

    init(_ records: [FlowRecord]) {
        let all = records.map { Number(truncatingIfNeeded: $0.key.source.bits) }
        places = Array(repeating: 0, count: records.count)
        for index in all.indices.sorted(by: { all[$0] < all[$1] }) {
            if sources.last != all[index] { sources.append(all[index]) }
            // At most `FlowBatch.maximumRecords`, which fits.
            places[index] = UInt16(sources.count - 1)
        }
    }

    /// The first source, then how many addresses lie between each and the one before.
    var distances: [Number] {
        sources.indices.map { $0 == 0 ? sources[0] : sources[$0] - sources[$0 - 1] - 1 }
    }

    /// The sources from their distances; nil when they run over the end of the address space.
    static func sources(_ distances: [Number]) -> [Number]? {
        var sources = distances
        for index in sources.indices.dropFirst() {
            let (next, overflow) = sources[index - 1].addingReportingOverflow(distances[index])
            let (source, overflowToo) = next.addingReportingOverflow(1)
            if overflow || overflowToo { return nil }
            sources[index] = source
        }
        return sources
    }
}
