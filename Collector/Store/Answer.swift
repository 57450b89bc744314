/// The rows of a view as it has them, for programs that print them: names and kinds of the columns come from the database.
package struct Answer: Sendable, Hashable {
    /// What a column holds.
    package enum Kind: Sendable, Hashable {
        case text, number, boolean
        /// Moments: RFC 3339 in UTC, with as many digits behind the second as there are.
        case time
        /// Lists of texts, each as PostgreSQL writes an array: see `list(_:_:)`.
        case list
    }

    /// A column: its name in SQL, and what it holds.
    package struct Column: Sendable, Hashable {
        package let name: String
        package let kind: Kind

        package init(name: String, kind: Kind) {
            self.name = name
            self.kind = kind
        }
    }

    package let columns: [Column]
    /// As many fields as columns; nil for NULL. Numbers are in decimal, booleans `t` or `f`.
    package let rows: [[String?]]

    package init(columns: [Column], rows: [[String?]]) {
        self.columns = columns
        self.rows = rows
    }

    /// The field of that column; nil for NULL, and for a column or row that is not there.
    package func text(_ row: Int, _ column: String) -> String? {
        guard rows.indices.contains(row), let index = columns.firstIndex(where: { $0.name == column }) else {
            return nil
        }
        return rows[row][index]
    }

    /// The field of that column as a list; empty when it is none.
    package func list(_ row: Int, _ column: String) -> [String] { text(row, column).map(Answer.list) ?? [] }

    /// The elements of a one-dimensional array as PostgreSQL writes it (manual §8.15.6); NULL is left out.
    package static func list(_ literal: String) -> [String] {
        guard literal.hasPrefix("{"), literal.hasSuffix("}") else { return [] }
        var elements: [String] = []
        var element: [UInt8] = []
        var (isQuoted, isInside, isEscaped) = (false, false, false)
        func end() {
            let text = String(decoding: element, as: UTF8.self)
            if isQuoted || !element.isEmpty && text != "NULL" { elements.append(text) }
            element = []
            isQuoted = false
        }
        for byte in literal.utf8.dropFirst().dropLast() {
            switch byte {
            case _ where isEscaped:
                element.append(byte)
                isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "\""): (isInside, isQuoted) = (!isInside, true)
            case UInt8(ascii: ",") where !isInside: end()
            default: element.append(byte)
            }
        }
        end()
        return elements
    }

    /// - Parameter type: object identifier of the type, as pg_type has it.
    static func kind(ofType type: UInt32) -> Kind {
        switch type {
        case 16: .boolean
        case 20, 21, 23, 700, 701, 1700: .number
        case 1184: .time
        case 1009: .list
        default: .text
        }
    }

    /// `2026-01-31 12:00:00.5+00`, as a session with ISO dates in UTC writes it, as RFC 3339; anything else as it is.
    static func moment(_ text: String) -> String {
        guard text.hasSuffix("+00"), let space = text.firstIndex(of: " ") else { return text }
        return text[..<space] + "T" + text[text.index(after: space)...].dropLast(3) + "Z"
    }
}

extension StoreConnection {
    /// The rows of a query, with what the database says of its columns.
    func answer(_ sql: String, _ parameters: [String?] = []) throws(StoreError) -> Answer {
        let result = try query(sql, parameters)
        let columns = (0..<result.columnCount).map { column in
            Answer.Column(name: result.columnName(column), kind: Answer.kind(ofType: result.columnType(column)))
        }
        return Answer(
            columns: columns,
            rows: (0..<result.rowCount).map { row in
                columns.indices.map { column in
                    let text = result.text(row, column)
                    return columns[column].kind == .time ? text.map(Answer.moment) : text
                }
            })
    }
}
