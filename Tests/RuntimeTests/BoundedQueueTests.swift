import Synchronization
import SystemCalls
import Testing

@testable import Runtime

struct QueueStateTests {
    private func state(capacity: Int, maximumWeight: Int = .max) -> QueueState<Int> {
        QueueState(capacity: capacity, maximumWeight: maximumWeight) { $0 }
    }

    @Test func elementsComeOutInTheirOrderAroundTheRing() {
        var state = state(capacity: 3)
        var expected = 0
        for number in 0..<20 {
            #expect(state.push(number) == .accepted)
            if state.count == 3 {
                #expect(state.push(99) == .full)
                #expect(state.pop() == expected)
                expected += 1
            }
        }
        #expect(state.pop() == 18)
        #expect(state.pop() == 19)
        #expect(state.pop() == nil)
    }

    @Test func weightIsBoundedButForALoneElement() {
        var state = state(capacity: 10, maximumWeight: 10)
        #expect(state.push(6) == .accepted)
        #expect(state.push(5) == .full)
        #expect(state.push(4) == .accepted)
        #expect(state.pop() == 6)
        #expect(state.push(7) == .full)
        #expect(state.pop() == 4)
        #expect(state.push(50) == .accepted)
        #expect(state.push(0) == .full)
        #expect(state.pop() == 50)
        #expect(state.push(10) == .accepted)
        #expect(state.push(.max) == .full)
    }

    @Test func aClosedQueueTakesNothingAndGivesWhatItHas() {
        var state = state(capacity: 2)
        #expect(state.push(1) == .accepted)
        state.close()
        #expect(state.push(2) == .closed)
        #expect(state.pop() == 1)
        #expect(state.pop() == nil)
    }
}

struct BoundedQueueTests {
    @Test func everyElementArrivesOnceAndInOrderThroughASmallQueue() throws {
        let queue = BoundedQueue<Int>(capacity: 2)
        let giver = try Worker(name: "giver") {
            for number in 0..<20_000 { queue.push(number) }
            queue.close()
        }
        var expected = 0
        while let number = queue.pop() {
            #expect(number == expected)
            expected += 1
        }
        giver.join()
        #expect(expected == 20_000)
        #expect(queue.isFinished)
    }

    @Test func severalGiversAndTakersLoseNothing() throws {
        let queue = BoundedQueue<Int>(capacity: 3, maximumWeight: 5000) { $0 }
        let sum = Atomic(0)
        let takers = try (0..<2).map { _ in
            try Worker(name: "taker") {
                while let number = queue.pop() { sum.add(number, ordering: .relaxed) }
            }
        }
        let givers = try (0..<3).map { _ in
            try Worker(name: "giver") { for number in 1...2000 { queue.push(number) } }
        }
        for giver in givers { giver.join() }
        queue.close()
        for taker in takers { taker.join() }
        #expect(sum.load(ordering: .relaxed) == 3 * 2000 * 2001 / 2)
    }

    @Test func tryPushNeverWaits() {
        let queue = BoundedQueue<Int>(capacity: 1)
        #expect(queue.tryPush(1))
        #expect(!queue.tryPush(2))
        #expect(queue.count == 1)
        #expect(queue.pop() == 1)
        queue.close()
        #expect(!queue.tryPush(3))
        #expect(queue.count == 0)
    }

    @Test func popGivesUpWhenItsTimeIsOver() {
        let queue = BoundedQueue<Int>(capacity: 1)
        #expect(queue.pop(milliseconds: 0) == nil)
        let start = Clock.monotonicNanoseconds()
        #expect(queue.pop(milliseconds: 20) == nil)
        #expect(Clock.monotonicNanoseconds() - start >= 20_000_000)
        #expect(!queue.isFinished)
        queue.push(1)
        #expect(queue.pop(milliseconds: 0) == 1)
        queue.push(2)
        #expect(queue.pop(milliseconds: 60_000) == 2)
    }

    @Test func closingEndsTheWaitOfGiverAndTaker() throws {
        let (full, empty) = (BoundedQueue<Int>(capacity: 1), BoundedQueue<Int>(capacity: 1))
        full.push(1)
        let results = Mutex<[String]>([])
        let giver = try Worker(name: "giver") {
            let accepted = full.push(2)
            results.withLock { $0.append("push \(accepted)") }
        }
        let taker = try Worker(name: "taker") {
            let element = empty.pop(milliseconds: 60_000)
            results.withLock { $0.append("pop \(element as Any)") }
        }
        full.close()
        empty.close()
        giver.join()
        taker.join()
        #expect(Set(results.withLock { $0 }) == ["push false", "pop nil"])
        #expect(full.isClosed)
        #expect(!full.isFinished)
        #expect(full.pop() == 1)
        #expect(full.isFinished)
    }

    @Test func whatIsLeftIsReleasedWithTheQueue() {
        final class Token: Sendable {}
        weak var token: Token?
        do {
            let queue = BoundedQueue<Token>(capacity: 2)
            let held = Token()
            token = held
            queue.push(held)
        }
        #expect(token == nil)
    }
}
