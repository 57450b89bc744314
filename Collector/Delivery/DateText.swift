import Glibc

/// Times as headers write them.
enum DateText {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Mon, 30 Nov 2026 04:02:14 +0000` (RFC 5322 §3.3).
    /// - Parameter milliseconds: Unix time; the nearest of the years 1970 to 9999 is told.
    static func mail(_ milliseconds: Int64) -> String {
        var seconds = time_t(min(max(0, milliseconds / 1_000), 253_402_300_799))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map(two).joined(separator: ":")
        return
            "\(days[Int(parts.tm_wday)]), \(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) \(clock) +0000"
    }

    /// `2026-11-30T04:02:14.123Z` (RFC 3339), as RFC 5424 §6.2.3 wants it.
    static func timestamp(_ milliseconds: Int64) -> String {
        let bounded = min(max(0, milliseconds), 253_402_300_799_999)
        var seconds = time_t(bounded / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let date = "\(parts.tm_year + 1900)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }.joined(separator: ":")
        return "\(date)T\(clock).\(padded(Int(bounded % 1_000), 3))Z"
    }
}
