extension Unicode.Scalar {
    /// Whether a terminal or a reader of lines may act on it instead of showing it: controls, line separators, and
    /// what turns the direction of writing.
    var actsOnTerminals: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: properties.isBidiControl
        }
    }
}

extension String {
    /// The text with what a terminal could act on as `\u{1B}`.
    var safe: String {
        guard unicodeScalars.contains(where: \.actsOnTerminals) else { return self }
        return unicodeScalars.map { scalar in
            scalar.actsOnTerminals ? "\\u{\(String(scalar.value, radix: 16, uppercase: true))}" : String(scalar)
        }.joined()
    }

    /// The text as one word of a shell command.
    var shellWord: String {
        let plain = utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-_./,:@%+=".utf8.contains(byte)
            }
        }
        return plain && !isEmpty ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}
