/// Writes one Ethernet frame, field by field in network order, into memory it is lent.
///
/// The unsafe core of this module: `base` must have `FrameBuilder.capacity` bytes; every writer below is called with
/// sizes that stay under it, which `append` checks.
struct FrameBuilder {
    /// The longest frame that the generator makes.
    static let capacity = 512

    private let base: UnsafeMutableRawPointer
    private(set) var length = 0

    init(_ base: UnsafeMutableRawPointer) { self.base = base }

    @inline(__always)
    mutating func u8(_ value: UInt8) {
        precondition(length < FrameBuilder.capacity)
        base.storeBytes(of: value, toByteOffset: length, as: UInt8.self)
        length += 1
    }

    @inline(__always)
    mutating func u16(_ value: UInt16) {
        precondition(length <= FrameBuilder.capacity - 2)
        base.storeBytes(of: value.bigEndian, toByteOffset: length, as: UInt16.self)
        length += 2
    }

    @inline(__always)
    mutating func u32(_ value: UInt32) {
        precondition(length <= FrameBuilder.capacity - 4)
        base.storeBytes(of: value.bigEndian, toByteOffset: length, as: UInt32.self)
        length += 4
    }

    @inline(__always)
    mutating func append(_ bytes: [UInt8]) {
        precondition(length <= FrameBuilder.capacity - bytes.count)
        bytes.withUnsafeBytes {
            (base + length).copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(base), byteCount: $0.count)
        }
        length += bytes.count
    }

    @inline(__always)
    mutating func patch16(_ value: UInt16, at offset: Int) {
        precondition(offset >= 0 && offset <= length - 2)
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    @inline(__always)
    mutating func patch8(_ value: UInt8, at offset: Int) {
        precondition(offset >= 0 && offset < length)
        base.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
    }

    /// Drops the bytes from `newLength` on.
    mutating func cut(to newLength: Int) { length = min(length, max(0, newLength)) }

    /// The Internet checksum (RFC 1071) of the bytes from `start` on, added to `seed`.
    @inline(__always)
    func checksum(from start: Int, to end: Int, seed: UInt32 = 0) -> UInt16 {
        var sum = UInt64(seed)
        var at = start
        while at + 1 < end {
            sum &+= UInt64(UInt16(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt16.self)))
            at += 2
        }
        if at < end { sum &+= UInt64(base.load(fromByteOffset: at, as: UInt8.self)) << 8 }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) &+ (sum >> 16) }
        return ~UInt16(sum)
    }

    /// An Ethernet II header, with an 802.1Q tag when `vlan` is not 0.
    @inline(__always)
    mutating func ethernet(type: UInt16, vlan: UInt16) {
        u32(0x0200_0000)
        u32(0x0001_0200)
        u32(0x0000_0002)
        if vlan != 0 {
            u16(0x8100)
            u16(vlan)
        }
        u16(type)
    }

    /// An IPv4 header without options for `payload` more bytes; returns where it starts.
    @inline(__always)
    mutating func ipv4(_ header: IPv4Fields, payload: Int) -> Int {
        let start = length
        u16(0x4500)
        u16(UInt16(20 + payload))
        u16(header.identification)
        u16(header.fragment)
        u8(header.ttl)
        u8(header.ipProtocol)
        u16(0)
        u32(header.source)
        u32(header.destination)
        patch16(checksum(from: start, to: start + 20), at: start + 10)
        return start
    }

    /// Fills in the checksum of a TCP or UDP segment from `start` to the end, over its IPv4 pseudo header (RFC 9293
    /// §3.1, RFC 768).
    @inline(__always)
    mutating func transportChecksum(_ header: IPv4Fields, from start: Int, at offset: Int) {
        let source = (header.source >> 16) + (header.source & 0xFFFF)
        let destination = (header.destination >> 16) + (header.destination & 0xFFFF)
        let seed = source + destination + UInt32(header.ipProtocol) + UInt32(length - start)
        patch16(checksum(from: start, to: length, seed: seed), at: start + offset)
    }
}

/// The fields of an IPv4 header that the generator varies.
struct IPv4Fields {
    var identification: UInt16
    /// Flags and fragment offset: 0x4000 = Don't Fragment.
    var fragment: UInt16 = 0
    var ttl: UInt8
    var ipProtocol: UInt8
    var source: UInt32
    var destination: UInt32
}
