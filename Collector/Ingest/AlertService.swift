package import Logging
package import Store
package import SystemCalls
import Telemetry

/// Makes alerts of the evidence that arrived, and notices of what alerts have to tell, on a thread and a connection of its
/// own. Of several collectors on one database one at a time does it.
package final class AlertService: Sendable {
    private let worker: DatabaseWorker

    /// Milliseconds for which what was opened waits: sensors end their windows at the same time, and their batches come
    /// within a second or so.
    private static let settling: Int64 = 1_500

    /// - Parameter interval: milliseconds between two looks.
    package init(
        conninfo: String, logger: Logger, interval: Int32 = 500, limits: StoreConnection.JudgeLimits = .init()
    ) throws(SystemError) {
        var limits = limits
        limits.settling = AlertService.settling
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "alerts", log: RateLimitedLogger(logger),
            turn: AlertTurn(interval: interval, limits: limits)
        ) { connection throws(StoreError) in try connection.allowLongStatements() }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { worker.stop() }
}

private struct AlertTurn: DatabaseTurn {
    /// Nanoseconds between two looks at organisations with news.
    private static let tellInterval: Int64 = 1_000_000_000

    let interval: Int32
    let limits: StoreConnection.JudgeLimits
    private var tellAt = Int64.min

    init(interval: Int32, limits: StoreConnection.JudgeLimits) {
        self.interval = interval
        self.limits = limits
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        let now = Clock.monotonicNanoseconds()
        let tells = now >= tellAt
        let outcome = try connection.judge(tells: tells, limits: limits)
        if tells, !outcome.hasMore { tellAt = now + AlertTurn.tellInterval }
        return outcome.hasMore ? 0 : interval
    }
}
