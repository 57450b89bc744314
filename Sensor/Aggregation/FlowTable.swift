import CSupport
import FlowModel
import Glibc

/// One flow of a window: 64 bytes, a cache line, for IPv4.
struct FlowEntry<Word: AddressWord> {
    var source: Word
    var victim: Word
    /// See `PacketFacts.key`; 0 marks an empty slot.
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

/// Flows of one window and family by key: open addressing, linear probing, at most two thirds full, growing by two.
///
/// The unsafe core: `entries` has `mask + 1` slots and is freed once, by `deallocate`; every index is masked.
struct FlowTable<Word: AddressWord> {
    private(set) var count = 0
    private(set) var entries: UnsafeMutablePointer<FlowEntry<Word>>?
    private var mask = 0
    private var growAt = 0
    private let hash: KeyedHash

    init(hash: KeyedHash) { self.hash = hash }

    func deallocate() { free(entries) }

    var capacity: Int { entries == nil ? 0 : mask + 1 }

    /// Makes room for one more entry, `hint` at the first; false when there is no memory.
    @inline(__always)
    mutating func reserveOne(hint: Int) -> Bool {
        count < growAt || grow(hint)
    }

    @inline(__always)
    func prefetch(_ hash: UInt64) {
        guard let entries else { return }
        darkscope_prefetch(entries + (Int(truncatingIfNeeded: hash) & mask))
    }

    /// The entry of a key, or the empty slot where it belongs.
    /// - Precondition: `reserveOne` was true since the last insertion.
    @inline(__always)
    func slot(source: Word, victim: Word, key: UInt64, hash: UInt64) -> UnsafeMutablePointer<FlowEntry<Word>> {
        let entries = entries.unsafelyUnwrapped
        var index = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = entries + index
            let found = entry.pointee.key
            if found == 0 || (found == key && entry.pointee.source == source && entry.pointee.victim == victim) {
                return entry
            }
            index = (index &+ 1) & mask
        }
    }

    @inline(__always)
    mutating func noteInsertion() { count &+= 1 }

    @inline(never)
    private mutating func grow(_ hint: Int) -> Bool {
        var capacity = entries == nil ? 1_024 : (mask + 1) * 2
        while entries == nil && capacity / 3 * 2 < hint { capacity *= 2 }
        guard let memory = FlowTable.zeroed(capacity) else { return false }
        let old = entries
        let oldCapacity = self.capacity
        entries = memory
        mask = capacity - 1
        growAt = capacity / 3 * 2
        if let old {
            for index in 0..<oldCapacity where old[index].key != 0 {
                let entry = old[index]
                let place = hash.hash(source: entry.source, victim: entry.victim, key: entry.key)
                slot(source: entry.source, victim: entry.victim, key: entry.key, hash: place).pointee = entry
            }
            free(old)
        }
        return true
    }

    /// Zeroed memory, in huge pages where it is large and the kernel gives them (madvise(2)).
    private static func zeroed(_ capacity: Int) -> UnsafeMutablePointer<FlowEntry<Word>>? {
        let bytes = capacity * MemoryLayout<FlowEntry<Word>>.stride
        let isLarge = bytes >= 4 << 20
        var memory: UnsafeMutableRawPointer?
        guard posix_memalign(&memory, isLarge ? 2 << 20 : 64, bytes) == 0, let memory else { return nil }
        if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
        memset(memory, 0, bytes)
        return memory.assumingMemoryBound(to: FlowEntry<Word>.self)
    }
}
