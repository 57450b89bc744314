import FlowModel
import Testing
import WireFormat

@testable import Ingest
@testable import Store

/// What is in flight is bounded, and nothing beyond is lost in silence.
@Suite struct BoundsTests {
    @Test func beyondItsCreditAKeyIsToldToTryAgain() throws {
        var story = Story { $0.credit = 2 }
        let content = try Batches.encoded()
        let taken = story.send(1, content) + story.send(2, content)
        #expect(taken.decodes.count == 2)
        let refused = story.send(3, content)
        #expect(refused.count == 1 && refused.naks.map(\.reason) == [.busy] && refused.naks[0].isRetryable)
        #expect(refused.naks[0].retryAfterMilliseconds > 0)
        #expect(story.send(3, content, from: Story.beta).decodes.count == 1)
        _ = story.finish(taken)
        #expect(story.send(3, content).decodes.count == 1)
    }

    @Test func beyondItsShareOfBytesAKeyIsToldToTryAgain() throws {
        let content = try Batches.encoded()
        var story = Story { $0.bytesPerKey = content.count * 2 }
        _ = story.send(1, content)
        _ = story.send(2, content)
        #expect(story.send(3, content).naks.map(\.reason) == [.busy])
    }

    @Test func aFullCollectorTellsEverybodyToTryAgain() throws {
        let content = try Batches.encoded()
        var story = Story { $0.encodedBytes = content.count }
        let taken = story.send(1, content)
        #expect(story.send(2, content, from: Story.beta).naks.map(\.reason) == [.busy])
        _ = story.finish(taken)
        #expect(story.send(2, content, from: Story.beta).decodes.count == 1)
    }

    @Test func batchesWaitUndecodedUntilTheirWorkerHasRoom() throws {
        let content = try Batches.encoded(records: 100)
        let decodedBytes = try BatchSummary(content).decodedBytes + IngestLimits.bytesPerBatch
        var story = Story(workers: 1) { $0.decodedBytesPerWorker = 2 * decodedBytes }
        var taken: [IngestAction] = []
        for sequence: UInt64 in 1...6 { taken += story.send(sequence, content) }
        #expect(taken.decodes.map(\.id.sequence) == [1, 2])
        let decoded = story.decode(taken)
        #expect(decoded.decodes.isEmpty)
        let stored = story.store(decoded)
        #expect(stored.acks.map(\.sequences) == [[1...2]] && stored.decodes.map(\.id.sequence) == [3, 4])
        let rest = story.finish(stored)
        #expect(rest.decodes.map(\.id.sequence) == [5, 6])
    }

    @Test func aBatchThatIsLargerThanTheRoomGoesAlone() throws {
        var story = Story(workers: 1) { $0.decodedBytesPerWorker = 10 }
        let taken = story.send(1, try Batches.encoded()) + story.send(2, try Batches.encoded())
        #expect(taken.decodes.map(\.id.sequence) == [1])
        #expect(story.finish(taken).decodes.map(\.id.sequence) == [2])
    }

    @Test func oneWorkersCrowdDoesNotHoldUpTheOther() throws {
        var story = Story(workers: 2) { $0.decodedBytesPerWorker = 10 }
        _ = story.send(1, try Batches.encoded())
        #expect(story.send(2, try Batches.encoded()).isEmpty)
        #expect(story.send(2, try Batches.encoded(), from: Story.beta).decodes.count == 1)
    }

    @Test func aRemovedKeysWaitingBatchesAreDroppedAndOthersTakeTheirPlace() throws {
        var story = Story(workers: 1) { $0.decodedBytesPerWorker = 10 }
        let first = story.send(1, try Batches.encoded())
        _ = story.send(2, try Batches.encoded())
        _ = story.send(3, try Batches.encoded(), from: Story.beta, by: 2)
        var members = Story.members
        members[Story.alpha] = nil
        #expect(story.state.replaceKeys(members).isEmpty)
        let answers = story.decode(first)
        #expect(answers.kicks == [Story.alpha] && answers.stores.isEmpty)
        #expect(answers.decodes.map(\.id.sequence) == [3])
        _ = story.finish(answers)
        #expect(story.state.flightCount == 0 && story.state.encodedBytes == 0)
    }

    @Test func aKeyThatComesBackStillHasItsBatchesInFlight() throws {
        var story = Story { $0.credit = 2 }
        let taken = story.send(1, try Batches.encoded()) + story.send(2, try Batches.encoded())
        let decoded = story.decode(taken)
        _ = story.state.replaceKeys([:])
        _ = story.state.replaceKeys(Story.members)
        #expect(story.send(3, try Batches.encoded()).naks.map(\.reason) == [.busy])
        #expect(story.store(decoded).acks.count == 1)
        #expect(story.send(3, try Batches.encoded()).decodes.count == 1)
        #expect(story.send(4, try Batches.encoded()).decodes.count == 1)
    }

    @Test func whenTheCollectorStopsOnlyWhatIsUnderwayRemains() throws {
        var story = Story(workers: 1) { $0.decodedBytesPerWorker = 10 }
        let taken = story.send(1, try Batches.encoded()) + story.send(2, try Batches.encoded())
        story.state.dropWaiting()
        #expect(story.state.flightCount == 1)
        #expect(story.finish(taken).acks.map(\.sequences) == [[1...1]])
        #expect(story.state.flightCount == 0)
    }
}
