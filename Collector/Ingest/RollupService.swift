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
            // Sensors' hours that grow must not keep the world's waiting, nor the other way round.
            var (pace, worldPace) = (RollupPace(), RollupPace())
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
                        let isStopped = { stopped.wait(milliseconds: 0) }
                        for task in try connection.dueRollups(patience) where !isStopped() {
                            try RollupService.make(task.isGrowing, &pace, task.logged, connection, log) {
                                () throws(StoreError) in try connection.makeRollup(task)
                            }
                        }
                        for task in try connection.dueWorld(patience) where !isStopped() {
                            try RollupService.make(task.isGrowing, &worldPace, task.logged, connection, log) {
                                () throws(StoreError) in try connection.makeWorld(task)
                            }
                        }
                    }
                    wait = interval
                } catch {
                    wait = Int32(clamping: max(0, database.retryAt - Clock.monotonicNanoseconds()) / 1_000_000)
                }
            }
        }
    }

    /// Makes one rollup, unless it grows and its kind has had its time.
    private static func make(
        _ isGrowing: Bool, _ pace: inout RollupPace, _ task: Logger.Metadata, _ connection: StoreConnection,
        _ log: RateLimitedLogger, _ body: () throws(StoreError) -> Bool
    ) throws(StoreError) {
        let start = Clock.monotonicNanoseconds()
        guard pace.mayMake(isGrowing: isGrowing, now: start) else { return }
        do throws(StoreError) {
            _ = try body()
        } catch {
            // Rows that cannot be read must not keep those of other hours waiting; their mark stays.
            guard connection.isAlive, error.kind != .unavailable else { throw error }
            log.log(
                level: .error, "a rollup cannot be made; its figures stay as they are", key: "rollup",
                metadata: task.merging(["err": "\(error.message)"]) { $1 })
        }
        pace.made(isGrowing: isGrowing, from: start, to: Clock.monotonicNanoseconds())
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { stopped.raise() }
}

extension RollupTask {
    fileprivate var logged: Logger.Metadata { ["sensor": "\(sensor)", "start": "\(start)", "span": "\(span)"] }
}

extension WorldTask {
    fileprivate var logged: Logger.Metadata { ["sensor": "all", "start": "\(start)", "span": "\(span.rawValue)"] }
}
