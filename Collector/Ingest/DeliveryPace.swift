/// How long a contact is left alone after a failure: exponential with jitter, so that a server which was away is not met
/// by everything at once when it comes back. Pure.
struct DeliveryPace: Sendable {
    static let firstMilliseconds: Int64 = 10_000
    static let lastMilliseconds: Int64 = 1_800_000

    /// Milliseconds until the next attempt.
    /// - Parameter failures: of the contact since something was last delivered to it, this one among them.
    static func wait(failures: Int64, using random: inout some RandomNumberGenerator) -> Int64 {
        let doublings = min(max(0, failures - 1), 20)
        let bound = min(lastMilliseconds, firstMilliseconds << doublings)
        return Int64.random(in: bound / 2...bound, using: &random)
    }
}
