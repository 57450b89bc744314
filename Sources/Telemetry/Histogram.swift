/// How many of the values so far were at most each of some bounds, as Prometheus counts them.
package struct Histogram: Sendable, Hashable {
    /// Ascending, in the unit of the values.
    package let bounds: [Double]
    /// Values at most as great as the bound at the same place and greater than the one before; the last are those beyond
    /// all bounds.
    package private(set) var counts: [UInt64]
    /// Of all values.
    package private(set) var sum: Double = 0

    /// - Parameter bounds: ascending.
    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// How many values there were.
    package var count: UInt64 { counts.reduce(0, &+) }

    /// Adds a value; one that is no number is left out.
    package mutating func observe(_ value: Double) {
        guard value.isFinite else { return }
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
        sum += value
    }
}
