/// The parts of a request's target: segments of the path and fields of the query, decoded.
struct Target: Sendable, Equatable {
    static let mostFields = 32

    /// Without the empty one before the first slash; `/` has one that is empty.
    let path: [String]
    let fields: [Field]

    struct Field: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// - Throws: when it is in no form that a client of ours sends: not from `/`, not UTF-8, a NUL.
    init(_ text: String) throws(Problem) {
        guard text.hasPrefix("/") else { throw Target.malformed("it does not begin with /") }
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path: [String] = []
        for segment in parts[0].dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            path.append(try Target.decoded(segment, isQuery: false))
        }
        self.path = path
        var fields: [Field] = []
        if parts.count == 2 {
            for pair in parts[1].split(separator: "&") {
                guard fields.count < Target.mostFields else { throw Target.malformed("it has too many parameters") }
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                fields.append(
                    Field(
                        name: try Target.decoded(halves[0], isQuery: true),
                        value: halves.count == 2 ? try Target.decoded(halves[1], isQuery: true) : ""))
            }
        }
        self.fields = fields
    }

    private static func malformed(_ why: String) -> Problem {
        Problem(400, "The address cannot be read", "\(why). Write it as RFC 3986 says")
    }

    /// Percent-decoded; in a query `+` is a space.
    private static func decoded(_ text: Substring, isQuery: Bool) throws(Problem) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(figure), let low = rest.popFirst().flatMap(figure) else {
                    throw malformed("a % is not followed by two hexadecimal digits")
                }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where isQuery: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
            throw malformed("it is not UTF-8, or has a NUL")
        }
        return decoded
    }

    private static func figure(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
