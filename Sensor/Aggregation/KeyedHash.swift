/// The hash of the flow tables: two 64×64-bit multiplications folded (wyhash's step), keyed, because whoever sends the
/// packets chooses the keys of the table.
struct KeyedHash: Sendable {
    private let seed0: UInt64
    private let seed1: UInt64

    init(_ seed: (UInt64, UInt64)) {
        seed0 = seed.0 ^ 0x9E37_79B9_7F4A_7C15
        seed1 = seed.1 ^ 0xD1B5_4A32_D192_ED03
    }

    @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inline(__always)
    func hash(_ a: UInt64, _ b: UInt64) -> UInt64 {
        KeyedHash.fold(KeyedHash.fold(a ^ seed0, b ^ seed1) ^ seed1, 0xA076_1D64_78BD_642F)
    }

    /// Hash of a flow key. For IPv4 the compiler leaves one multiplication pair of this.
    @inline(__always)
    func hash<Word: AddressWord>(source: Word, victim: Word, key: UInt64) -> UInt64 {
        if Word.bitWidth == 32 {
            return hash(UInt64(truncatingIfNeeded: source) | UInt64(truncatingIfNeeded: victim) << 32, key)
        }
        let half = hash(UInt64(truncatingIfNeeded: source), UInt64(truncatingIfNeeded: source >> 64))
        let other = hash(UInt64(truncatingIfNeeded: victim), UInt64(truncatingIfNeeded: victim >> 64))
        return hash(half ^ other.byteSwapped, key)
    }

    @inline(__always)
    func hash<Word: AddressWord>(address: Word) -> UInt64 {
        hash(UInt64(truncatingIfNeeded: address), Word.bitWidth == 32 ? 1 : UInt64(truncatingIfNeeded: address >> 64))
    }
}
