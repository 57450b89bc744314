/// A JSON value (RFC 8259), as far as lists of scanners need it.
indirect enum JSONValue: Equatable {
    /// null, true, false or a number.
    case plain
    case string([UInt8])
    case array([JSONValue])
    /// Of members with one name the last stands.
    case object([String: JSONValue])

    var text: String? { if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }
}

/// Reads JSON values that stand one behind the other.
struct JSONReader {
    private static let maximumDepth = 32
    /// Values of a file at most, nested ones too.
    private static let maximumValues = 16_000_000

    private let bytes: [UInt8]
    private var place = 0
    private var values = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }

    /// The line of what is read next, counted from 1.
    var line: Int { bytes[..<min(place, bytes.count)].count { $0 == 0x0A } + 1 }

    /// The next value; nil at the end.
    mutating func next() throws(EnrichmentError) -> JSONValue? {
        skipSpace()
        return place < bytes.count ? try value(0) : nil
    }

    private mutating func value(_ depth: Int) throws(EnrichmentError) -> JSONValue {
        values += 1
        guard depth < JSONReader.maximumDepth else { throw failure("JSON is nested too deep") }
        guard values <= JSONReader.maximumValues else { throw failure("there are too many values") }
        skipSpace()
        guard place < bytes.count else { throw failure("JSON ends too early") }
        switch bytes[place] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "["):
            var items: [JSONValue] = []
            try members(UInt8(ascii: "]")) { (reader) throws(EnrichmentError) in
                items.append(try reader.value(depth + 1))
            }
            return .array(items)
        case UInt8(ascii: "{"):
            var items: [String: JSONValue] = [:]
            try members(UInt8(ascii: "}")) { (reader) throws(EnrichmentError) in
                reader.skipSpace()
                guard reader.place < reader.bytes.count, reader.bytes[reader.place] == UInt8(ascii: "\"") else {
                    throw reader.failure("a member of an object has no name")
                }
                let name = String(decoding: try reader.string(), as: UTF8.self)
                reader.skipSpace()
                guard reader.take(UInt8(ascii: ":")) else { throw reader.failure("a member of an object has no colon") }
                items[name] = try reader.value(depth + 1)
            }
            return .object(items)
        default: return try plain()
        }
    }

    /// What stands between brackets, with commas.
    private mutating func members(
        _ end: UInt8, _ member: (inout JSONReader) throws(EnrichmentError) -> Void
    ) throws(EnrichmentError) {
        place += 1
        skipSpace()
        if take(end) { return }
        while true {
            try member(&self)
            skipSpace()
            if take(end) { return }
            guard take(UInt8(ascii: ",")) else { throw failure("a comma is missing") }
        }
    }

    private mutating func string() throws(EnrichmentError) -> [UInt8] {
        place += 1
        var text: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return text }
            guard byte >= 0x20 else { throw failure("a text holds a control character") }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard place < bytes.count else { break }
            let escape = bytes[place]
            place += 1
            switch escape {
            case UInt8(ascii: "u"):
                // Halves of surrogate pairs are no scalars; names that hold them show a sign for what is unknown.
                let digits = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
                guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16) else {
                    throw failure("an escape in a text is damaged")
                }
                place += 4
                text += Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
            case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"):
                text.append(0x20)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
            default: throw failure("an escape in a text is damaged")
            }
        }
        throw failure("a text is not closed")
    }

    private mutating func plain() throws(EnrichmentError) -> JSONValue {
        let start = place
        while place < bytes.count, JSONReader.isPlain(bytes[place]) { place += 1 }
        guard place > start else { throw failure("\(EnrichmentError.quoted([bytes[place]])) is no JSON") }
        return .plain
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "+-.E".utf8.contains(byte)
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private func failure(_ message: String) -> EnrichmentError { EnrichmentError(line: line, message) }
}
