import ArgumentParser
import Store

/// `darkscope org log`: who changed what, when.
struct OrganisationLogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Tell what was changed of organisations, when and by whom, the newest first.")

    @Argument(help: "The organisation. (default: all)", transform: RegistryText.code)
    var code: String?

    @Option(help: ArgumentHelp("Changes at most.", valueName: "n"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000000.") }
    }

    func run() throws {
        let store = try database.connect()
        if let code { _ = try Lookup.organisation(code, in: store) }
        let entries = try store.audit(of: code, limit: limit)
        var table = TextTable([
            "AT": .left, "PERSON": .left, "ROLE": .left, "ORG": .left, "TABLE": .left, "ACTION": .left, "CHANGE": .left,
        ])
        for entry in entries {
            table.add([
                entry.at, entry.person.isEmpty ? nil : entry.person, entry.role, entry.organisation, entry.relation,
                entry.action, entry.words,
            ])
        }
        output.answer(.members(["changes": .array(entries.map(\.json))]), table, none: "Nothing was changed yet.")
    }
}

extension AuditEntry {
    /// What changed: of a new row what it has, of another what it had and has.
    var words: String {
        func shown(_ value: String?) -> String { value.map { $0.isEmpty ? "\"\"" : $0 } ?? "-" }
        let parts = changes.map { change in
            switch action {
            case "insert": "\(change.column) \(shown(change.after))"
            case "delete": "\(change.column) \(shown(change.before))"
            default: "\(change.column) \(shown(change.before)) -> \(shown(change.after))"
            }
        }
        return ([action == "update" ? subject : nil].compactMap(\.self) + [parts.joined(separator: ", ")])
            .joined(separator: ": ")
    }

    var json: JSON {
        .members([
            "id": .integer(id), "at": .string(at), "person": .string(person), "role": .string(role),
            "organisation": .text(organisation), "table": .string(relation), "action": .string(action),
            "subject": .text(subject),
            "changes": .array(
                changes.map {
                    .members([
                        "column": .string($0.column), "before": .text($0.before), "after": .text($0.after),
                    ])
                }),
        ])
    }
}
