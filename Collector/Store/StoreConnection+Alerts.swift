import Alerts

/// What `judge` did.
package struct JudgeOutcome: Sendable, Hashable {
    /// Evidence that was taken up.
    package var arrivals = 0
    /// Alerts that were looked at.
    package var alerts = 0
    /// Notices that were made.
    package var notices = 0
    /// Whether there is more to do at once.
    package var hasMore = false
}

extension StoreConnection {
    /// How much is done in one transaction.
    package struct JudgeLimits: Sendable {
        /// Rows of evidence.
        package var arrivals = 20_000
        /// Alerts that change by time.
        package var due = 5_000
        /// Organisations that are told: what arrives meanwhile waits for as long as their evidence is gathered.
        package var organisations = 10
        /// Alerts that a notice tells; the rest is news for the next.
        package var items = 5_000
        /// Entries of evidence that a notice shows, divided evenly among its items: each shows at least one.
        package var evidence = 10_000
        /// Milliseconds for which what was opened waits for what other sites saw in the same window.
        package var settling: Int64 = 0

        package init() {}
    }

    /// Takes up evidence that arrived, judges the alerts that it is of and those whose time has come, and makes the notices
    /// that may be made now, all in one transaction. Of several connections one at a time does it.
    /// - Parameters:
    ///   - now: Unix milliseconds; nil for the database's clock.
    ///   - tells: whether organisations with news are looked at.
    package func judge(
        now: Int64? = nil, tells: Bool = true, limits: JudgeLimits = JudgeLimits()
    ) throws(StoreError) -> JudgeOutcome {
        // Who acts on several alerts locks them in another order.
        try retryingContention { () throws(StoreError) in
            try transaction { () throws(StoreError) in try judgeOnce(now, tells, limits) }
        }
    }

    private func judgeOnce(_ now: Int64?, _ tells: Bool, _ limits: JudgeLimits) throws(StoreError) -> JudgeOutcome {
        try query("SET LOCAL jit = off")
        let turn = try query(
            """
            SELECT pg_try_advisory_xact_lock(hashtext('darkscope alerts')),
                coalesce($1::int8, floor(extract(epoch FROM clock_timestamp()) * 1000)::int8)
            """, [now.map { "\($0)" }])
        var outcome = JudgeOutcome()
        guard turn.text(0, 0) == "t", let now: Int64 = turn.number(0, 1) else { return outcome }
        let taken = try takeArrivals(now, limits.arrivals)
        outcome.arrivals = taken.rows
        outcome.hasMore = taken.rows >= limits.arrivals
        // An alert is not closed while its evidence may wait.
        let due = outcome.hasMore ? [] : try dueAlerts(now, limits.due, besides: taken.evidence)
        outcome.hasMore = outcome.hasMore || due.count >= limits.due
        outcome.alerts = taken.evidence.count + due.count
        try proceed(taken.evidence, due, now)
        if tells {
            let told = try makeNotices(now, limits)
            outcome.notices = told.notices
            outcome.hasMore = outcome.hasMore || told.hasMore
        }
        return outcome
    }

    /// Milliseconds of Unix time in SQL.
    static func milliseconds(_ expression: String) -> String { "floor(extract(epoch FROM \(expression)) * 1000)::int8" }
}
