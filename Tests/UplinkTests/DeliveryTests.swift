import FlowModel
import Foundation
import Logging
import Messaging
import Spool
import Synchronization
import Testing
import WireFormat

@testable import Uplink

/// The uplink's thread with a real spool and real CURVE sockets, against a collector that the test plays.
@Suite(.serialized) struct DeliveryTests {
    private final class Verdicts: Sendable {
        let all = Mutex<[UplinkVerdict]>([])

        var isEmpty: Bool { all.withLock { $0.isEmpty } }

        func isAcknowledged(_ sequence: UInt64) -> Bool {
            all.withLock { all in
                all.contains {
                    guard case .acknowledged(_, let ranges) = $0 else { return false }
                    return ranges.contains { $0.contains(sequence) }
                }
            }
        }
    }

    /// A spool with batches, and an uplink that runs until the scene ends.
    private final class Scene {
        let directory: String
        let spool: Spool
        let mailbox: UplinkMailbox
        let verdicts = Verdicts()
        let identity: CurveKeyPair
        private let done = DispatchSemaphore(value: 0)

        init(batches: Int, endpoint: String, serverKey: CurveKey) throws {
            var template = Array("/tmp/darkscope-uplink-XXXXXX".utf8CString)
            directory = String(cString: try #require(mkdtemp(&template)))
            spool = try Spool(directory: directory + "/spool", nowUnixNanoseconds: 0)
            mailbox = try UplinkMailbox()
            identity = try CurveKeyPair.generate()
            let encoder = BatchEncoder()
            for index in 0..<batches {
                var account = CaptureAccount()
                account.observedToMilliseconds = 60_000
                let window = Window(containing: 1_767_225_600 + Int64(index) * 60, length: 60)
                _ = try spool.append(try encoder.encode(FlowBatch(window: window, account: account)), now: 0)
            }
            mailbox.post(spool.takeChanges())
            let address = try #require(CollectorAddress(endpoint))
            let settings = Uplink.Settings(
                collectors: [address], serverKey: serverKey, identity: identity,
                backoff: Backoff(firstMilliseconds: 50, maximumMilliseconds: 200), sensorVersion: "test")
            let (reader, mailbox, verdicts, done) = (spool.reader, mailbox, verdicts, done)
            Thread.detachNewThread {
                var log = Logger(label: "test")
                log.logLevel = .critical
                Uplink(settings, reader: reader, mailbox: mailbox, log: log) { verdict in
                    verdicts.all.withLock { $0.append(verdict) }
                }.run()
                done.signal()
            }
        }

        deinit {
            mailbox.stop()
            done.wait()
            spool.close()
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    /// A router that admits the keys of `table`.
    private struct Collector {
        let router: RouterSocket
        let table = KeyTable()
        let keyPair: CurveKeyPair

        init() throws {
            keyPair = try CurveKeyPair.generate()
            router = try RouterSocket(.init(secretKey: keyPair.secretKey), bind: "tcp://127.0.0.1:*", keys: table)
        }

        /// Answers messages by `answer` until `isDone`; false after twenty seconds.
        func serve(_ answer: (Message) -> [Message], until isDone: () -> Bool) throws -> Bool {
            let deadline = Date().addingTimeInterval(20)
            while Date() < deadline {
                if isDone() { return true }
                router.wait(milliseconds: 10)
                while let incoming = router.receive() {
                    for message in answer(try Message(decoding: incoming.bytes)) {
                        router.send(message.encoded(), to: incoming.route)
                    }
                }
            }
            return false
        }
    }

    private static func welcome(_ hello: Hello) -> Message {
        .welcome(Welcome(version: 1, serverUnixMilliseconds: 0, credit: 8, epoch: hello.epoch, committed: []))
    }

    @Test func everyBatchIsDeliveredAndItsContentIsTheSpools() throws {
        let collector = try Collector()
        let scene = try Scene(batches: 20, endpoint: collector.router.endpoint, serverKey: collector.keyPair.publicKey)
        _ = collector.table.replace(with: [scene.identity.publicKey])
        var windows: Set<Int64> = []
        let isDelivered = try collector.serve { message in
            switch message {
            case .hello(let hello): return [Self.welcome(hello)]
            case .batch(let batch):
                if case .flows(let flows)? = try? BatchDecoder().decode(batch.content) {
                    windows.insert(flows.window.start)
                }
                return [.ack(Ack(epoch: batch.epoch, sequences: [batch.sequence...batch.sequence]))]
            default: return []
            }
        } until: {
            (1...20).allSatisfy { scene.verdicts.isAcknowledged($0) }
        }
        #expect(isDelivered)
        #expect(windows.count == 20)
    }

    @Test func aRefusedSensorDeliversOnceItIsRegistered() throws {
        let collector = try Collector()
        let scene = try Scene(batches: 1, endpoint: collector.router.endpoint, serverKey: collector.keyPair.publicKey)
        var refusals: UInt64 = 0
        let isRefused = try collector.serve(
            { _ in [] },
            until: {
                refusals += collector.router.takeRefusals().total
                return refusals >= 3
            })
        #expect(isRefused)
        #expect(scene.verdicts.isEmpty)
        _ = collector.table.replace(with: [scene.identity.publicKey])
        let isDelivered = try collector.serve { message in
            switch message {
            case .hello(let hello): return [Self.welcome(hello)]
            case .batch(let batch): return [.ack(Ack(epoch: batch.epoch, sequences: [1...1]))]
            default: return []
            }
        } until: {
            scene.verdicts.isAcknowledged(1)
        }
        #expect(isDelivered)
    }

    @Test func whatACutConnectionTookIsSentAgain() throws {
        let collector = try Collector()
        let scene = try Scene(batches: 3, endpoint: collector.router.endpoint, serverKey: collector.keyPair.publicKey)
        _ = collector.table.replace(with: [scene.identity.publicKey])
        var taken: [UInt64] = []
        var cuts = 0
        let isDelivered = try collector.serve { message in
            switch message {
            case .hello(let hello): return [Self.welcome(hello)]
            case .batch(let batch):
                taken.append(batch.sequence)
                if cuts < 2 {
                    // The batch is taken and the connection dies before the acknowledgement.
                    cuts += 1
                    collector.router.peers.kick(scene.identity.publicKey)
                    return []
                }
                return [.ack(Ack(epoch: batch.epoch, sequences: [batch.sequence...batch.sequence]))]
            default: return []
            }
        } until: {
            (1...3).allSatisfy { scene.verdicts.isAcknowledged($0) }
        }
        #expect(isDelivered)
        #expect(taken.count > 3)
    }
}
