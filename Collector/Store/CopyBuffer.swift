import FlowModel

/// Bytes in the binary format of COPY (PostgreSQL manual, COPY, "Binary Format"): rows of fields, each a length and
/// its bytes, numbers big-endian.
struct CopyBuffer {
    private(set) var bytes: [UInt8] = []

    /// Types whose arrays this writes, by their OID in pg_type.dat.
    enum ElementType: Int32 {
        case int8 = 20
        case int2 = 21
        case int4 = 23
        /// Of the bit patterns, as 64-bit numbers.
        case float8 = 701
        case inet = 869
    }

    /// What stands before the first row.
    static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
    /// What stands after the last row: a field count of -1.
    static let trailer: [UInt8] = [0xFF, 0xFF]

    /// Room for about this many bytes.
    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func beginRow(fields: Int) { append(Int16(clamping: fields)) }

    mutating func null() { append(Int32(-1)) }

    /// An int2, int4 or int8 field, by the type of the number; NULL for nil.
    mutating func number(_ value: (some FixedWidthInteger)?) {
        guard let value else { return null() }
        let width = value.bitWidth / 8
        withUnsafeTemporaryAllocation(byteCount: 4 + width, alignment: 1) { buffer in
            CopyBuffer.store(CollectionOfOne(value), into: buffer, at: 0)
            bytes.append(contentsOf: buffer)
        }
    }

    mutating func bool(_ value: Bool?) {
        guard let value else { return null() }
        append(Int32(1))
        bytes.append(value ? 1 : 0)
    }

    mutating func text(_ value: String?) {
        guard let value else { return null() }
        append(Int32(clamping: value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A bytea or uuid field.
    mutating func raw(_ value: [UInt8]) {
        append(Int32(clamping: value.count))
        bytes += value
    }

    /// An inet field of one address: family, bits, whether it is a cidr, address length, address (utils/adt/network.c).
    mutating func address(_ value: Address) {
        let width = CopyBuffer.inetLength(value.family)
        withUnsafeTemporaryAllocation(byteCount: 4 + width, alignment: 1) { buffer in
            buffer.storeBytes(of: Int32(truncatingIfNeeded: width).bigEndian, as: Int32.self)
            CopyBuffer.storeInet(value, into: buffer, at: 4)
            bytes.append(contentsOf: buffer)
        }
    }

    /// An array field; an empty array when there are no numbers.
    mutating func array<Number: FixedWidthInteger>(_ type: ElementType, _ numbers: [Number]) {
        let width = MemoryLayout<Number>.size
        guard let place = beginArray(type, count: numbers.count, elementBytes: width, hasNull: false) else { return }
        _ = bytes.withUnsafeMutableBytes { buffer in
            CopyBuffer.store(numbers[...], into: buffer, at: place)
        }
    }

    /// An array field of `count` elements.
    mutating func array<Number: FixedWidthInteger>(_ type: ElementType, _ sparse: SparseArray<Number>, count: Int) {
        let width = MemoryLayout<Number>.size
        let nulls = count - sparse.values.count
        guard
            let start = beginArray(
                type, count: count, elementBytes: width, hasNull: nulls > 0, omittedBytes: nulls * width)
        else { return }
        bytes.withUnsafeMutableBytes { buffer in
            let null = Int32(-1).bigEndian
            var (place, index) = (start, 0)
            for (next, value) in zip(sparse.places, sparse.values) {
                while index < Int(next) {
                    buffer.storeBytes(of: null, toByteOffset: place, as: Int32.self)
                    (place, index) = (place + 4, index + 1)
                }
                place = CopyBuffer.store(CollectionOfOne(value), into: buffer, at: place)
                index += 1
            }
            while index < count {
                buffer.storeBytes(of: null, toByteOffset: place, as: Int32.self)
                (place, index) = (place + 4, index + 1)
            }
        }
    }

    /// An array field whose elements are NULL where `value` gives nil.
    mutating func array<Item, Number: FixedWidthInteger>(
        _ type: ElementType, _ items: [Item], _ value: (borrowing Item) -> Number?
    ) {
        var sparse = SparseArray<Number>()
        for (index, item) in items.enumerated() {
            if let number = value(item) { sparse.set(number, at: index) }
        }
        array(type, sparse, count: items.count)
    }

    /// An inet[] field of addresses of one family, NULL where `value` gives nil.
    mutating func addressArray<Item>(_ family: AddressFamily, _ items: [Item], _ value: (borrowing Item) -> Address?) {
        var nulls = 0
        for item in items where value(item) == nil { nulls += 1 }
        let width = CopyBuffer.inetLength(family)
        guard
            var place = beginArray(
                .inet, count: items.count, elementBytes: width, hasNull: nulls > 0, omittedBytes: nulls * width)
        else { return }
        bytes.withUnsafeMutableBytes { buffer in
            for item in items {
                if let address = value(item) {
                    buffer.storeBytes(
                        of: Int32(truncatingIfNeeded: width).bigEndian, toByteOffset: place, as: Int32.self)
                    CopyBuffer.storeInet(Address(bits: address.bits, family: family), into: buffer, at: place + 4)
                    place += 4 + width
                } else {
                    buffer.storeBytes(of: Int32(-1).bigEndian, toByteOffset: place, as: Int32.self)
                    place += 4
                }
            }
        }
    }

    /// Writes what stands before an array's elements (array_recv, utils/adt/arrayfuncs.c) and makes room for them.
    /// - Returns: the place of the first element; nil for an empty array, which has no dimensions.
    private mutating func beginArray(
        _ type: ElementType, count: Int, elementBytes: Int, hasNull: Bool, omittedBytes: Int = 0
    ) -> Int? {
        guard count > 0 else {
            append(Int32(12))
            append(Int32(0))
            append(Int32(0))
            append(type.rawValue)
            return nil
        }
        let room = count * (4 + elementBytes) - omittedBytes
        append(Int32(clamping: 20 + room))
        append(Int32(1))
        append(Int32(hasNull ? 1 : 0))
        append(type.rawValue)
        append(Int32(clamping: count))
        append(Int32(1))
        let place = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: room))
        return place
    }

    /// Writes elements that are not NULL.
    /// - Returns: the place behind them.
    @discardableResult
    private static func store<Number: FixedWidthInteger>(
        _ numbers: some Collection<Number>, into buffer: UnsafeMutableRawBufferPointer, at start: Int
    ) -> Int {
        let width = MemoryLayout<Number>.size
        var place = start
        for number in numbers {
            buffer.storeBytes(of: Int32(truncatingIfNeeded: width).bigEndian, toByteOffset: place, as: Int32.self)
            buffer.storeBytes(of: number.bigEndian, toByteOffset: place + 4, as: Number.self)
            place += 4 + width
        }
        return place
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func inetLength(_ family: AddressFamily) -> Int { 4 + family.bitWidth / 8 }

    private static func storeInet(_ address: Address, into buffer: UnsafeMutableRawBufferPointer, at place: Int) {
        let isIPv4 = address.family == .ipv4
        buffer[place] = isIPv4 ? 2 : 3  // PGSQL_AF_INET, PGSQL_AF_INET6
        buffer[place + 1] = UInt8(address.family.bitWidth)
        buffer[place + 2] = 0
        buffer[place + 3] = UInt8(address.family.bitWidth / 8)
        if isIPv4 {
            let bits = UInt32(truncatingIfNeeded: address.bits)
            buffer.storeBytes(of: bits.bigEndian, toByteOffset: place + 4, as: UInt32.self)
        } else {
            buffer.storeBytes(of: address.bits.bigEndian, toByteOffset: place + 4, as: UInt128.self)
        }
    }
}
