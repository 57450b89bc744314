/// Writes columns of numbers as byte planes over a frame of reference: the smallest value, how many bytes the largest
/// distance from it needs, then all lowest bytes, all second bytes, … A column of equal values costs two bytes, one of
/// no values nothing.
struct ColumnWriter {
    private(set) var output = ByteWriter()
    /// Ends of the blocks that are best compressed for themselves: planes differ, and so do the code tables that suit
    /// them.
    private(set) var blockEnds: [Int] = []

    /// A shorter block is not worth a code table of its own.
    private static let leastBlock = 512

    mutating func column<Number: FixedWidthInteger & UnsignedInteger>(_ name: String, _ values: [Number]) {
        values.withUnsafeBufferPointer { column(name, $0) }
    }

    mutating func column<Number: FixedWidthInteger & UnsignedInteger>(
        _ name: String, _ values: UnsafeBufferPointer<Number>
    ) {
        guard var base = values.first else { return }
        var greatest = base
        for value in values {
            base = min(base, value)
            greatest = max(greatest, value)
        }
        let width = (Number.bitWidth - (greatest - base).leadingZeroBitCount + 7) / 8
        output.varint(base)
        output.u8(UInt8(width))
        for plane in 0..<width {
            let shift = Number(truncatingIfNeeded: plane * 8)
            output.append(count: values.count) { bytes in
                for index in values.indices {
                    bytes[index] = UInt8(truncatingIfNeeded: (values[index] &- base) &>> shift)
                }
            }
            endBlock()
        }
    }

    private mutating func endBlock() {
        let end = output.bytes.count
        if end - (blockEnds.last ?? 0) >= ColumnWriter.leastBlock { blockEnds.append(end) }
    }
}

/// Reads what `ColumnWriter` writes.
struct ColumnReader {
    private(set) var input: ByteReader
    /// The columns so far, in order, with the offset in the body where each ends.
    private(set) var ends: [(name: String, end: Int)] = []

    init(_ bytes: [UInt8]) { input = ByteReader(bytes[...]) }

    /// `count` numbers of at most `limit`; nothing is allocated before the planes are known to be there.
    mutating func column<Number: FixedWidthInteger & UnsignedInteger>(
        _ name: String, _ type: Number.Type, count: Int, limit: Number = .max
    ) throws(WireError) -> [Number] {
        defer { ends.append((name, input.offset)) }
        guard count > 0 else { return [] }
        let start = input.offset
        let base = try input.varint(Number.self, name)
        let width = Int(try input.u8(name))
        guard width <= Number.bitWidth / 8 else { throw WireError(.outOfRange, offset: start, name) }
        let planes = try input.slice(width * count, name)
        var values = [Number](repeating: 0, count: count)
        planes.withUnsafeBufferPointer { bytes in
            for plane in 0..<width {
                let shift = Number(truncatingIfNeeded: plane * 8)
                for index in 0..<count { values[index] |= Number(bytes[plane * count + index]) &<< shift }
            }
        }
        var isInRange = true
        for index in 0..<count {
            let (value, overflow) = values[index].addingReportingOverflow(base)
            if overflow || value > limit { isInRange = false }
            values[index] = value
        }
        guard isInRange else { throw WireError(.outOfRange, offset: start, name) }
        return values
    }

    mutating func varint<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type, _ what: String
    ) throws(WireError) -> Number {
        try input.varint(type, what)
    }

    mutating func slice(_ count: Int, _ what: String) throws(WireError) -> ArraySlice<UInt8> {
        try input.slice(count, what)
    }
}
