import Store

/// Moments as people write them in `from` and `to`.
enum MomentText {
    static let expected =
        "now, now-24h, a day or a time of the zone such as 2026-01-31 or 2026-01-31T14:05, a time in UTC such as "
        + "2026-01-31T14:05:00Z, or Unix seconds"

    /// Nil for anything else. Whether a month has such a day is for the database to say.
    static func read(_ text: String) -> ConsoleSpan.Moment? {
        if text == "now" { return .before(seconds: 0) }
        if text.hasPrefix("now-"), let span = seconds(text.dropFirst(4)) { return .before(seconds: span) }
        if text.hasPrefix("now+"), let span = seconds(text.dropFirst(4)) { return .before(seconds: -span) }
        // A + of a query that was not escaped has become a space.
        if text.hasPrefix("now "), let span = seconds(text.dropFirst(4)) { return .before(seconds: -span) }
        if let number = number(text[...], 1...12), number <= 253_402_300_799 { return .unix(number) }
        if text.hasSuffix("Z") { return stamp(text.dropLast()).map { .utc($0) } }
        return stamp(text[...]).map { .local($0) }
    }

    /// Seconds of `90`, `90s`, `15m`, `24h`, `7d` or `2w`; at most 100 years.
    private static func seconds(_ text: Substring) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]
        let unit = text.last.flatMap { units[$0] }
        guard let count = number(unit == nil ? text : text.dropLast(), 1...10) else { return nil }
        let seconds = count * (unit ?? 1)
        return seconds <= 36_525 * 86_400 ? seconds : nil
    }

    private static func number(_ text: Substring, _ digits: ClosedRange<Int>) -> Int64? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// `YYYY-MM-DD`, or with `T` or a space `HH:MM` or `HH:MM:SS`, as PostgreSQL reads it.
    private static func stamp(_ text: Substring) -> String? {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        guard (1...2).contains(parts.count), let day = numbers(parts[0], "-", [4, 2, 2]),
            (1...9_999).contains(day[0]), (1...12).contains(day[1]), (1...31).contains(day[2])
        else { return nil }
        guard parts.count == 2 else { return "\(parts[0]) 00:00:00" }
        guard let time = numbers(parts[1], ":", [2, 2]) ?? numbers(parts[1], ":", [2, 2, 2]),
            time[0] < 24, time[1] < 60, time.count == 2 || time[2] < 60
        else { return nil }
        return "\(parts[0]) \(parts[1])"
    }

    private static func numbers(_ text: Substring, _ separator: Character, _ lengths: [Int]) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == lengths else { return nil }
        let numbers = parts.compactMap { number($0, 1...4) }
        return numbers.count == parts.count ? numbers : nil
    }
}
