/// What the values of a key look like: in a file, as plain text (environment and command line), and printed.
struct ValueKind<Value> {
    /// With article, range and unit.
    let expectation: String
    let fromNode: (ConfigurationNode) -> Value?
    let fromText: (String) -> Value?
    /// As TOML.
    let print: (Value) -> String
}

extension ValueKind<String> {
    static var string: ValueKind {
        ValueKind(
            expectation: "a string",
            fromNode: { if case .string(let text) = $0 { text } else { nil } },
            fromText: { $0 },
            print: TOMLText.quoted)
    }
}

extension ValueKind<[String]> {
    /// A single string is a list of one; as plain text, items are separated by commas.
    static var strings: ValueKind {
        ValueKind(
            expectation: "a list of strings",
            fromNode: { node in
                switch node {
                case .string(let text): return [text]
                case .array(let nodes):
                    let texts = nodes.compactMap { if case .string(let text) = $0 { text } else { nil } }
                    return texts.count == nodes.count ? texts : nil
                default: return nil
                }
            },
            fromText: { text in
                text.split(separator: ",").map { item in
                    String(item.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
            },
            print: TOMLText.array)
    }
}

extension ValueKind<Bool> {
    static var bool: ValueKind {
        ValueKind(
            expectation: "true or false",
            fromNode: { if case .boolean(let flag) = $0 { flag } else { nil } },
            fromText: Bool.init,
            print: { "\($0)" })
    }
}

extension ValueKind<Int> {
    static func integer(in range: ClosedRange<Int>) -> ValueKind {
        ValueKind(
            expectation: "an integer from \(range.lowerBound) to \(range.upperBound)",
            fromNode: { node in
                guard case .integer(let number) = node, let value = Int(exactly: number) else { return nil }
                return range.contains(value) ? value : nil
            },
            fromText: { Int($0).flatMap { range.contains($0) ? $0 : nil } },
            print: { "\($0)" })
    }
}

extension ValueKind<Int64> {
    static func quantity(_ quantity: Quantity, called name: String, in range: ClosedRange<Int64>) -> ValueKind {
        let parse: (String) -> Int64? = { quantity.parse($0).flatMap { range.contains($0) ? $0 : nil } }
        let (low, high) = (quantity.text(range.lowerBound), quantity.text(range.upperBound))
        let bounds = range.upperBound == .max ? "of at least \(low)" : "from \(low) to \(high)"
        return ValueKind(
            expectation: "a \(name) \(bounds) (a whole number and \(quantity.unitNames))",
            fromNode: { if case .string(let text) = $0 { parse(text) } else { nil } },
            fromText: parse,
            print: { TOMLText.quoted(quantity.text($0)) })
    }
}

extension ValueKind where Value: CaseIterable & RawRepresentable<String> {
    static var choice: ValueKind {
        ValueKind(
            expectation: "one of " + Value.allCases.map { TOMLText.quoted($0.rawValue) }.joined(separator: ", "),
            fromNode: { if case .string(let text) = $0 { Value(rawValue: text) } else { nil } },
            fromText: { Value(rawValue: $0) },
            print: { TOMLText.quoted($0.rawValue) })
    }
}
