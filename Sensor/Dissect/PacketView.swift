/// The bytes of one packet. A read outside of them gives 0: no dissector can be made to read beyond its packet or to
/// trap, whatever it believes about lengths. Multi-byte numbers are in network order.
struct PacketView {
    let base: UnsafeRawPointer
    let count: Int

    @inline(__always)
    func u8(_ at: Int) -> UInt8 {
        guard at >= 0, at < count else { return 0 }
        return base.load(fromByteOffset: at, as: UInt8.self)
    }

    @inline(__always)
    func u16(_ at: Int) -> UInt16 {
        guard at >= 0, at <= count &- 2 else { return 0 }
        return UInt16(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt16.self))
    }

    @inline(__always)
    func u32(_ at: Int) -> UInt32 {
        guard at >= 0, at <= count &- 4 else { return 0 }
        return UInt32(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }

    @inline(__always)
    func u128(_ at: Int) -> UInt128 {
        guard at >= 0, at <= count &- 16 else { return 0 }
        return UInt128(bigEndian: base.loadUnaligned(fromByteOffset: at, as: UInt128.self))
    }

    /// Whether `text` stands at `at` and before `end`.
    func has(_ text: StaticString, at: Int, end: Int) -> Bool {
        let length = text.utf8CodeUnitCount
        guard at >= 0, end <= count, at <= end &- length else { return false }
        for index in 0..<length where base.load(fromByteOffset: at + index, as: UInt8.self) != text.utf8Start[index] {
            return false
        }
        return true
    }
}
