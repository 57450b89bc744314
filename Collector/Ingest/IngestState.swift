import FlowModel
import Messaging
import Store
import WireFormat

/// Decides what becomes of every message: who may send, what is decoded, stored and answered, and when. It has no clock
/// and does no I/O: it is told what happened and returns what is to be done.
///
/// A batch is answered once for each connection that it came by, and acknowledged only when the database has it. Owned
/// by: the ingest thread.
struct IngestState {
    let limits: IngestLimits
    let admission: Admission
    /// By key: what the registry says, and what is in flight.
    var peers: [CurveKey: Peer] = [:]
    /// Batches that have no outcome yet.
    var flights: [BatchID: Flight] = [:]
    /// How many of them there are under each number: several when their contents differ.
    var places: [Place: Int] = [:]
    /// One for each store worker.
    var lanes: [Lane]
    /// Sum of the flights' encoded bytes.
    var encodedBytes = 0
    private var lookUps: [StreamID: LookUp] = [:]
    private var random: SplitMix64
    var counters = IngestCounters()

    /// - Parameters:
    ///   - workers: store workers; the batches of one sensor always go to the same one.
    ///   - seed: of the jitter in retry times.
    init(limits: IngestLimits, admission: Admission, workers: Int, seed: UInt64) {
        self.limits = limits
        self.admission = admission
        lanes = Array(repeating: Lane(), count: max(1, workers))
        random = SplitMix64(seed: seed)
    }

    /// A question to the database, and the connections that wait for its answer.
    private struct LookUp {
        /// Whose allowance it uses.
        let owner: CurveKey
        /// Each with the message version agreed with it.
        var callers: [(carrier: Carrier, version: UInt8)]
    }

    /// Puts the registry's keys in place of those so far. What removed keys have in flight and undecoded is dropped; the
    /// database decides on the rest.
    mutating func replaceKeys(_ keys: [CurveKey: EnrolledKey]) -> [IngestAction] {
        var kept: [CurveKey: Peer] = [:]
        for (key, member) in keys {
            if var peer = peers[key] {
                peer.member = member
                kept[key] = peer
            } else {
                var peer = Peer(member, limits)
                // The key may have been removed and come back meanwhile.
                for flight in flights.values where flight.key == key { peer.take(flight.encoded.count) }
                peer.lookUps = lookUps.values.count { $0.owner == key }
                kept[key] = peer
            }
        }
        peers = kept
        var actions: [IngestAction] = []
        for (id, flight) in flights where flight.stage == .waiting && peers[flight.key] == nil {
            actions += abandon(flight, id)
        }
        return actions + pump()
    }

    /// A message has come.
    mutating func receive(
        _ bytes: [UInt8], from key: CurveKey, by route: Route, at now: Moment
    ) -> [IngestAction] {
        counters.messages &+= 1
        counters.bytes &+= UInt64(bytes.count)
        let carrier = Carrier(key: key, route: route)
        let message: Message
        do throws(WireError) { message = try Message(decoding: bytes) } catch {
            counters.undecodableMessages &+= 1
            let garbage = garbage(error.description, carrier, nil, at: now)
            guard error.code == .unsupportedVersion, let envelope = try? MessageEnvelope(bytes) else { return garbage }
            return [refuse(.unsupportedVersion, envelope.epoch, 0, carrier, error.what)] + garbage
        }
        switch message {
        case .hello(let hello): return greet(hello, carrier, at: now)
        case .batch(let batch): return take(batch, carrier, at: now)
        case .bye(let bye):
            forget(bye.epoch, carrier)
            return []
        case .welcome, .ack, .nak:
            counters.undecodableMessages &+= 1
            return garbage("a message that only collectors send", carrier, nil, at: now)
        }
    }

    /// A look-up has been answered.
    /// - Parameter committed: ascending; nil when the database is away.
    mutating func lookedUp(
        _ stream: StreamID, _ committed: [ClosedRange<UInt64>]?, at now: Moment
    ) -> [IngestAction] {
        guard let lookUp = lookUps.removeValue(forKey: stream) else { return [] }
        peers[lookUp.owner]?.lookUps -= 1
        return lookUp.callers.map { caller in
            guard let committed else {
                return refuse(
                    .busy, stream.epoch, 0, caller.carrier, retryAfter: 2_000...6_000, "the database is away")
            }
            let welcome = Welcome(
                version: caller.version, serverUnixMilliseconds: now.unixMicroseconds / 1_000, credit: limits.credit,
                epoch: stream.epoch, committed: committed)
            return .reply(.welcome(welcome), to: caller.carrier.route)
        }
    }

    /// Batches in flight.
    var flightCount: Int { flights.count }

    /// Drops what is not being decoded or stored yet: what is left will soon have its outcome.
    mutating func dropWaiting() {
        for (id, flight) in flights where flight.stage == .waiting { remove(id) }
    }

    // MARK: HELLO and BYE

    private mutating func greet(_ hello: Hello, _ carrier: Carrier, at now: Moment) -> [IngestAction] {
        counters.hellos &+= 1
        guard var peer = peers[carrier.key] else { return stranger(hello.epoch, 0, carrier) }
        defer { peers[carrier.key] = peer }
        guard peer.hellos.take(at: now.monotonicNanoseconds) else {
            return [refuse(.busy, hello.epoch, 0, carrier, retryAfter: 5_000...15_000, "too many HELLO messages")]
        }
        guard let version = MessageCoding.negotiate(hello.versions) else {
            let (own, theirs) = (MessageCoding.supported, hello.versions)
            return [
                refuse(
                    .unsupportedVersion, hello.epoch, 0, carrier,
                    "this collector speaks message versions \(own.lowerBound) to \(own.upperBound), the sensor "
                        + "\(theirs.lowerBound) to \(theirs.upperBound). Upgrade the older one")
            ]
        }
        if hello.isImport { peer.noteImport(hello.epoch) }
        let stream = StreamID(sensor: peer.member.sensor, epoch: hello.epoch)
        if var callers = lookUps[stream]?.callers {
            callers.removeAll { $0.carrier == carrier }
            // The oldest gives way: its connection is the most likely one to be gone.
            if callers.count == limits.carriers { callers.removeFirst() }
            lookUps[stream]?.callers = callers + [(carrier, version)]
            return []
        }
        guard peer.lookUps < limits.lookUpsPerKey else {
            return [refuse(.busy, hello.epoch, 0, carrier, retryAfter: 1_000...3_000, "too many streams at once")]
        }
        peer.lookUps += 1
        lookUps[stream] = LookUp(owner: carrier.key, callers: [(carrier, version)])
        return [.lookUp(stream, worker: worker(of: stream.sensor))]
    }

    private mutating func forget(_ epoch: Epoch, _ carrier: Carrier) {
        peers[carrier.key]?.forgetImport(epoch)
    }

    // MARK: Shared by all messages

    func worker(of sensor: Int32) -> Int { Int(UInt32(bitPattern: sensor)) % lanes.count }

    /// Counts one more thing that cannot be decoded; too many of them end the key's connections.
    mutating func garbage(_ why: String, _ carrier: Carrier, _ batch: BatchID?, at now: Moment) -> [IngestAction] {
        let report = report(.undecodable(why), carrier.key, batch)
        guard peers[carrier.key]?.garbage.take(at: now.monotonicNanoseconds) == false else { return [report] }
        counters.kicks &+= 1
        return [report, .kick(carrier.key), self.report(.kickedForGarbage, carrier.key, nil)]
    }

    /// The socket admitted a key that is not known here: it has just been registered or removed.
    mutating func stranger(_ epoch: Epoch, _ sequence: UInt64, _ carrier: Carrier) -> [IngestAction] {
        counters.strangers &+= 1
        return [refuse(.notWelcome, epoch, sequence, carrier, retryAfter: 500...1_500, "the key is not known yet")]
    }

    func report(_ event: IngestReport.Event, _ key: CurveKey, _ batch: BatchID?) -> IngestAction {
        .report(IngestReport(event: event, key: key, sensor: peers[key]?.name ?? "", batch: batch))
    }

    /// - Parameter retryAfter: milliseconds of which one is chosen at random; nil when the same can never succeed.
    mutating func refuse(
        _ reason: NakReason, _ epoch: Epoch, _ sequence: UInt64, _ carrier: Carrier,
        retryAfter: ClosedRange<UInt32>? = nil, _ text: String
    ) -> IngestAction {
        counters.refused[reason, default: 0] &+= 1
        counters.refusedBySensor[peers[carrier.key]?.name ?? "", default: [:]][reason, default: 0] &+= 1
        let nak = Nak(
            epoch: epoch, sequence: sequence, reason: reason, isRetryable: retryAfter != nil,
            retryAfterMilliseconds: retryAfter.map { UInt32.random(in: $0, using: &random) } ?? 0, text: text)
        return .reply(.nak(nak), to: carrier.route)
    }
}
