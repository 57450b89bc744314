/// The bounds of a spool.
package struct SpoolLimits: Sendable, Hashable {
    /// Bytes of all segments; the oldest give way.
    package var maximumBytes: UInt64
    /// What is older is dropped.
    package var maximumAgeSeconds: Int64
    /// Bytes of the file system that are left to others; never more than a twentieth of it.
    package var minimumFreeBytes: UInt64
    /// Size of a segment, the unit of dropping and deleting.
    package var segmentBytes: UInt64
    /// Age at which a segment is closed.
    package var segmentSeconds: Int64
    /// Lost numbers that a start declares of a stream; more can't come from one spool's damage.
    package var declaredAtStart: Int

    /// Records in the spool at most: each takes 48 bytes of memory.
    static let maximumRecords = 200_000
    /// Records in a segment at most, so that the report of its loss fits the reserve.
    static let recordsInSegment = 2_048
    /// Bytes of a segment file at most: it is read at once.
    static let largestSegment: UInt64 = 32 << 20
    /// A clock that shows less has never been set: what it dated has no age. 2020-01-01.
    static let unsetClockNanoseconds: Int64 = 1_577_836_800_000_000_000

    package init(
        maximumBytes: UInt64 = 2 << 30, maximumAgeSeconds: Int64 = 14 * 86_400, minimumFreeBytes: UInt64 = 512 << 20,
        segmentBytes: UInt64 = 8 << 20, segmentSeconds: Int64 = 3_600, declaredAtStart: Int = 100_000
    ) {
        self.maximumBytes = maximumBytes
        self.maximumAgeSeconds = maximumAgeSeconds
        self.minimumFreeBytes = minimumFreeBytes
        self.segmentBytes = segmentBytes
        self.segmentSeconds = segmentSeconds
        self.declaredAtStart = declaredAtStart
    }

    /// The size at which segments are closed: a sixteenth of the spool at most, so that dropping one is a small loss.
    var rollBytes: UInt64 { min(segmentBytes, SpoolLimits.largestSegment / 2, maximumBytes / 16) }

    /// Bytes to leave free on a file system of `total` bytes.
    func floor(total: UInt64) -> UInt64 { min(minimumFreeBytes, total / 20) }
}
