import FlowModel

/// The classes and ports that a source sent to: exact up to four, then a linear count in 128 bits (Whang, Vander-Zanden,
/// Taylor, "A linear-time probabilistic counting algorithm", 1990), with a standard error of 7 % at 30 and 10 % at 300.
struct ServiceSet {
    private static let exactLimit = 4

    /// Up to four services of 32 bits that are not 0, or 128 bits of which each service sets one.
    private var bits: UInt128 = 0
    private var isBitmap = false

    /// Adds class · 2^16 + port.
    @inline(__always)
    mutating func insert(_ service: UInt32) {
        guard !isBitmap else { return mark(service) }
        var rest = bits
        for place in 0..<ServiceSet.exactLimit {
            let known = UInt32(truncatingIfNeeded: rest)
            if known == service { return }
            if known == 0 {
                bits |= UInt128(service) << UInt128(32 * place)
                return
            }
            rest >>= 32
        }
        let known = bits
        (bits, isBitmap) = (0, true)
        for place in 0..<ServiceSet.exactLimit { mark(UInt32(truncatingIfNeeded: known >> UInt128(32 * place))) }
        mark(service)
    }

    private mutating func mark(_ service: UInt32) {
        bits |= 1 << UInt128(MurmurHash.hash(UInt64(service)) & 127)
    }

    /// How many there are; more than four are an estimate, or at least so many when the bits are used up.
    var count: (value: Int32, precision: Precision) {
        guard isBitmap else {
            var count: Int32 = 0
            while count < ServiceSet.exactLimit, bits >> UInt128(32 * count) != 0 { count += 1 }
            return (count, .exact)
        }
        let free = 128 - bits.nonzeroBitCount
        guard free > 0 else { return (ServiceSet.estimates[1], .atLeast) }
        return (max(Int32(ServiceSet.exactLimit) + 1, ServiceSet.estimates[free]), .estimate)
    }

    /// 128 · ln(128 / free) by the number of free bits. The logarithm is the area under 1 / x from free to 128, which
    /// midpoints give within 1 %.
    private static let estimates: [Int32] = (0...128).map { free in
        guard free > 0 else { return 0 }
        return Int32((free..<128).reduce(0.5) { $0 + 128 / (Double($1) + 0.5) })
    }
}
