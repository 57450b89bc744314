/// A JSON value (RFC 8259) whose object members keep their order.
enum JSON: Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number of any size, in decimal.
    case decimal(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A member of an object.
    struct Member: Equatable {
        let name: String
        let value: JSON
    }

    /// An object of these members.
    static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    /// A string, or null for nil.
    static func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    /// The document, indented for people, without a newline at its end.
    var document: String { rendered(indent: "") }

    private func rendered(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .boolean(let value): return value ? "true" : "false"
        case .integer(let number): return String(number)
        case .decimal(let digits): return digits
        case .string(let text): return JSON.quoted(text)
        case .array(let values):
            return JSON.block("[", values.map { $0.rendered(indent: inner) }, "]", indent: indent)
        case .object(let members):
            let lines = members.map { "\(JSON.quoted($0.name)): \($0.value.rendered(indent: inner))" }
            return JSON.block("{", lines, "}", indent: indent)
        }
    }

    private static func block(_ open: String, _ lines: [String], _ close: String, indent: String) -> String {
        guard !lines.isEmpty else { return open + close }
        return "\(open)\n" + lines.map { "\(indent)  \($0)" }.joined(separator: ",\n") + "\n\(indent)\(close)"
    }

    /// The text in quotes; what a terminal could act on is escaped beyond what JSON asks for.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where scalar.actsOnTerminals:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
