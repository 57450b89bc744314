package import Logging
package import Store
package import SystemCalls
import Telemetry

/// Makes the rollups of hours and days that something was stored of, on a thread and a connection of its own. Several
/// collectors on one database share the work.
package final class RollupService: Sendable {
    private let worker: DatabaseWorker

    /// - Parameters:
    ///   - patience: when what is marked is made again.
    ///   - interval: milliseconds between two looks at the marks; nil for that of `RollupPatience`.
    package init(
        conninfo: String, logger: Logger, patience: RollupPatience = RollupPatience(), interval: Int32? = nil
    ) throws(SystemError) {
        let log = RateLimitedLogger(logger)
        let turn = RollupTurn(patience: patience, interval: interval ?? patience.lookMilliseconds, log: log)
        worker = try DatabaseWorker(conninfo: conninfo, name: "rollups", log: log, turn: turn) {
            connection throws(StoreError) in try connection.allowLongStatements()
        }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { worker.stop() }
}

extension RollupPatience {
    /// Milliseconds between two looks at the marks: ten seconds, or less when the patience is less.
    var lookMilliseconds: Int32 { Int32(clamping: min(10, max(1, quietSeconds)) * 1_000) }
}

private struct RollupTurn: DatabaseTurn {
    /// Nanoseconds between two looks for hours of which nothing came.
    private static let coverInterval: Int64 = 300_000_000_000

    let patience: RollupPatience
    let interval: Int32
    let log: RateLimitedLogger
    // Sensors' hours that grow must not keep the world's waiting, nor the other way round.
    private var pace = RollupPace()
    private var worldPace = RollupPace()
    private var coveredAt = Int64.min

    init(patience: RollupPatience, interval: Int32, log: RateLimitedLogger) {
        self.patience = patience
        self.interval = interval
        self.log = log
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        let now = Clock.monotonicNanoseconds()
        if now >= coveredAt {
            try connection.markUncovered()
            coveredAt = now + RollupTurn.coverInterval
        }
        for task in try connection.dueRollups(patience) where !isStopped() {
            try pace.make(task.isGrowing, connection, log, "a rollup cannot be made", task.logged) {
                () throws(StoreError) in _ = try connection.makeRollup(task)
            }
        }
        for task in try connection.dueWorld(patience) where !isStopped() {
            try worldPace.make(task.isGrowing, connection, log, "a rollup of the world cannot be made", task.logged) {
                () throws(StoreError) in _ = try connection.makeWorld(task)
            }
        }
        return interval
    }
}

extension RollupTask {
    fileprivate var logged: Logger.Metadata { ["sensor": "\(sensor)", "start": "\(start)", "span": "\(span)"] }
}

extension WorldTask {
    fileprivate var logged: Logger.Metadata { ["sensor": "all", "start": "\(start)", "span": "\(span.rawValue)"] }
}
