package import Logging
import Runtime
import Store
package import SystemCalls
import Telemetry

/// Makes the tables of the days to come and removes those of days whose time is over, on a thread and a connection of
/// its own. Of several collectors on one database one at a time does it.
package final class RetentionService: Sendable {
    /// Between two looks, and between two when somebody was in the way.
    private static let interval: Int32 = 600_000
    private static let retryInterval: Int32 = 60_000

    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameter keptSeconds: how long flows are kept.
    package init(conninfo: String, keptSeconds: Int64, logger: Logger) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        worker = try Worker(name: "retention") {
            var database = Database(conninfo: conninfo, name: "retention", log: RateLimitedLogger(logger))
            var wait: Int32 = 0
            while !stopped.wait(milliseconds: wait) {
                do throws(StoreError) {
                    let outcome = try database.use { connection throws(StoreError) in
                        try connection.keepPartitions(for: keptSeconds, now: Clock.wallNanoseconds() / 1_000_000_000)
                    }
                    if !outcome.dropped.isEmpty {
                        logger.info(
                            "flows whose time is over were removed",
                            metadata: ["days": "\(outcome.dropped.joined(separator: ","))"])
                    }
                    wait = outcome.isHindered ? RetentionService.retryInterval : RetentionService.interval
                } catch {
                    wait = Int32(clamping: max(0, database.retryAt - Clock.monotonicNanoseconds()) / 1_000_000)
                }
            }
        }
    }

    /// Ends the thread, unless the database keeps it: what it was at is finished at the next start.
    package func stop() { stopped.raise() }
}
