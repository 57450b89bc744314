import FlowModel
import Testing
import WireFormat

@testable import Ingest

@Suite struct GreetingTests {
    @Test func aSensorIsWelcomedWithWhatTheDatabaseHas() throws {
        var story = Story()
        let asked = story.hello()
        let lookUp = try #require(asked.lookUps.first)
        #expect(asked.count == 1 && lookUp.stream == StreamID(sensor: 1, epoch: Story.epoch))
        let answers = story.state.lookedUp(lookUp.stream, [1...4, 9...9], at: story.now)
        #expect(
            answers.welcomes == [
                Welcome(
                    version: 1, serverUnixMilliseconds: Story.start * 1_000, credit: 8, epoch: Story.epoch,
                    committed: [1...4, 9...9])
            ])
        #expect(story.state.lookedUp(lookUp.stream, [], at: story.now).isEmpty)
    }

    @Test func withoutACommonVersionNothingIsLookedUp() throws {
        var story = Story()
        let actions = story.hello(versions: 2...9)
        let nak = try #require(actions.naks.first)
        #expect(actions.count == 1 && nak.reason == .unsupportedVersion && !nak.isRetryable && nak.sequence == 0)
        #expect(nak.text.contains("1 to 1") && nak.text.contains("2 to 9"))
    }

    @Test func whileTheDatabaseIsAwayTheSensorIsToldToComeBack() throws {
        var story = Story()
        _ = story.hello()
        let nak = try #require(
            story.state.lookedUp(StreamID(sensor: 1, epoch: Story.epoch), nil, at: story.now).naks.first)
        #expect(nak.reason == .busy && nak.isRetryable && (2_000...6_000).contains(nak.retryAfterMilliseconds))
    }

    @Test func oneQuestionAnswersEveryConnectionThatWaits() {
        var story = Story { $0.carriers = 3 }
        #expect(story.hello(by: 1).lookUps.count == 1)
        for route: UInt8 in [1, 2, 2, 3, 4] { #expect(story.hello(by: route).isEmpty) }
        let answers = story.state.lookedUp(StreamID(sensor: 1, epoch: Story.epoch), [], at: story.now)
        #expect(answers.replies.map(\.route).sorted() == [2, 3, 4])
    }

    @Test func aKeyCannotAskForManyStreamsAtOnceOrTooOften() {
        var story = Story { ($0.lookUpsPerKey, $0.hellos, $0.helloNanoseconds) = (2, 5, 1_000) }
        func epoch(_ number: UInt64) -> Epoch { Epoch(high: 0, low: number) }
        #expect(story.hello(epoch: epoch(1)).lookUps.count == 1)
        #expect(story.hello(epoch: epoch(2)).lookUps.count == 1)
        #expect(story.hello(epoch: epoch(3)).naks.map(\.reason) == [.busy])
        #expect(story.hello(epoch: epoch(3), from: Story.beta).lookUps.count == 1)
        _ = story.state.lookedUp(StreamID(sensor: 1, epoch: epoch(1)), [], at: story.now)
        #expect(story.hello(epoch: epoch(3)).lookUps.count == 1)
        _ = story.state.lookedUp(StreamID(sensor: 1, epoch: epoch(2)), [], at: story.now)
        #expect(story.hello(epoch: epoch(4)).lookUps.count == 1)
        #expect(story.hello(epoch: epoch(4)).naks.map(\.reason) == [.busy])
        story.now.monotonicNanoseconds += 1_000
        #expect(story.hello(epoch: epoch(4)).isEmpty)
    }

    @Test func aSensorsQuestionsGoToTheWorkerThatStoresItsBatches() throws {
        var story = Story(workers: 2)
        let worker = try #require(story.hello().lookUps.first?.worker)
        let stored = story.decode(story.send(1, try Batches.encoded()))
        #expect(stored.stores.map(\.worker) == [worker])
        #expect(story.hello(from: Story.beta).lookUps.map(\.worker) == [1 - worker])
    }

    @Test func aKeyThatIsNotKnownYetIsToldToComeBack() throws {
        var story = Story()
        let greeted = story.hello(from: Story.stranger)
        #expect(greeted.naks.map(\.reason) == [.notWelcome] && greeted.naks[0].isRetryable)
        let sent = story.send(4, try Batches.encoded(), from: Story.stranger)
        #expect(sent.naks.map(\.reason) == [.notWelcome] && sent.naks[0].sequence == 4)
        #expect(story.state.flightCount == 0 && story.state.counters.strangers == 2)
    }
}
