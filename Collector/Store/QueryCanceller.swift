import CLibpq

/// Ends what a connection is doing. Any thread may use it, also when the connection is gone.
///
/// `@unchecked Sendable`: libpq lets any thread use a PGcancel (manual §34.7).
package final class QueryCanceller: @unchecked Sendable {
    private let handle: OpaquePointer

    /// Nil when libpq has no memory for it.
    init?(_ connection: OpaquePointer) {
        guard let handle = PQgetCancel(connection) else { return nil }
        self.handle = handle
    }

    deinit { PQfreeCancel(handle) }

    /// Asks the server to end the statement of the connection, and blocks until it has heard so. A statement that begins
    /// soon after may be ended instead: who cancels does not use the connection any more.
    package func cancel() {
        var problem = [CChar](repeating: 0, count: 256)
        _ = PQcancel(handle, &problem, Int32(problem.count))
    }
}
