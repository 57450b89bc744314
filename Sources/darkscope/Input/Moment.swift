import ArgumentParser

/// A moment as people give it: Unix seconds, a date or time in UTC (RFC 3339), or a span before now.
enum Moment: Equatable, CustomStringConvertible {
    case unix(Int64)
    case before(seconds: Int64)

    /// Reads `1767225600`, `2026-01-01`, `2026-01-01T00:00:00Z`, `-24h` or `now`.
    init(_ text: String) throws(ValidationError) {
        if text == "now" {
            self = .before(seconds: 0)
        } else if text.hasPrefix("-"), let span = SpanText.seconds(text.dropFirst()) {
            self = .before(seconds: span)
        } else if let seconds = Moment.number(text[...]) {
            self = .unix(seconds)
        } else if let seconds = Moment.utc(text) {
            self = .unix(seconds)
        } else {
            throw ValidationError(
                "expected Unix seconds, a time in UTC such as 2026-01-01T00:00:00Z, or a span before now such as -24h.")
        }
    }

    /// Unix seconds, for a clock that shows `now`.
    func unixSeconds(now: Int64) -> Int64 {
        switch self {
        case .unix(let seconds): seconds
        case .before(let seconds): now - seconds
        }
    }

    /// As it could have been given.
    var description: String {
        switch self {
        case .unix(let seconds): "\(seconds)"
        case .before(let seconds): seconds == 0 ? "now" : "-\(seconds)s"
        }
    }

    /// Unix seconds of a date or time of the years 1970 to 9999; nil for anything else, times with another offset than
    /// Z and leap seconds among it.
    private static func utc(_ text: String) -> Int64? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard let date = parts.first.flatMap({ numbers($0, separator: "-", lengths: [4, 2, 2]) }) else { return nil }
        let (year, month, day) = (date[0], date[1], date[2])
        guard year >= 1970, (1...12).contains(month), (1...length(of: month, in: year)).contains(day) else {
            return nil
        }
        var seconds = days(year, month, day) * 86_400
        switch parts.count {
        case 1: return seconds
        case 2:
            guard parts[1].hasSuffix("Z"),
                let time = numbers(parts[1].dropLast(), separator: ":", lengths: [2, 2, 2]),
                time[0] < 24, time[1] < 60, time[2] < 60
            else { return nil }
            seconds += time[0] * 3_600 + time[1] * 60 + time[2]
            return seconds
        default: return nil
        }
    }

    private static func numbers(_ text: Substring, separator: Character, lengths: [Int]) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == lengths else { return nil }
        let numbers = parts.compactMap(number)
        return numbers.count == parts.count ? numbers : nil
    }

    /// Digits alone, without a sign.
    static func number(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days from 1970-01-01, with the years counted from March so that leap days end them.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
    }
}
