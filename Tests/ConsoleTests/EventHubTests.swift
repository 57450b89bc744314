import Store
import Testing

@testable import Console

@Suite struct EventHubTests {
    private let hub = EventHub(start: "abc")

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
        let hubs = EventHubs(start: "abc", mostFollowers: 2)
        #expect(hubs.join(.everything) != nil && hubs.join(.site("a")) != nil && hubs.join(.totals) == nil)
        hubs.leave()
        #expect(hubs.join(.totals) != nil && hubs.followers == 2)
        hubs.leave()
        hubs.end()
        #expect(hubs.join(.everything) == nil, "nobody is let in at the end")
    }

    @Test func aSeatIsGivenBackOnceAlsoByWhoNeverSat() {
        let hubs = EventHubs(start: "abc", mostFollowers: 2)
        #expect(hubs.join(.everything) != nil && hubs.join(.totals) != nil)
        let seat = FollowerSeat(hubs)
        seat.leave()
        seat.leave()
        #expect(hubs.followers == 1)
        _ = FollowerSeat(hubs)
        #expect(hubs.followers == 0, "nobody holds the other one any more")
    }

    @Test func anAudienceLearnsNothingOfAnother() async throws {
        let hubs = EventHubs(start: "abc", mostFollowers: 9)
        let (own, other) = (try #require(hubs.join(.site("a"))), try #require(hubs.join(.site("b"))))
        hubs.publish([("window", "1"), ("window", "2")], to: .site("b"))
        hubs.publish([("window", "3")], to: .site("a"))
        #expect(own.latest == 1 && other.latest == 2)
        var beats = UInt64?.none
        #expect(
            try await own.news(after: 0, beats: &beats) == .events([ConsoleEvent(number: 1, name: "window", data: "3")])
        )
    }

    @Test(
        arguments: [("abc-7", 7), ("abc-", nil), ("abd-7", nil), ("7", nil), ("abc-x", nil), ("", nil)]
            as [(String, UInt64?)])
    func onlyNumbersOfThisProcessCount(_ identifier: String, _ number: UInt64?) {
        #expect(ConsoleEvent.number(in: identifier, start: "abc") == number)
    }
}

@Suite struct WindowWatchTests {
    private func window(
        _ start: String, _ packets: Int64, site: String? = nil, sites: Int64 = 1, isSettled: Bool = false
    ) -> ConsoleWindow {
        ConsoleWindow(
            site: site, start: start, packets: packets, sensors: 1, sites: sites, isComplete: true, committedAt: "now",
            isSettled: isSettled)
    }

    @Test func aMinuteIsToldWhenItIsNewAndWhenItGrows() {
        var watch = WindowWatch()
        func starts(_ windows: [ConsoleWindow]) -> [String]? { watch.news(windows)[.everything]?.map(\.start) }
        #expect(starts([window("a", 1), window("b", 1)]) == ["a", "b"])
        #expect(starts([window("a", 1), window("b", 1, isSettled: true)]) == nil)
        #expect(starts([window("a", 2), window("b", 1), window("c", 1)]) == ["a", "c"])
        // What is too old to be asked for is forgotten.
        #expect(starts([window("c", 1)]) == nil)
    }

    @Test func aSiteIsToldOfItsOwn() {
        var watch = WindowWatch()
        let news = watch.news([window("a", 3, sites: 2), window("a", 1, site: "x"), window("a", 2, site: "y")])
        #expect(news[.site("x")]?.map(\.packets) == [1] && news[.site("y")]?.map(\.packets) == [2])
        #expect(news[.everything]?.map(\.packets) == [3] && news[.totals] == nil)
        #expect(watch.news([window("a", 4, sites: 2), window("a", 1, site: "x")])[.site("x")] == nil)
    }

    @Test func thePublicIsToldOnceOfThreeSitesTogether() {
        var watch = WindowWatch()
        func packets(_ windows: [ConsoleWindow]) -> [Int64]? { watch.news(windows)[.totals]?.map(\.packets) }
        #expect(packets([window("a", 3, sites: 3)]) == nil, "it may still grow by a site")
        #expect(packets([window("a", 9, sites: 4, isSettled: true), window("b", 1, sites: 2, isSettled: true)]) == [9])
        #expect(
            packets([window("a", 12, sites: 5, isSettled: true), window("b", 1, sites: 2, isSettled: true)]) == nil)
    }
}
