import Alerts

/// A ready-made question of ops/sql: what its head says of it, and what is run of it.
struct Note: Sendable {
    /// Without `.sql`.
    let name: String
    /// What it asks, as README.md puts questions together.
    let section: String
    /// The question, in one sentence.
    let question: String
    /// What the head says of its columns, its variables and its cost.
    let columns: String
    let hints: String
    let cost: String
    /// The whole file.
    let text: String
    /// What is run: parameters for variables.
    let statement: Statement
    /// Why it cannot be run here; nil when it can.
    let reason: String?

    /// SQL in which each variable has become a parameter that is cast to its type.
    struct Statement: Sendable, Equatable {
        /// Parts of the text; between two of them stands what depends on the database: the union of sets of sources.
        var parts = [""]
        /// In the order of their numbers.
        var variables: [NoteVariable] = []

        /// - Parameter union: what takes the place of `:united`.
        func text(union: String) -> String { parts.joined(separator: union) }

        fileprivate mutating func add(_ text: some StringProtocol) { parts[parts.count - 1] += text }

        fileprivate mutating func add(_ variable: NoteVariable) {
            let place = variables.firstIndex(of: variable) ?? variables.count
            if place == variables.count { variables.append(variable) }
            // A parameter is one text whatever it is compared with: without the first cast its type would be guessed anew.
            add("$\(place + 1)::text::\(variable.type)")
        }
    }

    init(name: String, section: String, text: String) {
        self.name = name
        self.section = section
        self.text = text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let head = lines.prefix { $0.hasPrefix("--") }.map { $0.dropFirst(2).drop { $0 == " " } }
        question = head.first.map(String.init) ?? name
        func part(_ title: String) -> String {
            guard let start = head.firstIndex(where: { $0.hasPrefix("\(title): ") }) else { return "" }
            let rest = head[(start + 1)...].prefix { line in
                !["Columns: ", "Variables: ", "Cost: "].contains { line.hasPrefix($0) }
            }
            return ([head[start].dropFirst(title.utf8.count + 2)] + rest).joined(separator: " ")
        }
        columns = part("Columns")
        hints = part("Variables")
        cost = part("Cost")
        let body = lines.dropFirst(head.count).filter { $0 != "\\ir defaults.psql" }.joined(separator: "\n")
        do throws(Unreadable) {
            statement = try Note.statement(body)
            reason = nil
        } catch {
            statement = Statement()
            reason = error.reason
        }
    }

    /// Whether it is of the span that all pages share.
    var hasSpan: Bool { statement.variables.contains { [.since, .until, .firstDay, .endDay].contains($0) } }

    /// The line that runs it elsewhere.
    var command: String {
        let variables = statement.variables.filter { $0 != .most }.map { " -v \($0.rawValue)=…" }.joined()
        return "psql -d darkscope\(variables) -f ops/sql/\(name).sql"
    }

    // MARK: What is run

    private struct Unreadable: Error { let reason: String }

    /// Puts parameters in the place of psql's variables (PostgreSQL manual, psql, SQL Interpolation): in quoted texts and
    /// comments there are none.
    private static func statement(_ body: String) throws(Unreadable) -> Statement {
        var statement = Statement()
        var rest = body[...]
        while rest.last.map({ $0.isWhitespace || $0 == ";" }) == true { rest.removeLast() }
        while let next = rest.first {
            if next == "'" || rest.hasPrefix("--") {
                let end = rest.dropFirst().firstIndex(of: next == "'" ? "'" : "\n")
                let past = end.map(rest.index(after:)) ?? rest.endIndex
                statement.add(rest[..<past])
                rest = rest[past...]
            } else if rest.hasPrefix("::") {
                statement.add("::")
                rest = rest.dropFirst(2)
            } else if next == ":" {
                let isQuoted = rest.dropFirst().first == "'"
                let name = rest.dropFirst(isQuoted ? 2 : 1).prefix { $0.isASCII && ($0.isLetter || $0 == "_") }
                rest = rest.dropFirst(name.isEmpty ? 1 : name.count + (isQuoted ? 3 : 1))
                if name.isEmpty, rest.first == "\"" {
                    throw Unreadable(reason: "it has a variable for a name")
                } else if name.isEmpty {
                    // Between the bounds of an array's slice.
                    statement.add(":")
                } else if name == "united" {
                    statement.parts.append("")
                } else if let variable = NoteVariable(rawValue: String(name)) {
                    statement.add(variable)
                } else {
                    throw Unreadable(reason: "it has a variable \(name) that this console does not know")
                }
            } else if next == "\\" {
                throw Unreadable(reason: "it has commands of psql")
            } else if next == ";" {
                throw Unreadable(reason: "it has more than one statement")
            } else {
                statement.add(String(next))
                rest = rest.dropFirst()
            }
        }
        return statement
    }
}

extension Note {
    /// What a list of notes says of it.
    var summary: JSONValue {
        .members([
            "name": .string(name), "section": .string(section), "question": .string(question), "cost": .string(cost),
            "runs": .boolean(reason == nil),
        ])
    }
}
