import FlowModel

/// Reads what `ByteWriter` writes out of a part of a buffer; never past its end, never trusting a length.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    /// Index into the whole buffer of the next byte.
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var left: Int { bytes.endIndex - offset }

    func require(_ count: Int, _ what: String) throws(WireError) {
        if count < 0 || count > left { throw WireError(.truncated, offset: offset, what) }
    }

    func requireEnd(_ what: String) throws(WireError) {
        if left != 0 { throw WireError(.trailing, offset: offset, what) }
    }

    mutating func u8(_ what: String) throws(WireError) -> UInt8 {
        try require(1, what)
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func fixed<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, _ what: String
    ) throws(WireError) -> Number {
        try require(Number.bitWidth / 8, what)
        var value: Number = 0
        for index in 0..<(Number.bitWidth / 8) { value |= Number(bytes[offset + index]) << (8 * index) }
        offset += Number.bitWidth / 8
        return value
    }

    /// A LEB128 number in its shortest form that fits `Number`.
    mutating func varint<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, _ what: String
    ) throws(WireError) -> Number {
        let start = offset
        var value: Number = 0
        var shift = 0
        while true {
            let byte = try u8(what)
            let part = Number(byte & 0x7F)
            guard shift < Number.bitWidth, (part << shift) >> shift == part else {
                throw WireError(.outOfRange, offset: start, what)
            }
            value |= part << shift
            if byte & 0x80 == 0 {
                // A longer form of the same number would make two encodings of one message.
                if byte == 0 && shift > 0 { throw WireError(.outOfRange, offset: start, what) }
                return value
            }
            shift += 7
        }
    }

    mutating func zigzag(_ what: String) throws(WireError) -> Int64 {
        ByteReader.unzigzag(try varint(UInt64.self, what))
    }

    static func unzigzag(_ value: UInt64) -> Int64 { Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1) }

    /// A count of at most `limit`, each of which needs `bytesEach` bytes that must still be there.
    mutating func count(_ what: String, limit: Int, bytesEach: Int = 0) throws(WireError) -> Int {
        let start = offset
        let value = try varint(UInt64.self, what)
        guard value <= UInt64(limit) else { throw WireError(.overLimit, offset: start, what) }
        try require(Int(value) * bytesEach, what)
        return Int(value)
    }

    mutating func slice(_ count: Int, _ what: String) throws(WireError) -> ArraySlice<UInt8> {
        try require(count, what)
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    mutating func epoch(_ what: String) throws(WireError) -> Epoch {
        Epoch(high: try fixed(UInt64.self, what), low: try fixed(UInt64.self, what))
    }
}
