import Store

/// The connection of one thread: made when it is wanted, kept, and made anew after it was dropped. Owned by: that thread.
struct KeptConnection {
    private let conninfo: String
    private let applicationName: String
    private let prepare: @Sendable (StoreConnection) throws(StoreError) -> Void
    private var connection: StoreConnection?

    /// - Parameters:
    ///   - name: what it is for, for whoever looks at the server's sessions.
    ///   - prepare: done with each new connection.
    init(
        conninfo: String, name: String, prepare: @escaping @Sendable (StoreConnection) throws(StoreError) -> Void
    ) {
        self.conninfo = conninfo
        applicationName = "darkscope-collector \(name)"
        self.prepare = prepare
    }

    mutating func open() throws(StoreError) -> StoreConnection {
        if let connection { return connection }
        let made = try StoreConnection(conninfo: conninfo, applicationName: applicationName)
        try prepare(made)
        connection = made
        return made
    }

    mutating func drop() { connection = nil }

    /// Drops one that the server ended while nobody asked anything.
    mutating func dropIfEnded() {
        if let connection, (try? connection.waitForNotification(timeoutMilliseconds: 0)) == nil { drop() }
    }
}
