import Alerts
import FlowModel
import Query
import Store

extension Questions {
    /// All notes.
    static func notes(_ arguments: Arguments) throws(Problem) -> JSONValue {
        .members(["notes": .array(Notes.all.map(\.summary))])
    }

    /// One note: what it asks, with what, and its text.
    static func note(_ arguments: Arguments) throws(Problem) -> JSONValue {
        let note = try find(arguments)
        let variables = note.statement.variables.map { variable -> JSONValue in
            guard let parameter = variable.parameter else {
                return .members([
                    "name": .string(variable.rawValue), "from": .string("span"), "note": .string("Of the span."),
                ])
            }
            return .members([
                "name": .string(variable.rawValue), "from": .string("parameter"), "note": .string(parameter.note),
                "expected": .string(parameter.expected), "default": variable.standard.map { .string($0) },
                "schema": parameter.schema,
            ])
        }
        return .members([
            "name": .string(note.name), "section": .string(note.section), "question": .string(note.question),
            "columns": .string(note.columns), "hints": .string(note.hints), "cost": .string(note.cost),
            "variables": .array(variables),
            "text": .string(note.text), "command": .string(note.command),
            "runs": .boolean(note.reason == nil), "reason": note.reason.map { .string($0) } ?? .null,
        ])
    }

    /// The answer to a note.
    static func noteAnswer(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let note = try find(arguments)
        if let reason = note.reason {
            throw Problem(422, "The question cannot be answered so", "\(reason). Run it with psql: \(note.command)")
        }
        let times = try times(arguments, desk)
        let values = try values(note, arguments, times, desk)
        let parameters = note.statement.variables.map { values[$0] ?? "" }
        let sql = note.statement.text(
            union: note.statement.parts.count > 1 ? try desk.connection.consoleUnionOfSources() : "")
        let found: (answer: Answer, hasMore: Bool)
        do throws(StoreError) {
            found = try desk.connection.consoleNote(sql, parameters, limit: desk.rowLimit)
        } catch {
            guard error.kind == .refused("42501") else { throw error }
            throw Problem(403, "This is not for everybody", "\(error.message). Ask whoever runs the telescope")
        }
        let span = try span(note, values, times, desk)
        return .members([
            "name": .string(note.name), "question": .string(note.question), "rows": found.answer.objects,
            "columns": .strings(found.answer.columns.map(\.name)), "is_cut": .boolean(found.hasMore),
            "span": span.map { Questions.span($0) } ?? .null,
            "coverage": try span.map { try desk.connection.consoleCoverage($0).objects } ?? .rows(columns: [], []),
            "sql": .members(["text": .string(sql), "parameters": .strings(parameters)]),
            "variables": .object(
                note.statement.variables.map { (name: $0.rawValue, value: .string(values[$0] ?? "")) }),
        ])
    }

    private static func find(_ arguments: Arguments) throws(Problem) -> Note {
        let name = arguments.text("name") ?? ""
        guard let note = Notes.find(name) else { throw .notFound("there is no note \(name). See /api/v1/notes") }
        return note
    }

    /// What each variable of the note is, as PostgreSQL reads it.
    private static func values(
        _ note: Note, _ arguments: Arguments, _ times: ConsoleTimes, _ desk: Desk
    ) throws -> [NoteVariable: String] {
        let used = Set(note.statement.variables)
        for variable in NoteVariable.allCases where variable.parameter != nil && !used.contains(variable) {
            guard !arguments.has(variable.rawValue) else {
                let expected = note.statement.variables.compactMap(\.parameter?.name).joined(separator: ", ")
                throw Problem.parameter(
                    variable.rawValue, "this note has no such variable", expected: expected.isEmpty ? "none" : expected)
            }
        }
        var values: [NoteVariable: String] = [
            .since: times.from, .until: times.to, .zone: times.zone, .firstDay: String(times.from.prefix(10)),
        ]
        for variable in used { if let standard = variable.standard { values[variable] = standard } }
        if used.contains(.endDay) {
            let midnight = (times.end + 86_399) / 86_400 * 86_400
            values[.endDay] = String(try moment(.unix(midnight), times.zone, desk).prefix(10))
        }
        if !used.isDisjoint(with: [.day, .year, .site]) {
            (values[.day], values[.year], values[.site]) = try desk.connection.consoleNoteStandards()
        }
        for variable in used {
            if let text = arguments.text(variable.rawValue) { values[variable] = text }
            if let number = arguments.number(variable.rawValue) { values[variable] = "\(number)" }
            if let block = arguments.block(variable.rawValue) { values[variable] = block.description }
        }
        if used.contains(.at) {
            values[.at] =
                if let point = arguments.moment("at") {
                    try moment(point, times.zone, desk)
                } else {
                    try desk.connection.consoleLastHour()
                }
        }
        return values
    }

    /// The span that the rows are of; nil when they are of none.
    private static func span(
        _ note: Note, _ values: [NoteVariable: String], _ times: ConsoleTimes, _ desk: Desk
    ) throws -> ConsoleTimes? {
        let used = Set(note.statement.variables)
        if note.hasSpan { return times }
        let start: String
        let length: String
        if used.contains(.day), let day = values[.day] {
            (start, length) = ("\(day)T00:00:00Z", "1 day")
        } else if used.contains(.at), let at = values[.at] {
            (start, length) = (at, used.contains(.within) ? values[.within] ?? "1 hour" : "1 hour")
        } else {
            return nil
        }
        let end = try desk.connection.consoleMoment(start, after: length)
        guard let from = TimePoint(start), let to = TimePoint(end) else { return nil }
        return try desk.connection.consoleTimes(ConsoleSpan(from: from, to: to, zone: times.zone))
    }

    private static func moment(_ point: TimePoint, _ zone: String, _ desk: Desk) throws -> String {
        try desk.connection.consoleTimes(ConsoleSpan(from: point, to: point, zone: zone)).from
    }
}
