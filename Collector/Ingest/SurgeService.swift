package import Logging
package import Store
package import SystemCalls
import Telemetry

/// Looks for surges in the rollups of hours that are over, on a thread and a connection of its own. Of several collectors on
/// one database one at a time does it.
package final class SurgeService: Sendable {
    private let worker: DatabaseWorker

    /// - Parameters:
    ///   - patience: when an hour is taken.
    ///   - interval: milliseconds between two looks; nil for a minute, or less when the patience is less.
    package init(
        conninfo: String, logger: Logger, patience: TrendPatience = TrendPatience(), interval: Int32? = nil
    ) throws(SystemError) {
        let interval = interval ?? Int32(clamping: min(60, max(1, patience.quietSeconds)) * 1_000)
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "surges", log: RateLimitedLogger(logger),
            turn: SurgeTurn(patience: patience, interval: interval)
        ) { connection throws(StoreError) in try connection.allowLongStatements() }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is made at the next start.
    package func stop() { worker.stop() }
}

private struct SurgeTurn: DatabaseTurn {
    /// Hours that are taken in one transaction.
    private static let group = 24
    /// Looks between two at the hours that are not ready to be taken.
    private static let previewInterval: Int64 = 5

    let patience: TrendPatience
    let interval: Int32
    private var previewAt = Int64.min

    init(patience: TrendPatience, interval: Int32) {
        self.patience = patience
        self.interval = interval
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        guard try connection.findSurges(patience, limit: SurgeTurn.group) < SurgeTurn.group else { return 0 }
        let now = Clock.monotonicNanoseconds()
        if now >= previewAt {
            try connection.previewSurges()
            previewAt = now + SurgeTurn.previewInterval * Int64(interval) * 1_000_000
        }
        return interval
    }
}
