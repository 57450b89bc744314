/// The last values of a series, up to a number, the oldest first. Owned by: the caller's thread.
struct RecentValues: Sendable, Equatable {
    let limit: Int
    private(set) var values: [Double] = []

    init(limit: Int) { self.limit = limit }

    /// As after as many of one value as there is room for.
    init(limit: Int, constant: Double) {
        self.limit = limit
        values = Array(repeating: constant, count: limit)
    }

    mutating func add(_ value: Double) {
        if values.count == limit { values.removeFirst() }
        values.append(value)
    }

    /// - Precondition: there is a value.
    var mean: Double { values.reduce(0, +) / Double(values.count) }

    mutating func replaceEach(_ change: (Double) -> Double) { values = values.map(change) }

    /// `limit` + 1 numbers: how many values there are, and those, padded with zeros.
    var numbers: [Double] {
        [Double(values.count)] + values + Array(repeating: 0, count: limit - values.count)
    }

    /// - Precondition: there are `limit` + 1.
    init(numbers: ArraySlice<Double>, limit: Int) {
        precondition(numbers.count == limit + 1, "not the numbers of that many values")
        self.limit = limit
        let count = min(max(numbers[numbers.startIndex], 0), Double(limit))
        values = Array(numbers.dropFirst().prefix(Int(count)))
    }
}
