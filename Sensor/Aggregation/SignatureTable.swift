import FlowModel

/// The header signatures of one window, numbered from 1 in order of appearance. At most `limit`; what comes after has
/// number 0, none. They stay bytes until the window is closed, so that none of them costs an allocation.
struct SignatureTable {
    static let limit = 65_534

    private var known: [CanonicalSignature] = []
    /// Half full at most, 0 for none: the number, and above it 16 bits of the keyed hash. Senders choose what is hashed
    /// and can't know what will meet here. Small, as most new signatures find their slot empty and far away.
    private var slots: [UInt32] = []
    var count: Int { known.count }

    /// The signature of a number from 1 to `count`.
    func signature(_ number: Int) -> HeaderSignature? { HeaderSignature(canonicalBytes: known[number - 1].bytes) }

    /// Keeps the memory.
    mutating func removeAll() {
        known.removeAll(keepingCapacity: true)
        for index in slots.indices { slots[index] = 0 }
    }

    mutating func number(_ signature: CanonicalSignature) -> UInt16 {
        if signature.length == 0 { return 0 }
        if known.count * 2 >= slots.count { grow() }
        let tag = SignatureTable.tag(signature)
        var index = Int(truncatingIfNeeded: signature.hash) & (slots.count - 1)
        while slots[index] != 0 {
            let number = Int(slots[index] & 0xFFFF)
            if slots[index] & 0xFFFF_0000 == tag, known[number - 1] == signature { return UInt16(number) }
            index = (index + 1) & (slots.count - 1)
        }
        guard known.count < SignatureTable.limit else { return 0 }
        known.append(signature)
        slots[index] = tag | UInt32(known.count)
        return UInt16(known.count)
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: max(256, slots.count * 2))
        for (number, signature) in known.enumerated() {
            var index = Int(truncatingIfNeeded: signature.hash) & (slots.count - 1)
            while slots[index] != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = SignatureTable.tag(signature) | UInt32(number + 1)
        }
    }

    @inline(__always)
    private static func tag(_ signature: CanonicalSignature) -> UInt32 {
        UInt32(truncatingIfNeeded: signature.hash >> 32) & 0xFFFF_0000
    }
}
