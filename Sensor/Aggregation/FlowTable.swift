import CSupport
import FlowModel
import Glibc

/// One flow of a window: 64 bytes, a cache line, for IPv4.
struct FlowEntry<Word: AddressWord> {
    var source: Word
    var victim: Word
    /// See `PacketFacts.key`.
    var key: UInt64
    var packets: UInt32
    var destinationSet: UInt32
    var bytes: UInt64
    var first: UInt32
    var last: UInt32
    var destination: Word
    var sourcePort: UInt16
    /// IPv4 total length, or IPv6 payload length.
    var ipLength: UInt16
    var zmap: UInt32
    var masscan: UInt32
    var mirai: UInt32
    var signature: UInt16
    var ttl: UInt8
    var flags: UInt8
}

/// Flows of one window and family by key: entries in the order of their first packets, which stay where they are, and
/// an index of them (open addressing, linear probing, at most half full) of 4 bytes a slot, so that what is searched
/// fits the cache, and what is reserved but not used costs no memory. Grows by two.
///
/// The unsafe core: of `entries`, `capacity` in size, the first `count` are initialized; `slots` has `mask + 1` slots
/// of which at least half are 0, the others hold in their low 24 bits the number of an initialized entry plus one, and
/// above them 8 bits of its hash; both are freed once, by `deallocate`.
struct FlowTable<Word: AddressWord> {
    private(set) var count = 0
    private var entries: UnsafeMutablePointer<FlowEntry<Word>>?
    private var slots: UnsafeMutablePointer<UInt32>?
    private var mask = 0
    private let hash: KeyedHash
    // Unowned, so that a table stays a plain value in the way of a packet.
    private unowned(unsafe) let budget: MemoryBudget

    private static var numberMask: UInt32 { 0x00FF_FFFF }
    private static var minimumCapacity: Int { 512 }

    /// - Parameter budget: lives longer than the table.
    init(hash: KeyedHash, budget: MemoryBudget) {
        self.hash = hash
        self.budget = budget
    }

    func deallocate() {
        budget.give(bytes)
        free(entries)
        free(slots)
    }

    /// Entries that fit without growing.
    var capacity: Int { slots == nil ? 0 : (mask + 1) / 2 }

    /// Bytes reserved, and bytes that the entries need.
    var bytes: Int { capacity * FlowTable.bytesPerEntry }
    var usedBytes: Int { count * FlowTable.bytesPerEntry }

    private static var bytesPerEntry: Int { MemoryLayout<FlowEntry<Word>>.stride + 2 * MemoryLayout<UInt32>.stride }

    /// Keeps the memory.
    mutating func removeAll() {
        count = 0
        if let slots { memset(slots, 0, (mask + 1) * MemoryLayout<UInt32>.stride) }
    }

    /// Makes room for one more entry, for `hint` at the first; false when there is no memory, the budget is taken, or
    /// there are 2²³.
    @inline(__always)
    mutating func reserveOne(hint: Int) -> Bool {
        count < capacity || grow(hint)
    }

    @inline(__always)
    func prefetchSlot(_ hash: UInt64) {
        guard let slots else { return }
        darkscope_prefetch(slots + (Int(truncatingIfNeeded: hash) & mask))
    }

    /// The number plus one of the first entry whose hash looks like this one, which is prefetched; 0 for none. It is
    /// most likely the flow of this hash, if that is there.
    @inline(__always)
    func candidate(_ hash: UInt64) -> UInt32 {
        guard let slots, let entries else { return 0 }
        let tag = FlowTable.tag(hash)
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[index]
            if slot == 0 { return 0 }
            if slot & ~FlowTable.numberMask == tag {
                let number = slot & FlowTable.numberMask
                darkscope_prefetch(entries + (Int(number) &- 1))
                return number
            }
            index = (index &+ 1) & mask
        }
    }

    /// The entry that `candidate` gave, whatever its key.
    /// - Precondition: `candidate` is not 0 and this table gave it out since it was last emptied.
    @inline(__always)
    func entry(candidate: UInt32) -> UnsafeMutablePointer<FlowEntry<Word>> {
        assert(candidate > 0 && candidate <= count)
        return entries.unsafelyUnwrapped + (Int(candidate) &- 1)
    }

    @inline(__always)
    func prefetch(_ number: Int) {
        guard let entries, number < count else { return }
        darkscope_prefetch(entries + number)
    }

    /// The entries in the order of their first packets.
    var all: UnsafeBufferPointer<FlowEntry<Word>> { UnsafeBufferPointer(start: entries, count: count) }

    /// The entry of a key.
    func find(source: Word, victim: Word, key: UInt64, hash: UInt64) -> UnsafeMutablePointer<FlowEntry<Word>>? {
        guard let slots, let entries else { return nil }
        let tag = FlowTable.tag(hash)
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let slot = slots[index]
            if slot & ~FlowTable.numberMask == tag {
                let entry = entries + (Int(slot & FlowTable.numberMask) &- 1)
                if entry.pointee.key == key && entry.pointee.source == source && entry.pointee.victim == victim {
                    return entry
                }
            }
            index = (index &+ 1) & mask
        }
        return nil
    }

    /// Adds an entry whose key is not there.
    /// - Precondition: `reserveOne` was true since the last insertion.
    @inline(__always)
    mutating func insert(_ entry: FlowEntry<Word>, hash: UInt64) {
        assert(count < capacity)
        (entries.unsafelyUnwrapped + count).initialize(to: entry)
        count &+= 1
        index(hash, number: count)
    }

    @inline(__always)
    private static func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 32) & ~numberMask }

    @inline(__always)
    private func index(_ hash: UInt64, number: Int) {
        let slots = slots.unsafelyUnwrapped
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 { index = (index &+ 1) & mask }
        slots[index] = FlowTable.tag(hash) | UInt32(truncatingIfNeeded: number)
    }

    @inline(never)
    private mutating func grow(_ hint: Int) -> Bool {
        var wanted = max(FlowTable.minimumCapacity, capacity * 2)
        while slots == nil && wanted < hint { wanted *= 2 }
        // Both tables are there for a moment.
        let wantedBytes = wanted * FlowTable.bytesPerEntry
        guard wanted < Int(FlowTable.numberMask), budget.take(wantedBytes) else {
            // What was hinted at may be a flood's size, and memory short because of it.
            return slots == nil && hint > 0 && grow(0)
        }
        let newEntries = TableMemory.allocate(wanted, of: FlowEntry<Word>.self)
        let newSlots = TableMemory.allocate(wanted * 2, of: UInt32.self)
        guard let moved = newEntries, let index = newSlots else {
            free(newEntries)
            free(newSlots)
            budget.give(wantedBytes)
            return false
        }
        memset(index, 0, wanted * 2 * MemoryLayout<UInt32>.stride)
        if let entries { moved.moveInitialize(from: entries, count: count) }
        deallocate()
        entries = moved
        slots = index
        mask = wanted * 2 - 1
        for number in 0..<count {
            let entry = moved + number
            let place = hash.hash(source: entry.pointee.source, victim: entry.pointee.victim, key: entry.pointee.key)
            self.index(place, number: number + 1)
        }
        return true
    }
}
