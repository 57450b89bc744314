package import Messaging
package import Spool
import Synchronization

/// Hands what happens in the spool to the uplink. Any thread may post; the uplink thread alone takes.
package final class UplinkMailbox: Sendable {
    private struct State {
        var changes: [SpoolChange] = []
        var isStopping = false
    }

    private let state = Mutex(State())
    let waker: Waker

    package init() throws(MessagingError) { waker = try Waker() }

    package func post(_ changes: [SpoolChange]) {
        if changes.isEmpty { return }
        state.withLock { $0.changes += changes }
        waker.wake()
    }

    /// Asks the uplink to end: it says farewell once nothing is in flight, or when its patience is over.
    package func stop() {
        state.withLock { $0.isStopping = true }
        waker.wake()
    }

    func take() -> (changes: [SpoolChange], isStopping: Bool) {
        state.withLock { state in
            defer { state.changes = [] }
            return (state.changes, state.isStopping)
        }
    }
}
