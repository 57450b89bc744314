package import FlowModel

/// A set of sources that can tell how many they are and be united with others.
///
/// Up to `exactLimit` sources it holds their hashes and is exact; beyond, it is a HyperLogLog of 4,096 registers, whose
/// standard error is 1.04 / √4096 = 1.6 %. Two addresses have the same 64 bits of hash with a chance of 2^-64.
package struct SourceSketch: Sendable {
    /// Sources that are counted exactly at most.
    package static let exactLimit = 256
    /// log2 of the number of registers.
    static let indexBits: UInt64 = 12
    static let registerCount = 1 << 12
    /// A register holds at most this: five bits on disk.
    static let registerMaximum: UInt8 = 31

    /// The first `distinct` are sorted and different; the others are as they came. Empty when there are registers.
    private var pending: [UInt64] = []
    private var distinct = 0
    /// Empty while the set is exact.
    private(set) var registers: [UInt8] = []

    package init() {}

    /// From distinct hashes, at most `exactLimit`.
    init(hashes: [UInt64]) {
        pending = hashes.sorted()
        distinct = hashes.count
    }

    /// From `registerCount` registers.
    init(registers: [UInt8]) { self.registers = registers }

    /// The hash of an address: `hll_hash_bigint` of an IPv4 address as a number, `hll_hash_bytea` of the sixteen bytes
    /// of an IPv6 address.
    package static func hash(_ address: Address) -> UInt64 {
        address.family == .ipv4 ? hash(ipv4: UInt32(truncatingIfNeeded: address.bits)) : MurmurHash.hash(address.bits)
    }

    @inline(__always)
    static func hash(ipv4 bits: UInt32) -> UInt64 { MurmurHash.hash(UInt64(bits)) }

    /// Adds the source with this hash.
    @inline(__always)
    package mutating func insert(_ hash: UInt64) {
        if registers.isEmpty {
            pending.append(hash)
            if pending.count >= max(16, 2 &* distinct) { settle() }
        } else {
            raise(hash)
        }
    }

    /// Adds the sources of another set.
    package mutating func formUnion(_ other: SourceSketch) {
        if other.registers.isEmpty {
            for hash in other.pending { insert(hash) }
            return
        }
        if registers.isEmpty { spill() }
        for index in registers.indices { registers[index] = max(registers[index], other.registers[index]) }
    }

    /// How many sources there are: exact, or an estimate.
    package mutating func count() -> (value: Int64, precision: Precision) {
        settle()
        return registers.isEmpty ? (Int64(distinct), .exact) : (estimate, .estimate)
    }

    /// The hashes, ascending; empty when the set is not exact.
    mutating func settledHashes() -> [UInt64] {
        settle()
        return pending
    }

    private mutating func settle() {
        guard registers.isEmpty, pending.count > distinct else { return }
        pending.sort()
        var end = 1
        for index in 1..<pending.count where pending[index] != pending[end - 1] {
            pending[end] = pending[index]
            end += 1
        }
        pending.removeLast(pending.count - end)
        distinct = end
        if distinct > SourceSketch.exactLimit { spill() }
    }

    private mutating func spill() {
        let hashes = pending
        (pending, distinct) = ([], 0)
        registers = [UInt8](repeating: 0, count: SourceSketch.registerCount)
        for hash in hashes { raise(hash) }
    }

    @inline(__always)
    private mutating func raise(_ hash: UInt64) {
        let index = Int(truncatingIfNeeded: hash & UInt64(SourceSketch.registerCount &- 1))
        let rest = hash &>> SourceSketch.indexBits
        let rank = rest == 0 ? 0 : min(UInt8(truncatingIfNeeded: rest.trailingZeroBitCount) &+ 1, Self.registerMaximum)
        if rank > registers[index] { registers[index] = rank }
    }

    /// The number of sources from the registers (Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
    /// sketches", 2017, algorithm 6), which has no bias at any size.
    private var estimate: Int64 {
        let top = Int(SourceSketch.registerMaximum)
        var counts = [Int](repeating: 0, count: top + 1)
        for register in registers { counts[Int(register)] += 1 }
        let size = Double(SourceSketch.registerCount)
        var z = size * SourceSketch.tau(1 - Double(counts[top]) / size)
        for rank in stride(from: top - 1, through: 1, by: -1) { z = 0.5 * (z + Double(counts[rank])) }
        z += size * SourceSketch.sigma(Double(counts[0]) / size)
        // 1 / (2 ln 2). Registers that are full, which takes chosen addresses, tell of no bound.
        let number = 0.721_347_520_444_481_7 * size * size / z + 0.5
        return number < 9e18 ? Int64(number) : .max
    }

    private static func sigma(_ start: Double) -> Double {
        guard start < 1 else { return .infinity }
        var (x, y, z) = (start, 1.0, start)
        while true {
            x *= x
            let before = z
            z += x * y
            y += y
            if z == before { return z }
        }
    }

    private static func tau(_ start: Double) -> Double {
        guard start > 0, start < 1 else { return 0 }
        var (x, y, z) = (start, 1.0, 1 - start)
        while true {
            x = x.squareRoot()
            let before = z
            y *= 0.5
            z -= (1 - x) * (1 - x) * y
            if z == before { return z / 3 }
        }
    }
}
