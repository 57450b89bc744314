import Store
import Testing

@testable import Console

@Suite struct EventHubTests {
    private let hub = EventHub(start: "abc", mostFollowers: 2)

    private func publish(_ count: Int) { for _ in 0..<count { hub.publish([("window", "{}")]) } }

    private func events(after number: UInt64) async throws -> [ConsoleEvent] {
        if case .events(let events) = try await news(after: number) { events } else { [] }
    }

    private func news(after number: UInt64) async throws -> EventHub.News {
        var beats = UInt64?.none
        return try await hub.news(after: number, beats: &beats)
    }

    @Test func whoComesBackGoesOnWhereItWas() async throws {
        publish(5)
        #expect(try await events(after: 3).map(\.number) == [4, 5])
    }

    @Test func whoMissedTooMuchIsToldSo() async throws {
        publish(EventHub.memory + 10)
        #expect(try await news(after: 5) == .missed(latest: UInt64(EventHub.memory + 10)))
        #expect(try await events(after: 10).count == EventHub.memory)
        // A number of the future is that of a process before.
        #expect(try await news(after: .max) == .missed(latest: UInt64(EventHub.memory + 10)))
    }

    /// What wakes those who wait.
    enum Change: Sendable, CaseIterable {
        case heartbeat, event, end
    }

    @Test(.timeLimit(.minutes(1)), arguments: Change.allCases) func whoWaitsIsWoken(_ change: Change) async throws {
        let hub = hub
        let waiting = Task {
            var beats: UInt64?
            return try await hub.news(after: 0, beats: &beats)
        }
        // A heartbeat is for those who wait already: it comes again and again.
        let changing = Task {
            while !Task.isCancelled {
                switch change {
                case .heartbeat: hub.beat()
                case .event: if hub.latest == 0 { hub.publish([("window", "1")]) }
                case .end: hub.end()
                }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        let news = try await waiting.value
        changing.cancel()
        switch change {
        case .heartbeat: #expect(news == .heartbeat)
        case .event: #expect(news == .events([ConsoleEvent(number: 1, name: "window", data: "1")]))
        case .end: #expect(news == .ended)
        }
    }

    @Test(.timeLimit(.minutes(1))) func whoIsCancelledWaitsNoMore() async {
        let hub = hub
        let waiting = Task {
            var beats: UInt64? = nil
            return try await hub.news(after: 0, beats: &beats)
        }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func onlySoManyFollow() {
        #expect(hub.join() && hub.join() && !hub.join())
        hub.leave()
        #expect(hub.join())
    }

    @Test(
        arguments: [("abc-7", 7), ("abc-", nil), ("abd-7", nil), ("7", nil), ("abc-x", nil), ("", nil)]
            as [(String, UInt64?)])
    func onlyNumbersOfThisProcessCount(_ identifier: String, _ number: UInt64?) {
        #expect(ConsoleEvent.number(in: identifier, start: "abc") == number)
    }
}

@Suite struct WindowWatchTests {
    private func window(_ start: String, _ packets: Int64) -> ConsoleWindow {
        ConsoleWindow(start: start, packets: packets, sensors: 1, sites: 1, isComplete: true, committedAt: "now")
    }

    @Test func aMinuteIsToldWhenItIsNewAndWhenItGrows() {
        var watch = WindowWatch()
        #expect(watch.news([window("a", 1), window("b", 1)]).map(\.start) == ["a", "b"])
        #expect(watch.news([window("a", 1), window("b", 1)]).isEmpty)
        #expect(watch.news([window("a", 2), window("b", 1), window("c", 1)]).map(\.start) == ["a", "c"])
        // What is too old to be asked for is forgotten.
        #expect(watch.news([window("c", 1)]).isEmpty)
    }
}
