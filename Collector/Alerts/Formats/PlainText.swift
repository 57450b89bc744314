/// Texts of people, made harmless for whatever reads them.
enum PlainText {
    /// Characters of a text of people that are told at most.
    static let longest = 200

    /// The text in one line without what acts on readers: breaks become spaces; control characters, and format
    /// characters such as those that turn the direction of writing, become U+FFFD. The joiners that emoji and scripts
    /// are written with stay.
    static func cleaned(_ text: String, limit: Int = longest) -> String {
        var result = String.UnicodeScalarView()
        var count = 0
        for scalar in text.unicodeScalars {
            guard count < limit else {
                result.removeLast()
                result.append("…")
                break
            }
            count += 1
            switch scalar.properties.generalCategory {
            case .lineSeparator, .paragraphSeparator: result.append(" ")
            case .control: result.append("\t\n\r\u{0B}\u{0C}\u{85}".unicodeScalars.contains(scalar) ? " " : "\u{FFFD}")
            case .format: result.append("\u{200C}\u{200D}".unicodeScalars.contains(scalar) ? scalar : "\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Lower-case letters and digits of ASCII in the text, anything else as single hyphens between them; `none` if
    /// there are none. Fits into file names and tags.
    static func slug(_ text: String) -> String {
        var result = ""
        var isApart = false
        for byte in text.utf8.prefix(64) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                if isApart, !result.isEmpty { result += "-" }
                isApart = false
                result.unicodeScalars.append(UnicodeScalar(byte))
            default: isApart = true
            }
        }
        return result.isEmpty ? "none" : result
    }

    /// The number in digits; empty for nil.
    static func decimal(_ number: (some BinaryInteger)?) -> String { number.map { String($0) } ?? "" }
}
