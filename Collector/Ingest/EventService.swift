package import Logging
package import Store
package import SystemCalls
import Telemetry

/// Finds the scans and attacks of hours whose rollups were made, on a thread and a connection of its own. Several collectors
/// on one database share the work by telescope.
package final class EventService: Sendable {
    private let worker: DatabaseWorker

    /// - Parameters:
    ///   - patience: when what is marked is made again.
    ///   - interval: milliseconds between two looks at the marks; nil for that of `RollupPatience`.
    package init(
        conninfo: String, logger: Logger, patience: RollupPatience = RollupPatience(), interval: Int32? = nil
    ) throws(SystemError) {
        let log = RateLimitedLogger(logger)
        let turn = EventTurn(patience: patience, interval: interval ?? patience.lookMilliseconds, log: log)
        worker = try DatabaseWorker(conninfo: conninfo, name: "events", log: log, turn: turn) {
            connection throws(StoreError) in try connection.allowLongStatements()
        }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { worker.stop() }
}

private struct EventTurn: DatabaseTurn {
    /// Nanoseconds between two looks for what is not needed any more.
    private static let tidyInterval: Int64 = 3_600_000_000_000

    let patience: RollupPatience
    let interval: Int32
    let log: RateLimitedLogger
    private var pace = RollupPace()
    private var tidiedAt = Int64.min

    init(patience: RollupPatience, interval: Int32, log: RateLimitedLogger) {
        self.patience = patience
        self.interval = interval
        self.log = log
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        if Clock.monotonicNanoseconds() >= tidiedAt {
            try connection.dropOldSegments()
            tidiedAt = Clock.monotonicNanoseconds() + EventTurn.tidyInterval
        }
        for task in try connection.dueEvents(patience) where !isStopped() {
            try pace.make(
                task.isGrowing, connection, log, "the events of an hour cannot be found",
                ["telescope": "\(task.telescope)", "start": "\(task.start)"]
            ) { () throws(StoreError) in _ = try connection.makeEvents(task) }
        }
        return interval
    }
}
