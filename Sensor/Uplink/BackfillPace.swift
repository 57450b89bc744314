/// Leaves at least half of the link's time to everybody else while old batches are sent: after a burst that took so
/// long, back-filling rests as long. Pure; milliseconds of a monotonic clock are passed in.
struct BackfillPace {
    /// Batches of a burst, and how many of them may be unacknowledged at a time.
    static let burst = 8
    static let maximumInFlight = 4
    /// The longest rest: an outage in the middle of a burst is not the link's speed.
    static let maximumRestMilliseconds: Int64 = 30_000

    private var sent = 0
    private var inFlight = 0
    private var startedMilliseconds: Int64 = 0
    private(set) var restUntilMilliseconds: Int64 = .min

    func mayStart(nowMilliseconds: Int64) -> Bool {
        nowMilliseconds >= restUntilMilliseconds && sent < BackfillPace.burst && inFlight < BackfillPace.maximumInFlight
    }

    mutating func started(nowMilliseconds: Int64) {
        if sent == 0 { startedMilliseconds = nowMilliseconds }
        sent += 1
        inFlight += 1
    }

    /// An old batch is acknowledged, refused or given up.
    mutating func ended(nowMilliseconds: Int64) {
        inFlight = max(0, inFlight - 1)
        guard inFlight == 0, sent > 0 else { return }
        let took = min(BackfillPace.maximumRestMilliseconds, nowMilliseconds - startedMilliseconds)
        restUntilMilliseconds = nowMilliseconds + took
        sent = 0
    }

    /// The connection is gone: nothing is in flight.
    mutating func disconnect() {
        sent = 0
        inFlight = 0
    }
}
