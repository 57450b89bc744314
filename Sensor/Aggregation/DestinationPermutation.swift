package import FlowModel

/// What leaves the site of a destination address, by its policy.
///
/// `permuted` is a keyed bijection of the numbers of the site's dark addresses onto themselves: an alternating Feistel
/// network over SipHash-2-4, eight rounds, on the smallest number of bits that holds them, walked until it falls among
/// them again (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
package struct DestinationEncoder: Sendable {
    private let policy: DestinationPolicy
    private let space: DarkSpace
    private let sipHash: SipHash
    /// The images of all IPv4 addresses of a site that is no larger than a /16, in the order of their numbers.
    private var images: [UInt32] = []

    private static let largestTable: UInt128 = 1 << 16

    /// - Parameter key: the site's secret; the same key keeps an address's image the same over the years.
    package init(policy: DestinationPolicy, space: DarkSpace, key: (UInt64, UInt64)) {
        self.policy = policy
        self.space = space
        sipHash = SipHash(key: key)
        guard policy == .permuted, let last = space.lastNumber(.ipv4), last < DestinationEncoder.largestTable else {
            return
        }
        images = (0...last).map { UInt32(permute($0, last: last)) }
    }

    func encode<Word: AddressWord>(_ address: Word) -> UInt128 {
        switch policy {
        case .full:
            return UInt128(truncatingIfNeeded: address)
        case .none:
            return 0
        case .permuted:
            let family: AddressFamily = Word.bitWidth == 32 ? .ipv4 : .ipv6
            guard let number = space.number(address), let last = space.lastNumber(family) else { return 0 }
            if family == .ipv4, !images.isEmpty { return UInt128(images[Int(number)]) }
            return permute(number, last: last)
        }
    }

    /// The image of `number` in `0...last`.
    func permute(_ number: UInt128, last: UInt128) -> UInt128 {
        let bits = UInt128(max(2, 128 - last.leadingZeroBitCount))
        let lowBits = bits / 2
        let highBits = bits - lowBits
        let lowMask: UInt128 = (1 << lowBits) - 1
        let highMask: UInt128 = (1 << highBits) - 1
        var value = number
        repeat {
            var low = value & lowMask
            var high = value >> lowBits
            for round in 0..<8 {
                if round & 1 == 0 {
                    high = (high ^ mix(low, round)) & highMask
                } else {
                    low = (low ^ mix(high, round)) & lowMask
                }
            }
            value = high << lowBits | low
        } while value > last
        return value
    }

    private func mix(_ half: UInt128, _ round: Int) -> UInt128 {
        // A half has at most 64 bits.
        UInt128(sipHash.hash(UInt64(truncatingIfNeeded: half), UInt64(round)))
    }
}
