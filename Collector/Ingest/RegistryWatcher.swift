import Logging
import Messaging
import Store
import SystemCalls
import Telemetry

/// Follows the registry: which keys may send. A change reaches the sockets within a second, by a notification of the
/// database; should one be lost, by the next regular look. While the database is away the keys stay as they were: nothing
/// can be stored then, and the transaction that stores checks them again.
final class RegistryWatcher: Sendable {
    private let worker: DatabaseWorker

    /// - Parameter apply: called on the watcher's thread with all keys, first at once and then after each change.
    init(
        conninfo: String, log: RateLimitedLogger, apply: @escaping @Sendable ([EnrolledKey]) -> Void
    ) throws(SystemError) {
        // Listening begins before the first look, so that no change falls in between.
        worker = try DatabaseWorker(conninfo: conninfo, name: "registry", log: log, turn: RegistryTurn(apply: apply)) {
            connection throws(StoreError) in try connection.listen()
        }
    }

    /// Ends the thread, unless the database keeps it.
    func stop() { worker.stop() }
}

private struct RegistryTurn: DatabaseTurn {
    /// Between two regular looks.
    private static let interval: Int64 = 30_000_000_000
    /// How long a wait for a notification lasts before the wish to stop is looked at.
    private static let patienceMilliseconds: Int32 = 250

    let apply: @Sendable ([EnrolledKey]) -> Void
    private var known: [EnrolledKey]?
    /// Whether nothing changed since the last look, as far as this connection would have been told.
    private var isCurrent = false
    private var next = Int64.min

    init(apply: @escaping @Sendable ([EnrolledKey]) -> Void) { self.apply = apply }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        if !isCurrent || Clock.monotonicNanoseconds() >= next {
            let keys = try connection.enrolledKeys()
            if keys != known { apply(keys) }
            known = keys
            isCurrent = true
            next = Clock.monotonicNanoseconds() + RegistryTurn.interval
        } else {
            // A wait that throws leaves it so: the next connection begins with a look.
            isCurrent = false
            isCurrent = try !connection.waitForNotification(timeoutMilliseconds: RegistryTurn.patienceMilliseconds)
        }
        return 0
    }
}
