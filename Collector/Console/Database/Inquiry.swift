import Store
import Synchronization

/// A question on its way to the database and back. Any thread may use it.
///
/// It is answered once: by the thread that asks the database, or, while it still waits, by its cancellation.
final class Inquiry: Sendable {
    private enum State {
        case waiting
        /// What ends it at the server; nil when it cannot be ended.
        case underway(QueryCanceller?)
        case ended
    }

    private let state = Mutex((state: State.waiting, isUnwanted: false))
    private let work: @Sendable (StoreConnection) -> Void
    private let failure: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - work: asks the database and hands its answer on.
    ///   - failure: hands on why there is none. Of both one is called, once.
    init(
        work: @escaping @Sendable (StoreConnection) -> Void, failure: @escaping @Sendable (any Error) -> Void
    ) {
        self.work = work
        self.failure = failure
    }

    /// Called by the thread that has a connection for it.
    /// - Returns: whether the connection can be used on: not when the statement may have been ended by force.
    func ask(_ connection: StoreConnection) -> Bool {
        let canceller = connection.canceller()
        let isWanted = state.withLock { state in
            guard case .waiting = state.state else { return false }
            state.state = .underway(canceller)
            return true
        }
        guard isWanted else { return true }
        work(connection)
        return state.withLock { state in
            state.state = .ended
            return !state.isUnwanted
        }
    }

    /// Answers it with why it cannot be asked, unless it has ended.
    func fail(_ error: any Error) {
        let isWanted = state.withLock { state in
            guard case .waiting = state.state else { return false }
            state.state = .ended
            return true
        }
        if isWanted { failure(error) }
    }

    /// Nobody waits for the answer any more.
    /// - Returns: what ends it at the server, which blocks; nil when nothing is to be done.
    func cancel() -> QueryCanceller? {
        let found = state.withLock { state -> (wasWaiting: Bool, canceller: QueryCanceller?) in
            switch state.state {
            case .waiting:
                state.state = .ended
                return (true, nil)
            case .underway(let canceller):
                state.isUnwanted = true
                return (false, canceller)
            case .ended: return (false, nil)
            }
        }
        if found.wasWaiting { failure(CancellationError()) }
        return found.canceller
    }
}
