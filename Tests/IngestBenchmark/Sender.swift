import FlowModel
import Messaging
import WireFormat

/// A sensor that has its batches in memory and keeps eight of them in flight.
struct Sender {
    let socket: DealerSocket
    private let epoch = Epoch(high: 0, low: 1)
    private let batches: [[UInt8]]
    private(set) var next = 0
    private var open = 0

    init(_ pair: CurveKeyPair, _ server: CurveKey, _ endpoint: String, _ batches: [[UInt8]]) throws {
        self.batches = batches
        socket = try DealerSocket(.init(serverKey: server, identity: pair))
        try socket.connect(to: endpoint)
    }

    var isDone: Bool { next == batches.count && open == 0 }

    /// - Parameter limit: batches that may have been sent afterwards.
    mutating func turn(upTo limit: Int = .max) throws {
        while let bytes = socket.receive() {
            switch try Message(decoding: bytes) {
            case .ack(let ack): open -= ack.sequences.reduce(0) { $0 + $1.count }
            case .nak(let nak): throw BenchmarkError("refused: \(nak.reason.name) \(nak.text)")
            default: break
            }
        }
        while open < 8, next < min(limit, batches.count) {
            let message = BatchMessage(epoch: epoch, sequence: UInt64(next) + 1, content: batches[next])
            guard socket.send(Message.batch(message).encoded()) else { return }
            next += 1
            open += 1
        }
    }
}
