import Query

/// Moments as people write them in `from` and `to`: those of `TimePoint`, in the shape that an address has.
enum MomentText {
    static let expected =
        "now, now-24h, a day or a time of the zone such as 2026-01-31 or 2026-01-31T14:05, a time in UTC such as "
        + "2026-01-31T14:05:00Z, or Unix seconds"

    /// Nil for anything else. Whether a month has such a day is for the database to say.
    static func read(_ text: String) -> TimePoint? {
        // A span begins with now. A + of a query that was not escaped has become a space.
        guard text.first != "-", text.first != "+" else { return nil }
        let point = TimePoint(text.hasPrefix("now ") ? "now+" + text.dropFirst(4) : text)
        switch point {
        case .local(let stamp), .utc(let stamp): return isInRange(stamp) ? point : nil
        case .before, .unix, nil: return point
        }
    }

    /// Whether year, month, day and time of day are such as there are.
    private static func isInRange(_ stamp: String) -> Bool {
        let limits: [ClosedRange<Int>] = [1...9_999, 1...12, 1...31, 0...23, 0...59, 0...59]
        return zip(stamp.split { !$0.isNumber }, limits).allSatisfy { part, limit in
            Int(part).map { limit.contains($0) } ?? false
        }
    }
}
