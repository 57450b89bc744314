import Glibc

/// Counting distinct things in 1,024 bytes (Flajolet, Fusy, Gandouet and Meunier, 2007): standard error
/// 1.04/√1,024 = 3.3 %. Works on memory that its owner provides, zero to begin with.
enum HyperLogLog {
    static let bytes = 1_024
    private static let indexBits: UInt64 = 10

    /// The register that a hash belongs to.
    @inline(__always)
    static func index(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> (64 - indexBits)) }

    @inline(__always)
    static func add(_ hash: UInt64, to registers: UnsafeMutablePointer<UInt8>) {
        let index = index(hash)
        let rank = UInt8(truncatingIfNeeded: (hash << indexBits | 1 << (indexBits - 1)).leadingZeroBitCount + 1)
        if rank > registers[index] { registers[index] = rank }
    }

    static func estimate(_ registers: UnsafePointer<UInt8>) -> UInt32 {
        let size = Double(bytes)
        // In units of 2⁻⁵³: the sum of 2 to the power of minus each register fits, and needs no rounding.
        var units: UInt64 = 0
        var empty = 0
        for index in 0..<bytes {
            units &+= (1 << 53) >> UInt64(registers[index])
            empty &+= registers[index] == 0 ? 1 : 0
        }
        let sum = Double(units) / 0x1p53
        let raw = 0.7213 / (1 + 1.079 / size) * size * size / sum
        // Linear counting where it is better (section 4 of the paper).
        let value = raw <= 2.5 * size && empty > 0 ? size * log(size / Double(empty)) : raw
        return UInt32(min(value.rounded(), Double(UInt32.max)))
    }
}
