import FlowModel
import Testing

@testable import Aggregation

struct LinkHistoryTests {
    @Test func nothingNotedIsUnknown() {
        #expect(LinkHistory().worst(from: 0, to: 10) == .unknown)
    }

    @Test func aStateHoldsUntilTheNext() {
        var history = LinkHistory()
        history.note(.up, at: 5)
        history.note(.down, at: 20)
        history.note(.up, at: 25)
        #expect(history.worst(from: 0, to: 5) == .unknown)
        #expect(history.worst(from: 0, to: 10) == .up)
        #expect(history.worst(from: 10, to: 20) == .up)
        #expect(history.worst(from: 10, to: 21) == .down)
        #expect(history.worst(from: 21, to: 24) == .down)
        #expect(history.worst(from: 25, to: 30) == .up)
        #expect(history.worst(from: 0, to: 30) == .down)
    }

    @Test func goneIsWorseThanDown() {
        var history = LinkHistory()
        history.note(.gone, at: 1)
        history.note(.down, at: 2)
        #expect(history.worst(from: 0, to: 10) == .gone)
        #expect(history.worst(from: 2, to: 10) == .down)
    }

    @Test func whatIsForgottenChangesNothingLater() {
        var history = LinkHistory()
        for time in 0..<100 { history.note(time % 2 == 0 ? .up : .down, at: Int64(time)) }
        var shorter = history
        shorter.forget(before: 50)
        for begin in 50..<110 {
            let span = (Int64(begin), Int64(begin) + 3)
            #expect(history.worst(from: span.0, to: span.1) == shorter.worst(from: span.0, to: span.1))
        }
    }

    @Test func aClockThatIsSetBackLeavesTheNewestStateInForce() {
        var history = LinkHistory()
        history.note(.up, at: 1_000)
        history.note(.down, at: 2_000)
        history.note(.up, at: 500)
        #expect(history.worst(from: 500, to: 600) == .up)
        #expect(history.worst(from: 400, to: 450) == .unknown)
    }
}
