import FlowModel

/// An address as a number: `UInt32` for IPv4, `UInt128` for IPv6.
typealias AddressWord = FixedWidthInteger & UnsignedInteger & Sendable

/// All that aggregation needs of one packet of one family.
struct PacketFacts<Word: AddressWord> {
    var source: Word
    var destination: Word
    var victim: Word
    /// The rest of the key: service port, victim's port, protocol, class, victim's protocol, whether there is a victim
    /// (16, 16, 8, 8, 8, 8 bits from the lowest). Never 0, as no class is 0.
    var key: UInt64
    var seconds: Int64
    var nanoseconds: UInt32
    var ipLength: UInt32
    var sourcePort: UInt16
    var ttl: UInt8
    var flags: UInt8
    /// Bit 0 zmap, bit 1 masscan, bit 2 mirai.
    var tools: UInt8
    /// For the header signature, when this packet becomes a record: its place in the batch and its headers' places.
    var index: UInt8
    var network: UInt16
    var transport: UInt16
    var end: UInt16

    @inline(__always)
    static func key(_ transport: Transport, ipProtocol: UInt8) -> UInt64 {
        UInt64(transport.servicePort) | UInt64(ipProtocol) << 32 | UInt64(transport.trafficClass.rawValue) << 40
    }

    @inline(__always)
    var trafficClass: UInt8 { UInt8(truncatingIfNeeded: key >> 40) }
}
