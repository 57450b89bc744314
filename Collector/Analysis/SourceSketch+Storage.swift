/// The bytes of a sketch as postgresql-hll stores them (aggregateknowledge/hll-storage-spec, version 1.0.0), so that
/// SQL unites them where the extension is installed: `hll_union_agg(sketch::hll)`.
extension SourceSketch {
    private enum Kind: UInt8 {
        case empty = 1
        case explicit = 2
        case sparse = 3
        case full = 4
    }

    private static let version: UInt8 = 1
    private static let registerBits = 5
    /// Register width minus one, then log2 of the registers' number.
    private static let parameters = UInt8(registerBits - 1) << 5 | UInt8(indexBits)
    /// Sparse is on; exact up to 2^(9 - 1) elements.
    private static let cutoffs: UInt8 = 1 << 6 | 9
    private static let headerBytes = 3
    /// Number and value of a register.
    private static let sparseBits = registerBits + Int(indexBits)

    /// The stored form; the same for equal sets.
    package mutating func storedBytes() -> [UInt8] {
        let hashes = settledHashes()
        guard registers.isEmpty else { return packedRegisters() }
        guard !hashes.isEmpty else { return header(.empty) }
        var bytes = header(.explicit)
        bytes.reserveCapacity(bytes.count + hashes.count * 8)
        // Ascending as signed numbers.
        for hash in hashes.sorted(by: { Int64(bitPattern: $0) < Int64(bitPattern: $1) }) {
            withUnsafeBytes(of: hash.bigEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// A sketch from its stored form; nil when the bytes are none that this program writes.
    package init?(stored bytes: [UInt8]) {
        guard bytes.count >= Self.headerBytes, bytes[0] >> 4 == Self.version, bytes[1] == Self.parameters,
            bytes[2] == Self.cutoffs, let kind = Kind(rawValue: bytes[0] & 15)
        else { return nil }
        let body = bytes[Self.headerBytes...]
        switch kind {
        case .empty:
            guard body.isEmpty else { return nil }
            self.init()
        case .explicit:
            guard body.count % 8 == 0, body.count / 8 <= Self.exactLimit else { return nil }
            self.init(
                hashes: stride(from: body.startIndex, to: body.endIndex, by: 8).map { start in
                    body[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
                })
        case .sparse:
            self.init(registers: Self.sparseRegisters(Array(body)))
        case .full:
            guard body.count == Self.registerCount * Self.registerBits / 8 else { return nil }
            var reader = BitReader(bytes: Array(body))
            self.init(
                registers: (0..<Self.registerCount).map { _ in
                    UInt8(truncatingIfNeeded: reader.take(Self.registerBits))
                })
        }
    }

    private static func sparseRegisters(_ body: [UInt8]) -> [UInt8] {
        var registers = [UInt8](repeating: 0, count: registerCount)
        var reader = BitReader(bytes: body)
        for _ in 0..<body.count * 8 / sparseBits {
            let index = reader.take(Int(indexBits))
            registers[index] = UInt8(truncatingIfNeeded: reader.take(registerBits))
        }
        return registers
    }

    private func header(_ kind: Kind) -> [UInt8] { [Self.version << 4 | kind.rawValue, Self.parameters, Self.cutoffs] }

    private func packedRegisters() -> [UInt8] {
        let filled = registers.count { $0 != 0 }
        let isSparse = filled * Self.sparseBits < registers.count * Self.registerBits
        var writer = BitWriter(bytes: header(isSparse ? .sparse : .full))
        for (index, register) in registers.enumerated() {
            if !isSparse {
                writer.put(Int(register), bits: Self.registerBits)
            } else if register != 0 {
                writer.put(index << Self.registerBits | Int(register), bits: Self.sparseBits)
            }
        }
        return writer.finished()
    }
}

/// Bits, the most significant first.
private struct BitWriter {
    var bytes: [UInt8]
    private var held = 0
    private var bits = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func put(_ value: Int, bits count: Int) {
        held = held << count | value
        bits += count
        while bits >= 8 {
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: held >> bits))
        }
        held &= (1 << bits) - 1
    }

    mutating func finished() -> [UInt8] {
        if bits > 0 { put(0, bits: 8 - bits) }
        return bytes
    }
}

private struct BitReader {
    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) -> Int {
        var value = 0
        for _ in 0..<count {
            value = value << 1 | Int(bytes[place >> 3] >> (7 - UInt8(place & 7)) & 1)
            place += 1
        }
        return value
    }
}
