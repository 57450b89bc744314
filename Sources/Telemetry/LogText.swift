/// Text that is safe in a line for a terminal, a journal or a file, whatever the bytes it was made from: what is not
/// visible is written as an escape, and long text is cut.
enum LogText {
    /// Scalars of one text that are shown.
    static let limit = 1024

    /// For reading: escapes only what is invisible.
    static func plain(_ text: String) -> String { escaped(text, quoting: false) }

    /// A logfmt value: quoted unless it is one plain word.
    static func value(_ text: String) -> String {
        let escaped = escaped(text, quoting: true)
        let isWord = !text.isEmpty && escaped == text && !text.unicodeScalars.contains { $0 == " " || $0 == "=" }
        return isWord ? text : "\"\(escaped)\""
    }

    /// A logfmt key: letters, digits, `_`, `.` and `-`.
    static func key(_ text: String) -> String {
        let kept = text.unicodeScalars.prefix(64).map { scalar -> Character in
            let isKept = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            return isKept || "_.-".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
        }
        return kept.isEmpty ? "_" : String(kept)
    }

    private static func escaped(_ text: String, quoting: Bool) -> String {
        var result = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if index == limit {
                result += "…"
                break
            }
            switch scalar {
            case "\"" where quoting: result += "\\\""
            case "\\" where quoting: result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
                    result += escape(scalar)
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        let width = scalar.value > 0xFFFF ? 8 : 4
        return (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
    }
}
