package import FlowModel
import WireFormat

/// A record of the spool: what it is about and where it is, without its content.
package struct SpoolRecord: Sendable, Hashable {
    package let epoch: Epoch
    /// Whether the stream is a capture file's.
    package let isImport: Bool
    /// From 1; never used twice in a stream.
    package let sequence: UInt64
    /// Whether it is a gap report.
    package let isGap: Bool
    /// Nil for gap reports.
    package let window: Window?
    package let part: UInt16
    package let packets: UInt64
    package let bytes: UInt64
    /// Length of the content.
    package let payloadBytes: Int
    /// Name of the segment that holds it, and the place of its header there.
    package let segment: UInt64
    package let offset: UInt64

    /// For programs' tests; the spool makes the records that a `SpoolReader` can read.
    package init(
        epoch: Epoch, isImport: Bool = false, sequence: UInt64, isGap: Bool = false, window: Window? = nil,
        part: UInt16 = 0, packets: UInt64 = 0, bytes: UInt64 = 0, payloadBytes: Int, segment: UInt64 = 1,
        offset: UInt64 = 0
    ) {
        self.epoch = epoch
        self.isImport = isImport
        self.sequence = sequence
        self.isGap = isGap
        self.window = window
        self.part = part
        self.packets = packets
        self.bytes = bytes
        self.payloadBytes = payloadBytes
        self.segment = segment
        self.offset = offset
    }
}

/// What happened to the spool's records without being asked for by whoever sends them.
package enum SpoolChange: Sendable, Hashable {
    /// There is one more to deliver: a batch, or a report that the spool made.
    case appended(SpoolRecord)
    /// It is declared lost and need not be delivered any more.
    case dropped(SpoolRecord)
}

/// A stream as it stands in the spool.
package struct SpoolPosition: Sendable, Hashable {
    package let epoch: Epoch
    package let isImport: Bool
    /// The oldest sequence number that is still held; `nextSequence` when there is none.
    package let firstSequence: UInt64
    /// The next to be given out.
    package let nextSequence: UInt64
    /// Records that wait for their acknowledgement.
    package let pendingRecords: Int
    /// Bytes of the stream's segments.
    package let bytes: UInt64
}
