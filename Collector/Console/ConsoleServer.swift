import Alerts
import Glibc
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Store
import Synchronization
import SystemCalls
import Telemetry

/// A console that serves: HTTP on NIO's threads, questions on threads of their own. Any thread may use it, but none of
/// Swift's concurrency: it blocks.
package final class ConsoleServer: Sendable {
    /// Where it listens, with the port that it got.
    package let address: ConsoleAddress
    private let pool: QueryPool
    /// Its own connections, so that whoever asks much does not make the program look ill.
    private let healthPool: QueryPool
    private let reception: Reception
    private let poller: EventPoller
    private let task: Task<Void, Never>
    private let ended: EventDescriptor

    /// How the server came up: the port, or why not.
    private final class Start: Sendable {
        let outcome = Mutex<Result<Int?, ConsoleError>?>(nil)
    }

    /// Listens and serves.
    /// - Throws: when the address cannot be listened on, with the remedy, or the system has no threads.
    package init(
        _ configuration: ConsoleConfiguration, probe: ConsoleProbe, logger: Logger
    ) throws(ConsoleError) {
        let limits = configuration.limits
        let limited = RateLimitedLogger(logger)
        let timeout = configuration.timeoutMilliseconds
        let isOpen = configuration.access == .open
        // What people ask runs as their roles, which a connection takes for each question.
        let prepareForPeople: @Sendable (StoreConnection) throws(StoreError) -> Void = {
            connection throws(StoreError) in
            if isOpen {
                try connection.readForConsole(timeoutMilliseconds: timeout)
            } else {
                try connection.requireConsoleRoles()
            }
        }
        let prepare: @Sendable (StoreConnection) throws(StoreError) -> Void = { connection throws(StoreError) in
            try connection.readForConsole(timeoutMilliseconds: timeout)
        }
        let files = try SiteFiles(folder: configuration.pages)
        let start = Start()
        let started: EventDescriptor
        let hubs: EventHubs
        do throws(SystemError) {
            hubs = EventHubs(start: String(try randomUInt64(), radix: 36), mostFollowers: limits.followers)
            reception = try Reception(
                configuration.access, proxies: configuration.proxies, conninfo: configuration.accountsConninfo,
                waiting: limits.waiting, log: limited)
            (started, ended) = (try EventDescriptor(), try EventDescriptor())
            healthPool = try QueryPool(
                name: "health", conninfo: configuration.conninfo, connections: 2, waiting: limits.waiting, log: limited,
                prepare: prepare)
            pool = try QueryPool(
                name: "console", conninfo: configuration.conninfo, connections: configuration.connections,
                waiting: limits.waiting, log: limited, prepare: prepareForPeople)
            poller = try EventPoller(
                conninfo: configuration.conninfo, hubs: hubs, heartbeatSeconds: limits.heartbeatSeconds, log: limited,
                prepare: prepare)
        } catch {
            throw ConsoleError(.resources, "the console cannot start: \(error)")
        }
        let counters = RequestCounters()
        let responder = Responder(
            routes: Routes.all, files: files, map: MapFiles(land: configuration.land),
            hosts: HostCheck(names: configuration.hosts), limits: limits,
            rowLimit: configuration.rowLimit, timeoutMilliseconds: timeout, probe: probe, pool: pool, hubs: hubs,
            reception: reception,
            health: HealthDesk(
                probe, pool: healthPool, accounts: reception.pool, hubs: hubs, counters: counters),
            counters: counters,
            document: Array(OpenAPI.document(Routes.all, version: probe.version).line.utf8))
        let application = ConsoleServer.application(responder, configuration, logger) { port in
            start.outcome.withLock { $0 = .success(port) }
            started.raise()
        }
        let (address, ended) = (configuration.address, ended)
        task = Task {
            do {
                try await application.run()
            } catch {
                let problem = ConsoleServer.problem(error, address)
                start.outcome.withLock { $0 = $0 ?? .failure(problem) }
            }
            ended.raise()
            started.raise()
        }
        started.wait(milliseconds: -1)
        switch start.outcome.withLock({ $0 }) {
        case .success(let port):
            if case .tcp(let host, _) = address, let port {
                self.address = .tcp(host: host, port: port)
            } else {
                self.address = address
            }
        case .failure(let problem):
            pool.stop()
            healthPool.stop()
            reception.stop()
            poller.stop()
            throw problem
        case nil: throw ConsoleError(.resources, "the console ended before it served")
        }
    }

    private static func application(
        _ responder: Responder, _ configuration: ConsoleConfiguration, _ logger: Logger,
        running: @escaping @Sendable (Int?) -> Void
    ) -> Application<Responder> {
        let limits = configuration.limits
        var quiet = logger
        // Hummingbird tells of every connection.
        quiet.logLevel = max(.error, logger.logLevel)
        return Application(
            responder: responder,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [
                        StalledHandler(seconds: limits.stalledSeconds), DepartureHandler(mostBodyBytes: limits.body),
                    ], idleTimeout: .seconds(limits.idleSeconds),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: limits.headers.bytes, maxHeaderListSize: limits.headers.bytes,
                        maxHeaderFieldCount: limits.headers.count))),
            configuration: ApplicationConfiguration(
                address: bind(configuration.address),
                availableConnectionsDelegate: MaximumAvailableConnections(limits.clients, logger: quiet)),
            onServerRunning: { running($0.localAddress?.port) }, logger: quiet)
    }

    private static func bind(_ address: ConsoleAddress) -> BindAddress {
        switch address {
        case .tcp(let host, let port): .hostname(host, port: port)
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }

    private static func problem(_ error: any Error, _ address: ConsoleAddress) -> ConsoleError {
        let why = (error as? IOError).map { String(cString: strerror($0.errnoCode)) } ?? "\(error)"
        let remedy =
            (error as? IOError)?.errnoCode == EADDRINUSE
            ? "Stop the program that has it, or set another console.listen" : "Set another console.listen"
        return ConsoleError(.address, "the console cannot listen on \(address): \(why). \(remedy)")
    }

    /// Cuts all connections and ends, within so many milliseconds. Called once.
    package func stop(within milliseconds: Int32 = 2_000) {
        poller.stop()
        task.cancel()
        ended.wait(milliseconds: milliseconds)
        pool.stop()
        healthPool.stop()
        reception.stop()
        if case .unix(let path) = address { unlink(path) }
    }
}
