/// A block of addresses in CIDR form: the network address and its length in bits.
public struct Prefix: Sendable, Hashable {
    /// The first address of the block; its host bits are zero.
    public let network: Address
    /// Leading bits that are fixed: 0…32 for IPv4, 0…128 for IPv6.
    public let length: Int

    /// The block of `length` bits that holds `address`, or nil when the length is out of the family's range.
    public init?(_ address: Address, length: Int) {
        guard (0...address.family.bitWidth).contains(length) else { return nil }
        let hostBits = UInt128(address.family.bitWidth - length)
        let networkBits = hostBits == 128 ? 0 : (address.bits >> hostBits) << hostBits
        network = Address(bits: networkBits, family: address.family)
        self.length = length
    }

    public var family: AddressFamily { network.family }

    /// The last address of the block.
    public var last: Address { Address(bits: network.bits | hostMask, family: family) }

    /// Addresses in the block minus one: 255 for a /24 (minus one so that an IPv6 /0 fits).
    public var hostMask: UInt128 {
        let hostBits = family.bitWidth - length
        return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
    }

    public func contains(_ address: Address) -> Bool {
        address.family == family && address.bits & ~hostMask == network.bits
    }

    public func overlaps(_ other: Prefix) -> Bool { contains(other.network) || other.contains(network) }
}

extension Prefix: CustomStringConvertible, LosslessStringConvertible {
    public var description: String { "\(network)/\(length)" }

    /// Reads `address/length`; a bare address is a block of one. Host bits that are set make the text invalid,
    /// because a typing error there would silently watch another network.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = Address(parts[0]) else { return nil }
        var length = address.family.bitWidth
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let given = Int(parts[1]) else { return nil }
            length = given
        }
        self.init(address, length: length)
        guard network == address else { return nil }
    }
}
