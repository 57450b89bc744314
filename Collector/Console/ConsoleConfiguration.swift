package import Telemetry

/// What a console is made with.
package struct ConsoleConfiguration: Sendable {
    package let address: ConsoleAddress
    package let access: ConsoleAccess
    /// libpq connection string of what it reads.
    package let conninfo: String
    /// That of the primary, where sessions are written and alerts are handled.
    package let accountsConninfo: String
    package let proxies: TrustedProxies
    /// Connections for questions, and threads: so many are answered at a time.
    package let connections: Int
    /// Each statement has so long.
    package let timeoutMilliseconds: Int
    /// Rows of an answer at most.
    package let rowLimit: Int
    /// Names by which it is asked for beside those of loopback, such as that of a proxy.
    package let hosts: [String]
    /// A folder to read the pages from at every request, for whoever works on them; nil for those of the program.
    package let pages: String?
    /// A file of the outlines of countries, as ops/console/land makes it; nil for none.
    package let land: String?
    package let limits: ConsoleLimits

    package init(
        address: ConsoleAddress, access: ConsoleAccess, conninfo: String, accountsConninfo: String,
        proxies: TrustedProxies, connections: Int, timeoutMilliseconds: Int,
        rowLimit: Int,
        hosts: [String] = [], pages: String? = nil, land: String? = nil, limits: ConsoleLimits = ConsoleLimits()
    ) {
        self.address = address
        self.access = access
        self.conninfo = conninfo
        self.accountsConninfo = accountsConninfo
        self.proxies = proxies
        self.connections = connections
        self.timeoutMilliseconds = timeoutMilliseconds
        self.rowLimit = rowLimit
        self.hosts = hosts
        self.pages = pages
        self.land = land
        self.limits = limits
    }
}

/// What strangers cannot exceed.
package struct ConsoleLimits: Sendable {
    /// Connections at a time; more wait in the kernel's queue.
    package var clients = 1_200
    /// Those of them that follow events.
    package var followers = 1_000
    /// Questions that wait for a connection to the database.
    package var waiting = 64
    /// Bytes of a request's target.
    package var target = 8_192
    /// Bytes of all header fields, and how many of them.
    package var headers = (bytes: 32_768, count: 100)
    /// Bytes of a body after which nobody listens any more.
    package var body = 65_536
    /// Bytes of the body of a change.
    package var change = 32_768
    /// Without a whole request for so long a connection is closed.
    package var idleSeconds: Int64 = 15
    /// A client that takes nothing for so long has left.
    package var stalledSeconds: Int64 = 30
    /// Between two signs of life to those who follow events.
    package var heartbeatSeconds: Int64 = 15

    package init() {}
}

/// What a console asks the program that it is part of.
package struct ConsoleProbe: Sendable {
    /// Name of the program and what it does, for build_info and /version.
    package let program: String
    package let version: String
    /// Whether the program stores too: it is not ready then on a server that cannot commit.
    package let stores: Bool
    /// Why the program cannot do its work, a sentence each.
    package let problems: @Sendable () -> [String]
    /// Adds the program's own metrics.
    package let metrics: @Sendable (inout MetricsText) -> Void

    package init(
        program: String, version: String, stores: Bool, problems: @escaping @Sendable () -> [String],
        metrics: @escaping @Sendable (inout MetricsText) -> Void
    ) {
        self.program = program
        self.version = version
        self.stores = stores
        self.problems = problems
        self.metrics = metrics
    }
}
