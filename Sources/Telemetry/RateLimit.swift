/// Decides which of many equal messages are said: each at most once in an interval.
package struct RateLimit: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// Say it, and that so many were not said since the last time.
        case pass(suppressed: Int)
        case suppress
    }

    private struct Entry {
        var lastPass: Int64
        var suppressed = 0
    }

    private let interval: Int64
    private let capacity: Int
    private var entries: [String: Entry] = [:]
    /// Shared by the messages for which there is no entry.
    private var overflow: Entry?

    /// - Parameters:
    ///   - interval: nanoseconds.
    ///   - capacity: messages that are told apart. Beyond, the ones that were not said for an interval are forgotten, and
    ///     while there is none of these, all further messages count as one.
    package init(interval: Int64 = 10_000_000_000, capacity: Int = 256) {
        self.interval = interval
        self.capacity = capacity
    }

    /// - Parameter now: nanoseconds on a clock that does not go back. O(1), and O(capacity) for a new message when full.
    package mutating func admit(_ message: String, now: Int64) -> Verdict {
        if var entry = entries[message] {
            let verdict = admit(&entry, now)
            entries[message] = entry
            return verdict
        }
        if entries.count >= capacity {
            entries = entries.filter { now - $0.value.lastPass < interval }
        }
        if entries.count < capacity {
            entries[message] = Entry(lastPass: now)
            return .pass(suppressed: 0)
        }
        if var entry = overflow {
            let verdict = admit(&entry, now)
            overflow = entry
            return verdict
        }
        overflow = Entry(lastPass: now)
        return .pass(suppressed: 0)
    }

    private func admit(_ entry: inout Entry, _ now: Int64) -> Verdict {
        guard now - entry.lastPass >= interval else {
            entry.suppressed += 1
            return .suppress
        }
        defer { entry = Entry(lastPass: now) }
        return .pass(suppressed: entry.suppressed)
    }
}
