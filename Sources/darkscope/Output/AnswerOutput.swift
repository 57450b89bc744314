import Store

/// A column of a table that an answer is printed as.
struct AnswerColumn: Sendable {
    let title: String
    let alignment: TextTable.Alignment
    /// The cell of a row; nil for what is not known.
    let cell: @Sendable (AnswerRow) -> String?

    /// - Parameter name: the column of the answer; lists are counted.
    init(_ title: String, _ name: String, _ alignment: TextTable.Alignment = .left) {
        self.init(title, alignment) { $0.cell(name) }
    }

    init(_ title: String, _ alignment: TextTable.Alignment = .left, cell: @escaping @Sendable (AnswerRow) -> String?) {
        self.title = title
        self.alignment = alignment
        self.cell = cell
    }
}

/// A row of an answer.
struct AnswerRow: Sendable {
    let answer: Answer
    let index: Int

    /// The field; nil for NULL.
    func text(_ name: String) -> String? { answer.text(index, name) }

    func isTrue(_ name: String) -> Bool { text(name) == "t" }

    /// The field as a table shows it: moments to the second, lists by their length.
    func cell(_ name: String) -> String? {
        guard let column = answer.columns.first(where: { $0.name == name }), let text = text(name) else { return nil }
        switch column.kind {
        case .time: return text.wholeSecond
        case .list: return "\(Answer.list(text).count)"
        case .boolean: return text == "t" ? "yes" : "no"
        case .text, .number: return text
        }
    }

    /// A number of seconds as people read it.
    func span(_ name: String) -> String? {
        text(name).flatMap { Double($0) }.flatMap { Int64(exactly: $0.rounded()) }.map(SpanText.short)
    }
}

extension Answer {
    var isEmpty: Bool { rows.isEmpty }

    /// The rows as objects whose members have the names of the columns.
    var json: JSON { .array(rows.indices.map(object)) }

    /// A row as an object.
    func object(_ row: Int) -> JSON {
        .object(
            zip(columns, rows[row]).map { column, text in
                JSON.Member(name: column.name, value: text.map { Answer.value($0, column.kind) } ?? .null)
            })
    }

    func table(_ columns: [AnswerColumn]) -> TextTable {
        var table = TextTable(columns.map { ($0.title, $0.alignment) })
        for index in rows.indices {
            table.add(columns.map { $0.cell(AnswerRow(answer: self, index: index)) })
        }
        return table
    }

    /// The answer without the rows from that place on.
    func prefix(_ count: Int) -> Answer { Answer(columns: columns, rows: Array(rows.prefix(count))) }

    private static func value(_ text: String, _ kind: Kind) -> JSON {
        switch kind {
        // NaN and infinity are no JSON.
        case .number: text.utf8.allSatisfy { "+-.0123456789e".utf8.contains($0) } ? .decimal(text) : .string(text)
        case .boolean: .boolean(text == "t")
        case .list: .array(list(text).map { .string($0) })
        case .text, .time: .string(text)
        }
    }
}

extension String {
    /// A moment without what is behind its seconds.
    var wholeSecond: String {
        guard let point = firstIndex(of: "."), hasSuffix("Z") else { return self }
        return self[..<point] + "Z"
    }
}
