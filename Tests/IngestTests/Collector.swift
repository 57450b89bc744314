import FlowModel
import Glibc
import Ingest
import Logging
import Messaging
import Support
import SystemCalls
import Testing
import WireFormat

/// A collector of this process on a loopback port, with a database of its own.
final class Collector {
    let database: TestDatabase
    let sql: SQLSession
    let server: CurveKeyPair
    let service: IngestService
    /// Whether the service has been stopped by the test.
    var isStopped = false

    /// - Parameter database: made with the current schema when nil.
    init(_ database: TestDatabase? = nil, change: (inout IngestSettings) -> Void = { _ in }) throws {
        self.database = try database ?? TestDatabase()
        sql = try self.database.session()
        server = try CurveKeyPair.generate()
        var settings = IngestSettings(
            endpoints: ["tcp://127.0.0.1:*"], secretKey: server.secretKey, conninfo: self.database.conninfo,
            decoders: 2, writers: 2, admission: Admission(retentionSeconds: 90 * 86_400, futureSeconds: 300))
        change(&settings)
        service = try IngestService(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    deinit {
        if !isStopped { service.stop(within: 2_000) }
    }

    /// Registers a sensor `SITE/edge`; the site is made too.
    func register(_ site: String, _ key: CurveKey) throws {
        try sql.run(
            """
            BEGIN; INSERT INTO meta.site (code, name) VALUES ('\(site)', 'Site') ON CONFLICT DO NOTHING;
            INSERT INTO meta.sensor (site, name) SELECT id, 'edge' FROM meta.site WHERE code = '\(site)'
                ON CONFLICT DO NOTHING;
            INSERT INTO meta.sensor_key (sensor, public_key) SELECT s.id, decode('\(key)', 'hex')
                FROM meta.sensor s JOIN meta.site t ON t.id = s.site WHERE t.code = '\(site)'; COMMIT
            """)
    }

    /// A registered sensor whose handshake is done.
    func sensor(_ site: String = "alpha") throws -> Sensor {
        let pair = try CurveKeyPair.generate()
        try register(site, pair.publicKey)
        return try #require(try sensor(pair), "no handshake")
    }

    /// A sensor whose handshake is done; tried again for ten seconds while it is refused.
    func sensor(_ pair: CurveKeyPair) throws -> Sensor? {
        var connected: Sensor?
        _ = try eventually {
            let sensor = try Sensor(self, pair)
            if sensor.outcome() == .handshakeSucceeded { connected = sensor }
            // Sockets are closed later than they are given up: not too many at a time.
            if connected == nil { usleep(20_000) }
            return connected != nil
        }
        return connected
    }

    func value(_ sql: String) throws -> String { try self.sql.value(sql) }
}

/// A sensor's end of a connection, without spool and courtesy.
final class Sensor {
    let pair: CurveKeyPair
    let socket: DealerSocket
    /// What was answered, in the order of arrival.
    private(set) var acknowledged: Set<UInt64> = []
    private(set) var refused: [Nak] = []
    private(set) var welcome: Welcome?

    init(_ collector: Collector, _ pair: CurveKeyPair) throws {
        self.pair = pair
        socket = try DealerSocket(.init(serverKey: collector.server.publicKey, identity: pair, sendQueue: 64))
        try socket.connect(to: collector.service.endpoints[0])
    }

    /// How the handshake ends, within ten seconds.
    func outcome() -> ConnectionEvent? {
        var found: ConnectionEvent?
        _ = eventually {
            while found == nil, let event = socket.nextEvent() {
                if event != .connected { found = event }
            }
            if found == nil { socket.wait(milliseconds: 20) }
            return found != nil
        }
        return found
    }

    func send(_ sequence: UInt64, _ content: [UInt8], epoch: Epoch = Story.epoch) {
        send(.batch(BatchMessage(epoch: epoch, sequence: sequence, content: content)))
    }

    func send(_ message: Message) {
        let bytes = message.encoded()
        #expect(
            eventually {
                if socket.send(bytes) { return true }
                socket.wait(milliseconds: 5)
                return false
            })
    }

    /// Takes answers until the condition holds; false after a minute.
    func wait(until condition: (Sensor) -> Bool) throws -> Bool {
        try eventually {
            while let bytes = socket.receive() {
                switch try Message(decoding: bytes) {
                case .ack(let ack): acknowledged.formUnion(ack.sequences.flatMap { Array($0) })
                case .nak(let nak): refused.append(nak)
                case .welcome(let welcome): self.welcome = welcome
                default: Issue.record("a collector does not send this")
                }
            }
            if condition(self) { return true }
            socket.wait(milliseconds: 10)
            return false
        }
    }

    func forgetAcknowledgements() { acknowledged = [] }

    /// Whether the collector ends the connection within ten seconds.
    func isCut() -> Bool {
        eventually {
            if hasClosed() { return true }
            socket.wait(milliseconds: 5)
            return false
        }
    }

    /// Whether the connection has ended since the last event that was looked at.
    func hasClosed() -> Bool {
        while let event = socket.nextEvent() {
            if event == .closed { return true }
        }
        return false
    }
}

/// Tries until the condition holds or the time is over; the condition waits by itself.
func eventually(within milliseconds: Int64 = 60_000, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Clock.monotonicNanoseconds() + milliseconds * 1_000_000
    repeat {
        if try condition() { return true }
    } while Clock.monotonicNanoseconds() < deadline
    return false
}
