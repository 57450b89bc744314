import FlowModel
import Logging
import Messaging
import SystemCalls
import Telemetry
import WireFormat

/// What the ingest thread does: it owns the sockets and the `IngestState`, and does what the state decides.
struct IngestLoop {
    /// Messages taken from one socket before events of other threads are looked at again.
    private static let burst = 64
    /// Between two lines of counters.
    private static let summaryInterval: Int64 = 300_000_000_000
    /// How long the loop rests at most: refused handshakes do not wake it.
    private static let restMilliseconds = 1_000
    /// libzmq writes on its own thread, and what it has not written when the process ends is gone: a sensor would send
    /// again what is stored.
    private static let farewellMilliseconds: Int32 = 100

    private let sockets: [RouterSocket]
    private let mailbox: Mailbox
    private let decoders: DecodePool
    private let workers: [StoreWorker]
    private let log: IngestLog
    private let board: IngestBoard
    private var state: IngestState
    private var refusedHandshakes: UInt64 = 0
    private var stopDeadline: Int64?
    private var summariseAt: Int64
    private var tellAt: Int64 = 0

    init(
        sockets: [RouterSocket], mailbox: Mailbox, decoders: DecodePool, workers: [StoreWorker], state: IngestState,
        log: IngestLog, board: IngestBoard
    ) {
        self.sockets = sockets
        self.mailbox = mailbox
        self.decoders = decoders
        self.workers = workers
        self.state = state
        self.log = log
        self.board = board
        summariseAt = Clock.monotonicNanoseconds() + IngestLoop.summaryInterval
    }

    /// Runs until it is told to stop.
    /// - Returns: whether every batch that was on its way has its outcome.
    mutating func run() -> Bool {
        while true {
            for event in mailbox.take() { handle(event) }
            let now = Clock.monotonicNanoseconds()
            if let stopDeadline {
                if state.flightCount == 0 || now >= stopDeadline { break }
                RouterSocket.wait(for: [], milliseconds: milliseconds(stopDeadline - now), waker: mailbox.waker)
                continue
            }
            logRefusals()
            if now >= summariseAt { summarise() }
            if now >= tellAt { tell(at: now) }
            receive()
            RouterSocket.wait(for: sockets, milliseconds: IngestLoop.restMilliseconds, waker: mailbox.waker)
        }
        finish()
        return state.flightCount == 0
    }

    private mutating func receive() {
        for (index, socket) in sockets.enumerated() {
            for _ in 0..<IngestLoop.burst {
                guard let message = socket.receive() else { break }
                let route = Route(socket: index, peer: message.route)
                perform(state.receive(message.bytes, from: message.key, by: route, at: .now()))
            }
        }
    }

    private mutating func handle(_ event: IngestEvent) {
        switch event {
        case .decoded(let id, let result): perform(state.decoded(id, result, at: .now()))
        case .stored(let outcomes, let group): perform(state.stored(outcomes, group))
        case .lookedUp(let stream, let committed): perform(state.lookedUp(stream, committed, at: .now()))
        case .keys(let keys): perform(state.replaceKeys(keys))
        case .report: summarise()
        case .stop(let deadline):
            state.dropWaiting()
            stopDeadline = deadline
        }
    }

    private mutating func perform(_ actions: [IngestAction]) {
        for action in actions {
            switch action {
            case .reply(let message, let route): sockets[route.socket].send(message.encoded(), to: route.peer)
            case .decode(let id, let encoded): decoders.give(DecodePool.Job(id: id, encoded: encoded))
            case .store(let id, let batch, let worker): workers[worker].store(StoreJob(id: id, batch: batch))
            case .lookUp(let stream, let worker):
                if !workers[worker].lookUp(stream) { perform(state.lookedUp(stream, nil, at: .now())) }
            case .kick(let key):
                for socket in sockets { socket.peers.kick(key) }
            case .report(let report): log.report(report)
            }
        }
    }

    private mutating func logRefusals() {
        for socket in sockets {
            let (recent, total) = socket.takeRefusals()
            refusedHandshakes &+= total
            for refusal in recent { log.refused(refusal) }
        }
    }

    private mutating func summarise() {
        summariseAt = Clock.monotonicNanoseconds() + IngestLoop.summaryInterval
        log.summarise(state.counters, socketCounters, keys: state.peers.count, inFlight: state.flightCount)
    }

    private mutating func tell(at now: Int64) {
        tellAt = now + IngestBoard.interval
        board.tell(
            IngestFigures(
                state.counters, socketCounters, keys: state.peers.count, flights: state.flightCount, at: now))
    }

    private var socketCounters: SocketCounters {
        var counters = SocketCounters()
        counters.refusedHandshakes = refusedHandshakes
        for socket in sockets {
            counters.connections += socket.peers.count
            counters.multipart &+= socket.counters.multipart
            counters.overBound &+= socket.peers.counters.overBound
            counters.unsent &+= socket.counters.unsent
        }
        return counters
    }

    private mutating func finish() {
        // Nothing wakes this: it is a plain rest.
        RouterSocket.wait(for: [], milliseconds: Int(IngestLoop.farewellMilliseconds))
        logRefusals()
        summarise()
        for worker in workers { worker.close() }
    }

    /// For a wait: rounded up, or else it would end early and be repeated without rest.
    private func milliseconds(_ nanoseconds: Int64) -> Int { Int((nanoseconds + 999_999) / 1_000_000) }
}

extension Moment {
    static func now() -> Moment {
        Moment(
            monotonicNanoseconds: Clock.monotonicNanoseconds(), unixMicroseconds: Clock.wallNanoseconds() / 1_000)
    }
}
