import MemoryFiles
import Testing

@testable import Alerts

@Suite struct NoticePaceTests {
    private static let minute: Int64 = 60_000
    private static let hour = 60 * minute
    private static let day = 24 * hour

    private static func pace(
        digest: NoticePace.Digest = .daily, cap: Int = 10, quiet: Bool = false, today: Int = 0, digests: Int = 0,
        last: Int64? = nil, digestTime: Int64 = 0, urgent: Bool = true, since: Int64? = 100
    ) -> NoticePace {
        NoticePace(
            digest: digest, dailyCap: cap, isQuiet: quiet, noticesToday: today, digestsToday: digests,
            lastNoticeAt: last,
            digestTime: digestTime, urgentSince: urgent ? since : nil, waitingSince: since)
    }

    @Test func whatIsOpenedIsToldAtOnce() { #expect(Self.pace().reason(now: 100) == .first) }

    @Test func butWhatOtherSitesSawInTheSameWindowIsWaitedFor() {
        #expect(Self.pace().reason(now: 1_599, settling: 1_500) == nil)
        #expect(Self.pace().reason(now: 1_600, settling: 1_500) == .first)
    }

    @Test func withoutNewsNothingIsTold() {
        #expect(Self.pace(digestTime: 1_000, urgent: false, since: nil).reason(now: 2_000) == nil)
    }

    @Test func nothingIsToldInQuietHours() {
        #expect(Self.pace(quiet: true, digestTime: 1_000).reason(now: 2_000) == nil)
    }

    @Test func whatIsOpenedSoonAfterANoticeWaitsUntilTenMinutesHavePassed() {
        let pace = Self.pace(today: 1, last: 1_000_000)
        #expect(pace.reason(now: 1_000_000 + 10 * Self.minute - 1) == nil)
        #expect(pace.reason(now: 1_000_000 + 10 * Self.minute) == .first)
        // A notice of the future is of a clock that was set back.
        #expect(pace.reason(now: 999_999) == .first)
    }

    @Test func otherNewsWaitForTheTimeOfTheDigest() {
        #expect(Self.pace(digestTime: 100, urgent: false).reason(now: 2_000) == nil)
        #expect(Self.pace(digestTime: 101, urgent: false).reason(now: 2_000) == .digest)
    }

    @Test func oneNoticeOfTheCapIsKeptForTheDigestOfTheDay() {
        #expect(Self.pace(today: 8).reason(now: 2_000) == .first)
        #expect(Self.pace(today: 9).reason(now: 2_000) == nil)
        #expect(Self.pace(today: 9, digestTime: 101).reason(now: 2_000) == .digest)
        #expect(Self.pace(today: 9, digests: 1).reason(now: 2_000) == .first)
        #expect(Self.pace(today: 10, digests: 1, digestTime: 101).reason(now: 2_000) == nil)
        #expect(Self.pace(cap: 1).reason(now: 2_000) == .first)
        #expect(Self.pace(cap: 1, today: 1).reason(now: 2_000) == nil)
    }

    @Test func hourlyDigestsLeaveHalfOfTheCapToWhatIsOpened() {
        func digest(_ cap: Int, _ digests: Int) -> Notice.Reason? {
            Self.pace(digest: .hourly, cap: cap, today: digests, digests: digests, digestTime: 101, urgent: false)
                .reason(now: 2_000)
        }
        #expect(digest(10, 4) == .digest && digest(10, 5) == nil)
        #expect(digest(1, 0) == .digest && digest(1, 1) == nil)
        #expect(
            Self.pace(digest: .hourly, today: 5, digests: 5, digestTime: 101).reason(now: 2_000) == .first)
    }

    /// Thirty days of news at random for an organisation at UTC with quiet hours from 22 to 6.
    @Test func neverMoreThanTheCapNeverInQuietHoursAndNothingWaitsForEver() {
        for seed in 0..<40 {
            var random = Random(seed: UInt64(seed))
            let digest = NoticePace.Digest.allCases[seed % 2]
            let cap = 1 + random.below(12)
            let hasQuietHours = random.below(2) == 0
            var notices: [(at: Int64, reason: Notice.Reason)] = []
            var waiting: [(since: Int64, isUrgent: Bool)] = []
            var longest: Int64 = 0
            var now: Int64 = 0
            while now < 30 * Self.day {
                now += Int64(1 + random.below(20)) * Self.minute
                if random.below(5) == 0 { waiting.append((now, random.below(3) == 0)) }
                let clock = now % Self.day
                let isQuiet = hasQuietHours && (clock >= 22 * Self.hour || clock < 6 * Self.hour)
                let today = notices.filter { $0.at >= now - clock }
                let morning = now - clock + 8 * Self.hour - (clock < 8 * Self.hour ? Self.day : 0)
                let pace = Self.pace(
                    digest: digest, cap: cap, quiet: isQuiet, today: today.count,
                    digests: today.count { $0.reason == .digest }, last: notices.last?.at,
                    digestTime: digest == .daily ? morning : now - now % Self.hour,
                    urgent: waiting.contains { $0.isUrgent }, since: waiting.map(\.since).min())
                guard let reason = pace.reason(now: now) else { continue }
                #expect(!isQuiet && !waiting.isEmpty && today.count < cap)
                #expect(notices.last.map { now - $0.at >= 10 * Self.minute } ?? true)
                for news in waiting { longest = max(longest, now - news.since) }
                waiting = []
                notices.append((now, reason))
            }
            // The longest wait: the day's cap is reached in the morning, the next day's digest is after its quiet hours.
            #expect(longest <= 2 * Self.day + Self.hour, "seed \(seed)")
        }
    }
}
