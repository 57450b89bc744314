import Alerts
import FlowModel
import Query

/// A parameter of a route: what it may be decides what is read, what is refused, and what the OpenAPI document says.
struct Parameter: Sendable {
    enum Kind: Sendable {
        /// A moment: see `MomentText`.
        case moment(standard: String?)
        /// A day: `2026-01-31`; whether a month has it is for the database to say.
        case day
        /// IANA name of a time zone; the database knows them.
        case zone
        case integer(ClosedRange<Int>, standard: Int?)
        case choice([String], standard: String?)
        /// One or more words with commas between them, each once.
        case choices([String], most: Int)
        /// Code of a site or an organisation.
        case code
        /// Code of a country.
        case country
        /// Number of a header signature: a digest, of either sign.
        case signature
        /// An address or a block of at most the lengths that the database answers for.
        case block
        /// A filter: `FilterParser` reads it where the answer is made.
        case filter
    }

    let name: String
    let kind: Kind
    let note: String

    static let longest = 200

    /// What could stand there, for messages.
    var expected: String {
        switch kind {
        case .moment: MomentText.expected
        case .day: "a day, such as 2026-01-31"
        case .zone: "the name of a time zone, such as UTC or Asia/Bangkok"
        case .integer(let range, _): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .choice(let words, _): words.joined(separator: ", ")
        case .choices(let words, let most): "1 to \(most) of \(words.joined(separator: ", ")), with commas between them"
        case .filter: "a filter, such as proto = tcp and port in (23, 2323) and not scanner"
        case .country: "two capital letters after ISO 3166-1, such as SG"
        case .signature: "the number of a header signature, as top signatures tells it"
        case .code: "1 to 32 lower-case letters, digits and -, such as sg-1"
        case .block: "an address or a block (IPv4 /8 or longer, IPv6 /16 or longer), such as 192.0.2.1 or 2001:db8::/32"
        }
    }

    /// What it is when it is not given; nil when it may be missing.
    var standard: String? {
        switch kind {
        case .moment(let standard): standard
        case .zone: "UTC"
        case .integer(_, let standard): standard.map { "\($0)" }
        case .choice(_, let standard): standard
        case .day, .signature, .code, .country, .block, .filter, .choices: nil
        }
    }

    /// - Throws: a problem that names the parameter and says what was expected.
    func read(_ text: String) throws(Problem) -> Arguments.Value {
        let longest = if case .filter = kind { FilterParser.longestText } else { Parameter.longest }
        guard text.utf8.count <= longest else {
            throw .parameter(name, "it is longer than \(longest) bytes", expected: expected)
        }
        guard let value = value(of: text) else {
            throw .parameter(name, "\"\(text)\" cannot be used", expected: expected)
        }
        return value
    }

    private func value(of text: String) -> Arguments.Value? {
        switch kind {
        case .moment: return MomentText.read(text).map { .moment($0) }
        case .day:
            guard text.utf8.count == 10, case .local = MomentText.read(text) else { return nil }
            return .text(text)
        case .zone:
            let isName = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                    || "/_+-".utf8.contains($0)
            }
            return isName && !text.isEmpty ? .text(text) : nil
        case .integer(let range, _):
            guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(text), range.contains(number)
            else { return nil }
            return .number(number)
        case .choice(let words, _): return words.contains(text) ? .text(text) : nil
        case .choices(let words, let most):
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let isChosen = parts.count <= most && Set(parts).count == parts.count && parts.allSatisfy(words.contains)
            return isChosen ? .text(text) : nil
        case .code:
            let isCode = text.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-")
            }
            return isCode && (1...32).contains(text.utf8.count) ? .text(text) : nil
        case .country:
            return text.utf8.count == 2 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? .text(text) : nil
        case .signature: return FilterField.signature.value(text).map { .text($0.description) }
        case .filter: return .text(text)
        case .block:
            let prefix = Prefix(text) ?? Address(text).flatMap { Prefix($0, length: $0.family.bitWidth) }
            guard let prefix, prefix.length >= (prefix.family == .ipv4 ? 8 : 16) else { return nil }
            return .block(prefix)
        }
    }

    /// Its JSON Schema.
    var schema: JSONValue {
        switch kind {
        case .integer(let range, let standard):
            .members([
                "type": .string("integer"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
                "default": .number(standard),
            ])
        case .choice(let words, let standard):
            .members(["type": .string("string"), "enum": .strings(words), "default": standard.map { .string($0) }])
        case .choices(let words, let most):
            .members([
                "type": .string("string"),
                "pattern": .string(
                    "^(\(words.joined(separator: "|")))(,(\(words.joined(separator: "|")))){0,\(most - 1)}$"),
            ])
        case .signature:
            .members(["type": .string("string"), "pattern": .string("^-?[0-9]{1,19}$")])
        case .code:
            .members(["type": .string("string"), "pattern": .string("^[a-z0-9-]{1,32}$")])
        case .country:
            .members(["type": .string("string"), "pattern": .string("^[A-Z]{2}$")])
        case .filter:
            .members(["type": .string("string"), "maxLength": .number(FilterParser.longestText)])
        case .day:
            .members(["type": .string("string"), "format": .string("date")])
        case .moment, .zone, .block:
            .members([
                "type": .string("string"), "maxLength": .number(Parameter.longest),
                "default": standard.map { .string($0) },
            ])
        }
    }
}
