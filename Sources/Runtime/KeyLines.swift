/// Where the keys of a TOML document stand; TOMLDocument does not keep it. It looks at how lines begin, in a text that is
/// TOML: what it misses has no line in an error's text, and nothing else depends on it.
struct KeyLines {
    private var lines: [String: Int] = [:]

    init(_ text: String) {
        var section = ""
        var openQuote: [UInt8]?
        for (index, row) in text.utf8.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            var scanner = KeyScanner(Array(row))
            if openQuote == nil {
                if let key = scanner.tableHeader() {
                    section = key
                    note(key, index)
                } else if let key = scanner.assignedKey() {
                    note(section.isEmpty ? key : "\(section).\(key)", index)
                } else if scanner.isComment {
                    continue
                }
            }
            openQuote = scanner.openQuote(after: openQuote)
        }
    }

    /// Counted from 1; of the nearest table around the key when it has no line of its own.
    func line(of key: String) -> Int? {
        var key = key[...]
        while true {
            if let line = lines[String(key)] { return line }
            guard let dot = key.lastIndex(of: ".") else { return nil }
            key = key[..<dot]
        }
    }

    private mutating func note(_ key: String, _ index: Int) {
        if lines[key] == nil { lines[key] = index + 1 }
    }
}

private let newline = UInt8(ascii: "\n")

/// Reads the keys at the beginning of one line.
private struct KeyScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        skipSpace()
    }

    var isComment: Bool { next == UInt8(ascii: "#") }

    /// The key of `[key]` or `[[key]]`.
    mutating func tableHeader() -> String? {
        guard next == UInt8(ascii: "[") else { return nil }
        let start = position
        while next == UInt8(ascii: "[") { position += 1 }
        let key = dottedKey()
        if key == nil || next != UInt8(ascii: "]") {
            position = start
            return nil
        }
        return key
    }

    /// The key of `key = …`.
    mutating func assignedKey() -> String? {
        let start = position
        if let key = dottedKey(), next == UInt8(ascii: "=") { return key }
        position = start
        return nil
    }

    /// The three quotes of a string that the line leaves open.
    mutating func openQuote(after open: [UInt8]?) -> [UInt8]? {
        var open = open
        while position + 3 <= bytes.count {
            let three = Array(bytes[position..<position + 3])
            let isQuote = three == Array("\"\"\"".utf8) || three == Array("'''".utf8)
            if isQuote, open == nil || open == three {
                open = open == nil ? three : nil
                position += 3
            } else {
                position += 1
            }
        }
        return open
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while next == UInt8(ascii: " ") || next == UInt8(ascii: "\t") { position += 1 }
    }

    private mutating func dottedKey() -> String? {
        var parts: [String] = []
        while true {
            skipSpace()
            guard let part = keyPart() else { return nil }
            parts.append(TOMLText.keyPart(part))
            skipSpace()
            guard next == UInt8(ascii: ".") else { return parts.joined(separator: ".") }
            position += 1
        }
    }

    private mutating func keyPart() -> String? {
        let start = position
        if let quote = next, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            guard let end = bytes[(start + 1)...].firstIndex(of: quote) else { return nil }
            position = end + 1
            return String(decoding: bytes[(start + 1)..<end], as: UTF8.self)
        }
        while let byte = next, TOMLText.isBare(byte) { position += 1 }
        return position > start ? String(decoding: bytes[start..<position], as: UTF8.self) : nil
    }
}
