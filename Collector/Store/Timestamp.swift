/// Times as PostgreSQL stores them: microseconds since 2000-01-01T00:00:00Z.
enum Timestamp {
    /// Unix seconds of the years 1 to 9999: what every client can print, and far beyond every clock.
    static let representable: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// - Parameter unixSeconds: within `representable`, else the nearest of it.
    static func microseconds(unixSeconds: Int64) -> Int64 {
        (min(max(unixSeconds, representable.lowerBound), representable.upperBound) - 946_684_800) * 1_000_000
    }

    /// - Parameter unixMicroseconds: within `representable`, else the nearest of it.
    static func microseconds(unixMicroseconds: Int64) -> Int64 {
        let range = representable.lowerBound * 1_000_000...representable.upperBound * 1_000_000
        return min(max(unixMicroseconds, range.lowerBound), range.upperBound) - 946_684_800_000_000
    }
}

/// A day of UTC.
struct Day: Hashable {
    /// Days since 1970-01-01.
    let number: Int64

    init(unixSeconds: Int64) {
        number = unixSeconds / 86_400 - (unixSeconds % 86_400 < 0 ? 1 : 0)
    }

    var firstSecond: Int64 { number * 86_400 }

    /// `20260131`: year, month and day of the proleptic Gregorian calendar, for years 1 to 9999.
    var compactDate: String {
        // Days are counted in eras of 400 years from 1 March of the year 0, so that leap days end their years
        // (Howard Hinnant, chrono-Compatible Low-Level Date Algorithms, civil_from_days).
        let shifted = number + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return String(String(100_000_000 + year * 10_000 + month * 100 + day).dropFirst())
    }
}
