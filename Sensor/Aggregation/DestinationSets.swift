import CSupport
import FlowModel
import Glibc

/// The distinct destinations of one window's flows: nothing for a flow with one destination, then blocks of 3, 11 and
/// 64 addresses, then a HyperLogLog. All blocks of a window come from a few growing buffers under one bound; a flow
/// that finds the bound reached keeps what it has as a lower bound.
///
/// A block has its number of addresses, then that many different addresses, then the first of them again and again:
/// what is searched has one length, and no branch depends on how full it is.
///
/// A flow's reference: bit 31 whether it is a lower bound, bits 28–30 its kind of block (0 none, 4 sketch), then the
/// block's number. The unsafe core: block numbers come from references that this type gave out for the same window.
struct DestinationSets<Word: AddressWord> {
    private struct Pool {
        var memory: UnsafeMutablePointer<Word>?
        /// Words of a block: a count and the addresses, or a sketch.
        var stride: Int
        var capacity = 0
        var used = 0
        var freed: [UInt32] = []
    }

    private static var kindShift: UInt32 { 28 }
    private static var numberMask: UInt32 { 0x0FFF_FFFF }
    private static var saturated: UInt32 { 0x8000_0000 }
    private static var sketch: Int { 4 }

    /// Addresses of a block of kinds 1, 2 and 3.
    private static var small: Int { 3 }
    private static var middle: Int { 11 }
    private static var large: Int { 64 }

    /// One per kind, kind 1 first.
    private let pools: UnsafeMutablePointer<Pool>
    /// Bytes of all buffers.
    private(set) var bytes = 0
    /// Bytes of the blocks that are or were in use since `removeAll`.
    private(set) var usedBytes = 0
    private let limit: Int
    private unowned(unsafe) let budget: MemoryBudget

    /// - Parameters:
    ///   - limit: bytes of all blocks together. What the buffers had room for before does not count: the same packets
    ///     give the same sets in used and in fresh memory.
    ///   - budget: lives longer than the sets.
    init(limit: Int, budget: MemoryBudget) {
        pools = .allocate(capacity: DestinationSets.sketch)
        let strides = [
            DestinationSets.small + 1, DestinationSets.middle + 1, DestinationSets.large + 1,
            HyperLogLog.bytes / MemoryLayout<Word>.stride,
        ]
        for (index, stride) in strides.enumerated() {
            (pools + index).initialize(to: Pool(stride: stride))
        }
        self.limit = limit
        self.budget = budget
    }

    func deallocate() {
        budget.give(bytes)
        for index in 0..<DestinationSets.sketch { free(pools[index].memory) }
        pools.deinitialize(count: DestinationSets.sketch)
        pools.deallocate()
    }

    /// Keeps the memory.
    mutating func removeAll() {
        usedBytes = 0
        for index in 0..<DestinationSets.sketch {
            pools[index].used = 0
            pools[index].freed.removeAll(keepingCapacity: true)
        }
    }

    /// Asks for the memory where a set begins.
    @inline(__always)
    func prefetch(_ reference: UInt32) {
        guard kind(reference) != 0 else { return }
        darkscope_prefetch(block(reference))
    }

    /// Asks for the memory that `insert` will read.
    @inline(__always)
    func prefetch(_ address: Word, _ reference: UInt32, hash: KeyedHash) {
        // Nothing to read of a flow with one destination, nor of a lower bound.
        guard reference &- 1 < DestinationSets.saturated &- 1 else { return }
        if kind(reference) == DestinationSets.sketch {
            darkscope_prefetch(registers(reference) + HyperLogLog.index(hash.hash(address: address)))
        } else {
            darkscope_prefetch(block(reference))
        }
    }

    /// Adds `address` to the set of a flow whose first destination is `first`; `reference` is the flow's, 0 at first.
    @inline(__always)
    mutating func insert(_ address: Word, first: Word, reference: inout UInt32, hash: KeyedHash) {
        switch reference >> DestinationSets.kindShift {
        case 0: start(address, first, &reference)
        case 1: insert(address, DestinationSets.small, &reference, hash)
        case 2: insert(address, DestinationSets.middle, &reference, hash)
        case 3: insert(address, DestinationSets.large, &reference, hash)
        case UInt32(DestinationSets.sketch): HyperLogLog.add(hash.hash(address: address), to: registers(reference))
        // A lower bound.
        default: break
        }
    }

    /// Adds to a block of `capacity` addresses.
    @inline(__always)
    private mutating func insert(_ address: Word, _ capacity: Int, _ reference: inout UInt32, _ hash: KeyedHash) {
        let block = block(reference)
        // As wide as an address, so that it becomes the lanes of vectors.
        var matches: Word = 0
        for index in 1...capacity { matches |= block[index] == address ? 1 : 0 }
        if matches != 0 { return }
        let count = Int(truncatingIfNeeded: block[0])
        if count < capacity {
            block[count &+ 1] = address
            block[0] = Word(truncatingIfNeeded: count &+ 1)
        } else {
            upgrade(address, &reference, hash)
        }
    }

    func count(_ reference: UInt32) -> DistinctCount {
        let isSaturated = reference & DestinationSets.saturated != 0
        switch kind(reference) {
        case 0:
            return isSaturated ? DistinctCount(2, .atLeast) : DistinctCount(1)
        case DestinationSets.sketch:
            // A sketch begins beyond 64.
            return DistinctCount(max(65, HyperLogLog.estimate(registers(reference))), .estimate)
        default:
            return DistinctCount(UInt32(truncatingIfNeeded: block(reference)[0]), isSaturated ? .atLeast : .exact)
        }
    }

    @inline(__always)
    private func kind(_ reference: UInt32) -> Int { Int(reference >> DestinationSets.kindShift & 7) }

    @inline(__always)
    private func block(_ reference: UInt32) -> UnsafeMutablePointer<Word> {
        let pool = pools + (kind(reference) &- 1)
        return pool.pointee.memory.unsafelyUnwrapped + Int(reference & DestinationSets.numberMask)
            &* pool.pointee.stride
    }

    @inline(__always)
    private func registers(_ reference: UInt32) -> UnsafeMutablePointer<UInt8> {
        UnsafeMutableRawPointer(block(reference)).assumingMemoryBound(to: UInt8.self)
    }

    private mutating func start(_ address: Word, _ first: Word, _ reference: inout UInt32) {
        guard let added = allocate(kind: 1) else {
            reference |= DestinationSets.saturated
            return
        }
        let block = block(added)
        block.update(repeating: first, count: DestinationSets.small + 1)
        block[0] = 2
        block[2] = address
        reference = added
    }

    /// Moves a full block into one of the next kind and adds the address that did not fit.
    @inline(never)
    private mutating func upgrade(_ address: Word, _ reference: inout UInt32, _ hash: KeyedHash) {
        let old = kind(reference)
        guard let moved = allocate(kind: old + 1) else {
            reference |= DestinationSets.saturated
            return
        }
        let from = block(reference)
        let stride = pools[old - 1].stride
        if old + 1 == DestinationSets.sketch {
            memset(block(moved), 0, HyperLogLog.bytes)
            for index in 1..<stride { HyperLogLog.add(hash.hash(address: from[index]), to: registers(moved)) }
        } else {
            block(moved).update(repeating: from[1], count: pools[old].stride)
            block(moved).update(from: from, count: stride)
        }
        pools[old - 1].freed.append(reference & DestinationSets.numberMask)
        reference = moved
        insert(address, first: address, reference: &reference, hash: hash)
    }

    /// A reference to a new block, or nil when the bound is reached or memory is short.
    private mutating func allocate(kind: Int) -> UInt32? {
        let pool = pools + (kind - 1)
        let mark = UInt32(kind) << DestinationSets.kindShift
        if let number = pool.pointee.freed.popLast() { return mark | number }
        let blockBytes = pool.pointee.stride * MemoryLayout<Word>.stride
        guard usedBytes + blockBytes <= limit,
            pool.pointee.used < pool.pointee.capacity || grow(pool, blockBytes: blockBytes)
        else { return nil }
        usedBytes += blockBytes
        pool.pointee.used += 1
        return mark | UInt32(pool.pointee.used - 1)
    }

    /// Doubles a buffer, as far as the limit can want it.
    private mutating func grow(_ pool: UnsafeMutablePointer<Pool>, blockBytes: Int) -> Bool {
        let capacity = min(max(16, pool.pointee.capacity * 2), limit / blockBytes)
        let added = (capacity - pool.pointee.capacity) * blockBytes
        guard added > 0, capacity <= Int(DestinationSets.numberMask), budget.take(added) else { return false }
        guard let memory = realloc(pool.pointee.memory, capacity * blockBytes) else {
            budget.give(added)
            return false
        }
        pool.pointee.memory = memory.assumingMemoryBound(to: Word.self)
        pool.pointee.capacity = capacity
        bytes += added
        return true
    }
}
