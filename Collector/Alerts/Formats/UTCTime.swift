/// A moment in UTC as documents write it; years 1 to 9999.
package struct UTCTime {
    /// The time, or the nearest of the years 1970 to 9998: some days can be added to it, and every reader knows it.
    static func sensible(_ milliseconds: Int64) -> Int64 { min(max(milliseconds, 0), 253_370_764_799_999) }

    private let days: Int64
    private let millisecond: Int64

    /// - Parameter milliseconds: Unix time; what is outside the years is taken as the nearest within.
    package init(_ milliseconds: Int64) {
        let time = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        let rest = time % 86_400_000
        millisecond = rest < 0 ? rest + 86_400_000 : rest
        days = (time - millisecond) / 86_400_000
    }

    /// `2026-01-31`.
    var date: String {
        // Days are counted in eras of 400 years from 1 March of the year 0, so that leap days end their years
        // (Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, civil_from_days).
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// `12:34:56`.
    var clock: String {
        let second = millisecond / 1_000
        return [second / 3_600, second / 60 % 60, second % 60].map { Self.padded($0, 2) }.joined(separator: ":")
    }

    /// `2026-01-31 12:34:56`.
    var plain: String { "\(date) \(clock)" }

    /// `2026-01-31T12:34:56.789Z` (RFC 3339).
    package var precise: String { "\(date)T\(clock).\(Self.padded(millisecond % 1_000, 3))Z" }

    /// `2026-01-31T12:34:56.7Z`: the fraction without zeros at its end. Names of STIX objects are made from this form.
    var shortest: String {
        var fraction = Self.padded(millisecond % 1_000, 3)[...]
        while fraction.last == "0" { fraction.removeLast() }
        return "\(date)T\(clock)\(fraction.isEmpty ? "" : "." + fraction)Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
