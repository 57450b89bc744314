/// What the body of a request says: one object of JSON (RFC 8259) whose members are text or whole numbers, and no more.
///
/// Strict, and bounded by the bytes that are given: each is looked at once, and nothing is nested.
struct RequestBody: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        case text(String)
        case number(Int)
    }

    private let values: [String: Value]

    /// - Throws: a problem that names the member, when one is missing, unknown, given twice, or not what it should be.
    init(_ bytes: [UInt8], known: [BodyMember]) throws(Problem) {
        var reader = Reader(bytes: bytes[...])
        var values: [String: Value] = [:]
        for (name, value) in try reader.object() {
            guard let member = known.first(where: { $0.name == name }) else {
                throw .parameter(
                    String(name.prefix(40)), "there is no such member here",
                    expected: known.isEmpty ? "none" : known.map(\.name).joined(separator: ", "))
            }
            guard values[name] == nil else { throw .parameter(name, "it is given twice", expected: "it once") }
            guard let value else { continue }
            let fits =
                switch (member.kind, value) {
                case (.text(let range), .text(let text)): range.contains(text.utf8.count)
                case (.number(let range), .number(let number)): range.contains(number)
                default: false
                }
            guard fits else { throw .parameter(name, "it cannot be used", expected: member.expected) }
            values[name] = value
        }
        for member in known where member.isRequired && values[member.name] == nil {
            throw .parameter(member.name, "it is missing", expected: member.expected)
        }
        self.values = values
    }

    func text(_ name: String) -> String? { if case .text(let text) = values[name] { text } else { nil } }

    func number(_ name: String) -> Int? { if case .number(let number) = values[name] { number } else { nil } }
}

extension RequestBody {
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        /// The members in their order; null has no value.
        mutating func object() throws(Problem) -> [(String, Value?)] {
            try expect("{")
            var members: [(String, Value?)] = []
            if next() == UInt8(ascii: "}") {
                bytes.removeFirst()
            } else {
                while true {
                    let name = try string()
                    try expect(":")
                    members.append((name, try value()))
                    guard let byte = next() else { throw malformed("it ends too early") }
                    bytes.removeFirst()
                    if byte == UInt8(ascii: "}") { break }
                    guard byte == UInt8(ascii: ",") else { throw malformed("a comma is missing") }
                }
            }
            guard next() == nil else { throw malformed("something follows the object") }
            return members
        }

        private mutating func value() throws(Problem) -> Value? {
            switch next() {
            case UInt8(ascii: "\""): return .text(try string())
            case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return .number(try number())
            case UInt8(ascii: "n") where bytes.starts(with: "null".utf8):
                bytes.removeFirst(4)
                return nil
            default: throw malformed("a member is neither text nor a whole number")
            }
        }

        private mutating func number() throws(Problem) -> Int {
            let digits = bytes.prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
            bytes.removeFirst(digits.count)
            let text = String(decoding: digits, as: UTF8.self)
            guard digits.count <= 16, let number = Int(text), String(number) == text else {
                throw malformed("a number is not written as JSON has whole numbers")
            }
            return number
        }

        private mutating func string() throws(Problem) -> String {
            try expect("\"")
            var found: [UInt8] = []
            while let byte = bytes.popFirst() {
                switch byte {
                case UInt8(ascii: "\""):
                    guard let text = String(validating: found, as: UTF8.self) else {
                        throw malformed("text is not UTF-8")
                    }
                    return text
                case UInt8(ascii: "\\"): found += try Array(String(Character(escaped())).utf8)
                case 0..<0x20: throw malformed("text has a control character that is not escaped")
                default: found.append(byte)
                }
            }
            throw malformed("text does not end")
        }

        private mutating func escaped() throws(Problem) -> Unicode.Scalar {
            switch bytes.popFirst() {
            case UInt8(ascii: "\""): return "\""
            case UInt8(ascii: "\\"): return "\\"
            case UInt8(ascii: "/"): return "/"
            case UInt8(ascii: "b"): return "\u{8}"
            case UInt8(ascii: "f"): return "\u{C}"
            case UInt8(ascii: "n"): return "\n"
            case UInt8(ascii: "r"): return "\r"
            case UInt8(ascii: "t"): return "\t"
            case UInt8(ascii: "u"):
                let first = try unit()
                if let scalar = Unicode.Scalar(first), scalar != "\0" { return scalar }
                // Two halves of a pair (RFC 8259 §7).
                guard (0xD800..<0xDC00).contains(first), bytes.starts(with: "\\u".utf8) else { break }
                bytes.removeFirst(2)
                let second = try unit()
                guard (0xDC00..<0xE000).contains(second),
                    let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
                else { break }
                return scalar
            default: break
            }
            throw malformed("text has an escape that is none")
        }

        private mutating func unit() throws(Problem) -> UInt32 {
            let digits = bytes.prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
            else { throw malformed("text has an escape that is none") }
            bytes.removeFirst(4)
            return unit
        }

        /// The next byte that is no white space, which is still there.
        private mutating func next() -> UInt8? {
            bytes = bytes.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
            return bytes.first
        }

        private mutating func expect(_ mark: Unicode.Scalar) throws(Problem) {
            guard next() == UInt8(ascii: mark) else { throw malformed("\(mark) is missing") }
            bytes.removeFirst()
        }

        private func malformed(_ why: String) -> Problem {
            Problem(400, "The body cannot be read", "\(why). Send one object of JSON with text and whole numbers")
        }
    }
}
