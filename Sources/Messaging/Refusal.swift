import Synchronization

/// A handshake that was refused because its key is not registered.
package struct Refusal: Sendable, Equatable {
    package let key: CurveKey
    /// The peer's address as text, without its port.
    package let address: String
}

/// The newest refusals of one server socket. Behind a lock: written by the ZAP thread, read by the socket's owner.
final class RefusalLog: Sendable {
    private static let capacity = 256

    private struct State {
        var recent: [Refusal] = []
        var total: UInt64 = 0
    }

    private let state = Mutex(State())

    func append(_ refusal: Refusal) {
        state.withLock { state in
            state.total &+= 1
            if state.recent.count == RefusalLog.capacity { state.recent.removeFirst() }
            state.recent.append(refusal)
        }
    }

    /// Empties the log; `total` counts since the last call.
    func take() -> (recent: [Refusal], total: UInt64) {
        state.withLock { state in
            defer { state = State() }
            return (state.recent, state.total)
        }
    }
}
