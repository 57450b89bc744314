/// Little-endian numbers, as every number of the spool is written.
extension [UInt8] {
    /// - Precondition: the number lies within the array.
    func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        precondition(offset >= 0 && offset + Number.bitWidth / 8 <= count, "number at \(offset) of \(count) bytes")
        return withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }

    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }
}

/// 16 hexadecimal digits, so that names sort as numbers do.
func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
