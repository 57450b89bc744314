import FlowModel
import Spool
import Testing
import WireFormat

@testable import Uplink

/// Stories of a connection, without sockets or clocks.
struct UplinkStateTests {
    static let live = Epoch(high: 1, low: 1)
    static let file = Epoch(high: 2, low: 2)
    static let now: Int64 = 1_800_000_000

    static func record(
        _ sequence: UInt64, epoch: Epoch = live, ageSeconds: Int64 = 0, isImport: Bool = false
    ) -> SpoolRecord {
        SpoolRecord(
            epoch: epoch, isImport: isImport, sequence: sequence,
            window: Window(containing: now - ageSeconds - 60, length: 60), payloadBytes: 1_000)
    }

    static func welcome(
        _ epoch: Epoch = live, committed: [ClosedRange<UInt64>] = [], credit: UInt16 = 8
    ) -> Message {
        .welcome(
            Welcome(version: 1, serverUnixMilliseconds: 0, credit: credit, epoch: epoch, committed: committed))
    }

    static func ack(_ sequences: ClosedRange<UInt64>, epoch: Epoch = live) -> Message {
        .ack(Ack(epoch: epoch, sequences: [sequences]))
    }

    /// A connected state that holds the records.
    private func state(_ records: [SpoolRecord]) -> UplinkState {
        var state = UplinkState(sensorVersion: "test")
        for record in records { state.apply(.appended(record)) }
        state.connected(nowMilliseconds: 0)
        return state
    }

    private func sent(_ actions: [UplinkState.Action]) -> [UInt64] {
        actions.compactMap {
            if case .sendBatch(let record) = $0 { return record.sequence }
            return nil
        }
    }

    @Test func aStreamIsAnnouncedBeforeItsBatchesGo() {
        var state = state([Self.record(3), Self.record(4)])
        let hello = Hello(epoch: Self.live, isImport: false, firstSequence: 3, nextSequence: 5, sensorVersion: "test")
        #expect(state.next(nowMilliseconds: 0, unixSeconds: Self.now) == [.send(.hello(hello))])
        #expect(state.next(nowMilliseconds: 1, unixSeconds: Self.now).isEmpty)
        #expect(state.received(Self.welcome(), nowMilliseconds: 2).isEmpty)
        #expect(sent(state.next(nowMilliseconds: 2, unixSeconds: Self.now)) == [4, 3])
    }

    @Test func whatTheCollectorHasIsNotSentAgain() {
        var state = state((1...5).map { Self.record($0) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        let actions = state.received(Self.welcome(committed: [1...2, 4...4]), nowMilliseconds: 1)
        #expect(actions == [.acknowledged(Self.live, [1...2, 4...4])])
        #expect(sent(state.next(nowMilliseconds: 1, unixSeconds: Self.now)) == [5, 3])
        #expect(state.pendingCount == 2)
    }

    @Test func anAcknowledgementIsHandedOnOnceAndOpensTheWindow() {
        var state = state((1...20).map { Self.record($0) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        var inFlight = sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now))
        #expect(inFlight.count == 2)
        var most = 2
        while let sequence = inFlight.first {
            inFlight.removeFirst()
            let message = Self.ack(sequence...sequence)
            #expect(
                state.received(message, nowMilliseconds: 1) == [.acknowledged(Self.live, [sequence...sequence])])
            #expect(state.received(message, nowMilliseconds: 1).isEmpty)
            inFlight += sent(state.next(nowMilliseconds: 1, unixSeconds: Self.now))
            most = max(most, inFlight.count)
        }
        #expect(most == UplinkState.maximumInFlight)
        #expect(state.pendingCount == 0)
    }

    @Test func creditBoundsWhatIsInFlight() {
        var state = state((1...9).map { Self.record($0) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(credit: 1), nowMilliseconds: 0)
        #expect(sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now)) == [9])
        _ = state.received(Self.ack(9...9), nowMilliseconds: 0)
        #expect(sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now)) == [8])
    }

    @Test func afterAnOutageThePresentGoesFirstThenTheNewestOfThePast() {
        var state = state((1...30).map { Self.record($0, ageSeconds: Int64(30 - $0) * 600) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        var order: [UInt64] = []
        for time in 0..<200 {
            let batch = sent(state.next(nowMilliseconds: Int64(time), unixSeconds: Self.now))
            order += batch
            if time == 4 { #expect(batch.first == 31, "a new window must not wait for the past") }
            if time == 3 { state.apply(.appended(Self.record(31))) }
            for sequence in batch { _ = state.received(Self.ack(sequence...sequence), nowMilliseconds: Int64(time)) }
        }
        #expect(order.prefix(5) == [30, 29, 28, 27, 26])
        #expect(Set(order) == Set(1...31))
    }

    @Test func backfillingRestsAsLongAsItWorked() {
        var state = state((1...40).map { Self.record($0, ageSeconds: 100_000 - Int64($0)) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        // Each batch takes 100 ms on this link.
        var busy = 0
        for step in 0..<200 {
            let time = Int64(step) * 100
            let batch = sent(state.next(nowMilliseconds: time, unixSeconds: Self.now))
            if !batch.isEmpty { busy += 1 }
            for sequence in batch { _ = state.received(Self.ack(sequence...sequence), nowMilliseconds: time + 100) }
        }
        #expect(state.pendingCount == 0)
        #expect(busy <= 110)
    }

    @Test func filesGoInOrderAndAreNotHeldBack() {
        var state = state((1...30).map { Self.record($0, epoch: Self.file, ageSeconds: 500_000, isImport: true) })
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(Self.file), nowMilliseconds: 0)
        var order: [UInt64] = []
        while true {
            let batch = sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now))
            if batch.isEmpty { break }
            order += batch
            for sequence in batch {
                _ = state.received(Self.ack(sequence...sequence, epoch: Self.file), nowMilliseconds: 0)
            }
        }
        #expect(order == Array(1...30))
    }

    @Test func aFileThatIsReadAgainIsSettledByTheWelcome() {
        func record(_ sequence: UInt64) -> SpoolRecord { Self.record(sequence, epoch: Self.file, isImport: true) }
        var state = state([record(1)])
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        let actions = state.received(Self.welcome(Self.file, committed: [1...3]), nowMilliseconds: 0)
        #expect(actions == [.acknowledged(Self.file, [1...1])])
        for sequence in [2, 3, 4] as [UInt64] { state.apply(.appended(record(sequence))) }
        #expect(
            state.next(nowMilliseconds: 0, unixSeconds: Self.now) == [
                .acknowledged(Self.file, [2...3]), .sendBatch(record(4)),
            ])
        state.disconnected()
        #expect(state.pendingCount == 1)
    }

    @Test func whatWasInFlightGoesAgainOnTheNextConnection() {
        var state = state([Self.record(1), Self.record(2)])
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        #expect(sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now)) == [2, 1])
        state.disconnected()
        #expect(state.next(nowMilliseconds: 5, unixSeconds: Self.now).isEmpty)
        state.connected(nowMilliseconds: 10)
        #expect(state.next(nowMilliseconds: 10, unixSeconds: Self.now).count == 1)
        _ = state.received(Self.welcome(committed: [2...2]), nowMilliseconds: 11)
        #expect(sent(state.next(nowMilliseconds: 11, unixSeconds: Self.now)) == [1])
    }

    @Test func aRetryableRefusalWaitsAndAFinalOneIsGivenBack() {
        var state = state([Self.record(1), Self.record(2)])
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        let busy = Nak(epoch: Self.live, sequence: 2, reason: .busy, isRetryable: true, retryAfterMilliseconds: 700)
        #expect(state.received(.nak(busy), nowMilliseconds: 0).isEmpty)
        #expect(sent(state.next(nowMilliseconds: 699, unixSeconds: Self.now)).isEmpty)
        #expect(state.received(Self.ack(1...1), nowMilliseconds: 699) == [.acknowledged(Self.live, [1...1])])
        #expect(sent(state.next(nowMilliseconds: 700, unixSeconds: Self.now)) == [2])
        let final = Nak(epoch: Self.live, sequence: 2, reason: .undecodable, isRetryable: false, text: "why")
        #expect(
            state.received(.nak(final), nowMilliseconds: 701) == [
                .rejected(Self.record(2), reason: "undecodable: why")
            ])
        #expect(state.pendingCount == 0)
    }

    @Test func aStreamThatIsNotWelcomeYetIsAnnouncedAgain() {
        var state = state([Self.record(1)])
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        let busy = Nak(epoch: Self.live, sequence: 0, reason: .busy, isRetryable: true, retryAfterMilliseconds: 2_000)
        #expect(state.received(.nak(busy), nowMilliseconds: 0).isEmpty)
        #expect(state.next(nowMilliseconds: 1_999, unixSeconds: Self.now).isEmpty)
        #expect(state.next(nowMilliseconds: 2_000, unixSeconds: Self.now).count == 1)
        let never = Nak(epoch: Self.live, sequence: 0, reason: .unsupportedVersion, isRetryable: false)
        guard case .giveUp = state.received(.nak(never), nowMilliseconds: 2_001).first else {
            Issue.record("the connection is of no use")
            return
        }
    }

    @Test func silenceEndsAConnectionOnlyWhileAnAnswerIsOwed() {
        var state = state([])
        #expect(state.next(nowMilliseconds: 10_000_000, unixSeconds: Self.now).isEmpty)
        state.apply(.appended(Self.record(1)))
        #expect(state.next(nowMilliseconds: 10_000_001, unixSeconds: Self.now).count == 1)
        #expect(state.next(nowMilliseconds: 10_180_001, unixSeconds: Self.now).isEmpty)
        guard case .giveUp = state.next(nowMilliseconds: 10_180_002, unixSeconds: Self.now).first else {
            Issue.record("a collector that does not answer must be given up")
            return
        }
    }

    @Test func droppedAndUnsendableRecordsAreForgotten() {
        var state = state([Self.record(1), Self.record(2)])
        state.apply(.dropped(Self.record(1)))
        _ = state.next(nowMilliseconds: 0, unixSeconds: Self.now)
        _ = state.received(Self.welcome(), nowMilliseconds: 0)
        #expect(sent(state.next(nowMilliseconds: 0, unixSeconds: Self.now)) == [2])
        state.unsendable(Self.record(2), nowMilliseconds: 1)
        #expect(state.pendingCount == 0)
        #expect(state.received(Self.ack(2...2), nowMilliseconds: 2).isEmpty)
    }

    @Test func manyStreamsAreAnnouncedAFewAtATime() {
        var state = state((1...10).map { Self.record(1, epoch: Epoch(high: 9, low: UInt64($0)), isImport: true) })
        #expect(state.next(nowMilliseconds: 0, unixSeconds: Self.now).count == UplinkState.maximumGreetings)
        #expect(state.next(nowMilliseconds: 0, unixSeconds: Self.now).isEmpty)
    }

    /// Random events against the one law: a record leaves the state only acknowledged, rejected, dropped or unsendable.
    @Test(arguments: UInt64(1)...20)
    func nothingIsForgottenWithoutAReason(_ seed: UInt64) {
        var random = SeededRandom(state: seed)
        var state = UplinkState(sensorVersion: "test")
        var held: [SpoolRecord: Bool] = [:]
        var inFlight: Set<SpoolRecord> = []
        var nextSequence: UInt64 = 1
        var isConnected = false
        var time: Int64 = 0
        func settle(_ actions: [UplinkState.Action]) {
            for action in actions {
                switch action {
                case .acknowledged(let epoch, let ranges):
                    for record in held.keys
                    where record.epoch == epoch && ranges.contains(where: { $0.contains(record.sequence) }) {
                        #expect(held.removeValue(forKey: record) != nil)
                        inFlight.remove(record)
                    }
                case .rejected(let record, _):
                    #expect(held.removeValue(forKey: record) != nil)
                    inFlight.remove(record)
                case .sendBatch(let record):
                    #expect(held[record] != nil && inFlight.insert(record).inserted)
                case .send: break
                case .giveUp: Issue.record("there was an answer to everything")
                }
            }
            #expect(inFlight.count <= UplinkState.maximumInFlight)
        }
        for _ in 0..<2_000 {
            time += Int64.random(in: 0...300, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                let record = Self.record(
                    nextSequence, ageSeconds: Int64.random(in: 0...2_000, using: &random))
                nextSequence += 1
                held[record] = true
                state.apply(.appended(record))
            case 2 where !isConnected:
                isConnected = true
                state.connected(nowMilliseconds: time)
            case 3 where isConnected && Int.random(in: 0..<10, using: &random) == 0:
                isConnected = false
                inFlight = []
                state.disconnected()
            case 4 where isConnected:
                settle(state.received(Self.welcome(), nowMilliseconds: time))
            case 5, 6:
                guard isConnected, let record = inFlight.randomElement(using: &random) else { continue }
                settle(state.received(Self.ack(record.sequence...record.sequence), nowMilliseconds: time))
            case 7:
                guard isConnected, let record = inFlight.randomElement(using: &random) else { continue }
                let isRetryable = Bool.random(using: &random)
                if isRetryable { inFlight.remove(record) }
                settle(
                    state.received(
                        .nak(
                            Nak(epoch: Self.live, sequence: record.sequence, reason: .busy, isRetryable: isRetryable)),
                        nowMilliseconds: time))
            default:
                if !isConnected { continue }
                settle(state.next(nowMilliseconds: time, unixSeconds: Self.now))
                settle(state.received(Self.welcome(), nowMilliseconds: time))
            }
            #expect(state.pendingCount == held.count)
        }
    }
}

/// splitmix64 (Vigna, 2015): the same numbers for the same seed.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
