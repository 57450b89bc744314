import Testing

@testable import Alerts

struct NoticeItemTests {
    @Test func gradesAreOrdered() { #expect(Grade.low < .medium && Grade.medium < .high) }
}
