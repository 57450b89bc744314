/// A value of a TOML document.
package enum TOMLValue {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    case moment(TOMLMoment)
    case array(TOMLArray)
    case table(TOMLTable)

    /// With its article.
    var typeName: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a floating-point number"
        case .boolean: "a boolean"
        case .moment(let moment): moment.kind.rawValue
        case .array: "an array"
        case .table: "a table"
        }
    }
}

/// A date or a time that exists, as the document writes it.
package struct TOMLMoment: Equatable {
    /// What is given, by name.
    package enum Kind: String, Equatable {
        case date = "a date"
        case time = "a time"
        case dateAndTime = "a date and time"
        case dateTimeAndOffset = "a date and time with an offset"
    }

    package let kind: Kind
    /// `2026-01-31`, `07:32:00.5`, or both with `T`, `t` or a space between; the offset is `Z`, `z` or `+07:00`.
    package let text: String
}

/// An array of a TOML document. Owned by: the thread that parses; afterwards it does not change.
package final class TOMLArray {
    package private(set) var items: [TOMLValue]
    /// Whether headers like `[[name]]` made it; only they may add to it.
    let isOfHeaders: Bool

    init(_ items: [TOMLValue], isOfHeaders: Bool) {
        self.items = items
        self.isOfHeaders = isOfHeaders
    }

    func append(_ table: TOMLTable) { items.append(.table(table)) }
}

/// A table of a TOML document. Owned by: the thread that parses; afterwards it does not change.
package final class TOMLTable {
    /// What made a table decides what may still be added to it (toml.io/en/v1.0.0#table).
    enum Origin: Equatable {
        /// A longer header went through it: its own header may follow.
        case passed
        /// Its own header, or it is the document.
        case header
        /// Dotted keys below the header, or in the inline table, with this number: more of them may follow there.
        case dottedKeys(section: Int)
        /// Braces: it is complete.
        case braces
    }

    /// In the order of the document. Names differ when their bytes do.
    package private(set) var entries: [(name: String, value: TOMLValue)] = []
    private var places: [[UInt8]: Int] = [:]
    var origin: Origin
    /// Tables and arrays around it.
    let depth: Int

    init(_ origin: Origin, depth: Int) {
        self.origin = origin
        self.depth = depth
    }

    subscript(name: String) -> TOMLValue? { places[Array(name.utf8)].map { entries[$0].value } }

    /// The name must be new.
    func add(_ name: String, _ value: TOMLValue) {
        let old = places.updateValue(entries.count, forKey: Array(name.utf8))
        precondition(old == nil, "a name is given twice")
        entries.append((name, value))
    }
}
