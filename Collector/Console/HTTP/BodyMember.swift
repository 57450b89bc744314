import Alerts

/// A member of the object that the body of a request is.
struct BodyMember: Sendable {
    enum Kind: Sendable {
        /// Text of so many bytes of UTF-8.
        case text(ClosedRange<Int>)
        /// A whole number.
        case number(ClosedRange<Int>)
    }

    let name: String
    let kind: Kind
    var isRequired = true
    let note: String

    var expected: String {
        switch kind {
        case .text(let bytes): "text of \(bytes.lowerBound) to \(bytes.upperBound) bytes"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        }
    }

    /// Its JSON Schema.
    var schema: JSONValue {
        switch kind {
        case .text(let bytes):
            .members([
                "type": .string("string"), "minLength": .number(min(1, bytes.lowerBound)),
                "maxLength": .number(bytes.upperBound), "description": .string(note),
            ])
        case .number(let range):
            .members([
                "type": .string("integer"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound),
                "description": .string(note),
            ])
        }
    }
}
