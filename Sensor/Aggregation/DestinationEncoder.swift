package import FlowModel

/// What leaves the site of a destination address, by its policy.
package struct DestinationEncoder: Sendable {
    private let policy: DestinationPolicy
    private let space: DarkSpace
    private let permutation: DestinationPermutation
    /// The same for IPv4, with its rounds in a table, for a site of at most 2²⁴ addresses.
    private var ipv4: DestinationPermutation
    /// The images of all IPv4 addresses of a site of at most 2¹⁶, in the order of their numbers.
    private var images: [UInt32] = []

    private static let tabulatedBits = 24
    private static let listedBits = 16

    /// - Parameter key: the site's secret; the same key keeps an address's image the same over the years.
    package init(policy: DestinationPolicy, space: DarkSpace, key: (UInt64, UInt64)) {
        self.policy = policy
        self.space = space
        permutation = DestinationPermutation(key: key)
        ipv4 = permutation
        guard policy == .permuted, let last = space.lastNumber(.ipv4) else { return }
        let bits = UInt128.bitWidth - last.leadingZeroBitCount
        if bits <= DestinationEncoder.tabulatedBits { ipv4.tabulate(last: last) }
        if bits <= DestinationEncoder.listedBits { images = (0...last).map { UInt32(ipv4.image($0, last: last)) } }
    }

    func encode<Word: AddressWord>(_ address: Word) -> UInt128 {
        switch policy {
        case .full:
            return UInt128(truncatingIfNeeded: address)
        case .none:
            return 0
        case .permuted:
            if !images.isEmpty, Word.bitWidth == 32 {
                return space.index(UInt32(truncatingIfNeeded: address)).map { UInt128(images[$0]) } ?? 0
            }
            let family: AddressFamily = Word.bitWidth == 32 ? .ipv4 : .ipv6
            guard let number = space.number(address), let last = space.lastNumber(family) else { return 0 }
            return family == .ipv4 ? ipv4.image(number, last: last) : permutation.image(number, last: last)
        }
    }
}

/// A keyed bijection of the numbers of a site's dark addresses onto themselves: an alternating Feistel network over
/// SipHash-2-4, eight rounds, on the smallest number of bits that holds them, walked until it falls among them again
/// (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
struct DestinationPermutation: Sendable {
    private static let rounds = 8

    private let sipHash: SipHash
    /// What each round makes of each half, one round after the other; empty: it is computed.
    private var table: [UInt16] = []
    private var tableBits = 0

    init(key: (UInt64, UInt64)) { sipHash = SipHash(key: key) }

    /// Prepares for numbers in `0...last`, and only these, of at most 32 bits.
    mutating func tabulate(last: UInt128) {
        let bits = DestinationPermutation.bits(last)
        let computed = DestinationPermutation(key: sipHash.key)
        tableBits = Int(bits.high)
        for round in 0..<DestinationPermutation.rounds {
            for half in 0..<(UInt128(1) << bits.high) {
                table.append(UInt16(truncatingIfNeeded: computed.mix(half, round)))
            }
        }
    }

    /// The image of `number` in `0...last`.
    func image(_ number: UInt128, last: UInt128) -> UInt128 {
        let bits = DestinationPermutation.bits(last)
        let lowMask: UInt128 = (1 << bits.low) - 1
        let highMask: UInt128 = (1 << bits.high) - 1
        var value = number
        repeat {
            var low = value & lowMask
            var high = value >> bits.low
            for round in 0..<DestinationPermutation.rounds {
                if round & 1 == 0 {
                    high = (high ^ mix(low, round)) & highMask
                } else {
                    low = (low ^ mix(high, round)) & lowMask
                }
            }
            value = high << bits.low | low
        } while value > last
        return value
    }

    /// Bits of the halves; the upper one is not the smaller.
    private static func bits(_ last: UInt128) -> (low: UInt128, high: UInt128) {
        let bits = UInt128(max(2, 128 - last.leadingZeroBitCount))
        return (bits / 2, bits - bits / 2)
    }

    private func mix(_ half: UInt128, _ round: Int) -> UInt128 {
        if !table.isEmpty { return UInt128(table[round << tableBits | Int(half)]) }
        // A half has at most 64 bits.
        return UInt128(sipHash.hash(UInt64(truncatingIfNeeded: half), UInt64(round)))
    }
}
