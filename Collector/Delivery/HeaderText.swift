import Alerts

/// Pieces of mail and HTTP headers. Whatever the texts hold, nothing of them can end a line or begin a header.
enum HeaderText {
    /// Bytes of a line of a mail's header, without its end (RFC 5322 §2.1.1: 78 should be enough).
    private static let lineLength = 76
    /// Scalars of one text that are told.
    private static let textLimit = 300

    /// A field of a mail's header with its end, folded where words meet.
    /// - Parameter words: printable ASCII without spaces, each shorter than a line; see `phrase` and `text`.
    static func field(_ name: String, _ words: [String]) -> String {
        var result = "\(name):"
        var length = result.utf8.count
        for word in words {
            if length + 1 + word.utf8.count > lineLength, length > name.utf8.count + 1 {
                result += "\r\n"
                length = 0
            }
            result += " \(word)"
            length += 1 + word.utf8.count
        }
        return result + "\r\n"
    }

    /// Text of a subject, as words.
    static func text(_ text: String) -> [String] {
        let clean = cleaned(text)
        let words = clean.split(separator: " ").map(String.init)
        let isPlain = clean.utf8.allSatisfy { $0 < 0x7F } && !clean.contains("=?") && words.allSatisfy(isShort)
        return isPlain ? words : encodedWords(clean)
    }

    /// The name of a person or an organisation before an address, as words.
    static func phrase(_ text: String) -> [String] {
        let clean = cleaned(text)
        let words = clean.split(separator: " ").map(String.init)
        if !clean.contains("=?"), words.allSatisfy({ isShort($0) && $0.utf8.allSatisfy(isAtomText) }) { return words }
        if clean.utf8.count <= 60, clean.utf8.allSatisfy({ $0 < 0x7F }), !clean.contains("=?") {
            // A quoted string (RFC 5322 §3.2.4). Its spaces stay within the word: it is short.
            let quoted = clean.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
            return ["\"\(quoted)\""]
        }
        return encodedWords(clean)
    }

    /// A media type with its parameters; that of any bytes for what is none.
    static func mediaType(_ text: String) -> String {
        let isSound =
            text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && (3...100).contains(text.utf8.count)
            && text.contains("/")
        return isSound ? text : "application/octet-stream"
    }

    /// A file's name of letters, digits, `.`, `-` and `_`, which stands in headers without quotes.
    static func fileName(_ text: String) -> String {
        let name = text.unicodeScalars.prefix(120).map { scalar -> Character in
            let isKept =
                scalar.value < 0x7F && (isAlphanumeric(UInt8(scalar.value)) || ".-_".unicodeScalars.contains(scalar))
            return isKept ? Character(scalar) : "_"
        }
        return name.isEmpty ? "_" : String(name)
    }

    /// Letters, digits and hyphens, such as of a UUID.
    static func token(_ text: String) -> String {
        String(decoding: text.utf8.prefix(64).filter { isAlphanumeric($0) || $0 == 0x2D }, as: UTF8.self)
    }

    /// One line: what is no visible character is a space.
    private static func cleaned(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(textLimit) {
            line.unicodeScalars.append(Detail.isPlain(scalar) ? scalar : " ")
        }
        return line.split(separator: " ").joined(separator: " ")
    }

    private static func isShort(_ word: String) -> Bool { word.utf8.count <= 60 }

    /// RFC 5322 §3.2.3
    static func isAtomText(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte) }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) && byte < 0x7F
    }

    /// RFC 2047: each of at most 75 characters, whole characters of UTF-8 in each. Readers join what follows each other.
    private static func encodedWords(_ text: String) -> [String] {
        var words: [String] = []
        var part: [UInt8] = []
        func end() { if !part.isEmpty { words.append("=?UTF-8?B?\(Base64.text(part))?=") } }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 39 bytes make 52 digits and a word of 64 characters, which fits behind a field's name.
            if part.count + bytes.count > 39 {
                end()
                part = []
            }
            part += bytes
        }
        end()
        return words
    }
}
