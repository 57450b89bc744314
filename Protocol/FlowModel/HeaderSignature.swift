/// What a sender's software leaves in its headers, the same at every telescope: this links scans to tools and tools
/// to malware.
public enum HeaderSignature: Sendable, Hashable {
    /// A TCP SYN: window, option kinds in order of appearance (at most 40, padding after the end-of-list left out),
    /// MSS (0 = absent), window scale (255 = absent), the Don't Fragment bit, and the TTL rounded up to 32, 64, 128
    /// or 255.
    case syn(
        window: UInt16, optionKinds: [UInt8], mss: UInt16, windowScale: UInt8, dontFragment: Bool, roundedTTL: UInt8)
    /// A UDP datagram: its payload length class and the FNV-1a 64 digest of its first 16 payload bytes (fewer when
    /// the payload is shorter).
    case udp(lengthClass: UInt8, payloadDigest: UInt64)

    /// The TTL a sender most likely started from: the next of 32, 64, 128, 255.
    public static func roundedTTL(_ ttl: UInt8) -> UInt8 {
        ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255
    }

    /// Payload length class: 0 for no payload, else the number of bits that its length needs (1 → 1, 2…3 → 2,
    /// 4…7 → 3, …, 32,768…65,535 → 16).
    public static func lengthClass(payloadBytes: Int) -> UInt8 {
        UInt8(Int.bitWidth - max(0, min(payloadBytes, 65_535)).leadingZeroBitCount)
    }

    /// The canonical bytes: `1, window LE16, mss LE16, scale, DF, TTL, kinds…` or `2, length class, digest LE64`.
    public var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = []
        appendCanonicalBytes(to: &bytes)
        return bytes
    }

    /// Appends the canonical bytes.
    public func appendCanonicalBytes(to bytes: inout [UInt8]) {
        forEachCanonicalByte { bytes.append($0) }
    }

    @inline(__always)
    private func forEachCanonicalByte(_ body: (UInt8) -> Void) {
        func pair(_ number: UInt16) {
            body(UInt8(truncatingIfNeeded: number))
            body(UInt8(number >> 8))
        }
        switch self {
        case .syn(let window, let kinds, let mss, let scale, let dontFragment, let ttl):
            body(1)
            pair(window)
            pair(mss)
            body(scale)
            body(dontFragment ? 1 : 0)
            body(ttl)
            for kind in kinds { body(kind) }
        case .udp(let lengthClass, let digest):
            body(2)
            body(lengthClass)
            for byte in 0..<8 { body(UInt8(truncatingIfNeeded: digest >> (8 * UInt64(byte)))) }
        }
    }

    /// Reads canonical bytes; nil when they are not exactly what `canonicalBytes` would give.
    public init?(canonicalBytes bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        func pair(_ at: Int) -> UInt16 { UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8 }
        switch bytes.first {
        case 1 where (8...48).contains(bytes.count) && bytes[6] <= 1:
            self = .syn(
                window: pair(1), optionKinds: Array(bytes[8...]), mss: pair(3), windowScale: bytes[5],
                dontFragment: bytes[6] == 1, roundedTTL: bytes[7])
        case 2 where bytes.count == 10:
            var digest: UInt64 = 0
            for index in 0..<8 { digest |= UInt64(bytes[2 + index]) << (8 * UInt64(index)) }
            self = .udp(lengthClass: bytes[1], payloadDigest: digest)
        default:
            return nil
        }
    }

    /// The same number for the same signature everywhere: FNV-1a 64 of the canonical bytes.
    public var identifier: UInt64 {
        var hash = FNV1a64()
        forEachCanonicalByte { hash.update($0) }
        return hash.value
    }
}

/// FNV-1a with 64 bits (RFC 9923, The FNV Non-Cryptographic Hash Algorithm). Not for anything an attacker may choose
/// collisions in.
public struct FNV1a64: Sendable {
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    public init() {}

    public mutating func update(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    public mutating func update(_ bytes: some Sequence<UInt8>) {
        var hash = self
        // Over contiguous bytes the loop is the same code for every type: thirty times as fast as without.
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { for byte in $0 { hash.update(byte) } }
        if isDone == nil { for byte in bytes { hash.update(byte) } }
        self = hash
    }

    public static func digest(of bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = FNV1a64()
        hash.update(bytes)
        return hash.value
    }
}
