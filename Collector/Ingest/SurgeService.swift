package import Logging
import Runtime
package import Store
package import SystemCalls
import Telemetry

/// Looks for surges in the rollups of hours that are over, on a thread and a connection of its own. Of several collectors on
/// one database one at a time does it.
package final class SurgeService: Sendable {
    /// Hours that are taken in one transaction.
    private static let group = 24

    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameters:
    ///   - patience: when an hour is taken.
    ///   - interval: milliseconds between two looks; nil for a minute, or less when the patience is less.
    package init(
        conninfo: String, logger: Logger, patience: TrendPatience = TrendPatience(), interval: Int32? = nil
    ) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        let interval = interval ?? Int32(clamping: min(60, max(1, patience.quietSeconds)) * 1_000)
        worker = try Worker(name: "surges") {
            let log = RateLimitedLogger(logger)
            var database = Database(conninfo: conninfo, name: "surges", log: log) { connection throws(StoreError) in
                try connection.allowLongStatements()
            }
            var wait: Int32 = 0
            while !stopped.wait(milliseconds: wait) {
                do throws(StoreError) {
                    let taken = try database.use { connection throws(StoreError) in
                        try connection.findSurges(patience, limit: SurgeService.group)
                    }
                    wait = taken == SurgeService.group ? 0 : interval
                } catch {
                    wait = Int32(clamping: max(0, database.retryAt - Clock.monotonicNanoseconds()) / 1_000_000)
                }
            }
        }
    }

    /// Ends the thread after what it is at, unless the database keeps it: then that is done at the next start.
    package func stop() { stopped.raise() }
}
