/// How long to wait before the next attempt: exponential with full jitter, so that many collectors do not come back to a
/// database all at once.
struct Backoff: Sendable {
    static let first: Int64 = 200_000_000
    static let last: Int64 = 10_000_000_000

    private var bound = Backoff.first

    /// Nanoseconds to wait after one more failure.
    mutating func next(using random: inout some RandomNumberGenerator) -> Int64 {
        defer { bound = min(bound * 2, Backoff.last) }
        return Int64.random(in: Backoff.first / 2...bound, using: &random)
    }

    /// Forgets the failures.
    mutating func reset() { bound = Backoff.first }
}
