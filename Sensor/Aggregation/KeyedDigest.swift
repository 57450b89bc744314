/// A keyed digest of 128 bits over a stream of bytes, for telling capture files apart: two lanes of folded 64×64-bit
/// multiplications. Who does not know the key can't make two files that share it; no more is asked of it.
package struct KeyedDigest: Sendable {
    private let key: (UInt64, UInt64)
    private var lanes: (UInt64, UInt64)
    private var length: UInt64 = 0
    private var rest: [UInt8] = []

    package init(key: (UInt64, UInt64)) {
        self.key = key
        lanes = (key.0 ^ 0x9E37_79B9_7F4A_7C15, key.1 ^ 0xD1B5_4A32_D192_ED03)
    }

    /// Goes on with these bytes; how a stream is cut into calls changes nothing.
    package mutating func update(_ bytes: some Collection<UInt8>) {
        length &+= UInt64(bytes.count)
        rest += bytes
        let whole = rest.count & ~15
        rest.withUnsafeBytes { buffer in
            for offset in stride(from: 0, to: whole, by: 16) {
                mix(
                    UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
                    UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
            }
        }
        rest.removeFirst(whole)
    }

    /// The digest of all bytes so far.
    package var value: (high: UInt64, low: UInt64) {
        var end = self
        end.update([1] + [UInt8](repeating: 0, count: 15 - rest.count % 16))
        end.mix(length, key.0)
        end.mix(key.1, ~length)
        return end.lanes
    }

    private mutating func mix(_ a: UInt64, _ b: UInt64) {
        let first = KeyedHash.fold(a ^ lanes.0, b ^ key.0 ^ 0xA076_1D64_78BD_642F)
        let second = KeyedHash.fold(b ^ lanes.1, a ^ key.1 ^ 0xE703_7ED1_A0B4_28DB)
        lanes = (first &+ (lanes.1 << 23 | lanes.1 >> 41), second ^ (lanes.0 << 41 | lanes.0 >> 23))
    }
}
