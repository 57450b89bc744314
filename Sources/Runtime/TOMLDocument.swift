/// A TOML document (toml.io/en/v1.0.0), all of version 1.0. Integers have 64 bits, and tables and arrays stand in each
/// other at most `depthLimit` deep. Parsing costs time and memory in proportion to the text.
package struct TOMLDocument {
    /// Levels of tables and arrays that a document may have.
    package static let depthLimit = 100

    package let root = TOMLTable(.header, depth: 0)
    private var scanner: TOMLScanner
    /// Counts headers and inline tables: each is a section whose dotted keys belong together.
    private var sections = 0

    /// Throws at the first place where the text is not TOML.
    package init(text: String) throws(TOMLError) {
        scanner = TOMLScanner(text)
        var (table, section) = (root, 0)
        while true {
            try scanner.skipLines()
            guard let byte = scanner.next else { return }
            if byte == UInt8(ascii: "[") {
                table = try header()
                section = beginSection()
            } else {
                try assignment(in: table, section: section)
            }
            try scanner.endLine()
        }
    }

    private mutating func beginSection() -> Int {
        sections += 1
        return sections
    }

    // MARK: Headers

    /// `[key]` or `[[key]]`: the table that the keys below belong to.
    private mutating func header() throws(TOMLError) -> TOMLTable {
        let start = scanner.position
        _ = scanner.take(UInt8(ascii: "["))
        let isElement = scanner.take(UInt8(ascii: "["))
        scanner.skipSpace()
        let path = try scanner.key()
        guard scanner.take(UInt8(ascii: "]")), !isElement || scanner.take(UInt8(ascii: "]")) else {
            throw scanner.expected(isElement ? "]] after the key" : "] after the key")
        }
        var table = root
        for part in path.dropLast() { table = try passed(part, of: table, at: start) }
        guard let name = path.last else { return table }
        return isElement ? try element(name, of: table, at: start) : try section(name, of: table, at: start)
    }

    /// The table that a header goes through.
    private func passed(_ name: String, of table: TOMLTable, at place: Int) throws(TOMLError) -> TOMLTable {
        switch table[name] {
        case nil: return try made(.passed, name, in: table, at: place)
        case .table(let inner) where inner.origin != .braces: return inner
        case .array(let array) where array.isOfHeaders:
            guard case .table(let last) = array.items.last else { preconditionFailure("an array without its table") }
            return last
        case let other?: throw conflict(name, other, at: place)
        }
    }

    private func section(_ name: String, of table: TOMLTable, at place: Int) throws(TOMLError) -> TOMLTable {
        switch table[name] {
        case nil: return try made(.header, name, in: table, at: place)
        case .table(let inner) where inner.origin == .passed:
            inner.origin = .header
            return inner
        case let other?: throw conflict(name, other, at: place)
        }
    }

    private func element(_ name: String, of table: TOMLTable, at place: Int) throws(TOMLError) -> TOMLTable {
        let element = TOMLTable(.header, depth: try depth(below: table.depth + 1, at: place))
        switch table[name] {
        case nil: table.add(name, .array(TOMLArray([.table(element)], isOfHeaders: true)))
        case .array(let array) where array.isOfHeaders: array.append(element)
        case let other?: throw conflict(name, other, at: place)
        }
        return element
    }

    // MARK: Keys and values

    /// `key = value`
    private mutating func assignment(in table: TOMLTable, section: Int) throws(TOMLError) {
        let start = scanner.position
        let path = try scanner.key()
        guard scanner.take(UInt8(ascii: "=")) else { throw scanner.expected("= after the key") }
        scanner.skipSpace()
        var table = table
        for part in path.dropLast() { table = try dotted(part, of: table, section: section, at: start) }
        guard let name = path.last else { return }
        if let old = table[name] { throw conflict(name, old, at: start) }
        table.add(name, try value(depth: table.depth))
    }

    /// The table that a dotted key goes through.
    private func dotted(
        _ name: String, of table: TOMLTable, section: Int, at place: Int
    ) throws(TOMLError) -> TOMLTable {
        let origin = TOMLTable.Origin.dottedKeys(section: section)
        switch table[name] {
        case nil: return try made(origin, name, in: table, at: place)
        case .table(let inner) where inner.origin == .passed || inner.origin == origin:
            inner.origin = origin
            return inner
        case let other?: throw conflict(name, other, at: place)
        }
    }

    /// - Parameter depth: of the table or array that the value is in.
    private mutating func value(depth: Int) throws(TOMLError) -> TOMLValue {
        let start = scanner.position
        switch scanner.next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try scanner.string())
        case UInt8(ascii: "["): return .array(try array(depth: try self.depth(below: depth, at: start)))
        case UInt8(ascii: "{"): return .table(try inlineTable(depth: try self.depth(below: depth, at: start)))
        default:
            let token = scanner.token()
            guard !token.isEmpty else { throw scanner.expected("a value") }
            if let value = TOMLScalar.value(of: token) { return value }
            let shown = TOMLText.quoted(String(decoding: token.prefix(40), as: UTF8.self))
            throw scanner.error(
                "expected a value, found \(shown): text is written in quotes, integers have 64 bits", at: start)
        }
    }

    private mutating func array(depth: Int) throws(TOMLError) -> TOMLArray {
        _ = scanner.take(UInt8(ascii: "["))
        var items: [TOMLValue] = []
        while true {
            try scanner.skipLines()
            if scanner.take(UInt8(ascii: "]")) { break }
            items.append(try value(depth: depth))
            try scanner.skipLines()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.take(UInt8(ascii: "]")) else { throw scanner.expected("a comma or ]") }
            break
        }
        return TOMLArray(items, isOfHeaders: false)
    }

    private mutating func inlineTable(depth: Int) throws(TOMLError) -> TOMLTable {
        _ = scanner.take(UInt8(ascii: "{"))
        let table = TOMLTable(.braces, depth: depth)
        let section = beginSection()
        scanner.skipSpace()
        if scanner.take(UInt8(ascii: "}")) { return table }
        while true {
            scanner.skipSpace()
            try assignment(in: table, section: section)
            scanner.skipSpace()
            if scanner.take(UInt8(ascii: ",")) { continue }
            guard scanner.take(UInt8(ascii: "}")) else { throw scanner.expected("a comma or }") }
            return table
        }
    }

    // MARK: -

    private func made(
        _ origin: TOMLTable.Origin, _ name: String, in table: TOMLTable, at place: Int
    ) throws(TOMLError) -> TOMLTable {
        let inner = TOMLTable(origin, depth: try depth(below: table.depth, at: place))
        table.add(name, .table(inner))
        return inner
    }

    private func depth(below depth: Int, at place: Int) throws(TOMLError) -> Int {
        guard depth < Self.depthLimit else {
            throw scanner.error("tables and arrays stand in each other more than \(Self.depthLimit) deep", at: place)
        }
        return depth + 1
    }

    private func conflict(_ name: String, _ value: TOMLValue, at place: Int) -> TOMLError {
        let key = TOMLText.keyPart(String(name.unicodeScalars.prefix(100)))
        return scanner.error(
            "\(key) is \(value.typeName) already, which this line cannot define again or add to", at: place)
    }
}
