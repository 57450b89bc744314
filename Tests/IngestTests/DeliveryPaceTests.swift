import Testing

@testable import Ingest

struct DeliveryPaceTests {
    @Test func aContactThatFailsIsLeftAloneForLongerAndLongerUpToHalfAnHour() {
        var random = SplitMix64(seed: 1)
        for (failures, bound) in [
            (0, 10), (1, 10), (2, 20), (5, 160), (8, 1_280), (9, 1_800), (1_000, 1_800), (Int.max, 1_800),
        ] {
            for _ in 0..<100 {
                let wait = DeliveryPace.wait(failures: Int64(failures), using: &random)
                #expect((Int64(bound) * 500...Int64(bound) * 1_000).contains(wait))
            }
        }
    }
}
