import Runtime
import Store
import SystemCalls
import Telemetry

/// What a thread with a database connection of its own does again and again.
protocol DatabaseTurn: Sendable {
    /// Does what there is to do.
    /// - Parameter isStopped: whether the thread is to end; asked between things that take long.
    /// - Returns: milliseconds until the next turn.
    /// - Throws: what the database does; the next turn is when it may be tried again.
    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32
}

/// A thread that takes turns while the database serves, and waits while it does not.
final class DatabaseWorker: Sendable {
    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameters:
    ///   - name: of the thread and its connection, as pg_stat_activity and the log show it.
    ///   - turn: taken on the new thread, which owns it.
    ///   - prepare: done with each new connection before anything else.
    init(
        conninfo: String, name: String, log: RateLimitedLogger, turn: some DatabaseTurn,
        prepare: @escaping @Sendable (StoreConnection) throws(StoreError) -> Void = { _ in }
    ) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        worker = try Worker(name: name) {
            var turn = turn
            var database = Database(conninfo: conninfo, name: name, log: log, prepare: prepare)
            var wait: Int32 = 0
            while !stopped.wait(milliseconds: wait) {
                do throws(StoreError) {
                    wait = try database.use { connection throws(StoreError) in
                        try turn.take(connection) { stopped.wait(milliseconds: 0) }
                    }
                } catch {
                    wait = Int32(clamping: max(0, database.retryAt - Clock.monotonicNanoseconds()) / 1_000_000)
                }
            }
        }
    }

    /// Ends the thread after what it is at, unless the database keeps it.
    func stop() { stopped.raise() }
}
