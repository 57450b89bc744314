import Accounts
import Logging
import Runtime
import Store
import Synchronization
import SystemCalls
import Telemetry

/// The sessions that follow events: their streams end with them. A thread looks every few seconds for those that have ended,
/// all at once, while anybody follows. Any thread may use it.
final class FollowedSessions: Sendable {
    /// Between two looks.
    private static let interval: Int32 = 5_000
    /// When nobody could look for so long, every stream ends.
    private static let patience: Int64 = 60_000_000_000

    private struct Stream {
        let token: SessionToken
        let end: @Sendable () -> Void
    }

    /// Owned by its lock.
    private final class Streams: Sendable {
        let state = Mutex<(next: UInt64, open: [UInt64: Stream])>((0, [:]))

        /// Ends those whose session is such.
        func end(_ isOver: (SessionToken) -> Bool) {
            let ended = state.withLock { state in
                let ended = state.open.filter { isOver($0.value.token) }
                for key in ended.keys { state.open[key] = nil }
                return ended
            }
            for stream in ended.values { stream.end() }
        }
    }

    private let streams = Streams()
    private let changed: EventDescriptor
    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameter prepare: done with each new connection.
    init(
        conninfo: String, log: RateLimitedLogger,
        prepare: @escaping @Sendable (StoreConnection) throws(StoreError) -> Void
    ) throws(SystemError) {
        let (streams, changed, stopped) = (streams, try EventDescriptor(), try EventDescriptor())
        (self.changed, self.stopped) = (changed, stopped)
        worker = try Worker(name: "console sessions") {
            var kept = KeptConnection(conninfo: conninfo, name: "console sessions", prepare: prepare)
            var lookedAt = Clock.monotonicNanoseconds()
            while true {
                changed.wait(milliseconds: FollowedSessions.interval)
                _ = changed.lower()
                if stopped.wait(milliseconds: 0) { return }
                let tokens = Set(streams.state.withLock { $0.open.values.map(\.token) })
                guard !tokens.isEmpty else {
                    lookedAt = Clock.monotonicNanoseconds()
                    continue
                }
                do throws(StoreError) {
                    let live = try kept.open().liveSessions(Array(tokens))
                    streams.end { tokens.contains($0) && !live.contains($0) }
                    lookedAt = Clock.monotonicNanoseconds()
                } catch {
                    kept.drop()
                    log.log(
                        level: .warning, "the console cannot look for sessions", metadata: ["err": "\(error.message)"])
                    if Clock.monotonicNanoseconds() - lookedAt > FollowedSessions.patience { streams.end { _ in true } }
                }
            }
        }
    }

    /// Notes a stream of a session.
    /// - Parameter end: called when the session has ended, once at most.
    /// - Returns: what `leave` wants.
    func join(_ token: SessionToken, end: @escaping @Sendable () -> Void) -> UInt64 {
        streams.state.withLock { state in
            state.next += 1
            state.open[state.next] = Stream(token: token, end: end)
            return state.next
        }
    }

    /// The stream is over.
    func leave(_ key: UInt64) { streams.state.withLock { $0.open[key] = nil } }

    /// Ends the streams of the sessions that are such, at once.
    func end(_ isOver: (SessionToken) -> Bool) { streams.end(isOver) }

    /// Has the thread look now.
    func look() { changed.raise() }

    /// Ends the thread.
    func stop() {
        stopped.raise()
        changed.raise()
    }
}
