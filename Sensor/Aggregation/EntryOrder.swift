/// The order in which a window's records leave: by (class, service port, source), ties by the rest of the key, so that
/// nothing of it depends on the hash. A radix sort over the numbers of the entries, from the lowest digit: each pass
/// reads and writes in sequence where a sort by comparison would jump.
enum EntryOrder {
    /// An entry's number and what it is sorted by: class and port, and for IPv4 the source.
    private struct Item {
        var rank: UInt64
        var number: UInt32
    }

    /// 52 bits in digits of 11.
    private static let digitBits: UInt64 = 11
    private static let digits = 5
    private static let buckets = 1 << 11

    /// The numbers of `entries` in order.
    static func numbers<Word: AddressWord>(_ entries: UnsafeBufferPointer<FlowEntry<Word>>) -> [UInt32] {
        let count = entries.count
        return withUnsafeTemporaryAllocation(of: Item.self, capacity: 2 * max(1, count)) { memory in
            var from = UnsafeMutableBufferPointer(rebasing: memory[..<count])
            var to = UnsafeMutableBufferPointer(rebasing: memory[count..<2 * count])
            for number in 0..<count {
                from.initializeElement(at: number, to: Item(rank: rank(entries[number]), number: UInt32(number)))
            }
            to.initialize(repeating: Item(rank: 0, number: 0))
            sortByRank(&from, &to)
            sortEqualRanks(from, entries)
            return [UInt32](unsafeUninitializedCapacity: count) { result, used in
                for index in 0..<count { result.initializeElement(at: index, to: from[index].number) }
                used = count
            }
        }
    }

    @inline(__always)
    private static func rank<Word: AddressWord>(_ entry: FlowEntry<Word>) -> UInt64 {
        let source = Word.bitWidth == 32 ? UInt64(truncatingIfNeeded: entry.source) : 0
        return (entry.key >> 40 & 0xFF) << 48 | (entry.key & 0xFFFF) << 32 | source
    }

    /// Sorts `from`, and leaves the result there; `to` is as large.
    private static func sortByRank(
        _ from: inout UnsafeMutableBufferPointer<Item>, _ to: inout UnsafeMutableBufferPointer<Item>
    ) {
        // A file may be full of quiet windows.
        if from.count < 2 { return }
        withUnsafeTemporaryAllocation(of: Int.self, capacity: digits * buckets) { counts in
            counts.initialize(repeating: 0)
            for item in from {
                for digit in 0..<digits { counts[digit * buckets + bucket(item, digit)] += 1 }
            }
            for digit in 0..<digits {
                let places = UnsafeMutableBufferPointer(rebasing: counts[digit * buckets..<(digit + 1) * buckets])
                // A digit that all have in common moves nothing.
                if let first = from.first, places[bucket(first, digit)] == from.count { continue }
                var next = 0
                for index in 0..<buckets {
                    let size = places[index]
                    places[index] = next
                    next += size
                }
                for item in from {
                    let index = bucket(item, digit)
                    to[places[index]] = item
                    places[index] += 1
                }
                swap(&from, &to)
            }
        }
    }

    @inline(__always)
    private static func bucket(_ item: Item, _ digit: Int) -> Int {
        Int(truncatingIfNeeded: item.rank >> (UInt64(digit) * digitBits)) & (buckets - 1)
    }

    /// Few IPv4 records have the same class, port and source; of IPv6 all of a class and port have the same rank.
    private static func sortEqualRanks<Word: AddressWord>(
        _ items: UnsafeMutableBufferPointer<Item>, _ entries: UnsafeBufferPointer<FlowEntry<Word>>
    ) {
        var start = 0
        while start < items.count {
            var end = start + 1
            while end < items.count, items[end].rank == items[start].rank { end += 1 }
            if end - start > 1 {
                items[start..<end].sort { left, right in
                    let one = entries[Int(left.number)]
                    let two = entries[Int(right.number)]
                    if one.source != two.source { return one.source < two.source }
                    if one.key != two.key { return one.key < two.key }
                    return one.victim < two.victim
                }
            }
            start = end
        }
    }
}
