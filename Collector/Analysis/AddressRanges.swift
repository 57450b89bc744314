package import FlowModel

/// Ranges of addresses that do not overlap, in which the one that holds an address is found fast: an index by the first
/// 16 bits of IPv4 leaves a handful to search.
package struct AddressRanges: Sendable {
    private var low4: [UInt32] = []
    private var high4: [UInt32] = []
    private var low6: [UInt128] = []
    private var high6: [UInt128] = []
    /// How many IPv4 ranges begin before the block of these first 16 bits; one more at the end. Empty until `close`.
    private var starts: [Int32] = []

    package init() {}

    package var count: Int { low4.count + low6.count }

    /// Adds a range behind all others.
    /// - Returns: false, and nothing is added, when it does not lie behind them or ends before it begins.
    package mutating func append(_ low: Address, _ high: Address) -> Bool {
        guard low.family == high.family, low.bits <= high.bits else { return false }
        switch low.family {
        case .ipv4:
            let first = UInt32(truncatingIfNeeded: low.bits)
            guard low6.isEmpty, high4.last.map({ $0 < first }) ?? true else { return false }
            low4.append(first)
            high4.append(UInt32(truncatingIfNeeded: high.bits))
        case .ipv6:
            guard high6.last.map({ $0 < low.bits }) ?? true else { return false }
            low6.append(low.bits)
            high6.append(high.bits)
        }
        return true
    }

    /// Adds a range that may overlap the last ones, which then grow by it.
    /// - Returns: false, and nothing is added, when it begins before the last range or ends before it begins.
    package mutating func unite(_ low: Address, _ high: Address) -> Bool {
        if append(low, high) { return true }
        guard low.family == high.family, low.bits <= high.bits else { return false }
        switch low.family {
        case .ipv4:
            guard low6.isEmpty, let last = low4.last, last <= UInt32(truncatingIfNeeded: low.bits) else { return false }
            high4[high4.count - 1] = max(high4[high4.count - 1], UInt32(truncatingIfNeeded: high.bits))
        case .ipv6:
            guard let last = low6.last, last <= low.bits else { return false }
            high6[high6.count - 1] = max(high6[high6.count - 1], high.bits)
        }
        return true
    }

    /// Makes the index, after the last range.
    package mutating func close() {
        starts = []
        starts.reserveCapacity((1 << 16) + 1)
        var place = 0
        for block in 0..<UInt32(1 << 16) {
            while place < low4.count, low4[place] < block << 16 { place += 1 }
            starts.append(Int32(place))
        }
        starts.append(Int32(low4.count))
    }

    /// The place of the range that holds an IPv4 address.
    /// - Precondition: after `close`.
    @inline(__always)
    package func find(ipv4 bits: UInt32) -> Int? {
        let block = Int(bits >> 16)
        var (low, high) = (Int(starts[block]), Int(starts[block + 1]))
        while low < high {
            let middle = (low + high) >> 1
            if low4[middle] <= bits { low = middle + 1 } else { high = middle }
        }
        return low > 0 && bits <= high4[low - 1] ? low - 1 : nil
    }

    /// The place of the range that holds an IPv6 address; these come after those of IPv4.
    package func find(ipv6 bits: UInt128) -> Int? {
        var (low, high) = (0, low6.count)
        while low < high {
            let middle = (low + high) >> 1
            if low6[middle] <= bits { low = middle + 1 } else { high = middle }
        }
        return low > 0 && bits <= high6[low - 1] ? low4.count + low - 1 : nil
    }
}
