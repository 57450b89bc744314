import Logging
import Messaging
import Runtime
import Store
import SystemCalls
import Telemetry

/// Follows the registry: which keys may send. A change reaches the sockets within a second, by a notification of the
/// database; should one be lost, by the next regular look. While the database is away the keys stay as they were: nothing
/// can be stored then, and the transaction that stores checks them again.
final class RegistryWatcher: Sendable {
    /// Between two regular looks.
    private static let interval: Int64 = 30_000_000_000
    /// How long a wait for a notification lasts before the wish to stop is looked at.
    private static let patienceMilliseconds: Int32 = 250

    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameter apply: called on the watcher's thread with all keys, first at once and then after each change.
    init(
        conninfo: String, log: RateLimitedLogger, apply: @escaping @Sendable ([EnrolledKey]) -> Void
    ) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        worker = try Worker(name: "registry") {
            // Listening begins before the first look, so that no change falls in between.
            var database = Database(conninfo: conninfo, name: "registry", log: log) { connection throws(StoreError) in
                try connection.listen()
            }
            var known: [EnrolledKey]?
            while !stopped.wait(milliseconds: 0) {
                do throws(StoreError) {
                    let keys = try database.use { connection throws(StoreError) in try connection.enrolledKeys() }
                    if keys != known { apply(keys) }
                    known = keys
                    try RegistryWatcher.waitForChange(&database, stopped)
                } catch {
                    let left = max(0, database.retryAt - Clock.monotonicNanoseconds())
                    stopped.wait(milliseconds: Int32(clamping: left / 1_000_000))
                }
            }
        }
    }

    /// Ends the thread, unless the database keeps it.
    func stop() { stopped.raise() }

    private static func waitForChange(_ database: inout Database, _ stopped: EventDescriptor) throws(StoreError) {
        let next = Clock.monotonicNanoseconds() + interval
        while !stopped.wait(milliseconds: 0), Clock.monotonicNanoseconds() < next {
            let isChanged = try database.use { connection throws(StoreError) in
                try connection.waitForNotification(timeoutMilliseconds: patienceMilliseconds)
            }
            if isChanged { return }
        }
    }
}
