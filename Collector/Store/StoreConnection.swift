import Analysis
import CLibpq
import Glibc

/// One connection to the database.
///
/// Owned by: the one thread that made it; every call blocks until the server has answered or the connection is lost.
/// After an error of kind `.unavailable` look at `isAlive`: a dead connection stays dead, make a new one.
package final class StoreConnection {
    private let connection: OpaquePointer
    /// Days whose partition of raw.flow is known to exist.
    var knownDays: Set<Int64> = []
    /// Signatures known to be stored; forgotten when there are `maximumKnownSignatures`.
    var knownSignatures: Set<UInt64> = []
    /// Time zones that were found to be there: looking for one reads all files of the server's time zones.
    var knownZones: Set<String> = []
    /// The table of origins that was last asked for.
    var knownOrigins: OriginTable?
    /// The labels of scanners that were last asked for, and what they are of.
    var knownScanners: (state: String, labels: AddressRanges)?

    /// Whether it stands in a role from which it did not come back.
    var isSpoilt = false

    static let maximumKnownSignatures = 262_144

    /// Connects, within 10 seconds unless `conninfo` says otherwise.
    /// - Parameters:
    ///   - conninfo: libpq connection string or URI; empty means libpq's environment and defaults.
    ///   - applicationName: what pg_stat_activity shows, unless `conninfo` has a name.
    /// - Throws: `.unavailable` when there is no server or it does not let us in now, `.schema` when it never will.
    package init(conninfo: String, applicationName: String) throws(StoreError) {
        // Later keywords win and conninfo is expanded in its place, so what stands before it are our defaults.
        let settings: [(String, String)] = [
            ("connect_timeout", "10"), ("tcp_user_timeout", "30000"), ("keepalives_idle", "10"),
            ("keepalives_interval", "5"), ("keepalives_count", "4"),
            ("fallback_application_name", applicationName), ("dbname", conninfo), ("client_encoding", "UTF8"),
        ]
        let opened = StoreConnection.withCStrings(settings.map(\.0)) { keywords in
            StoreConnection.withCStrings(settings.map(\.1)) { values in PQconnectdbParams(keywords, values, 1) }
        }
        guard let opened else { throw StoreError(.unavailable, "no memory for a database connection") }
        connection = opened
        guard PQstatus(opened) == CONNECTION_OK else {
            let message = String(cString: PQerrorMessage(opened)).oneLine
            // libpq gives no SQLSTATE for a failed connection; whatever the cause, connecting can succeed later.
            throw StoreError(.unavailable, "cannot connect to the database: \(message)")
        }
        // int8multirange came with 14; compression by column too.
        guard PQserverVersion(opened) >= 140_000 else {
            throw StoreError(.schema, "the database is older than PostgreSQL 14. Use PostgreSQL 15 or newer")
        }
        PQsetNoticeProcessor(opened, { _, _ in }, nil)
        _ = try query(
            """
            SELECT set_config(name, value, false) FROM (VALUES
                ('synchronous_commit', 'on'), ('TimeZone', 'UTC'), ('DateStyle', 'ISO'), ('bytea_output', 'hex'),
                ('search_path', 'pg_catalog'), ('statement_timeout', '60s'), ('lock_timeout', '20s'),
                ('idle_in_transaction_session_timeout', '60s')) s (name, value)
            """)
    }

    deinit { PQfinish(connection) }

    /// Whether the connection was usable when it was last used.
    package var isAlive: Bool { !isSpoilt && PQstatus(connection) == CONNECTION_OK }

    /// Number of the server process of this connection, as in pg_stat_activity.
    package var serverProcess: Int32 { PQbackendPID(connection) }

    /// For another thread, to end what this one is doing here; nil when there is no memory for it.
    package func canceller() -> QueryCanceller? { QueryCanceller(connection) }

    /// Runs one statement with parameters as text.
    @discardableResult
    func query(_ sql: String, _ parameters: [String?] = []) throws(StoreError) -> QueryResult {
        let result = StoreConnection.withCStrings(parameters) { values in
            PQexecParams(connection, sql, Int32(parameters.count), nil, values, nil, nil, 0)
        }
        return try check(result)
    }

    /// Runs several statements, separated by semicolons, without parameters.
    func script(_ sql: String) throws(StoreError) {
        try check(PQexec(connection, sql))
    }

    /// Runs `body` in a transaction. When it throws, the transaction is rolled back and the error passed on.
    ///
    /// An error of kind `.unavailable` leaves open whether the transaction was committed.
    func transaction<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        try query("BEGIN")
        let value: T
        do {
            value = try body()
        } catch {
            if isAlive { try query("ROLLBACK") }
            throw error
        }
        guard try query("COMMIT").tag == "COMMIT" else {
            throw StoreError(.unavailable, "the database rolled the transaction back instead of committing it")
        }
        return value
    }

    /// Sends `buffers`, which together are one COPY stream, to `COPY … FROM STDIN`.
    func copy(_ command: String, _ buffers: [[UInt8]]) throws(StoreError) {
        let started = PQexec(connection, command)
        guard PQresultStatus(started) == PGRES_COPY_IN else {
            try check(started)
            throw StoreError(.schema, "not a COPY FROM STDIN: \(command)")
        }
        PQclear(started)
        for buffer in buffers {
            let sent = buffer.withUnsafeBytes { bytes in
                PQputCopyData(connection, bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count))
            }
            guard sent == 1 else { throw lost() }
        }
        guard PQputCopyEnd(connection, nil) == 1 else { throw lost() }
        var failure: StoreError?
        while let result = PQgetResult(connection) {
            do throws(StoreError) { try check(result) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }

    /// Takes the rows of a `COPY (…) TO STDOUT (FORMAT binary)`, one at a time; the bytes are good during the call.
    ///
    /// When `row` throws, the rows that are left are read and dropped, and the error passed on.
    func copyOut(_ command: String, _ row: (UnsafeRawBufferPointer) throws(StoreError) -> Void) throws(StoreError) {
        let started = PQexec(connection, command)
        guard PQresultStatus(started) == PGRES_COPY_OUT else {
            try check(started)
            throw StoreError(.schema, "not a COPY TO STDOUT: \(command)")
        }
        PQclear(started)
        var failure: StoreError?
        // Before the first row, in the same message, stands the header: the signature, flags, an empty extension.
        var skipped = CopyBuffer.header.count
        var buffer: UnsafeMutablePointer<CChar>?
        while case let length = PQgetCopyData(connection, &buffer, 0), length > 0 {
            let message = UnsafeRawBufferPointer(start: buffer, count: Int(length)).dropFirst(skipped)
            skipped = 0
            // What is as long as the trailer is the trailer.
            if failure == nil, message.count > CopyBuffer.trailer.count {
                do throws(StoreError) { try row(UnsafeRawBufferPointer(rebasing: message)) } catch { failure = error }
            }
            PQfreemem(buffer)
        }
        while let result = PQgetResult(connection) {
            do throws(StoreError) { try check(result) } catch { failure = failure ?? error }
        }
        guard isAlive else { throw lost() }
        if let failure { throw failure }
    }

    /// Waits for a notification on a channel that `listen` named.
    /// - Parameter timeoutMilliseconds: 0 looks without waiting.
    /// - Returns: whether there was one; all that are there are taken.
    /// - Throws: `.unavailable` when the connection is lost.
    package func waitForNotification(timeoutMilliseconds: Int32) throws(StoreError) -> Bool {
        if try takeNotifications() { return true }
        var descriptor = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        guard descriptor.fd >= 0 else { throw lost() }
        var wait = max(0, timeoutMilliseconds)
        while poll(&descriptor, 1, wait) > 0 {
            guard PQconsumeInput(connection) == 1 else { throw lost() }
            if try takeNotifications() { return true }
            // Something else came, perhaps the server's farewell: take what is there, wait no longer.
            wait = 0
        }
        return false
    }

    private func takeNotifications() throws(StoreError) -> Bool {
        var found = false
        while let notification = PQnotifies(connection) {
            PQfreemem(notification)
            found = true
        }
        guard isAlive else { throw lost() }
        return found
    }

    @discardableResult
    private func check(_ result: OpaquePointer?) throws(StoreError) -> QueryResult {
        guard let result else { throw lost() }
        let wrapped = QueryResult(result)
        switch wrapped.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return wrapped
        default: break
        }
        guard isAlive else { throw lost() }
        lastState = wrapped.sqlState
        throw StoreError.server(sqlState: wrapped.sqlState, message: wrapped.errorMessage)
    }

    /// SQLSTATE of the last error that the server reported.
    private(set) var lastState = ""

    private func lost() -> StoreError {
        lastState = ""
        return StoreError(
            .unavailable, "database connection lost: \(String(cString: PQerrorMessage(connection)).oneLine)")
    }

    /// Calls `body` with a NULL-terminated array of C strings that live as long as the call.
    private static func withCStrings<R>(
        _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        let copies = strings.map { string in string.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
        return pointers.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has a base") }
            return body(base)
        }
    }
}
