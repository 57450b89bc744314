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
}
