import FlowModel
import WireFormat

/// The explanation of a vector as JSON: every field, in one way only. Numbers may need 128 bits.
indirect enum VectorText {
    case object([(String, VectorText)])
    case array([VectorText])
    case string(String)
    case number(String)
    case bool(Bool)
    case null

    static func number(_ value: some BinaryInteger) -> VectorText { .number("\(value)") }

    static func hex(_ bytes: [UInt8]) -> VectorText {
        .string(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    static func hex(_ value: UInt64) -> VectorText {
        hex((0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) })
    }

    /// On lines: a list's elements take one each.
    func rendered(indent: String = "") -> String {
        let inner = indent + "  "
        switch self {
        case .object(let members) where indent.isEmpty:
            let lines = members.map { "\(inner)\(VectorText.quoted($0)): \($1.rendered(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
        case .object(let members):
            return "{"
                + members.map { "\(VectorText.quoted($0)): \($1.rendered(indent: inner))" }.joined(separator: ", ")
                + "}"
        case .array(let elements) where elements.contains(where: \.isObject):
            return "[\n" + elements.map { inner + $0.rendered(indent: inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .array(let elements):
            return "[" + elements.map { $0.rendered(indent: inner) }.joined(separator: ", ") + "]"
        case .string(let text): return VectorText.quoted(text)
        case .number(let digits): return digits
        case .bool(let value): return value ? "true" : "false"
        case .null: return "null"
        }
    }

    private var isObject: Bool {
        if case .object = self { return true }
        return false
    }

    /// No vector holds a character that JSON wants escaped.
    private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}

extension GoldenVector {
    /// What stands beside the file of these bytes.
    func text(_ bytes: [UInt8]) -> String {
        switch value {
        case .batch(let content):
            let packing = bytes[5] == 0 ? "stored" : "zstd"
            return VectorText.object(
                [
                    ("explanation", .string(explanation)), ("layer", .string("batch")), ("format", .number(bytes[3])),
                    ("packing", .string(packing)), ("digest", .hex(contentDigest(bytes))),
                ] + content.members
            ).rendered()
        case .message(let message):
            return VectorText.object(
                [
                    ("explanation", .string(explanation)), ("layer", .string("message")),
                    ("version", .number(bytes[2])),
                ] + message.members
            ).rendered()
        }
    }
}
