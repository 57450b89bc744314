import FlowModel

/// The states of the capture interface, each from a time on.
struct LinkHistory {
    private var changes: [(from: Int64, state: LinkState)] = []

    /// Since this Unix time in milliseconds the state holds.
    mutating func note(_ state: LinkState, at milliseconds: Int64) {
        // The clock was set back: what was noted is not in the future.
        for index in changes.indices { changes[index].from = min(changes[index].from, milliseconds) }
        if changes.last?.state != state { changes.append((milliseconds, state)) }
    }

    /// The worst state in a span of time: an outage is not hidden by what came after it.
    func worst(from begin: Int64, to end: Int64) -> LinkState {
        var worst = LinkState.unknown
        for (index, change) in changes.enumerated() where change.from < end {
            let isOver = index + 1 < changes.count && changes[index + 1].from <= begin
            if !isOver, change.state.rawValue > worst.rawValue { worst = change.state }
        }
        return worst
    }

    /// Forgets what was over before a time.
    mutating func forget(before milliseconds: Int64) {
        while changes.count > 1, changes[1].from <= milliseconds { changes.removeFirst() }
    }
}
