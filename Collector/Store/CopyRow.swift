import FlowModel

/// Reads the fields of one row in the binary format of COPY, in order: the inverse of `CopyBuffer`.
struct CopyRow {
    private let bytes: UnsafeRawBufferPointer
    private var place = 2

    /// - Throws: `.schema` when the row has other than `fields` fields.
    init(_ bytes: UnsafeRawBufferPointer, fields: Int) throws(StoreError) {
        self.bytes = bytes
        guard bytes.count >= 2, Int(CopyRow.load(bytes, 0, as: Int16.self)) == fields else { throw CopyRow.malformed }
    }

    /// The next field as a number; nil when it is NULL.
    mutating func number<Number: FixedWidthInteger>(as type: Number.Type = Number.self) throws(StoreError) -> Number? {
        guard let field = try next() else { return nil }
        guard field.count == MemoryLayout<Number>.size else { throw CopyRow.malformed }
        return CopyRow.load(field, 0, as: Number.self)
    }

    /// The next field, a float8; nil when it is NULL.
    mutating func double() throws(StoreError) -> Double? {
        try number(as: UInt64.self).map { Double(bitPattern: $0) }
    }

    /// The next field's bytes; nil when it is NULL.
    mutating func raw() throws(StoreError) -> [UInt8]? { try next().map { Array($0) } }

    /// The next field as an address, an inet of one; nil when it is NULL.
    mutating func address() throws(StoreError) -> Address? {
        guard let field = try next() else { return nil }
        // As in `addresses6`.
        switch field.count {
        case 8: return Address(ipv4: CopyRow.load(field, 4, as: UInt32.self))
        case 20: return Address(ipv6: CopyRow.load(field, 4, as: UInt128.self))
        default: throw CopyRow.malformed
        }
    }

    /// The elements of the next field, an array; empty when it is NULL.
    /// - Parameter null: what stands for an element that is NULL.
    mutating func array<Number: FixedWidthInteger>(null: Number) throws(StoreError) -> [Number] {
        try elements { (element: UnsafeRawBufferPointer) -> Number? in
            element.count == MemoryLayout<Number>.size ? CopyRow.load(element, 0, as: Number.self) : nil
        } null: {
            null
        }
    }

    /// The IPv6 addresses of the next field, an inet[]; empty when it is NULL.
    mutating func addresses6() throws(StoreError) -> [UInt128] {
        // Family, bits, whether it is a cidr, length of the address, address (utils/adt/network.c).
        try elements {
            $0.count == 20 ? CopyRow.load($0, 4, as: UInt128.self) : nil
        } null: {
            0
        }
    }

    private mutating func elements<Element>(
        _ read: (UnsafeRawBufferPointer) -> Element?, null: () -> Element
    ) throws(StoreError) -> [Element] {
        guard let field = try next() else { return [] }
        guard field.count >= 12 else { throw CopyRow.malformed }
        guard CopyRow.load(field, 0, as: Int32.self) > 0 else { return [] }
        guard field.count >= 20, CopyRow.load(field, 0, as: Int32.self) == 1 else { throw CopyRow.malformed }
        let count = Int(CopyRow.load(field, 12, as: Int32.self))
        guard count >= 0, count <= (field.count - 20) / 4 else { throw CopyRow.malformed }
        var values: [Element] = []
        values.reserveCapacity(count)
        var start = 20
        for _ in 0..<count {
            guard start + 4 <= field.count else { throw CopyRow.malformed }
            let length = Int(CopyRow.load(field, start, as: Int32.self))
            start += 4
            guard length >= 0 else {
                values.append(null())
                continue
            }
            guard start + length <= field.count,
                let value = read(UnsafeRawBufferPointer(rebasing: field[start..<start + length]))
            else { throw CopyRow.malformed }
            values.append(value)
            start += length
        }
        return values
    }

    private mutating func next() throws(StoreError) -> UnsafeRawBufferPointer? {
        guard place + 4 <= bytes.count else { throw CopyRow.malformed }
        let length = Int(CopyRow.load(bytes, place, as: Int32.self))
        place += 4
        guard length >= 0 else { return nil }
        guard place + length <= bytes.count else { throw CopyRow.malformed }
        defer { place += length }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<place + length])
    }

    @inline(__always)
    private static func load<Number: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ place: Int, as type: Number.Type
    ) -> Number {
        Number(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: Number.self))
    }

    private static var malformed: StoreError {
        StoreError(.schema, "the database sent a row that has not the form asked for")
    }
}
