/// Reads the language of filters.
///
/// ```
/// filter     = and *( "or" and )
/// and        = not *( "and" not )
/// not        = "not" not / "(" filter ")" / term
/// term       = flag / name comparison value / name ["not"] "in" "(" value *( "," value ) ")"
/// flag       = "scanner" / "backscatter"
/// comparison = "=" / "!=" / "<" / "<=" / ">" / ">="
/// ```
///
/// Names, keywords and values are read in either case. What is read is bounded: see the limits below.
package struct FilterParser {
    /// Bytes of a filter at most.
    package static let longestText = 4_096
    /// Terms of a filter at most.
    package static let mostTerms = 100
    /// Values of a list at most.
    package static let mostValues = 200
    /// Parentheses and `not` in one another at most.
    package static let deepest = 32

    private var tokens: ArraySlice<FilterToken>
    private var terms = 0

    /// Reads a filter.
    /// - Returns: nil for a text of spaces only: everything.
    /// - Throws: the first word that cannot stand where it stands.
    package static func parse(_ text: String) throws(FilterError) -> Filter? {
        guard text.utf8.count <= longestText else {
            throw FilterError(
                column: 1, word: text, problem: "the filter is too long",
                expected: "at most \(longestText) bytes")
        }
        var parser = FilterParser(tokens: try FilterLexer.tokens(text)[...])
        guard parser.next.kind != .end else { return nil }
        let filter = try parser.disjunction(depth: 0)
        guard parser.next.kind == .end else {
            throw parser.wrong("the filter is complete before it", "and, or, or the end", parser.next, ["and", "or"])
        }
        return filter
    }

    private init(tokens: ArraySlice<FilterToken>) { self.tokens = tokens }

    /// The last token is the end, and stays.
    private var next: FilterToken { tokens[tokens.startIndex] }

    @discardableResult
    private mutating func take() -> FilterToken {
        let token = next
        if token.kind != .end { tokens.removeFirst() }
        return token
    }

    private mutating func take(_ text: String, _ kind: FilterToken.Kind) -> Bool {
        guard next.kind == kind, next.text.lowercased() == text else { return false }
        take()
        return true
    }

    private func wrong(
        _ problem: String, _ expected: String, _ token: FilterToken, _ known: [String] = []
    ) -> FilterError {
        FilterError(
            column: token.column, word: token.text, problem: problem, expected: expected,
            nearest: token.kind == .word ? NearestWord.find(token.text, among: known) : nil)
    }

    private mutating func disjunction(depth: Int) throws(FilterError) -> Filter {
        var parts = [try conjunction(depth: depth)]
        while take("or", .word) { parts.append(try conjunction(depth: depth)) }
        return .disjunction(parts)
    }

    private mutating func conjunction(depth: Int) throws(FilterError) -> Filter {
        var parts = [try negation(depth: depth)]
        while take("and", .word) { parts.append(try negation(depth: depth)) }
        return .conjunction(parts)
    }

    private mutating func negation(depth: Int) throws(FilterError) -> Filter {
        guard depth <= FilterParser.deepest else {
            throw wrong("too many parentheses and nots in one another", "at most \(FilterParser.deepest)", next)
        }
        if take("not", .word) { return .not(try negation(depth: depth + 1)) }
        guard take("(", .sign) else { return try term() }
        let inner = try disjunction(depth: depth + 1)
        guard take(")", .sign) else { throw wrong("a parenthesis is open", "and, or, or )", next, ["and", "or"]) }
        return inner
    }

    private mutating func term() throws(FilterError) -> Filter {
        let names = FilterField.allCases.map(\.rawValue)
        let token = next
        guard token.kind == .word else {
            throw wrong(
                token.kind == .end ? "something is missing" : "no condition begins so",
                "not, ( or one of \(names.joined(separator: ", "))", token)
        }
        guard let field = FilterField(rawValue: token.text.lowercased()) else {
            throw wrong("not a name that filters know", "one of \(names.joined(separator: ", "))", token, names)
        }
        terms += 1
        guard terms <= FilterParser.mostTerms else {
            throw wrong("too many conditions", "at most \(FilterParser.mostTerms)", token)
        }
        take()
        if field.isFlag {
            guard next.kind != .sign || [")", ","].contains(next.text) else {
                throw wrong("\(field.rawValue) has no value", "and, or, or the end", next)
            }
            return .term(.init(field, .holds, []))
        }
        return try comparison(of: field)
    }

    private mutating func comparison(of field: FilterField) throws(FilterError) -> Filter {
        let expected = field.isOrdered ? "=, !=, <, <=, >, >= or in" : "=, != or in"
        let token = next
        if take("not", .word) {
            guard take("in", .word) else { throw wrong("\(field.rawValue) not what", "in", next, ["in"]) }
            return .not(.term(.init(field, .isIn, try list(of: field))))
        }
        if take("in", .word) { return .term(.init(field, .isIn, try list(of: field))) }
        guard token.kind == .sign, let comparison = Filter.Comparison(rawValue: token.text), comparison != .holds else {
            throw wrong("\(field.rawValue) must be compared", expected, token, ["in"])
        }
        guard field.isOrdered || comparison == .equals || comparison == .differs else {
            throw wrong("\(field.rawValue) has no order", expected, token)
        }
        take()
        return .term(.init(field, comparison, [try value(of: field)]))
    }

    private mutating func list(of field: FilterField) throws(FilterError) -> [FilterValue] {
        guard take("(", .sign) else { throw wrong("a list begins with (", "(", next) }
        var values = [try value(of: field)]
        while take(",", .sign) {
            guard values.count < FilterParser.mostValues else {
                throw wrong("too many values", "at most \(FilterParser.mostValues)", next)
            }
            values.append(try value(of: field))
        }
        guard take(")", .sign) else { throw wrong("the list is open", ", or )", next) }
        return values
    }

    private mutating func value(of field: FilterField) throws(FilterError) -> FilterValue {
        let token = next
        guard token.kind == .word else { throw wrong("a value is missing", field.expected, token) }
        guard let value = field.value(token.text) else {
            throw wrong("not a value of \(field.rawValue)", field.expected, token, field.words)
        }
        take()
        return value
    }
}
