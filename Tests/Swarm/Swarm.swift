import FlowModel
import Glibc
import Logging
import Messaging
import Runtime
import Spool
import Synchronization
import SystemCalls
import Telemetry
import Uplink
import WireFormat

/// Many sensors in one process, for tests of the collector: the spool and the uplink of each are the product's, on a
/// thread of its own; nothing is captured.
///
///     sensor-swarm FOLDER SENSORS COLLECTOR SERVER-KEY
///
/// It prints the sensors' public keys, a line each, reads one line from standard input before it connects, and then, for
/// each line with Unix seconds, puts one window that begins there into every spool. At the end of input it waits until
/// all is acknowledged, for two minutes at most, and prints how many batches were. What the uplinks log, among it when
/// each connected, goes to standard error.
@main
struct Swarm {
    /// Records of a window, each of another source.
    private static let records = 100

    static func main() {
        do {
            let words = CommandLine.arguments
            guard words.count == 5, let count = Int(words[2]), let collector = CollectorAddress(words[3]),
                let serverKey = CurveKey(words[4])
            else { throw ProgramError(.usage, "usage: sensor-swarm FOLDER SENSORS COLLECTOR SERVER-KEY") }
            OperatorLogHandler.bootstrap(level: .info)
            let swarm = try (0..<count).map { try Member(folder: "\(words[1])/\($0)", collector, serverKey) }
            for member in swarm { print(member.identity.publicKey) }
            fflush(nil)
            guard readLine() != nil else { return }
            let threads = try swarm.map { try $0.start() }
            while let line = readLine() {
                guard let start = Int64(line) else { throw ProgramError(.usage, "no Unix time: \(line)") }
                let window = try BatchEncoder().encode(batch(from: start))
                for member in swarm { try member.append(window) }
            }
            let end = Clock.monotonicNanoseconds() + 120_000_000_000
            while Clock.monotonicNanoseconds() < end, swarm.contains(where: { !$0.isDone }) { usleep(50_000) }
            for member in swarm { member.mailbox.stop() }
            for thread in threads { thread.join() }
            print(swarm.reduce(0) { $0 + $1.acknowledged })
        } catch {
            OperatorLogHandler.writeToStandardError("sensor-swarm: \(error)\n")
            exit(1)
        }
    }

    private static func batch(from start: Int64) -> FlowBatch {
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        (account.received, account.aggregated) = (UInt64(records), UInt64(records))
        let flows = (0..<UInt32(records)).map { number in
            FlowRecord(
                key: FlowKey(
                    source: Address(ipv4: 0xCB00_7100 + number), ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23),
                packets: 1, bytes: 40, destinations: DistinctCount(1), firstMilliseconds: number,
                lastMilliseconds: number,
                exemplar: Exemplar(sourcePort: 40_000, destination: 0, ttl: 50, ipLength: 40, tcpFlags: 2))
        }
        return FlowBatch(window: Window(containing: start, length: 60), account: account, records: flows)
    }
}

/// One sensor.
private final class Member: Sendable {
    let identity: CurveKeyPair
    let mailbox: UplinkMailbox
    private let settings: Uplink.Settings
    // Owned by the main thread.
    nonisolated(unsafe) private let spool: Spool
    nonisolated(unsafe) private var appended = 0
    private let count = Atomic(0)

    init(folder: String, _ collector: CollectorAddress, _ serverKey: CurveKey) throws {
        identity = try CurveKeyPair.generate()
        mailbox = try UplinkMailbox()
        spool = try Spool(
            directory: folder, limits: SpoolLimits(minimumFreeBytes: 0), nowUnixNanoseconds: Clock.wallNanoseconds())
        settings = Uplink.Settings(
            collectors: [collector], serverKey: serverKey, identity: identity, sensorVersion: "swarm")
    }

    var acknowledged: Int { count.load(ordering: .relaxed) }
    var isDone: Bool { acknowledged == appended }

    func start() throws -> Worker {
        let reader = spool.reader
        return try Worker(name: "uplink") { [settings, mailbox, self] in
            Uplink(settings, reader: reader, mailbox: mailbox, log: Logger(label: "swarm")) { verdict in
                guard case .acknowledged(_, let ranges) = verdict else { return }
                self.count.add(ranges.reduce(0) { $0 + $1.count }, ordering: .relaxed)
            }.run()
        }
    }

    func append(_ content: [UInt8]) throws {
        _ = try spool.append(content, now: Clock.wallNanoseconds())
        mailbox.post(spool.takeChanges())
        appended += 1
    }
}
