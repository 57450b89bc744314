import FlowModel

/// The header signatures of one window, numbered from 1 in order of appearance. At most `limit`; what comes after has
/// number 0, none.
struct SignatureTable {
    static let limit = 65_534

    private(set) var all: [HeaderSignature] = []
    private var slots: [(identifier: UInt64, number: UInt16)] = []

    @inline(__always)
    mutating func number(_ reader: SignatureReader) -> UInt16 {
        let identifier = reader.identifier
        guard identifier != 0 else { return 0 }
        if slots.isEmpty { slots = Array(repeating: (0, 0), count: 256) }
        var index = Int(truncatingIfNeeded: identifier) & (slots.count - 1)
        while slots[index].number != 0 {
            if slots[index].identifier == identifier { return slots[index].number }
            index = (index + 1) & (slots.count - 1)
        }
        return add(reader, at: index)
    }

    private mutating func add(_ reader: SignatureReader, at index: Int) -> UInt16 {
        guard all.count < SignatureTable.limit, let signature = reader.signature() else { return 0 }
        all.append(signature)
        let number = UInt16(all.count)
        slots[index] = (reader.identifier, number)
        if all.count * 2 > slots.count { grow() }
        return number
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: (0, 0), count: old.count * 2)
        for slot in old where slot.number != 0 {
            var index = Int(truncatingIfNeeded: slot.identifier) & (slots.count - 1)
            while slots[index].number != 0 { index = (index + 1) & (slots.count - 1) }
            slots[index] = slot
        }
    }
}
