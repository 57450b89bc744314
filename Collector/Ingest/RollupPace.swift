/// Decides when rollups of hours and days that still grow are made again: they take a tenth of the worker's time at most,
/// however much is delivered, so that a record is not read more often than the machine has time for. What grows no more
/// is made at once.
struct RollupPace {
    /// Between two of them it waits so many times as long as the last one took.
    private static let restFactor: Int64 = 9

    private var growingAt = Int64.min

    /// - Parameter now: nanoseconds of a monotonic clock.
    func mayMake(isGrowing: Bool, now: Int64) -> Bool { !isGrowing || now >= growingAt }

    /// Takes note that one was made between two times.
    mutating func made(isGrowing: Bool, from start: Int64, to end: Int64) {
        if isGrowing { growingAt = end + RollupPace.restFactor * (end - start) }
    }
}
