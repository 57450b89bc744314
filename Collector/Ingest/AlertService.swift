package import Logging
package import Store
package import SystemCalls
import Telemetry

/// Makes alerts of the evidence that arrived, and notices of what alerts have to tell, on a thread and a connection of its
/// own. Of several collectors on one database one at a time does it.
package final class AlertService: Sendable {
    private let worker: DatabaseWorker

    /// - Parameter interval: milliseconds between two looks.
    package init(
        conninfo: String, logger: Logger, interval: Int32 = 500, limits: StoreConnection.JudgeLimits = .init()
    ) throws(SystemError) {
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "alerts", log: RateLimitedLogger(logger),
            turn: AlertTurn(interval: interval, limits: limits)
        ) { connection throws(StoreError) in try connection.allowLongStatements() }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { worker.stop() }
}

private struct AlertTurn: DatabaseTurn {
    /// Nanoseconds between two looks at all organisations with news: for the end of their quiet hours, digests that are
    /// due, contacts that were added, blocks that were proven. What is opened is told at once.
    private static let lookAroundInterval: Int64 = 2_000_000_000

    let interval: Int32
    let limits: StoreConnection.JudgeLimits
    private var lookAroundAt = Int64.min

    init(interval: Int32, limits: StoreConnection.JudgeLimits) {
        self.interval = interval
        self.limits = limits
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        let now = Clock.monotonicNanoseconds()
        let looksAround = now >= lookAroundAt
        let outcome = try connection.judge(looksAround: looksAround, limits: limits)
        if looksAround { lookAroundAt = now + AlertTurn.lookAroundInterval }
        return outcome.hasMore ? 0 : interval
    }
}
