/// When an organisation is told its news: what was opened at once, all else gathered; never in its quiet hours, never
/// more often than its cap.
///
/// Times are Unix milliseconds; what depends on a zone is worked out by who asks.
package struct NoticePace: Sendable, Hashable {
    /// Between two notices there is so much time: what an outbreak opens meanwhile is one notice.
    package static let spacing: Int64 = 600_000

    package enum Digest: String, Sendable, Hashable, CaseIterable {
        case hourly, daily
    }

    package var digest: Digest
    /// Notices on a day of the organisation's zone, at most.
    package var dailyCap: Int
    /// Whether the organisation's clock is in its quiet hours.
    package var isQuiet: Bool
    /// Notices that were made on this day, and those of them that were digests. Tests are none.
    package var noticesToday: Int
    package var digestsToday: Int
    /// When the last notice was made; nil for never.
    package var lastNoticeAt: Int64?
    /// The last time at which a digest was to be made: the last full hour or the last 08:00 of the organisation's clock.
    package var digestTime: Int64
    /// Since when the oldest of what was opened and may be told waits; nil when there is none.
    package var urgentSince: Int64?
    /// Since when the oldest news that may be told waits; nil when there is none.
    package var waitingSince: Int64?

    package init(
        digest: Digest, dailyCap: Int, isQuiet: Bool, noticesToday: Int, digestsToday: Int, lastNoticeAt: Int64?,
        digestTime: Int64, urgentSince: Int64?, waitingSince: Int64?
    ) {
        self.digest = digest
        self.dailyCap = dailyCap
        self.isQuiet = isQuiet
        self.noticesToday = noticesToday
        self.digestsToday = digestsToday
        self.lastNoticeAt = lastNoticeAt
        self.digestTime = digestTime
        self.urgentSince = urgentSince
        self.waitingSince = waitingSince
    }

    /// Why a notice is to be made now; nil when none is.
    /// - Parameter settling: for so long what was opened waits for what other sites saw in the same window: milliseconds.
    package func reason(now: Int64, settling: Int64 = 0) -> Notice.Reason? {
        guard let waitingSince, !isQuiet, noticesToday < dailyCap else { return nil }
        // A clock that was set back must not silence anybody: a notice of the future is none.
        if let lastNoticeAt, lastNoticeAt <= now, now - lastNoticeAt < NoticePace.spacing { return nil }
        if let urgentSince, now - urgentSince >= settling, noticesToday < dailyCap - reserved { return .first }
        return waitingSince < digestTime && digestsToday < mostDigests ? .digest : nil
    }

    /// Notices of the day that are kept for its digest.
    private var reserved: Int { dailyCap > 1 && digestsToday == 0 ? 1 : 0 }

    /// Hourly ones leave half of the cap to what is opened.
    private var mostDigests: Int { digest == .daily ? dailyCap : max(1, dailyCap / 2) }
}
