/// What others said, for a log: one line, bounded, without anything that acts on terminals or ends a line.
package enum Detail {
    /// Scalars that are kept.
    package static let limit = 300

    package static func line(_ text: String) -> String {
        var line = ""
        var count = 0
        for scalar in text.unicodeScalars {
            if count == limit { return line + "…" }
            line.unicodeScalars.append(isPlain(scalar) ? scalar : " ")
            count += 1
        }
        return line
    }

    /// - Parameter bytes: UTF-8 or not; only the first kilobytes are looked at.
    package static func line(_ bytes: [UInt8]) -> String {
        line(String(decoding: bytes.prefix(4 * limit), as: UTF8.self))
    }

    static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: true
        }
    }
}
