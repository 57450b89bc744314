package import Logging
import Store
package import SystemCalls
import Telemetry

/// Makes the tables of the days to come, and removes days of flows and of five minutes whose time is over, on a thread and
/// a connection of its own. Of several collectors on one database one at a time does it.
package final class RetentionService: Sendable {
    private let worker: DatabaseWorker

    /// - Parameters:
    ///   - keptSeconds: how long flows are kept.
    ///   - fiveMinuteSeconds: how long sums of five minutes are kept, but no shorter than their flows.
    package init(
        conninfo: String, keptSeconds: Int64, fiveMinuteSeconds: Int64, logger: Logger
    ) throws(SystemError) {
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "retention", log: RateLimitedLogger(logger),
            turn: RetentionTurn(keptSeconds: keptSeconds, fiveMinuteSeconds: fiveMinuteSeconds, logger: logger))
    }

    /// Ends the thread, unless the database keeps it: what it was at is finished at the next start.
    package func stop() { worker.stop() }
}

private struct RetentionTurn: DatabaseTurn {
    /// Between two looks, and between two when somebody was in the way.
    private static let interval: Int32 = 600_000
    private static let retryInterval: Int32 = 60_000

    let keptSeconds: Int64
    let fiveMinuteSeconds: Int64
    let logger: Logger

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        let now = Clock.wallNanoseconds() / 1_000_000_000
        let outcome = try connection.keepPartitions(for: keptSeconds, now: now)
        if !outcome.dropped.isEmpty {
            logger.info(
                "flows whose time is over were removed",
                metadata: ["days": "\(outcome.dropped.joined(separator: ","))"])
        }
        try connection.dropFiveMinutes(olderThan: fiveMinuteSeconds, now: now)
        return outcome.isHindered ? RetentionTurn.retryInterval : RetentionTurn.interval
    }
}
