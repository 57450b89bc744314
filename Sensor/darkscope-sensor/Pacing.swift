/// How the packets of a file are placed in time.
struct Pacing {
    /// Times as fast as captured; nil as fast as possible.
    var speed: Double?
    /// Whether times are moved: a paced replay begins now, any other file ends now.
    var isShiftedToNow: Bool

    static let asCaptured = Pacing(speed: nil, isShiftedToNow: false)
}

/// The clock of a paced replay. Pure: monotonic nanoseconds are passed in.
struct ReplayClock {
    private let speed: Double
    private let firstPacket: Int64
    private let start: Int64

    /// - Parameters:
    ///   - firstPacket: capture time of the first packet, nanoseconds.
    ///   - nowNanoseconds: the monotonic time at which it is replayed.
    init(speed: Double, firstPacket: Int64, nowNanoseconds: Int64) {
        self.speed = speed
        self.firstPacket = firstPacket
        start = nowNanoseconds
    }

    /// The capture time that is replayed at a monotonic time; saturates.
    func captureTime(at nowNanoseconds: Int64) -> Int64 {
        let passed = Double(nowNanoseconds &- start) * speed
        let (sum, overflow) = firstPacket.addingReportingOverflow(Int64(min(max(passed, 0), 4e18)))
        return overflow ? .max : sum
    }

    /// Nanoseconds to wait until the packet of a capture time is due; 0 when it is late.
    func wait(for packet: Int64, at nowNanoseconds: Int64) -> Int64 {
        let ahead = Double(packet) - Double(captureTime(at: nowNanoseconds))
        return ahead <= 0 ? 0 : Int64(min(ahead / speed, 4e18))
    }
}
