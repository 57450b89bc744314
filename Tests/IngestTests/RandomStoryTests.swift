import FlowModel
import Messaging
import Testing
import WireFormat

@testable import Ingest
@testable import Store

/// Random sequences of events, against what must hold after each of them.
@Suite struct RandomStoryTests {
    @Test(arguments: 1...60) func holds(_ seed: Int) throws {
        var chaos = try Chaos(seed: UInt64(seed))
        for _ in 0..<400 { chaos.step() }
        chaos.end()
    }
}

/// A collector whose sensors, decoders, workers and registry act at random, and a simple model of what is owed.
private struct Chaos {
    /// A connection that is owed an answer about a batch.
    private struct Debt: Hashable {
        let route: UInt8
        let sequence: UInt64
        let digest: UInt64
    }

    private var story: Story
    private var random: SplitMix64
    private let contents: [[UInt8]]
    /// Handed to the decoders, and to the workers.
    private var decoding: [BatchID: [UInt8]] = [:]
    private var storing: [BatchID: Int] = [:]
    private var asked: [StreamID] = []
    private var debts: [Debt: CurveKey] = [:]
    private var keys = Story.members

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        story = Story(workers: 2) {
            ($0.credit, $0.carriers, $0.garbage) = (3, 100, 1_000)
            ($0.encodedBytes, $0.decodedBytesPerWorker) = (900, 40_000)
        }
        contents = [
            try Batches.encoded(), try Batches.encoded(records: 5), try Batches.damaged(), try Batches.gap([1]),
            try Batches.encoded(start: 0),
        ]
    }

    mutating func step() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: sendBatch()
        case 9: note(story.hello(epoch: epoch(), from: key(), by: route()))
        case 10: note(story.receive(.bye(Bye(epoch: epoch())), from: key(), by: route()))
        case 11: note(story.state.receive([1, 2, 3], from: key(), by: Story.route(route()), at: story.now))
        case 12, 13, 14: decodeOne()
        case 15, 16, 17: storeSome(UInt64.random(in: 1...4, using: &random))
        case 18:
            if let stream = asked.popLast() {
                note(story.state.lookedUp(stream, Bool.random(using: &random) ? [] : nil, at: story.now))
            }
        default: changeKeys()
        }
        story.now.monotonicNanoseconds += 1_000_000
        check()
    }

    /// Everything that is underway ends, and then nothing is left and nobody is owed an answer.
    mutating func end() {
        if keys.count < Story.members.count { changeKeys() }
        while !decoding.isEmpty || !storing.isEmpty {
            decodeOne()
            storeSome(3)
            check()
        }
        for stream in asked { note(story.state.lookedUp(stream, [], at: story.now)) }
        #expect(story.state.flightCount == 0 && story.state.encodedBytes == 0)
        #expect(story.state.lanes.allSatisfy { $0.decodedBytes == 0 && $0.first == nil })
        #expect(story.state.peers.values.allSatisfy { $0.batches == 0 && $0.bytes == 0 && $0.lookUps == 0 })
        #expect(debts.isEmpty && story.state.places.isEmpty)
    }

    private mutating func sendBatch() {
        let (key, route, content) = (key(), route(), contents.randomElement(using: &random) ?? [])
        let sequence = UInt64.random(in: 1...5, using: &random)
        let debt = Debt(route: route, sequence: sequence, digest: contentDigest(content))
        debts[debt] = key
        note(story.send(sequence, content, from: key, by: route))
    }

    private mutating func decodeOne() {
        guard let (id, encoded) = decoding.randomElement(using: &random) else { return }
        decoding[id] = nil
        let result = Result { () throws(WireError) in try BatchDecoder().decode(encoded) }
        note(story.state.decoded(id, result, at: story.now))
    }

    private mutating func storeSome(_ count: UInt64) {
        guard let worker = storing.randomElement(using: &random)?.value else { return }
        var outcomes: [StoredBatch] = []
        for id in storing.filter({ $0.value == worker }).keys.prefix(Int(count)) {
            storing[id] = nil
            let all: [StoreOutcome] = [.stored, .stored, .duplicate, .conflict, .rejected("no"), .revoked]
            outcomes.append(StoredBatch(id: id, outcome: all.randomElement(using: &random) ?? .stored, rows: 1))
        }
        let actions = story.state.stored(outcomes, GroupFacts(nanoseconds: 1))
        let committed = Set(outcomes.filter { [.stored, .duplicate].contains($0.outcome) }.map(\.id.sequence))
        for ack in actions.acks {
            for range in ack.sequences { #expect(range.allSatisfy { committed.contains($0) }) }
        }
        // Who came by a revoked key is cut instead of answered.
        for outcome in outcomes where outcome.outcome == .revoked {
            debts = debts.filter {
                $0.key.sequence != outcome.id.sequence || $0.key.digest != outcome.id.digest
                    || !actions.kicks.contains($0.value)
            }
        }
        note(actions)
    }

    private mutating func changeKeys() {
        let removed = keys.count == Story.members.count ? key() : nil
        keys = Story.members
        if let removed { keys[removed] = nil }
        note(story.state.replaceKeys(keys))
        if let removed { debts = debts.filter { $0.value != removed } }
    }

    /// Takes on what is to be done, and notes who has been answered.
    private mutating func note(_ actions: [IngestAction]) {
        for job in actions.decodes {
            #expect(decoding[job.id] == nil && storing[job.id] == nil, "decoded twice at a time")
            decoding[job.id] = job.encoded
        }
        for job in actions.stores {
            #expect(decoding[job.id] == nil && storing[job.id] == nil)
            #expect(job.worker == story.state.worker(of: job.id.stream.sensor))
            storing[job.id] = job.worker
        }
        asked += actions.lookUps.map(\.stream)
        for (message, route) in actions.replies {
            switch message {
            case .ack(let ack):
                for number in ack.sequences.flatMap({ Array($0) }) {
                    debts = debts.filter { $0.key.route != route || $0.key.sequence != number }
                }
            case .nak(let nak):
                debts = debts.filter { $0.key.route != route || $0.key.sequence != nak.sequence }
            default: break
            }
        }
        for key in actions.kicks { debts = debts.filter { $0.value != key } }
    }

    private func check() {
        let state = story.state
        #expect(state.encodedBytes == state.flights.values.reduce(0) { $0 + $1.encoded.count })
        #expect(state.encodedBytes <= state.limits.encodedBytes)
        #expect(state.places.values.reduce(0, +) == state.flights.count)
        for (key, peer) in state.peers {
            #expect(peer.batches == state.flights.values.count { $0.key == key })
            #expect(peer.batches <= state.limits.credit && peer.bytes >= 0 && peer.lookUps >= 0)
        }
        for (worker, lane) in state.lanes.enumerated() {
            let underway = state.flights.filter {
                $0.value.stage != .waiting && state.worker(of: $0.key.stream.sensor) == worker
            }
            let bytes = underway.values.reduce(0) { $0 + $1.decodedBytes }
            #expect(lane.decodedBytes == bytes && (bytes <= state.limits.decodedBytesPerWorker || underway.count == 1))
        }
        #expect(state.flights.values.count { $0.stage == .decoding } == decoding.count)
        #expect(state.flights.values.count { $0.stage == .storing } == storing.count)
    }

    private mutating func key() -> CurveKey {
        [Story.alpha, Story.alphaToo, Story.beta].randomElement(using: &random) ?? Story.beta
    }

    private mutating func route() -> UInt8 { UInt8.random(in: 1...3, using: &random) }

    private mutating func epoch() -> Epoch { Epoch(high: 0, low: UInt64.random(in: 1...3, using: &random)) }
}
