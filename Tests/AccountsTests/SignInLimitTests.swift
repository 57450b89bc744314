import Testing

@testable import Accounts

@Suite struct SignInLimitTests {
    @Test func someFailuresAreFreeAndThenTheWaitDoublesUpToAQuarterOfAnHour() {
        let waits = (0...20).map { SignInLimit.account.wait(failures: $0, ago: 0) }
        #expect(waits == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512] + [Int64](repeating: 900, count: 6))
        #expect(SignInLimit.client.wait(failures: 19, ago: 0) == 0)
        #expect(SignInLimit.client.wait(failures: 20, ago: 0) == 1)
        #expect(SignInLimit.account.wait(failures: .max, ago: 0) == 900)
    }

    @Test func theWaitRunsDownAndEndsOnTime() {
        let limit = SignInLimit.account
        #expect([0, 0.5, 31, 31.9, 32, 33].map { limit.wait(failures: 10, ago: $0) } == [32, 32, 1, 1, 0, 0])
        // A clock that was set back, and numbers that are none.
        #expect(limit.wait(failures: 10, ago: -1e9) == 32)
        #expect(limit.wait(failures: 10, ago: .infinity) == 0)
    }

    @Test func aDayWithoutFailuresIsForgiven() {
        let limit = SignInLimit.account
        #expect(limit.failures(after: 30, ago: 86_399) == 31 && limit.failures(after: 30, ago: 86_400) == 1)
        #expect(limit.wait(failures: 30, ago: 86_400) == 0)
        #expect(limit.failures(after: .max, ago: 0) == 1_000_001 && limit.failures(after: .min, ago: 0) == 1)
    }

    /// Somebody who tries as fast as they are let, for a day.
    @Test func aDayIsEnoughForAHundredTries() {
        let limit = SignInLimit.account
        var failures = 0
        var second: Int64 = 0
        var tries = 0
        while second < 86_400 {
            tries += 1
            failures = limit.failures(after: failures, ago: 0)
            second += max(1, limit.wait(failures: failures, ago: 0))
        }
        #expect((90...120).contains(tries))
    }
}
