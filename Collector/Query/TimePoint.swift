/// A moment as people write it. Only the database knows the zones, so it resolves what is local.
package enum TimePoint: Hashable, Sendable {
    /// Seconds before or (negative) after the database's clock.
    case before(seconds: Int64)
    case unix(Int64)
    /// A date, or a date and time, of the zone that is asked in: `2026-01-31 14:05:00`.
    case local(String)
    /// The same of UTC.
    case utc(String)

    /// What can be read, for messages.
    package static let expected =
        "now, now-24h, -24h, a day or a time of the zone such as 2026-01-31 or 2026-01-31T14:05, a time in UTC such as "
        + "2026-01-31T14:05:00Z, or Unix seconds"

    /// Reads a moment; nil for anything else.
    package init?(_ text: String) {
        var rest = text[...]
        if rest.hasPrefix("now") {
            rest = rest.dropFirst(3)
            if rest.isEmpty {
                self = .before(seconds: 0)
                return
            }
            guard rest.first == "-" || rest.first == "+" else { return nil }
        }
        if rest.first == "-" || rest.first == "+", let span = TimePoint.seconds(rest.dropFirst()) {
            self = .before(seconds: rest.first == "-" ? span : -span)
        } else if rest.startIndex == text.startIndex, let number = TimePoint.number(rest) {
            self = .unix(number)
        } else if let stamp = TimePoint.stamp(rest.hasSuffix("Z") ? rest.dropLast() : rest) {
            self = rest.hasSuffix("Z") ? .utc(stamp) : .local(stamp)
        } else {
            return nil
        }
    }

    /// Seconds of `90`, `15m`, `24h`, `7d`, `2w`; at most 100 years.
    private static func seconds(_ text: Substring) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        let unit = text.last.flatMap { units[$0] }
        guard let number = number(unit == nil ? text : text.dropLast()) else { return nil }
        let (seconds, isOverflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return isOverflow || seconds > 36_525 * 86_400 ? nil : seconds
    }

    /// Digits alone, of the years to 9999.
    private static func number(_ text: Substring) -> Int64? {
        guard (1...12).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int64(text).flatMap { $0 <= 253_402_300_799 ? $0 : nil }
    }

    /// `YYYY-MM-DD`, or with `T` or a space `HH:MM` or `HH:MM:SS`, as PostgreSQL reads it. Whether there is such a day is
    /// for the database to say.
    private static func stamp(_ text: Substring) -> String? {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        guard (1...2).contains(parts.count), matches(parts[0], "-", [4, 2, 2]) else { return nil }
        guard parts.count == 2 else { return "\(parts[0]) 00:00:00" }
        guard matches(parts[1], ":", [2, 2]) || matches(parts[1], ":", [2, 2, 2]) else { return nil }
        return "\(parts[0]) \(parts[1])"
    }

    private static func matches(_ text: Substring, _ separator: Character, _ lengths: [Int]) -> Bool {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == lengths && parts.allSatisfy { number($0) != nil }
    }
}
