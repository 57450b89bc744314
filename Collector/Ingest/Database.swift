import Logging
import Store
import SystemCalls
import Telemetry

/// A connection that is made again when it is lost, not too often, and tells the log when the database goes and comes.
/// Owned by: the thread that uses it.
struct Database {
    private let conninfo: String
    /// What the connection is for, as pg_stat_activity and the log show it.
    private let name: String
    private let log: RateLimitedLogger
    private let prepare: (StoreConnection) throws(StoreError) -> Void
    private var connection: StoreConnection?
    private var backoff = Backoff()
    private var random = SystemRandomNumberGenerator()
    private var isAway = false
    /// When it may be tried again, in nanoseconds of the monotonic clock; in the past while all is well.
    private(set) var retryAt: Int64 = 0

    /// - Parameter prepare: done with each new connection before anything else.
    init(
        conninfo: String, name: String, log: RateLimitedLogger,
        prepare: @escaping (StoreConnection) throws(StoreError) -> Void = { _ in }
    ) {
        self.conninfo = conninfo
        self.name = name
        self.log = log
        self.prepare = prepare
    }

    var isConnected: Bool { connection != nil }

    /// Does `body` with the connection, which is made first where there is none.
    mutating func use<T>(_ body: (StoreConnection) throws(StoreError) -> T) throws(StoreError) -> T {
        do throws(StoreError) {
            let value = try body(try connected())
            if isAway {
                log.log(level: .notice, "the database is back", key: name, metadata: ["connection": "\(name)"])
            }
            isAway = false
            backoff.reset()
            return value
        } catch {
            note(error)
            throw error
        }
    }

    private mutating func connected() throws(StoreError) -> StoreConnection {
        if let connection { return connection }
        let made = try StoreConnection(conninfo: conninfo, applicationName: "darkscope-collector \(name)")
        // The database may have been replaced while it was away.
        try made.requireCurrentSchema()
        try prepare(made)
        connection = made
        return made
    }

    private mutating func note(_ error: StoreError) {
        if connection?.isAlive == false { connection = nil }
        let wait = backoff.next(using: &random)
        retryAt = Clock.monotonicNanoseconds() + wait
        isAway = true
        // A schema that does not fit waits for an operator; everything else may come right by itself.
        log.log(
            level: error.kind == .schema ? .error : .warning,
            "the database does not serve; nothing is acknowledged and sensors keep their batches", key: name,
            metadata: [
                "connection": "\(name)", "err": "\(error.message)", "retry_ms": "\(wait / 1_000_000)",
            ])
    }
}
