/// A day's table of raw.flow.
package struct FlowDay: Sendable, Hashable {
    package enum State: String, Sendable {
        case attached
        /// DETACH CONCURRENTLY did not come to its end.
        case detaching
        case detached
    }

    /// Days since 1970-01-01.
    let number: Int64
    package let state: State
    /// Unix seconds at which the latest batch of the day arrived; nil when there is none.
    var newestArrival: Int64?
    /// Whether rollups are still to be made of it.
    var isMarked = false
}

/// Decides which days of raw.flow are made, and which go.
///
/// A day goes when it ended, and when the last of it arrived, longer ago than flows are kept: an old capture that was
/// imported today stays as long as today's packets. A day of which rollups are still to be made stays too.
struct RetentionPlan {
    enum Action: Hashable {
        /// Make the day's table, or put one that is detached back into its place.
        case attach(Int64)
        case detach(Int64)
        case finishDetaching(Int64)
        case drop(Int64)
    }

    /// Days beyond today that have a table before anything of them arrives.
    static let daysAhead: Int64 = 2

    let keptSeconds: Int64

    /// - Parameter now: Unix seconds.
    func actions(_ days: [FlowDay], now: Int64) -> [Action] {
        let today = Day(unixSeconds: now).number
        var actions: [Action] = []
        for day in days.sorted(by: { $0.number < $1.number }) {
            switch day.state {
            case .attached: if isExpired(day, now) { actions.append(.detach(day.number)) }
            case .detaching: actions.append(.finishDetaching(day.number))
            case .detached: actions.append(isExpired(day, now) ? .drop(day.number) : .attach(day.number))
            }
        }
        let there = Set(days.map(\.number))
        for day in today...today + RetentionPlan.daysAhead where !there.contains(day) { actions.append(.attach(day)) }
        return actions
    }

    private func isExpired(_ day: FlowDay, _ now: Int64) -> Bool {
        guard !day.isMarked else { return false }
        let end = (day.number + 1) * 86_400
        return max(end, day.newestArrival ?? end) + keptSeconds <= now
    }
}
