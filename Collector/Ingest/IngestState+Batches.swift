import FlowModel
import Messaging
import Store
import WireFormat

/// A batch's way: taken, decoded as soon as its worker has room, stored, answered.
extension IngestState {
    mutating func take(_ batch: BatchMessage, _ carrier: Carrier, at now: Moment) -> [IngestAction] {
        counters.batches &+= 1
        let (epoch, sequence) = (batch.epoch, batch.sequence)
        guard let peer = peers[carrier.key] else { return stranger(epoch, sequence, carrier) }
        let size = batch.content.count
        let place = Place(stream: StreamID(sensor: peer.member.sensor, epoch: epoch), sequence: sequence)
        // What comes again costs its sender nothing, everything else has to find room; this is asked first because it
        // is cheap.
        if places[place] == nil, let refusal = refuseForRoom(batch, peer, carrier) { return [refusal] }
        let id = BatchID(stream: place.stream, sequence: sequence, digest: contentDigest(batch.content))
        if flights[id] != nil {
            counters.repeated &+= 1
            flights[id]?.add(carrier, atMost: limits.carriers)
            return []
        }
        if let refusal = refuseForRoom(batch, peer, carrier) { return [refusal] }
        let summary: BatchSummary
        do throws(WireError) { summary = try BatchSummary(batch.content) } catch {
            if error.code == .unsupportedVersion {
                // A newer sensor's: it keeps the batch until this collector is upgraded.
                return [
                    refuse(
                        .unsupportedVersion, epoch, sequence, carrier, retryAfter: 60_000...120_000,
                        "\(error.what) is newer than this collector. Upgrade it")
                ]
            }
            return [refuse(.undecodable, epoch, sequence, carrier, error.description)]
                + garbage(error.description, carrier, id, at: now)
        }
        if let objection = admission.objection(to: summary, unixMicroseconds: now.unixMicroseconds) {
            return [
                refuse(.outsideAdmission, epoch, sequence, carrier, objection),
                report(.outsideAdmission(objection), carrier.key, id),
            ]
        }
        if summary.isImport { peers[carrier.key]?.noteImport(epoch) }
        peers[carrier.key]?.take(size)
        encodedBytes += size
        places[place, default: 0] += 1
        flights[id] = Flight(
            key: carrier.key, encoded: batch.content, decodedBytes: summary.decodedBytes + IngestLimits.bytesPerBatch,
            receivedUnixMicroseconds: now.unixMicroseconds,
            isImport: summary.isImport || (summary.window == nil && peer.isImport(epoch)), carriers: [carrier])
        let worker = worker(of: peer.member.sensor)
        lanes[worker].append(id)
        return pump(worker)
    }

    /// Why the batch is not taken now; nil when there is room for it.
    private mutating func refuseForRoom(_ batch: BatchMessage, _ peer: Peer, _ carrier: Carrier) -> IngestAction? {
        let size = batch.content.count
        if peer.batches >= limits.credit || peer.bytes + size > limits.bytesPerKey {
            return refuse(
                .busy, batch.epoch, batch.sequence, carrier, retryAfter: 500...1_500, "more in flight than the credit")
        }
        if encodedBytes + size > limits.encodedBytes {
            return refuse(
                .busy, batch.epoch, batch.sequence, carrier, retryAfter: 3_000...9_000, "the collector is full")
        }
        return nil
    }

    /// A batch has been decoded, or cannot be.
    mutating func decoded(
        _ id: BatchID, _ result: Result<BatchContent, WireError>, at now: Moment
    ) -> [IngestAction] {
        guard let flight = flights[id], flight.stage == .decoding else { return [] }
        switch result {
        case .failure(let error):
            remove(id)
            var actions = answer(flight, id) { state, carrier in
                state.refuse(.undecodable, id.stream.epoch, id.sequence, carrier, error.description)
            }
            if let first = flight.carriers.first { actions += garbage(error.description, first, id, at: now) }
            return actions + pump(worker(of: id.stream.sensor))
        case .success(let content):
            guard peers[flight.key] != nil else {
                return concludeRevoked(flight, id) + pump(worker(of: id.stream.sensor))
            }
            flights[id]?.stage = .storing
            let pending = PendingBatch(
                sensor: id.stream.sensor, publicKey: flight.key.bytes, epoch: id.stream.epoch, sequence: id.sequence,
                digest: id.digest, content: content, encoded: flight.encoded,
                receivedUnixMicroseconds: flight.receivedUnixMicroseconds, isImport: flight.isImport)
            return [.store(id, pending, worker: worker(of: id.stream.sensor))]
        }
    }

    /// A worker's transaction is over.
    mutating func stored(_ outcomes: [StoredBatch], _ group: GroupFacts) -> [IngestAction] {
        counters.note(group)
        var actions: [IngestAction] = []
        var acks = AckGroups()
        for outcome in outcomes {
            guard let flight = flights[outcome.id], flight.stage == .storing else { continue }
            actions += conclude(flight, outcome, &acks)
        }
        return acks.messages.map { .reply(.ack($0.ack), to: $0.route) } + actions + pump()
    }

    private mutating func conclude(
        _ flight: Flight, _ outcome: StoredBatch, _ acks: inout AckGroups
    ) -> [IngestAction] {
        let id = outcome.id
        switch outcome.outcome {
        case .stored, .duplicate:
            if outcome.outcome == .stored {
                counters.stored &+= 1
                counters.storedBySensor[peers[flight.key]?.name ?? "", default: 0] &+= 1
                counters.rows &+= UInt64(outcome.rows)
            } else {
                counters.duplicates &+= 1
            }
            remove(id)
            for carrier in flight.carriers { acks.add(id, to: carrier.route) }
            return []
        case .conflict where flight.isImport:
            remove(id)
            return answer(flight, id) { state, carrier in
                state.refuse(
                    .alreadyImported, id.stream.epoch, id.sequence, carrier,
                    "the file was imported before, and other batches were made of it")
            }
        case .conflict:
            remove(id)
            return answer(flight, id) { state, carrier in
                state.refuse(
                    .conflictingDigest, id.stream.epoch, id.sequence, carrier,
                    "the number was used for another batch: two sensors have this key and spool")
            } + [report(.conflict, flight.key, id)]
        case .rejected(let reason):
            remove(id)
            return answer(flight, id) { state, carrier in
                state.refuse(.storage, id.stream.epoch, id.sequence, carrier, reason)
            } + [report(.rejected(reason), flight.key, id)]
        case .revoked:
            return concludeRevoked(flight, id)
        }
    }

    private mutating func concludeRevoked(_ flight: Flight, _ id: BatchID) -> [IngestAction] {
        counters.revoked &+= 1
        counters.kicks &+= 1
        let report = report(.revoked, flight.key, id)
        return [.kick(flight.key), report] + abandon(flight, id)
    }

    /// Ends a flight whose key is enrolled no more: other keys of the same sensor may bring the batch again.
    mutating func abandon(_ flight: Flight, _ id: BatchID) -> [IngestAction] {
        remove(id)
        return flight.carriers.filter { $0.key != flight.key }.map {
            refuse(.busy, id.stream.epoch, id.sequence, $0, retryAfter: 500...1_500, "it came by a revoked key")
        }
    }

    private mutating func answer(
        _ flight: Flight, _ id: BatchID, _ reply: (inout IngestState, Carrier) -> IngestAction
    ) -> [IngestAction] {
        flight.carriers.map { reply(&self, $0) }
    }

    /// Ends a flight.
    mutating func remove(_ id: BatchID) {
        guard let flight = flights.removeValue(forKey: id) else { return }
        encodedBytes -= flight.encoded.count
        places[id.place] = places[id.place].flatMap { $0 > 1 ? $0 - 1 : nil }
        peers[flight.key]?.release(flight.encoded.count)
        if flight.stage != .waiting { lanes[worker(of: id.stream.sensor)].decodedBytes -= flight.decodedBytes }
    }

    mutating func pump() -> [IngestAction] { lanes.indices.flatMap { pump($0) } }

    /// Sends as many batches to be decoded as the worker has room for; one at least, however large.
    private mutating func pump(_ worker: Int) -> [IngestAction] {
        var actions: [IngestAction] = []
        while let id = lanes[worker].first {
            guard let flight = flights[id], flight.stage == .waiting else {
                lanes[worker].removeFirst()
                continue
            }
            let used = lanes[worker].decodedBytes
            guard used == 0 || used + flight.decodedBytes <= limits.decodedBytesPerWorker else { break }
            lanes[worker].decodedBytes = used + flight.decodedBytes
            lanes[worker].removeFirst()
            flights[id]?.stage = .decoding
            actions.append(.decode(id, flight.encoded))
        }
        return actions
    }
}

extension IngestState.Flight {
    /// The oldest gives way: its connection is the most likely one to be gone.
    fileprivate mutating func add(_ carrier: Carrier, atMost limit: Int) {
        guard !carriers.contains(carrier) else { return }
        if carriers.count == limit { carriers.removeFirst() }
        carriers.append(carrier)
    }
}

/// What became of a batch that a worker was given.
struct StoredBatch: Sendable, Hashable {
    let id: BatchID
    let outcome: StoreOutcome
    /// Flow records, overflow records and gap entries.
    let rows: Int
}
