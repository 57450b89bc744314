import FlowModel
import Testing
import WireFormat

@testable import Ingest
@testable import Messaging
@testable import Store

/// An `IngestState` with two sensors, of which the first has two keys, told what happens step by step.
struct Story {
    /// The collector's clock, in Unix seconds.
    static let start: Int64 = 1_764_000_000
    static let epoch = Epoch(high: 7, low: 8)

    static let alpha = key(1)
    static let alphaToo = key(2)
    static let beta = key(3)
    static let stranger = key(9)
    static let members = [alpha: member(1, "alpha"), alphaToo: member(1, "alpha"), beta: member(2, "beta")]

    var state: IngestState
    var now = Moment(monotonicNanoseconds: 5_000_000_000, unixMicroseconds: start * 1_000_000)

    init(workers: Int = 2, change: (inout IngestLimits) -> Void = { _ in }) {
        var limits = IngestLimits()
        change(&limits)
        state = IngestState(
            limits: limits, admission: Admission(retentionSeconds: 90 * 86_400, futureSeconds: 300), workers: workers,
            seed: 1)
        _ = state.replaceKeys(Story.members)
    }

    static func key(_ number: UInt8) -> CurveKey {
        CurveKey(bytes: [UInt8](repeating: number, count: 32)) ?? { preconditionFailure("32 bytes are a key") }()
    }

    static func member(_ sensor: Int32, _ site: String) -> EnrolledKey {
        EnrolledKey(publicKey: [], sensor: sensor, site: sensor, siteCode: site, sensorName: "edge")
    }

    static func route(_ number: UInt8) -> Route { Route(socket: 0, peer: RouterSocket.Route(bytes: [0, number])) }

    mutating func receive(
        _ message: Message, from key: CurveKey = Story.alpha, by route: UInt8 = 1
    ) -> [IngestAction] {
        state.receive(message.encoded(), from: key, by: Story.route(route), at: now)
    }

    mutating func send(
        _ sequence: UInt64, _ content: [UInt8], from key: CurveKey = Story.alpha, by route: UInt8 = 1,
        epoch: Epoch = Story.epoch
    ) -> [IngestAction] {
        receive(.batch(BatchMessage(epoch: epoch, sequence: sequence, content: content)), from: key, by: route)
    }

    mutating func hello(
        versions: ClosedRange<UInt8> = 1...1, epoch: Epoch = Story.epoch, isImport: Bool = false,
        from key: CurveKey = Story.alpha, by route: UInt8 = 1
    ) -> [IngestAction] {
        receive(
            .hello(
                Hello(
                    versions: versions, epoch: epoch, isImport: isImport, firstSequence: 1, nextSequence: 9,
                    sensorVersion: "test")), from: key, by: route)
    }

    /// Decodes what is asked for.
    mutating func decode(_ actions: [IngestAction]) -> [IngestAction] {
        let decoder = BatchDecoder()
        return actions.decodes.flatMap { job in
            let result = Result { () throws(WireError) in try decoder.decode(job.encoded) }
            return state.decoded(job.id, result, at: now)
        }
    }

    /// Stores what is asked for, all with the same outcome.
    mutating func store(_ actions: [IngestAction], _ outcome: StoreOutcome = .stored) -> [IngestAction] {
        let outcomes = actions.stores.map { StoredBatch(id: $0.id, outcome: outcome, rows: 3) }
        return state.stored(outcomes, GroupFacts(nanoseconds: 1_000))
    }

    /// A batch's whole way, after it has been taken.
    mutating func finish(_ actions: [IngestAction], _ outcome: StoreOutcome = .stored) -> [IngestAction] {
        store(decode(actions), outcome)
    }
}

extension [IngestAction] {
    var decodes: [(id: BatchID, encoded: [UInt8])] {
        compactMap { if case .decode(let id, let bytes) = $0 { (id, bytes) } else { nil } }
    }

    var stores: [(id: BatchID, batch: PendingBatch, worker: Int)] {
        compactMap { if case .store(let id, let batch, let worker) = $0 { (id, batch, worker) } else { nil } }
    }

    var lookUps: [(stream: StreamID, worker: Int)] {
        compactMap { if case .lookUp(let stream, let worker) = $0 { (stream, worker) } else { nil } }
    }

    var kicks: [CurveKey] { compactMap { if case .kick(let key) = $0 { key } else { nil } } }

    var events: [IngestReport.Event] { compactMap { if case .report(let report) = $0 { report.event } else { nil } } }

    /// Answers with the last byte of their routes.
    var replies: [(message: Message, route: UInt8)] {
        compactMap { if case .reply(let message, let route) = $0 { (message, route.peer.bytes[1]) } else { nil } }
    }

    var acks: [(sequences: [ClosedRange<UInt64>], route: UInt8)] {
        replies.compactMap { if case .ack(let ack) = $0.message { (ack.sequences, $0.route) } else { nil } }
    }

    var naks: [Nak] { replies.compactMap { if case .nak(let nak) = $0.message { nak } else { nil } } }

    var welcomes: [Welcome] {
        replies.compactMap { if case .welcome(let welcome) = $0.message { welcome } else { nil } }
    }
}
