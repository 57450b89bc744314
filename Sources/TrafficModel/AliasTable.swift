/// Draws an index with given weights in constant time (Walker 1977, Vose 1991).
struct AliasTable {
    private var threshold: [Double]
    private var alias: [UInt32]

    /// - Parameter weights: at least one, none negative, their sum above zero.
    init(weights: [Double]) {
        let count = weights.count
        let mean = weights.reduce(0, +) / Double(count)
        threshold = weights.map { $0 / mean }
        alias = (0..<count).map(UInt32.init)
        var small: [Int] = []
        var large: [Int] = []
        for index in 0..<count {
            if threshold[index] < 1 { small.append(index) } else { large.append(index) }
        }
        while let low = small.popLast(), let high = large.popLast() {
            alias[low] = UInt32(high)
            threshold[high] -= 1 - threshold[low]
            if threshold[high] < 1 { small.append(high) } else { large.append(high) }
        }
        // What rounding left over is a full column.
        for index in small + large { threshold[index] = 1 }
    }

    @inline(__always)
    func draw(_ random: inout Random) -> Int {
        let index = Int(random.below(UInt32(threshold.count)))
        return random.unit() < threshold[index] ? index : Int(alias[index])
    }
}
