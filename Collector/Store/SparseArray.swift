/// An array of which few elements are not NULL.
struct SparseArray<Number: FixedWidthInteger> {
    /// Ascending.
    private(set) var places: [Int32] = []
    private(set) var values: [Number] = []

    var isEmpty: Bool { places.isEmpty }

    /// - Parameter index: greater than that of any call before.
    mutating func set(_ value: Number, at index: Int) {
        places.append(Int32(truncatingIfNeeded: index))
        values.append(value)
    }
}
