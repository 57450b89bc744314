/// A set of sequence numbers as ranges: ascending, disjoint, not adjacent.
struct SequenceSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt64>] = []

    var highest: UInt64? { ranges.last?.upperBound }

    func contains(_ number: UInt64) -> Bool {
        let index = firstIndex { $0.upperBound >= number }
        return index < ranges.count && ranges[index].lowerBound <= number
    }

    /// - Precondition: the bounds are valid sequence numbers.
    mutating func insert(_ range: ClosedRange<UInt64>) {
        precondition(
            SequenceNumber.isValid(range.lowerBound) && SequenceNumber.isValid(range.upperBound), "sequence \(range)")
        let from = firstIndex { $0.upperBound + 1 >= range.lowerBound }
        let to = firstIndex { $0.lowerBound > range.upperBound + 1 }
        guard from < to else {
            ranges.insert(range, at: from)
            return
        }
        let lower = min(range.lowerBound, ranges[from].lowerBound)
        let upper = max(range.upperBound, ranges[to - 1].upperBound)
        ranges.replaceSubrange(from..<to, with: CollectionOfOne(lower...upper))
    }

    mutating func insert(_ number: UInt64) { insert(number...number) }

    /// What of `range` is not in the set, ascending.
    func missing(in range: ClosedRange<UInt64>) -> [ClosedRange<UInt64>] {
        var result: [ClosedRange<UInt64>] = []
        var next = range.lowerBound
        for known in ranges[firstIndex { $0.upperBound >= range.lowerBound }...] {
            if known.lowerBound > range.upperBound { break }
            if known.lowerBound > next { result.append(next...(known.lowerBound - 1)) }
            next = known.upperBound + 1
        }
        if next <= range.upperBound { result.append(next...range.upperBound) }
        return result
    }

    /// Index of the first range for which `condition`, false for all before and true for all after, holds.
    private func firstIndex(_ condition: (ClosedRange<UInt64>) -> Bool) -> Int {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if condition(ranges[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
