package import Logging
import Messaging
import Runtime
package import Store
import Synchronization
import SystemCalls
package import Telemetry

/// A collector's ingest: sockets, decoders, store workers and the registry's watchers, each on threads of their own.
/// Any thread may use it.
package final class IngestService: Sendable {
    /// What the sockets are bound to, with the ports they got; in the order of the settings.
    package let endpoints: [String]
    private let mailbox: Mailbox
    private let watcher: RegistryWatcher
    private let organisationWatcher: OrganisationWatcher
    private let decoders: DecodePool
    private let thread: Worker
    private let board = IngestBoard()
    private let ended: EventDescriptor
    private let isDrained: Flag

    /// What the ingest thread says at its end.
    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    /// Binds the sockets and starts all threads.
    /// - Parameter enrolled: keys that the database is known to have; no other is admitted before the registry has been
    ///   read again.
    /// - Throws: `MessagingError` or `SystemError`.
    package init(_ settings: IngestSettings, enrolled: [EnrolledKey] = [], logger: Logger) throws {
        let limited = RateLimitedLogger(logger)
        let members = IngestService.members(enrolled)
        let keys = KeyTable(Set(members.keys))
        let mailbox = try Mailbox()
        let sockets = try settings.endpoints.map { endpoint in
            try RouterSocket(RouterSocket.Configuration(secretKey: settings.secretKey), bind: endpoint, keys: keys)
        }
        endpoints = sockets.map(\.endpoint)
        let perWorker = settings.limits.batchesPerWorker
        let decoders = try DecodePool(
            threads: settings.decoders, capacity: perWorker * settings.writers, mailbox: mailbox)
        let organisations = Organisations(log: limited)
        let board = board
        let workers = try (0..<settings.writers).map { number in
            try StoreWorker(
                number: number, conninfo: settings.conninfo, capacity: perWorker, organisations: organisations,
                mailbox: mailbox, board: board, log: limited)
        }
        organisationWatcher = try OrganisationWatcher(
            conninfo: settings.conninfo, log: limited, organisations: organisations)
        var state = IngestState(
            limits: settings.limits, admission: settings.admission, workers: settings.writers,
            seed: try randomUInt64())
        _ = state.replaceKeys(members)
        let (ended, isDrained) = (try EventDescriptor(), Flag())
        let peers = sockets.map(\.peers)
        // The sockets are handed to the thread as a whole, here and never again.
        nonisolated(unsafe) let handedOver = sockets
        thread = try Worker(name: "ingest") { [state] in
            var loop = IngestLoop(
                sockets: handedOver, mailbox: mailbox, decoders: decoders, workers: workers, state: state,
                log: IngestLog(logger, limited: limited), board: board)
            isDrained.value.store(loop.run(), ordering: .releasing)
            ended.raise()
        }
        watcher = try RegistryWatcher(conninfo: settings.conninfo, log: limited) { enrolled in
            let members = IngestService.members(enrolled)
            // Known before it is admitted: a new key's first message finds it.
            mailbox.post(.keys(members))
            let removed = keys.replace(with: Set(members.keys))
            for key in removed { for table in peers { table.kick(key) } }
            logger.info("the registry was read", metadata: ["keys": "\(members.count)", "removed": "\(removed.count)"])
        }
        self.mailbox = mailbox
        self.decoders = decoders
        self.ended = ended
        self.isDrained = isDrained
    }

    private static func members(_ enrolled: [EnrolledKey]) -> [CurveKey: EnrolledKey] {
        Dictionary(
            enrolled.compactMap { member in CurveKey(bytes: member.publicKey).map { ($0, member) } },
            uniquingKeysWith: { first, _ in first })
    }

    /// Writes the counters to the log.
    package func report() { mailbox.post(.report) }

    /// Adds what it has done and is doing.
    package func write(to text: inout MetricsText) { board.figures.write(to: &text) }

    /// Why batches cannot be committed now, as far as its threads know; empty when they can.
    package var problems: [String] { board.problems(at: Clock.monotonicNanoseconds()) }

    /// Takes no more, finishes what is on its way to the database, acknowledges it, and ends. Called once.
    /// - Parameter milliseconds: after this time what is not done is left: its sensors have it.
    /// - Returns: whether all was done.
    @discardableResult
    package func stop(within milliseconds: Int32 = 10_000) -> Bool {
        watcher.stop()
        organisationWatcher.stop()
        mailbox.post(.stop(deadline: Clock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000))
        guard ended.wait(milliseconds: milliseconds &+ 1_000) else { return false }
        thread.join()
        decoders.close()
        return isDrained.value.load(ordering: .acquiring)
    }
}
