import Logging
import Store
import SystemCalls
import Telemetry

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

extension RollupPace {
    /// Makes one thing of those that are due, unless it grows and such things have had their time. What the stored rows do
    /// not let be made keeps nothing else waiting: it is logged, and its mark stays.
    /// - Throws: when the database does not serve.
    mutating func make(
        _ isGrowing: Bool, _ connection: StoreConnection, _ log: RateLimitedLogger, _ failure: Logger.Message,
        _ task: Logger.Metadata, _ body: () throws(StoreError) -> Void
    ) throws(StoreError) {
        let start = Clock.monotonicNanoseconds()
        guard mayMake(isGrowing: isGrowing, now: start) else { return }
        do throws(StoreError) {
            try body()
        } catch {
            guard connection.isAlive, error.kind != .unavailable else { throw error }
            log.log(
                level: .error, "\(failure); its figures stay as they are", key: "\(failure)",
                metadata: task.merging(["err": "\(error.message)"]) { $1 })
        }
        made(isGrowing: isGrowing, from: start, to: Clock.monotonicNanoseconds())
    }
}
