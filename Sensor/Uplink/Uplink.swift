package import FlowModel
package import Logging
package import Messaging
package import Spool
import SystemCalls
import WireFormat

/// What became of records, for the spool's owner.
package enum UplinkVerdict: Sendable, Equatable {
    /// Stored by the collector for good.
    case acknowledged(Epoch, [ClosedRange<UInt64>])
    /// Refused by the collector for good.
    case rejected(SpoolRecord, reason: String)
    /// The spool's file does not hold the record that it should.
    case unreadable(SpoolRecord)
}

/// Delivers the spool's records to a collector: the shell around `UplinkState`.
///
/// Owned by: the uplink thread, which is the one that calls `run`.
package final class Uplink {
    package struct Settings: Sendable {
        /// Tried in turn, each with all its addresses.
        package var collectors: [CollectorAddress]
        package var serverKey: CurveKey
        package var identity: CurveKeyPair
        package var backoff: Backoff
        package var sensorVersion: String
        /// Milliseconds that `run` goes on after a stop while batches are unacknowledged.
        package var farewellMilliseconds: Int64 = 2_000

        package init(
            collectors: [CollectorAddress], serverKey: CurveKey, identity: CurveKeyPair, backoff: Backoff = Backoff(),
            sensorVersion: String
        ) {
            self.collectors = collectors
            self.serverKey = serverKey
            self.identity = identity
            self.backoff = backoff
            self.sensorVersion = sensorVersion
        }
    }

    private let settings: Settings
    private let reader: SpoolReader
    private let mailbox: UplinkMailbox
    private let deliver: (UplinkVerdict) -> Void
    private let log: Logger
    private var state: UplinkState
    private var stopDeadline: Int64?
    private var random = SystemRandomNumberGenerator()

    /// - Parameter deliver: called on the uplink thread; may wait.
    package init(
        _ settings: Settings, reader: SpoolReader, mailbox: UplinkMailbox, log: Logger,
        deliver: @escaping (UplinkVerdict) -> Void
    ) {
        self.settings = settings
        self.reader = reader
        self.mailbox = mailbox
        self.log = log
        self.deliver = deliver
        state = UplinkState(sensorVersion: settings.sensorVersion)
    }

    /// Connects, delivers, and connects again, until the mailbox is stopped.
    package func run() {
        var backoff = settings.backoff
        var turn = 0
        while !isOver {
            let address = settings.collectors[turn % settings.collectors.count]
            turn += 1
            switch address.resolve() {
            case .failure(let failure):
                log.warning("the collector's name cannot be resolved", metadata: ["cause": "\(failure)"])
            case .success(let endpoints):
                for endpoint in endpoints where !isOver {
                    guard let socket = connect(endpoint, address) else { continue }
                    backoff.succeeded()
                    serve(socket, endpoint)
                    break
                }
            }
            if !isOver { rest(backoff.next(using: &random)) }
        }
    }

    private static var now: Int64 { Clock.monotonicNanoseconds() / 1_000_000 }

    /// Takes the mail; whether the uplink has to end now.
    private var isOver: Bool {
        let mail = mailbox.take()
        for change in mail.changes { state.apply(change) }
        if mail.isStopping, stopDeadline == nil { stopDeadline = Uplink.now + settings.farewellMilliseconds }
        guard let stopDeadline else { return false }
        return state.pendingCount == 0 || Uplink.now >= stopDeadline
    }

    /// Waits between two connections; mail ends no rest, a stop does.
    private func rest(_ milliseconds: Int64) {
        let end = Uplink.now + milliseconds
        while Uplink.now < end, !isOver {
            mailbox.waker.wait(milliseconds: min(1_000, end - Uplink.now))
        }
    }

    /// A socket whose handshake is done; nil, with the reason in the log, when there is none.
    private func connect(_ endpoint: String, _ address: CollectorAddress) -> DealerSocket? {
        let facts: Logger.Metadata = ["collector": "\(address)", "endpoint": "\(endpoint)"]
        do throws(MessagingError) {
            let socket = try DealerSocket(
                .init(serverKey: settings.serverKey, identity: settings.identity, sendQueue: 16))
            try socket.connect(to: endpoint)
            let timing = ConnectionTiming()
            let deadline = Uplink.now + Int64(timing.connectMilliseconds) + Int64(timing.handshakeMilliseconds)
            while Uplink.now < deadline, !isOver {
                while let event = socket.nextEvent() {
                    switch event {
                    case .connected: continue
                    case .handshakeSucceeded:
                        log.info("connected", metadata: facts)
                        return socket
                    case .handshakeFailed(let failure):
                        log.warning("\(Uplink.explain(failure))", metadata: facts)
                        return nil
                    case .closed:
                        log.warning("the collector cannot be reached", metadata: facts)
                        return nil
                    }
                }
                socket.wait(milliseconds: 500, waker: mailbox.waker)
            }
            if !isOver { log.warning("the collector does not answer", metadata: facts) }
        } catch {
            log.error("\(error)", metadata: facts)
        }
        return nil
    }

    private static func explain(_ failure: ConnectionEvent.HandshakeFailure) -> String {
        switch failure {
        case .refused:
            "the collector refuses this sensor's key: it is not registered, or revoked. "
                + "Ask the operations centre to run: darkscope sensor add. The sensor keeps trying"
        case .protocolViolation:
            "the peer does not speak ZeroMQ with CURVE. Check the collector's address and port"
        case .cut:
            "the handshake broke off. Check uplink.server_key: it must be the collector's public key"
        }
    }

    /// Delivers over one connection until it ends.
    private func serve(_ socket: DealerSocket, _ endpoint: String) {
        state.connected(nowMilliseconds: Uplink.now)
        defer { state.disconnected() }
        while true {
            if isOver { return farewell(socket) }
            while let event = socket.nextEvent() {
                if event == .connected || event == .handshakeSucceeded { continue }
                log.warning("connection lost", metadata: ["endpoint": "\(endpoint)"])
                return
            }
            while let bytes = socket.receive() {
                do throws(WireError) {
                    guard perform(state.received(try Message(decoding: bytes), nowMilliseconds: Uplink.now), socket)
                    else { return }
                } catch {
                    log.error("the collector sent what is no message", metadata: ["cause": "\(error)"])
                    return
                }
            }
            let wall = Clock.wallNanoseconds() / 1_000_000_000
            guard perform(state.next(nowMilliseconds: Uplink.now, unixSeconds: wall), socket) else { return }
            socket.wait(milliseconds: 250, waker: mailbox.waker)
        }
    }

    /// Whether the connection is still of use.
    private func perform(_ actions: [UplinkState.Action], _ socket: DealerSocket) -> Bool {
        for action in actions {
            switch action {
            case .send(let message):
                guard send(message, socket) else { return false }
            case .sendBatch(let record):
                guard sendBatch(record, socket) else { return false }
            case .acknowledged(let epoch, let ranges):
                deliver(.acknowledged(epoch, ranges))
            case .rejected(let record, let reason):
                log.error(
                    "the collector refuses a batch for good: it is kept in the spool's folder rejected",
                    metadata: ["stream": "\(record.epoch)", "seq": "\(record.sequence)", "cause": "\(reason)"])
                deliver(.rejected(record, reason: reason))
            case .giveUp(let reason):
                log.warning("connection given up", metadata: ["cause": "\(reason)"])
                return false
            }
        }
        return true
    }

    /// Everything in flight fits libzmq's queue, so a full one means that the connection is gone.
    private func send(_ message: Message, _ socket: DealerSocket) -> Bool {
        if socket.send(message.encoded()) { return true }
        log.warning("connection given up", metadata: ["cause": "it takes no more messages"])
        return false
    }

    private func sendBatch(_ record: SpoolRecord, _ socket: DealerSocket) -> Bool {
        do throws(SpoolError) {
            if let content = try reader.read(record) {
                let batch = BatchMessage(epoch: record.epoch, sequence: record.sequence, content: content)
                return send(.batch(batch), socket)
            }
        } catch {
            log.error("a spooled batch cannot be read", metadata: ["cause": "\(error)"])
            deliver(.unreadable(record))
        }
        state.unsendable(record, nowMilliseconds: Uplink.now)
        return true
    }

    private func farewell(_ socket: DealerSocket) {
        for epoch in state.openStreams { _ = socket.send(Message.bye(Bye(epoch: epoch)).encoded()) }
    }
}
