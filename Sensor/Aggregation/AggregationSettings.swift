package import FlowModel

/// How a sensor aggregates; fixed for a run.
package struct AggregationSettings: Sendable {
    /// Seconds; see `Window.isValid`.
    package var windowLength: UInt32 = 60
    /// The dark prefixes; none means that every destination is dark.
    package var darkSpace = DarkSpace([])
    /// Flow records of one window, at most 2²²; beyond it new flows go to overflow records. All open windows together
    /// have twice as many at most.
    package var maximumRecords = 1 << 19
    /// Bytes for the distinct destinations of one window's flows of one family.
    package var destinationBytes = 32 << 20
    /// Bytes of the tables of all windows of a live capture; when they are taken, new flows go to overflow records. A
    /// file, whose records must not depend on how fast windows are written, has the bounds above alone.
    package var tableBytes = Int.max
    /// Seconds that a live window stays open after its end.
    package var graceSeconds: Int64 = 2
    /// What keys the hash tables. Random for a live capture; for a file a number that depends on a secret and on the
    /// file alone, so that the same file gives the same records again, estimates among them.
    package var hashSeed: (UInt64, UInt64) = (0, 0)

    package init() {}

    /// Windows of a file that may be open at a time.
    static let openFileWindows = 256
    /// Windows of a live capture that may be open at a time.
    static let openLiveWindows = 3
    /// A hole of a file longer than this was not observed; a shorter one was quiet.
    static let quietFileSeconds: Int64 = 3_600
    /// The same for a live capture: the machine slept or its clock jumped.
    static let quietLiveSeconds: Int64 = 86_400
    /// At this many packets of a flow its counters are full; more go to overflow records.
    static let packetsPerRecord = UInt32.max
}

/// What a capture knows beside its packets; goes into the account of the windows that close while it holds.
package struct CaptureConditions: Sendable, Hashable {
    package var clock: ClockState = .unknown
    package var clockOffsetMicroseconds: Int64 = 0
    package var shiftSeconds: Int64 = 0
    package var sensorVersion = ""
    package var configurationDigest: UInt64 = 0

    package init() {}
}
