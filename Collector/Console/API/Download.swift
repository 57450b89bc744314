import Alerts

/// Answers as files: any list of an answer as a table, or the whole answer as JSON.
enum Download {
    static let mediaType = "text/csv"

    /// What a route takes beside its own parameters.
    static func parameters(_ route: Route) -> [Parameter] {
        let tables = route.tables
        guard !tables.isEmpty else { return [] }
        let format = Parameter(
            name: "format", kind: .choice(["json", "csv"], standard: nil),
            note:
                "As a file to keep: the answer in JSON, or one list of it in CSV (RFC 4180; the header has the units, and a "
                + "text that a spreadsheet would take as a formula has an apostrophe before it).")
        guard tables.count > 1 else { return [format] }
        return [
            format,
            Parameter(
                name: "table", kind: .choice(tables, standard: tables[0]),
                note:
                    "The list that format=csv is of; of layers, a row for each bin and a column for each layer."),
        ]
    }

    /// The answer in the form that was asked for.
    static func reply(_ answer: JSONValue, _ route: Route, _ arguments: Arguments) -> Reply {
        guard let format = arguments.text("format"), let first = route.tables.first else {
            return Reply(answer, caching: .personal)
        }
        let table = arguments.text("table") ?? first
        var reply: Reply
        if format == "csv" {
            let (columns, rows) = layers(answer, table) ?? rows(answer.member(table) ?? .array([]), table)
            reply = Reply(
                CSVText.write(columns: columns, rows), "\(mediaType); charset=utf-8; header=present", caching: .personal
            )
        } else {
            reply = Reply(answer, caching: .personal)
        }
        let span = answer.member("span")
        let parts =
            ["darkscope", route.name] + arguments.place + (format == "csv" && table != first ? [table] : [])
            + ["from", "to"].compactMap { end in
                if case .string(let time)? = span?.member(end) { time.filter { $0 != ":" && $0 != "-" } } else { nil }
            }
        reply.fileName = parts.map(plain).joined(separator: "-") + ".\(format)"
        return reply
    }

    /// A list as a table: of objects with their members, of anything else with one column.
    static func rows(_ list: JSONValue, _ name: String) -> (columns: [String], rows: [[JSONValue]]) {
        switch list {
        case .rows(let columns, let rows): return (columns, rows)
        case .array(let values):
            var columns: [String] = []
            for case .object(let members) in values {
                for member in members where !columns.contains(member.name) { columns.append(member.name) }
            }
            guard !columns.isEmpty else { return ([name], values.map { [$0] }) }
            return (columns, values.map { value in columns.map { value.member($0) ?? .null } })
        default: return ([name], [[list]])
        }
    }

    /// Layers over bins as a table that has a row for each bin and a column for each layer; nil for any other list.
    static func layers(_ answer: JSONValue, _ table: String) -> (columns: [String], rows: [[JSONValue]])? {
        guard table == "layers", case .array(let layers)? = answer.member(table), let bins = answer.member("bins")
        else {
            return nil
        }
        var (columns, rows) = rows(bins, "bins")
        let kept = columns.indices.filter { ["start", "stop", "coverage", "state"].contains(columns[$0]) }
        (columns, rows) = (kept.map { columns[$0] }, rows.map { row in kept.map { row[$0] } })
        func add(_ name: String, _ values: JSONValue?) {
            guard case .array(let values)? = values, values.count == rows.count else { return }
            columns.append(name)
            for (place, value) in values.enumerated() { rows[place].append(value) }
        }
        for layer in layers {
            let key = layer.member("key").map(parts) ?? []
            add(key.isEmpty ? "unknown" : key.joined(separator: " "), layer.member("values"))
        }
        add("other", answer.member("other")?.member("values"))
        return (columns, rows)
    }

    /// What an object is told by, in words.
    private static func parts(_ key: JSONValue) -> [String] {
        guard case .object(let members) = key else { return [] }
        return members.compactMap { member in
            switch member.value {
            case .null: nil
            case .string(let text): text
            default: member.value.line
            }
        }
    }

    private static func plain(_ text: String) -> String {
        String(
            text.map { character in
                character.isASCII && (character.isLetter || character.isNumber || "-.".contains(character))
                    ? character : "_"
            })
    }
}

extension JSONValue {
    /// That member of an object; nil for anything else.
    func member(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}
