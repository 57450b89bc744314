import Testing

@testable import Aggregation

/// What an attacker gains who knows the code but not the key of a run.
struct CollisionTests {
    private struct Key {
        var source: UInt32
        var victim: UInt32 = 0
        var key: UInt64
    }

    private static let count = 8_192
    /// SYNs to one port: the key of PacketFacts without a victim.
    private static let syn: UInt64 = 1 << 40 | 6 << 32 | 80

    /// Slots that are looked at while the keys go into a table like FlowTable's: twice as many slots as entries, searched
    /// one after the other.
    private static func probes(_ keys: [Key], _ hash: (Key) -> UInt64) -> Int {
        var slots = [Bool](repeating: false, count: 2 * count)
        var probes = 0
        for key in keys {
            var index = Int(truncatingIfNeeded: hash(key)) & (slots.count - 1)
            probes += 1
            while slots[index] {
                index = (index + 1) & (slots.count - 1)
                probes += 1
            }
            slots[index] = true
        }
        return probes
    }

    private static func keyed(_ seed: (UInt64, UInt64)) -> (Key) -> UInt64 {
        let hash = KeyedHash(seed)
        return { hash.hash(source: $0.source, victim: $0.victim, key: $0.key) }
    }

    private static var randomSeed: (UInt64, UInt64) { (.random(in: 0 ... .max), .random(in: 0 ... .max)) }

    /// Multiplication by 2³² over the golden ratio, of which the high bits count: Knuth's.
    private static func multiplicative(_ key: Key) -> UInt64 { UInt64(key.source &* 0x9E37_79B1) >> 18 }

    /// ICMP errors that differ in what they quote, from a source about a victim that cancel the first word of the seed
    /// when that is known: zero times anything is zero.
    private static func colliding(underSeed seed: UInt64) -> [Key] {
        let cancelling = seed ^ 0x9E37_79B9_7F4A_7C15
        return (0..<UInt64(count)).map { number in
            Key(
                source: UInt32(truncatingIfNeeded: cancelling), victim: UInt32(truncatingIfNeeded: cancelling >> 32),
                key: 1 << 56 | 17 << 48 | 9 << 40 | 1 << 32 | number << 16 | 0x0303)
        }
    }

    /// Sources of which the multiplicative hash is one and the same.
    private static var collidingMultiplicatively: [Key] {
        // The inverse of the multiplier: by Newton's method, whose correct bits double from three.
        var inverse: UInt32 = 0x9E37_79B1
        for _ in 0..<5 { inverse = inverse &* (2 &- 0x9E37_79B1 &* inverse) }
        return (0..<UInt32(count)).map { Key(source: inverse &* $0, key: syn) }
    }

    private static var scattered: [Key] {
        (0..<count).map { _ in Key(source: .random(in: 0 ... .max), key: syn) }
    }

    @Test func keysCraftedForAKnownSeedOrAnotherHashCostNoMoreThanRandomOnes() {
        let worst = Self.count * Self.count / 2
        let forZero = Self.colliding(underSeed: 0)
        let forMultiplication = Self.collidingMultiplicatively
        // They are what they are meant to be.
        #expect(Self.probes(forZero, Self.keyed((0, 0))) > worst)
        #expect(Self.probes(forMultiplication, Self.multiplicative) > worst)
        for _ in 0..<20 {
            let hash = Self.keyed(Self.randomSeed)
            // Knuth: 1.5 probes an insertion up to half full.
            let usual = Self.probes(Self.scattered, hash)
            for crafted in [forZero, forMultiplication] {
                let probes = Self.probes(crafted, hash)
                #expect(probes < usual * 3 / 2 && probes < Self.count * 2)
            }
        }
    }

    @Test func regularKeysCostNoMoreThanRandomOnes() {
        let rows: [[Key]] = [
            (0..<UInt32(Self.count)).map { Key(source: $0, key: Self.syn) },
            (0..<UInt32(Self.count)).map { Key(source: $0 << 16, key: Self.syn) },
            (0..<UInt64(Self.count)).map { Key(source: 1, key: Self.syn + $0) },
        ]
        for keys in rows {
            for _ in 0..<20 { #expect(Self.probes(keys, Self.keyed(Self.randomSeed)) < Self.count * 2) }
        }
    }

    /// Sources of IPv6 with one interface identifier in as many networks, of which the first multiplication is zero
    /// when the seed is known.
    private static func networks(underSeed seed: UInt64) -> [UInt128] {
        (0..<UInt128(count)).map { ($0 << 80 | 0x2001 << 112) | UInt128(seed ^ 0x9E37_79B9_7F4A_7C15) }
    }

    @Test func networksCraftedForAKnownSeedCostNoMoreThanRandomOnes() {
        func probes(_ seed: (UInt64, UInt64)) -> Int {
            let hash = KeyedHash(seed)
            let sources = Self.networks(underSeed: 0)
            return Self.probes((0..<Self.count).map { Key(source: 0, key: UInt64($0)) }) {
                hash.hash(source: sources[Int($0.key)], victim: 0, key: Self.syn)
            }
        }
        #expect(probes((0, 0)) > Self.count * Self.count / 2)
        for _ in 0..<20 { #expect(probes(Self.randomSeed) < Self.count * 2) }
    }
}
