/// The IP version of an address, a prefix or a batch.
public enum AddressFamily: UInt8, Sendable, Hashable, CaseIterable {
    case ipv4 = 4
    case ipv6 = 6

    /// Bits in an address of this family: 32 or 128.
    public var bitWidth: Int { self == .ipv4 ? 32 : 128 }
}

/// An IPv4 or IPv6 address, ordered by family and then numerically.
///
/// IPv4-mapped IPv6 addresses (`::ffff:a.b.c.d`) seen in an IPv6 header stay IPv6: the family is that of the
/// header in which the address was found.
public struct Address: Sendable, Hashable {
    /// The address as a number; an IPv4 address uses the low 32 bits only.
    public let bits: UInt128
    public let family: AddressFamily

    /// An IPv4 address from its 32 bits in host order (`0xC0000201` is 192.0.2.1).
    public init(ipv4 bits: UInt32) {
        self.bits = UInt128(bits)
        family = .ipv4
    }

    /// An IPv6 address from its 128 bits in host order.
    public init(ipv6 bits: UInt128) {
        self.bits = bits
        family = .ipv6
    }

    /// An address of `family` from its bits; an IPv4 address keeps the low 32.
    public init(bits: UInt128, family: AddressFamily) {
        self.bits = family == .ipv4 ? UInt128(UInt32(truncatingIfNeeded: bits)) : bits
        self.family = family
    }
}

extension Address: Comparable {
    public static func < (left: Address, right: Address) -> Bool {
        left.family == right.family ? left.bits < right.bits : left.family.rawValue < right.family.rawValue
    }
}
