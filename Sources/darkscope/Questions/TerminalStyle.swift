import Glibc

/// What can be shown where output goes.
struct TerminalStyle: Equatable {
    /// Whether people read it; else a program does.
    let isTerminal: Bool
    /// Columns of a line.
    let width: Int
    /// Whether blocks and other characters beyond ASCII may be used.
    let isUnicode: Bool
    let hasColour: Bool

    /// - Parameters:
    ///   - environment: TERM, NO_COLOR (no-color.org), COLUMNS, and the locale's LC_ALL, LC_CTYPE and LANG.
    ///   - columns: of the terminal itself; nil when it does not say.
    init(environment: [String: String], isTerminal: Bool, columns: Int?) {
        func named(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        self.isTerminal = isTerminal
        let isDumb = named("TERM") == "dumb"
        let locale = (named("LC_ALL") ?? named("LC_CTYPE") ?? named("LANG") ?? "").uppercased()
        isUnicode = !isDumb && (locale.contains("UTF-8") || locale.contains("UTF8"))
        hasColour = isTerminal && !isDumb && named("NO_COLOR") == nil
        let said = named("COLUMNS").flatMap { Int($0) } ?? columns ?? 80
        width = min(max(said, 40), 400)
    }

    /// Of standard output.
    static func standardOutput() -> TerminalStyle {
        var environment: [String: String] = [:]
        for name in ["TERM", "NO_COLOR", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        var size = winsize()
        let columns = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : nil
        return TerminalStyle(environment: environment, isTerminal: isatty(STDOUT_FILENO) == 1, columns: columns)
    }

    /// A horizontal bar of `value` where `most` fills `width` columns; what is more than nothing shows.
    func bar(_ value: Double, of most: Double, width: Int) -> String {
        guard value > 0, most > 0, width > 0 else { return "" }
        let share = min(value / most, 1)
        guard isUnicode else {
            return String(repeating: "#", count: max(1, Int((share * Double(width)).rounded())))
        }
        let eighths = max(1, Int((share * Double(width * 8)).rounded()))
        let whole = String(repeating: "█", count: eighths / 8)
        return whole + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
    }

    /// A character for each value, higher for more. Nil, of which nothing is known, never looks like 0.
    func sparkline(_ values: [Double?]) -> String {
        let levels: [Character] = isUnicode ? Array("▁▂▃▄▅▆▇█") : Array("_.:-=+*#")
        let most = values.compactMap(\.self).max() ?? 0
        return String(
            values.map { value in
                guard let value else { return isUnicode ? "×" : "?" }
                guard value > 0, most > 0 else { return levels[0] }
                return levels[1 + min(Int(value / most * Double(levels.count - 1)), levels.count - 2)]
            })
    }

    /// As many values as a sparkline of this width has: the greatest of neighbours, nil where none of them is known.
    static func condensed(_ values: [Double?], to width: Int) -> [Double?] {
        guard width > 0, values.count > width else { return values }
        return (0..<width).map { place in
            values[place * values.count / width..<(place + 1) * values.count / width].compactMap(\.self).max()
        }
    }
}

/// Numbers as people read them.
enum CountText {
    /// `1234567` as `1,234,567`; anything that is no number of digits as it is.
    static func grouped(_ digits: String) -> String {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return digits }
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.utf8.count - place) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// The number grouped where that has room, else three figures of it: `1,234,567`, `12.3M`, `123G`.
    static func short(_ digits: String, width: Int) -> String {
        let full = grouped(digits)
        guard full.count > width, var value = Double(digits) else { return full }
        var unit = ""
        for next in ["k", "M", "G", "T", "P", "E", "Z"] where value >= 999.5 { (value, unit) = (value / 1_000, next) }
        let tenths = Int64((min(value, 1e6) * 10).rounded())
        return tenths < 1_000 ? "\(tenths / 10).\(tenths % 10)\(unit)" : "\(Int64(min(value, 1e6).rounded()))\(unit)"
    }

    /// Tenths of a percent of a share: `98.4 %`. What is not all is never 100, and what is not nothing never 0.
    static func percent(_ share: Double) -> String {
        let tenths = share >= 1 ? 1_000 : share <= 0 ? 0 : min(max(Int((share * 1_000).rounded()), 1), 999)
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// A number of distinct sources with what it is worth: `~1,234` is an estimate, `≥1,234` at least so many.
    static func distinct(_ digits: String?, _ precision: String?, isUnicode: Bool) -> String? {
        guard let digits else { return nil }
        let sign =
            switch precision {
            case "estimate": "~"
            case "at-least": isUnicode ? "≥" : ">="
            default: ""
            }
        return sign + grouped(digits)
    }
}
