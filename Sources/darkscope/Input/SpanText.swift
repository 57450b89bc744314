/// Spans of time as people write them.
enum SpanText {
    /// Reads seconds, or a number with the unit s, m, h or d; nil for anything else.
    static func seconds(_ text: Substring) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Moment.number(unit == nil ? text : text.dropLast()) else { return nil }
        let (seconds, isOverflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return isOverflow ? nil : seconds
    }

    /// Two units of a span: `37s`, `5m12s`, `2h05m`, `3d04h`.
    static func short(_ seconds: Int64) -> String {
        let length = seconds.magnitude
        let sign = seconds < 0 ? "-" : ""
        func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        switch length {
        case ..<60: return "\(sign)\(length)s"
        case ..<3_600: return "\(sign)\(length / 60)m\(two(length % 60))s"
        case ..<86_400: return "\(sign)\(length / 3_600)h\(two(length / 60 % 60))m"
        default: return "\(sign)\(length / 86_400)d\(two(length / 3_600 % 24))h"
        }
    }
}
