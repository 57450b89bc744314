/// The first 64 bits of MurmurHash3_x64_128 with seed 0 (Austin Appleby, smhasher, MurmurHash3.cpp): what
/// `hll_hash_bigint` and `hll_hash_bytea` of postgresql-hll give for the same bytes.
enum MurmurHash {
    private static let first: UInt64 = 0x87C3_7B91_1142_53D5
    private static let second: UInt64 = 0x4CF5_AD43_2745_937F

    /// Of the eight bytes of `number`, least significant first.
    @inline(__always)
    static func hash(_ number: UInt64) -> UInt64 { finish(mixed(number, first, 31, second), 0, length: 8) }

    /// Of the sixteen bytes of `number`, most significant first.
    static func hash(_ number: UInt128) -> UInt64 {
        let high = UInt64(truncatingIfNeeded: number >> 64).byteSwapped
        let low = UInt64(truncatingIfNeeded: number).byteSwapped
        var h1 = mixed(high, first, 31, second)
        h1 = rotate(h1, 27) &* 5 &+ 0x52DC_E729
        var h2 = mixed(low, second, 33, first)
        h2 = (rotate(h2, 31) &+ h1) &* 5 &+ 0x3849_5AB5
        return finish(h1, h2, length: 16)
    }

    @inline(__always)
    private static func mixed(_ k: UInt64, _ before: UInt64, _ turn: UInt64, _ after: UInt64) -> UInt64 {
        rotate(k &* before, turn) &* after
    }

    @inline(__always)
    private static func finish(_ h1: UInt64, _ h2: UInt64, length: UInt64) -> UInt64 {
        var (left, right) = (h1 ^ length, h2 ^ length)
        left = left &+ right
        right = right &+ left
        return avalanche(left) &+ avalanche(right)
    }

    /// Mixes a number so that each bit of it changes every bit of the result in half of the cases; one to one.
    @inline(__always)
    static func avalanche(_ value: UInt64) -> UInt64 {
        var k = value
        k = (k ^ k &>> 33) &* 0xFF51_AFD7_ED55_8CCD
        k = (k ^ k &>> 33) &* 0xC4CE_B9FE_1A85_EC53
        return k ^ k &>> 33
    }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ turn: UInt64) -> UInt64 { value &<< turn | value &>> (64 &- turn) }
}
