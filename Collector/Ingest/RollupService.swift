package import Logging
import Runtime
package import Store
package import SystemCalls
import Telemetry

/// Makes the rollups of hours and days that something was stored of, on a thread and a connection of its own. Several
/// collectors on one database share the work.
package final class RollupService: Sendable {
    /// Nanoseconds between two looks for hours of which nothing came.
    private static let coverInterval: Int64 = 300_000_000_000

    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameters:
    ///   - patience: when what is marked is made again.
    ///   - interval: milliseconds between two looks at the marks; nil for ten seconds, or less when the patience is less.
    package init(
        conninfo: String, logger: Logger, patience: RollupPatience = RollupPatience(), interval: Int32? = nil
    ) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        let interval = interval ?? Int32(clamping: min(10, max(1, patience.quietSeconds)) * 1_000)
        worker = try Worker(name: "rollups") {
            let log = RateLimitedLogger(logger)
            var database = Database(conninfo: conninfo, name: "rollups", log: log) { connection throws(StoreError) in
                try connection.allowLongStatements()
            }
            var pace = RollupPace()
            var coveredAt = Int64.min
            var wait: Int32 = 0
            while !stopped.wait(milliseconds: wait) {
                do throws(StoreError) {
                    try database.use { connection throws(StoreError) in
                        let now = Clock.monotonicNanoseconds()
                        if now >= coveredAt {
                            try connection.markUncovered()
                            coveredAt = now + RollupService.coverInterval
                        }
                        try RollupService.makeDue(connection, patience, &pace, log) {
                            stopped.wait(milliseconds: 0)
                        }
                    }
                    wait = interval
                } catch {
                    wait = Int32(clamping: max(0, database.retryAt - Clock.monotonicNanoseconds()) / 1_000_000)
                }
            }
        }
    }

    private static func makeDue(
        _ connection: StoreConnection, _ patience: RollupPatience, _ pace: inout RollupPace, _ log: RateLimitedLogger,
        isStopped: () -> Bool
    ) throws(StoreError) {
        for task in try connection.dueRollups(patience) {
            if isStopped() { return }
            let start = Clock.monotonicNanoseconds()
            guard pace.mayMake(isGrowing: task.isGrowing, now: start) else { continue }
            do throws(StoreError) {
                try connection.makeRollup(task)
            } catch {
                // Rows that cannot be read must not keep those of other hours waiting; their mark stays.
                guard connection.isAlive, error.kind != .unavailable else { throw error }
                log.log(
                    level: .error, "a rollup cannot be made; its figures stay as they are", key: "rollup",
                    metadata: [
                        "sensor": "\(task.sensor)", "start": "\(task.start)", "span": "\(task.span)",
                        "err": "\(error.message)",
                    ])
            }
            pace.made(isGrowing: task.isGrowing, from: start, to: Clock.monotonicNanoseconds())
        }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { stopped.raise() }
}
