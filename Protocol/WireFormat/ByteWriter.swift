import FlowModel

/// Appends little-endian numbers, varints and fields.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func u8(_ value: UInt8) { bytes.append(value) }

    mutating func fixed(_ value: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: value.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// LEB128, unsigned.
    mutating func varint(_ value: some FixedWidthInteger & UnsignedInteger) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Signed numbers as varints with small magnitudes short: 0, −1, 1, −2, … become 0, 1, 2, 3, …
    mutating func zigzag(_ value: Int64) { varint(ByteWriter.zigzag(value)) }

    static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Appends `count` bytes that `fill` writes, all of them.
    mutating func append(count: Int, _ fill: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: count))
        bytes.withUnsafeMutableBufferPointer { fill(UnsafeMutableBufferPointer(rebasing: $0[start...])) }
    }

    mutating func field(_ tag: UInt64, _ value: some Collection<UInt8>) {
        varint(tag)
        varint(UInt64(value.count))
        append(value)
    }

    /// A number's field; 0 is left out, and absent means 0.
    mutating func field(_ tag: UInt64, number: some FixedWidthInteger & UnsignedInteger) {
        guard number != 0 else { return }
        var inner = ByteWriter()
        inner.varint(number)
        field(tag, inner.bytes)
    }

    mutating func field(_ tag: UInt64, signed: Int64) { field(tag, number: ByteWriter.zigzag(signed)) }

    mutating func field(_ tag: UInt64, epoch: Epoch) {
        var inner = ByteWriter()
        inner.epoch(epoch)
        field(tag, inner.bytes)
    }

    mutating func epoch(_ epoch: Epoch) {
        fixed(epoch.high)
        fixed(epoch.low)
    }
}
