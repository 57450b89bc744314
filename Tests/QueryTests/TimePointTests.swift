import Testing

@testable import Query

@Suite struct TimePointTests {
    @Test(arguments: [
        ("now", TimePoint.before(seconds: 0)),
        ("now-24h", .before(seconds: 86_400)),
        ("-90", .before(seconds: 90)),
        ("-15m", .before(seconds: 900)),
        ("now+1h", .before(seconds: -3_600)),
        ("now-2w", .before(seconds: 1_209_600)),
        ("1767225600", .unix(1_767_225_600)),
        ("2026-01-31", .local("2026-01-31 00:00:00")),
        ("2026-01-31T14:05", .local("2026-01-31 14:05")),
        ("2026-01-31 14:05:09", .local("2026-01-31 14:05:09")),
        ("2026-01-31T14:05:09Z", .utc("2026-01-31 14:05:09")),
        ("2026-01-31Z", .utc("2026-01-31 00:00:00")),
    ])
    func aMomentIsReadAsItIsMeant(_ text: String, _ point: TimePoint) {
        #expect(TimePoint(text) == point)
    }

    @Test(arguments: [
        "", "now-", "now 1h", "nowish", "-", "-1y", "yesterday", "2026-1-31", "2026-01-31T", "2026-01-31T1:00",
        "2026-01-31T14:05:09+07:00", "12026-01-31", "99999999999999999999", "-99999999999999h", "now-40000d", "1e9",
        "2026-01-31; DROP TABLE x", "now-24h ", "٣",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(TimePoint(text) == nil)
    }

    @Test func aSpanIsWidenedToWholeUnits() {
        #expect(TimeSpan(start: 3_601, end: 7_201).widened(to: 3_600) == TimeSpan(start: 3_600, end: 10_800))
        #expect(TimeSpan(start: -1, end: 1).widened(to: 3_600) == TimeSpan(start: -3_600, end: 3_600))
        #expect(TimeSpan(start: 0, end: 86_400).isAligned(to: 86_400))
        #expect(!TimeSpan(start: 1, end: 86_400).isAligned(to: 86_400))
        #expect(Question.Step.suiting(TimeSpan(start: 0, end: 3_600)) == .fiveMinutes)
        #expect(Question.Step.suiting(TimeSpan(start: 0, end: 86_400 * 90)) == .week)
        #expect(Question.Step.suiting(TimeSpan(start: 0, end: 86_400 * 36_600)) == .month)
    }
}
