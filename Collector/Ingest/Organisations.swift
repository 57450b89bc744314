import Analysis
import Logging
import Store
import Synchronization
import SystemCalls
import Telemetry

/// The organisations' blocks as batches are matched against them. Any thread may use it: a lock guards its state.
final class Organisations: Sendable {
    private struct State {
        var table: OrganisationTable?
        /// What the database said of the tables that `table` was made of.
        var origin = ""
        /// When the look began that found `table` to be current, in nanoseconds of the monotonic clock.
        var seenAt = Int64.min
        /// Nanoseconds after which a table that nobody has looked at is not used: 2 s, or three times what reading takes
        /// where that is more, so that nobody reads it while another does.
        var patience = Organisations.leastPatience
    }

    private static let leastPatience: Int64 = 2_000_000_000

    private let state = Mutex(State())
    private let log: RateLimitedLogger

    init(log: RateLimitedLogger) { self.log = log }

    /// Nanoseconds between two regular looks.
    var interval: Int64 { state.withLock { $0.patience / 2 } }

    /// The table to store by. Should nobody have looked lately, or ever, this looks first.
    func current(_ connection: StoreConnection) throws(StoreError) -> OrganisationTable {
        let now = Clock.monotonicNanoseconds()
        let known = state.withLock { $0.seenAt + $0.patience > now ? $0.table : nil }
        if let known { return known }
        return try look(connection)
    }

    /// Reads the table if it is another than the one that is known.
    @discardableResult
    func look(_ connection: StoreConnection) throws(StoreError) -> OrganisationTable {
        let start = Clock.monotonicNanoseconds()
        // Asked before the table is read: a change in between shows at the next look.
        let origin = try connection.organisationsState()
        let known = state.withLock { state -> OrganisationTable? in
            guard state.origin == origin else { return nil }
            state.seenAt = max(state.seenAt, start)
            return state.table
        }
        if let known { return known }
        let (table, isWhole) = try connection.organisationTable()
        let patience = max(Self.leastPatience, 3 * (Clock.monotonicNanoseconds() - start))
        state.withLock { state in
            // Another thread may have read a newer one meanwhile.
            guard state.table == nil || state.seenAt < start else { return }
            state = State(table: table, origin: origin, seenAt: start, patience: patience)
        }
        if !isWhole {
            log.log(
                level: .error,
                "there are more blocks of organisations than are matched; those that ended first are left out",
                metadata: ["limit": "\(OrganisationTable.maximumBlocks)"])
        }
        log.log(level: .debug, "the organisations were read", metadata: ["blocks": "\(table.count)"])
        return table
    }
}

/// Follows the organisations: a change reaches the stores by a notification of the database, and should one be lost, by the
/// next regular look. Not the registry's watcher, which must not wait while a million blocks are read.
final class OrganisationWatcher: Sendable {
    private let worker: DatabaseWorker

    init(conninfo: String, log: RateLimitedLogger, organisations: Organisations) throws(SystemError) {
        // Listening begins before the first look, so that no change falls in between.
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "organisations", log: log, turn: OrganisationTurn(organisations: organisations)
        ) { connection throws(StoreError) in try connection.listen() }
    }

    /// Ends the thread, unless the database keeps it.
    func stop() { worker.stop() }
}

private struct OrganisationTurn: DatabaseTurn {
    /// How long a wait for a notification lasts before the wish to stop is looked at.
    private static let patienceMilliseconds: Int32 = 250

    let organisations: Organisations
    /// Whether nothing changed since the last look, as far as this connection would have been told.
    private var isCurrent = false
    private var next = Int64.min

    init(organisations: Organisations) { self.organisations = organisations }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        if !isCurrent || Clock.monotonicNanoseconds() >= next {
            try organisations.look(connection)
            isCurrent = true
            next = Clock.monotonicNanoseconds() + organisations.interval
        } else {
            // A wait that throws leaves it so: the next connection begins with a look.
            isCurrent = false
            isCurrent = try !connection.waitForNotification(timeoutMilliseconds: Self.patienceMilliseconds)
        }
        return 0
    }
}
