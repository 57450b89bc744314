/// When to try a connection again: exponential with full jitter, so that sensors which lost their collector together do
/// not come back together (AWS Architecture Blog, "Exponential Backoff and Jitter", 2015). Pure.
package struct Backoff: Sendable, Equatable {
    /// Milliseconds: the bound of the first delay, and of every delay.
    package var first: Int64
    package var maximum: Int64
    private(set) var failures = 0

    package init(firstMilliseconds: Int64 = 5_000, maximumMilliseconds: Int64 = 60_000) {
        first = max(1, firstMilliseconds)
        maximum = max(first, maximumMilliseconds)
    }

    /// Milliseconds until the next try, drawn between 0 and the present bound, which doubles each time.
    package mutating func next(using random: inout some RandomNumberGenerator) -> Int64 {
        let bound = min(maximum, first << Int64(min(failures, 20)))
        failures += 1
        return Int64.random(in: 0...bound, using: &random)
    }

    /// A connection was made.
    package mutating func succeeded() { failures = 0 }
}
