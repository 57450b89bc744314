import Synchronization

/// Where events are published, and where everybody who follows them waits. Any thread may use it.
///
/// Nobody has a queue of their own: who is slow misses what has left the memory of the last events, and is told so. So a
/// thousand followers cost a thousand waits and nothing else.
final class EventHub: Sendable {
    /// Events that are remembered: a quarter of an hour at the least.
    static let memory = 512

    /// What somebody who waited is given.
    enum News: Sendable, Equatable {
        case events([ConsoleEvent])
        /// Some events are missed: ask for the state anew.
        case missed(latest: UInt64)
        /// Nothing happened; the connection lives.
        case heartbeat
        /// There will be nothing more.
        case ended
    }

    private struct State {
        var events: [ConsoleEvent] = []
        var latest: UInt64 = 0
        var beats: UInt64 = 0
        var isEnded = false
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    /// Tells this process from others in identifiers of events.
    let start: String
    private let state = Mutex(State())

    init(start: String) { self.start = start }

    /// Number of the newest event.
    var latest: UInt64 { state.withLock { $0.latest } }

    func publish(_ news: [(name: String, data: String)]) {
        guard !news.isEmpty else { return }
        wake { state in
            for (name, data) in news {
                state.latest += 1
                state.events.append(ConsoleEvent(number: state.latest, name: name, data: data))
            }
            state.events.removeFirst(max(0, state.events.count - EventHub.memory))
        }
    }

    /// Makes everybody show a sign of life.
    func beat() { wake { $0.beats += 1 } }

    /// Lets everybody go, and nobody in.
    func end() { wake { $0.isEnded = true } }

    private func wake(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// What there is after an event, at once or when there is something.
    /// - Parameters:
    ///   - number: of the last event that the follower has.
    ///   - beats: heartbeats that it has seen; is brought up to date.
    /// - Throws: `CancellationError` when the task is cancelled.
    func news(after number: UInt64, beats: inout UInt64?) async throws -> News {
        while true {
            try Task.checkCancellation()
            let (news, seen) = look(after: number, beats: beats)
            let isNew = beats == nil
            beats = seen
            if let news { return news }
            if isNew { continue }
            await wait(number: number, beats: seen)
        }
    }

    private func look(after number: UInt64, beats: UInt64?) -> (News?, UInt64) {
        state.withLock { state in
            if state.isEnded { return (.ended, state.beats) }
            if number < state.latest {
                guard let first = state.events.first, number + 1 >= first.number else {
                    return (.missed(latest: state.latest), state.beats)
                }
                return (.events(state.events.filter { $0.number > number }), state.beats)
            }
            if number > state.latest { return (.missed(latest: state.latest), state.beats) }
            return (beats.map { $0 != state.beats } ?? false ? .heartbeat : nil, state.beats)
        }
    }

    /// Returns when something has changed, or the task is cancelled.
    private func wait(number: UInt64, beats: UInt64) async {
        let identifier = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // What came between the look and this is not waited for.
                    guard !Task.isCancelled, !state.isEnded, state.latest == number, state.beats == beats else {
                        return true
                    }
                    state.waiters[identifier] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: identifier) }?.resume()
        }
    }
}
