/// Reads the pieces of a TOML text from its beginning to its end (toml.io/en/v1.0.0): space, keys, strings and tokens.
/// What they mean together is TOMLDocument's.
struct TOMLScanner {
    private let bytes: [UInt8]
    private(set) var position = 0

    /// A mark of the byte order at the beginning, as some editors write it, is passed.
    init(_ text: String) {
        bytes = Array(text.utf8)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    var next: UInt8? { byte(at: position) }

    private func byte(at place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

    /// An error here, or at a position that was passed.
    func error(_ description: String, at place: Int? = nil) -> TOMLError {
        let before = bytes[..<min(place ?? position, bytes.count)]
        let start = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
        return TOMLError(
            line: before.count { $0 == newline } + 1, column: before[start...].count { $0 & 0xC0 != 0x80 } + 1,
            description: description)
    }

    /// `expected …, found …`
    func expected(_ what: String) -> TOMLError {
        guard next != nil else { return error("expected \(what), found the end of the file") }
        if startsNewline { return error("expected \(what), found the end of the line") }
        let found = String(decoding: bytes[position..<min(position + 4, bytes.count)], as: UTF8.self)
        return error("expected \(what), found \(TOMLText.quoted(String(found.unicodeScalars.prefix(1))))")
    }

    // MARK: Space

    /// Passes the byte if it is next.
    mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func skipSpace() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
    }

    /// Passes space, ends of lines and comments.
    mutating func skipLines() throws(TOMLError) {
        while true {
            skipSpace()
            if takeNewline() { continue }
            guard next == UInt8(ascii: "#") else { return }
            try skipComment()
        }
    }

    /// Passes what may follow a statement: space, a comment, and the end of the line.
    mutating func endLine() throws(TOMLError) {
        skipSpace()
        if next == UInt8(ascii: "#") { try skipComment() }
        guard next == nil || takeNewline() else { throw expected("the end of the line or a comment") }
    }

    private mutating func skipComment() throws(TOMLError) {
        while next != nil, !startsNewline {
            try checkCharacter("a comment")
            position += 1
        }
    }

    private var startsNewline: Bool {
        next == newline || next == carriageReturn && byte(at: position + 1) == newline
    }

    private mutating func takeNewline() -> Bool {
        guard startsNewline else { return false }
        position += next == newline ? 1 : 2
        return true
    }

    /// Throws when a control character is next that must not stand in a text. Tab may.
    private func checkCharacter(_ place: String) throws(TOMLError) {
        guard let byte = next, byte < 0x20 && byte != UInt8(ascii: "\t") || byte == 0x7F else { return }
        let number = "0x\(String(byte, radix: 16))"
        throw error("\(place) holds the control character \(number): only an escape may stand for it")
    }

    // MARK: Keys

    /// `name`, `"name"`, or several with dots between.
    mutating func key() throws(TOMLError) -> [String] {
        var parts = [try keyPart()]
        skipSpace()
        while take(UInt8(ascii: ".")) {
            skipSpace()
            parts.append(try keyPart())
            skipSpace()
        }
        return parts
    }

    private mutating func keyPart() throws(TOMLError) -> String {
        if let quote = next, quote == basicQuote || quote == literalQuote { return try line(quotedBy: quote) }
        let start = position
        while let byte = next, TOMLText.isBare(byte) { position += 1 }
        guard position > start else { throw expected("a key") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    // MARK: Values

    /// What stands where a value without quotes or brackets should, perhaps nothing. A date and a time with a space
    /// between are one token.
    mutating func token() -> ArraySlice<UInt8> {
        let start = position
        skipToken()
        let isDate = position - start == 10 && bytes[start + 4] == UInt8(ascii: "-")
        if isDate, next == UInt8(ascii: " "), let after = byte(at: position + 1), TOMLScalar.isDigit(after) {
            position += 1
            skipToken()
        }
        return bytes[start..<position]
    }

    private mutating func skipToken() {
        while let byte = next, TOMLText.isBare(byte) || "+.:".utf8.contains(byte) { position += 1 }
    }

    /// A string of any of the four kinds; its first quote is next.
    mutating func string() throws(TOMLError) -> String {
        guard let quote = next else { throw expected("a string") }
        if byte(at: position + 1) == quote, byte(at: position + 2) == quote { return try lines(quotedBy: quote) }
        return try line(quotedBy: quote)
    }

    private mutating func line(quotedBy quote: UInt8) throws(TOMLError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while !take(quote) {
            guard let byte = next, !startsNewline else {
                throw error("the string that begins here has no end in its line", at: start)
            }
            if byte == UInt8(ascii: "\\"), quote == basicQuote {
                content += try escape()
            } else {
                try checkCharacter("a string")
                content.append(byte)
                position += 1
            }
        }
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func lines(quotedBy quote: UInt8) throws(TOMLError) -> String {
        let start = position
        position += 3
        _ = takeNewline()
        var content: [UInt8] = []
        while true {
            guard let byte = next else {
                throw error("the string that begins here has no end", at: start)
            }
            if byte == quote {
                let count = bytes[position...].prefix(5).prefix { $0 == quote }.count
                position += count
                // Up to two quotes may stand before the three that end the string.
                content += Array(repeating: quote, count: count < 3 ? count : count - 3)
                if count >= 3 { return String(decoding: content, as: UTF8.self) }
            } else if takeNewline() {
                content.append(newline)
            } else if byte == UInt8(ascii: "\\"), quote == basicQuote {
                if !takeContinuation() { content += try escape() }
            } else {
                try checkCharacter("a string")
                content.append(byte)
                position += 1
            }
        }
    }

    /// Passes a backslash at the end of a line, and all space up to the next character.
    private mutating func takeContinuation() -> Bool {
        let start = position
        position += 1
        skipSpace()
        guard takeNewline() else {
            position = start
            return false
        }
        repeat { skipSpace() } while takeNewline()
        return true
    }

    /// The bytes that a backslash and what follows it stand for.
    private mutating func escape() throws(TOMLError) -> [UInt8] {
        let start = position
        position += 1
        let name = next
        position += 1
        switch name {
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "r"): return [0x0D]
        case basicQuote, UInt8(ascii: "\\"): return [name ?? 0]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let digits = bytes[min(position, bytes.count)...].prefix(name == UInt8(ascii: "u") ? 4 : 8)
            position += digits.count
            // Without the look at the digits a sign would pass.
            if digits.count == (name == UInt8(ascii: "u") ? 4 : 8), digits.allSatisfy(TOMLScalar.isHexadecimalDigit),
                let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(number)
            {
                return Array(String(Character(scalar)).utf8)
            }
            throw error(#"expected \uXXXX or \UXXXXXXXX with the hexadecimal number of a character"#, at: start)
        default:
            throw error(#"expected an escape: \b \t \n \f \r \" \\ \uXXXX or \UXXXXXXXX"#, at: start)
        }
    }
}

private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let basicQuote = UInt8(ascii: "\"")
private let literalQuote = UInt8(ascii: "'")
