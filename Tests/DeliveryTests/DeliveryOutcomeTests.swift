import Testing

@testable import Delivery

struct DeliveryOutcomeTests {
    @Test func outcomesOfTheSameWordsAreTheSame() { #expect(DeliveryOutcome.retry("busy") == .retry("busy")) }
}
