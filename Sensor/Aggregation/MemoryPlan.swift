/// What the memory for flows that an operator allows means for the tables. Pure.
///
/// Three windows are alive at a time: one fills, one waits for late packets, one is being written. A window at its
/// bounds takes less than half of the tables' share, so that one that follows a flood's finds room for all its flows.
package struct MemoryPlan: Sendable, Hashable {
    /// Bytes for all windows together.
    package let bytes: Int

    /// Bytes of a window's header signatures and overflow records at most: both have bounds of their own.
    private static let fixedBytes = 9 << 20
    private static let windows = 3
    /// A record of IPv6 takes 136 bytes, twice in a table of which half is free, and half of that while it grows.
    private static let bytesPerRecord = 512
    /// Of the tables' share one part in so many is for the distinct destinations of a window and family.
    private static let destinationParts = 16

    /// The least that makes sense: tables for 43,000 records a window.
    package static let minimumBytes: Int64 = 48 << 20

    package init(bytes: Int) { self.bytes = bytes }

    /// Bytes for flow tables and destination sets of all windows.
    package var tableBytes: Int { max(0, bytes - MemoryPlan.windows * MemoryPlan.fixedBytes) }
    /// Flow records of one window at most.
    package var records: Int { min(1 << 22, tableBytes / MemoryPlan.bytesPerRecord) }
    /// Bytes for the distinct destinations of one window's flows of one family.
    package var destinationBytes: Int { tableBytes / MemoryPlan.destinationParts }

    /// What the whole program takes at most beside `bytes`: itself and its libraries, batches on their way to the
    /// collector, the order of a window's records (36 bytes each) while it is written.
    package var otherBytes: Int { 32 << 20 + 36 * records }
}
