import FlowModel
import Messaging
import Testing
import WireFormat

@testable import Ingest
@testable import Store

/// From reception to the answer.
@Suite struct BatchFlowTests {
    @Test func aBatchIsAcknowledgedOnlyWhenItIsStored() throws {
        var story = Story()
        let content = try Batches.encoded()
        let taken = story.send(5, content)
        #expect(taken.count == 1 && taken.decodes.map(\.encoded) == [content])
        let decoded = story.decode(taken)
        let pending = try #require(decoded.stores.first?.batch)
        #expect(decoded.count == 1)
        #expect(
            pending.sensor == 1 && pending.publicKey == Story.alpha.bytes && pending.epoch == Story.epoch
                && pending.sequence == 5 && pending.digest == contentDigest(content) && pending.encoded == content
                && pending.content == .flows(Batches.flows()) && !pending.isImport
                && pending.receivedUnixMicroseconds == Story.start * 1_000_000)
        let answered = story.store(decoded)
        #expect(answered.count == 1 && answered.acks.map(\.sequences) == [[5...5]])
        #expect(story.state.flightCount == 0 && story.state.encodedBytes == 0)
        #expect(story.state.counters.stored == 1 && story.state.counters.rows == 3)
    }

    @Test func whatTheDatabaseHadAlreadyIsAcknowledgedToo() throws {
        var story = Story()
        #expect(story.finish(story.send(1, try Batches.encoded()), .duplicate).acks.map(\.sequences) == [[1...1]])
        #expect(story.state.counters.duplicates == 1 && story.state.counters.rows == 0)
    }

    @Test func acknowledgementsOfOneTransactionAreGroupedByConnectionAndStream() throws {
        var story = Story()
        let other = Epoch(high: 1, low: 1)
        var actions: [IngestAction] = []
        for sequence: UInt64 in [4, 2, 1, 9] { actions += story.send(sequence, try Batches.encoded(), by: 1) }
        actions += story.send(3, try Batches.encoded(), by: 1, epoch: other)
        actions += story.send(7, try Batches.encoded(), from: Story.beta, by: 2)
        let acks = story.finish(actions).replies.compactMap { reply -> String? in
            guard case .ack(let ack) = reply.message else { return nil }
            return "\(reply.route) \(ack.epoch.low) \(ack.sequences.map { "\($0.lowerBound)-\($0.upperBound)" })"
        }
        #expect(acks.sorted() == ["1 1 [\"3-3\"]", "1 8 [\"1-2\", \"4-4\", \"9-9\"]", "2 8 [\"7-7\"]"])
    }

    @Test func aBatchThatComesAgainIsDecodedOnceAndAnsweredToEveryConnection() throws {
        var story = Story { $0.carriers = 3 }
        let content = try Batches.encoded()
        let first = story.send(1, content, by: 1)
        #expect(story.send(1, content, by: 1).isEmpty)
        let decoded = story.decode(first)
        #expect(story.send(1, content, by: 2).isEmpty)
        #expect(story.send(1, content, from: Story.alphaToo, by: 3).isEmpty)
        #expect(story.send(1, content, by: 4).isEmpty)
        #expect(story.store(decoded).acks.map(\.route).sorted() == [2, 3, 4])
        #expect(story.state.counters.repeated == 4 && story.state.flightCount == 0)
    }

    @Test func otherContentUnderTheSameNumberIsForTheDatabaseToDecide() throws {
        var story = Story()
        let both = story.send(1, try Batches.encoded()) + story.send(1, try Batches.encoded(salt: 1), by: 2)
        let decoded = story.decode(both)
        #expect(decoded.stores.count == 2)
        let outcomes = zip(decoded.stores, [StoreOutcome.stored, .conflict]).map {
            StoredBatch(id: $0.id, outcome: $1, rows: 3)
        }
        let answers = story.state.stored(outcomes, GroupFacts(nanoseconds: 1))
        #expect(answers.acks.map(\.route) == [1])
        let nak = try #require(answers.naks.first)
        #expect(nak.reason == .conflictingDigest && !nak.isRetryable && nak.sequence == 1)
        #expect(answers.events == [.conflict])
    }

    @Test func aBatchOfANewerFormatStaysWithItsSensor() throws {
        var story = Story()
        var content = try Batches.encoded()
        content[3] = BatchFormat.current + 1
        let actions = story.send(1, content)
        let nak = try #require(actions.naks.first)
        #expect(actions.count == 1 && nak.reason == .unsupportedVersion && nak.isRetryable && nak.sequence == 1)
    }

    @Test func aMessageOfANewerVersionIsAnswered() throws {
        var story = Story()
        var bytes = Message.bye(Bye(epoch: Story.epoch)).encoded()
        bytes[2] = MessageCoding.current + 1
        let nak = try #require(
            story.state.receive(bytes, from: Story.alpha, by: Story.route(1), at: story.now).naks.first)
        #expect(nak.reason == .unsupportedVersion && nak.sequence == 0 && nak.epoch == Story.epoch)
    }

    @Test func aRejectedBatchIsRefusedForGoodWithTheReason() throws {
        var story = Story()
        let answers = story.finish(story.send(1, try Batches.encoded()), .rejected("too odd"))
        let nak = try #require(answers.naks.first)
        #expect(nak.reason == .storage && !nak.isRetryable && nak.text == "too odd" && answers.acks.isEmpty)
        #expect(answers.events == [.rejected("too odd")])
    }

    @Test func aKeyThatTheDatabaseRevokedIsCutAndAnotherKeyMaySendAgain() throws {
        var story = Story()
        let taken = story.send(1, try Batches.encoded(), by: 1)
        _ = story.send(1, try Batches.encoded(), from: Story.alphaToo, by: 2)
        let answers = story.finish(taken, .revoked)
        #expect(answers.kicks == [Story.alpha] && answers.acks.isEmpty)
        #expect(
            answers.replies.map(\.route) == [2] && answers.naks.map(\.reason) == [.busy] && answers.naks[0].isRetryable)
    }

    @Test func whatCannotBeDecodedIsRefusedForGood() throws {
        var story = Story()
        let noBatch = story.send(1, [1, 2, 3])
        #expect(noBatch.decodes.isEmpty && noBatch.naks.map(\.reason) == [.undecodable] && !noBatch.naks[0].isRetryable)
        let taken = story.send(2, try Batches.damaged())
        let refused = story.decode(taken)
        #expect(refused.naks.map(\.reason) == [.undecodable] && refused.naks[0].sequence == 2)
        #expect(refused.stores.isEmpty && story.state.flightCount == 0 && story.state.encodedBytes == 0)
    }

    @Test func garbageAgainAndAgainEndsItsSendersConnections() {
        var story = Story { $0.garbage = 3 }
        for _ in 0..<3 {
            let actions = story.state.receive([9, 9], from: Story.alpha, by: Story.route(1), at: story.now)
            #expect(actions.kicks.isEmpty && actions.replies.isEmpty && actions.events.count == 1)
        }
        let ack = Message.ack(Ack(epoch: Story.epoch, sequences: [1...1]))
        #expect(story.receive(ack).kicks == [Story.alpha])
        #expect(story.receive(ack, from: Story.beta).kicks.isEmpty)
        story.now.monotonicNanoseconds += 1_000_000_000
        #expect(story.receive(ack).kicks.isEmpty)
        #expect(story.state.counters.undecodableMessages == 6 && story.state.counters.kicks == 1)
    }

    @Test func theImportFlagOfAGapReportIsThatOfItsStream() throws {
        var story = Story()
        let file = Epoch(high: 0, low: 1)
        let greeted = Epoch(high: 0, low: 2)
        let live = Epoch(high: 0, low: 3)
        _ = story.finish(story.send(1, try Batches.encoded(capture: .file), epoch: file))
        _ = story.hello(epoch: greeted, isImport: true)
        for (epoch, isImport) in [(file, true), (greeted, true), (live, false)] {
            let actions = story.decode(story.send(2, try Batches.gap([1]), epoch: epoch))
            #expect(actions.stores.map(\.batch.isImport) == [isImport])
            _ = story.store(actions)
            _ = story.receive(.bye(Bye(epoch: epoch)))
            #expect(
                story.decode(story.send(3, try Batches.gap([1]), epoch: epoch)).stores.map(\.batch.isImport) == [false])
        }
    }

    @Test func aWindowThatCannotBeIsRefusedBeforeItIsDecoded() throws {
        var story = Story()
        let actions = story.send(1, try Batches.encoded(start: Story.start + 86_400))
        #expect(actions.decodes.isEmpty && actions.naks.map(\.reason) == [.outsideAdmission])
        #expect(!actions.naks[0].isRetryable && actions.naks[0].text.contains("2025-11-24T16:00:00.000Z"))
        #expect(actions.events.count == 1)
    }
}
