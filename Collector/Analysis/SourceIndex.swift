/// Where entries of a list are, by their hash: open addressing with linear probing.
///
/// Anybody can send from addresses whose hashes, which are the same everywhere, lie in one place: a seed of its own spreads
/// them.
struct SourceIndex {
    private let seed: UInt64
    /// Place in the list plus one; 0 for a free slot.
    private var slots = [Int32](repeating: 0, count: 1_024)
    private var hashes: [UInt64] = []

    init(seed: UInt64 = .random(in: 0 ... .max)) { self.seed = seed }

    /// The place of the entry with this hash for which `isSame` holds.
    @inline(__always)
    func find(_ hash: UInt64, _ isSame: (Int) -> Bool) -> Int? {
        var slot = firstSlot(hash)
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if hashes[place] == hash, isSame(place) { return place }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// Adds the entry that is the list's next.
    mutating func insert(_ hash: UInt64) {
        hashes.append(hash)
        if hashes.count * 2 > slots.count {
            slots = [Int32](repeating: 0, count: slots.count * 2)
            for place in hashes.indices { put(place) }
        } else {
            put(hashes.count - 1)
        }
    }

    private mutating func put(_ place: Int) {
        var slot = firstSlot(hashes[place])
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(place + 1)
    }

    /// Where the search for a hash begins.
    @inline(__always)
    func firstSlot(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: MurmurHash.avalanche(hash ^ seed)) & (slots.count - 1)
    }
}
