/// A JSON value (RFC 8259) whose members keep their order.
package enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number as it is written, which the caller sees to.
    case decimal(String)
    case string(String)
    case array([JSONValue])
    case object([(name: String, value: JSONValue)])
    /// An array of objects with the same members, which are known even when it is empty; each row has as many values.
    case rows(columns: [String], [[JSONValue]])

    /// An object of the members whose value is not nil.
    package static func members(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { member in member.value.map { (member.key, $0) } })
    }

    /// A string; nil for nil or an empty one.
    package static func text(_ text: String?) -> JSONValue? { text.flatMap { $0.isEmpty ? nil : .string($0) } }

    /// A number; nil for nil.
    package static func number(_ number: (some BinaryInteger)?) -> JSONValue? {
        number.map { .integer(Int64(clamping: $0)) }
    }

    package static func strings(_ strings: [String]) -> JSONValue { .array(strings.map { .string($0) }) }

    /// The value in one line without spaces: canonical by RFC 8785 if its members are in the order of their names.
    package var line: String {
        var text = ""
        write(to: &text)
        return text
    }

    private func write(to text: inout String) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .integer(let number): text += String(number)
        case .decimal(let digits): text += digits
        case .string(let string): JSONValue.write(string, to: &text)
        case .array(let values):
            text += "["
            for (place, value) in values.enumerated() {
                if place > 0 { text += "," }
                value.write(to: &text)
            }
            text += "]"
        case .object(let members):
            text += "{"
            for (place, member) in members.enumerated() {
                if place > 0 { text += "," }
                JSONValue.write(member.name, to: &text)
                text += ":"
                member.value.write(to: &text)
            }
            text += "}"
        case .rows(let columns, let rows):
            text += "["
            for (place, row) in rows.enumerated() {
                if place > 0 { text += "," }
                JSONValue.object(zip(columns, row).map { ($0, $1) }).write(to: &text)
            }
            text += "]"
        }
    }

    /// In quotes. U+2028 and U+2029 are escaped too: JavaScript once took them as ends of lines.
    private static func write(_ string: String, to text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }

    package static func == (left: JSONValue, right: JSONValue) -> Bool { left.line == right.line }
}
