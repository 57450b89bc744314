/// How fast somebody may try passwords: some tries are free, then each failure doubles the wait.
///
/// A value without a clock: who keeps the counts says how long ago the last failure was.
package struct SignInLimit: Sendable, Hashable {
    /// Failures without a wait.
    package let free: Int
    /// Seconds of the longest wait.
    package let longest: Int64
    /// Seconds without a failure after which nothing is held against anybody.
    package let memory: Int64

    package init(free: Int, longest: Int64 = 900, memory: Int64 = 86_400) {
        precondition(free >= 0 && longest > 0 && memory >= longest, "a limit that lets nothing or everything pass")
        self.free = free
        self.longest = longest
        self.memory = memory
    }

    /// Of one account, whoever tries: at most 100 in a day once the wait is longest (NIST SP 800-63B §3.2.2).
    package static let account = SignInLimit(free: 5)
    /// Of one account from where it signed in lately: who tries from elsewhere does not keep its owner out.
    package static let familiar = SignInLimit(free: 10)
    /// Of one client, whatever it tries: many people may share an address.
    package static let client = SignInLimit(free: 20)

    /// Seconds to wait until the next try; 0 for none.
    /// - Parameters:
    ///   - failures: so far.
    ///   - ago: seconds since the last; a clock that was set back counts as none.
    package func wait(failures: Int, ago: Double) -> Int64 {
        let ago = max(0, ago)
        guard failures >= max(1, free), ago < Double(memory) else { return 0 }
        let doublings = failures - max(1, free)
        let whole = doublings < 40 ? min(longest, 1 << Int64(doublings)) : longest
        return max(0, Int64((Double(whole) - ago).rounded(.up)))
    }

    /// The failures with one more.
    package func failures(after failures: Int, ago: Double) -> Int {
        ago >= Double(memory) ? 1 : min(max(0, failures), 1_000_000) + 1
    }
}
