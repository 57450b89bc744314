/// A small, fast, seeded generator (wyrand's step: one 64×64 multiplication folded): the same seed gives the same
/// traffic on every machine. Not for secrets.
struct Random {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 ^ 0xD1B5_4A32_D192_ED03
        for _ in 0..<4 { _ = next() }
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        state &+= 0xA076_1D64_78BD_642F
        let product = state.multipliedFullWidth(by: state ^ 0xE703_7ED1_A0B4_28DB)
        return product.high ^ product.low
    }

    /// Uniform in `0 ..< bound`; the bias of under `bound`/2⁶⁴ is of no account here.
    @inline(__always)
    mutating func below(_ bound: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Uniform in `[0, 1)` with 53 bits.
    @inline(__always)
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    @inline(__always)
    mutating func u16() -> UInt16 { UInt16(truncatingIfNeeded: next()) }

    @inline(__always)
    mutating func u32() -> UInt32 { UInt32(truncatingIfNeeded: next()) }

    /// True once in `n` on average.
    @inline(__always)
    mutating func oneIn(_ n: UInt32) -> Bool { below(n) == 0 }
}
