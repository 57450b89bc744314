import FlowModel

/// The distinct sources of a batch in ascending order, and the place of each record's source among them. A source that
/// sends to many ports is written once.
struct SourceTable<Number: FixedWidthInteger & UnsignedInteger> {
    private struct Item {
        var source: Number
        var record: UInt16
    }

    private static var digitBits: Int { 11 }
    private static var buckets: Int { 1 << digitBits }

    private(set) var sources: [Number] = []
    /// One for each record.
    private(set) var places: [UInt16]

    /// - Precondition: at most `FlowBatch.maximumRecords`.
    init(_ records: [FlowRecord]) {
        var items: [Item] = []
        items.reserveCapacity(records.count)
        for record in records {
            items.append(
                Item(
                    source: Number(truncatingIfNeeded: record.key.source.bits),
                    record: UInt16(truncatingIfNeeded: items.count)))
        }
        SourceTable.sort(&items)
        var places = [UInt16](repeating: 0, count: records.count)
        sources.reserveCapacity(records.count)
        for item in items {
            if sources.last != item.source { sources.append(item.source) }
            places[Int(item.record)] = UInt16(truncatingIfNeeded: sources.count - 1)
        }
        self.places = places
    }

    /// A radix sort from the lowest digit, over the digits in which sources differ: addresses are random, and a sort by
    /// comparison would mispredict half of its branches.
    private static func sort(_ items: inout [Item]) {
        guard let first = items.first else { return }
        var differing: Number = 0
        for item in items { differing |= item.source ^ first.source }
        var other = items
        var counts = [Int](repeating: 0, count: buckets)
        for shift in stride(from: 0, to: Number.bitWidth, by: digitBits)
        where differing >> Number(shift) & Number(buckets - 1) != 0 {
            items.withUnsafeBufferPointer { from in
                other.withUnsafeMutableBufferPointer { to in
                    counts.withUnsafeMutableBufferPointer { counts in
                        pass(from, to, counts, shift: Number(shift))
                    }
                }
            }
            swap(&items, &other)
        }
    }

    private static func pass(
        _ from: UnsafeBufferPointer<Item>, _ to: UnsafeMutableBufferPointer<Item>,
        _ counts: UnsafeMutableBufferPointer<Int>, shift: Number
    ) {
        func bucket(_ item: Item) -> Int { Int(truncatingIfNeeded: item.source &>> shift) & (buckets - 1) }
        counts.update(repeating: 0)
        for item in from { counts[bucket(item)] &+= 1 }
        var next = 0
        for index in 0..<buckets {
            let size = counts[index]
            counts[index] = next
            next &+= size
        }
        for item in from {
            let index = bucket(item)
            to[counts[index]] = item
            counts[index] &+= 1
        }
    }

    /// The first source, then how many addresses lie between each and the one before.
    var distances: [Number] {
        var distances = sources
        for index in distances.indices.dropFirst() { distances[index] = sources[index] - sources[index - 1] - 1 }
        return distances
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
