/// Allows a burst, and then one event in an interval.
struct TokenBucket: Sendable, Equatable {
    private let capacity: Int64
    private let interval: Int64
    /// When the bucket will be full again, in nanoseconds of a monotonic clock.
    private var fullAt = Int64.min

    /// - Parameters:
    ///   - capacity: events at once; at least 1.
    ///   - interval: nanoseconds until one more is allowed.
    init(capacity: Int, interval: Int64) {
        self.capacity = Int64(capacity)
        self.interval = interval
    }

    /// Whether one more event is allowed now; if so it is counted.
    mutating func take(at now: Int64) -> Bool {
        let next = max(fullAt, now) + interval
        guard next - now <= capacity * interval else { return false }
        fullAt = next
        return true
    }
}
