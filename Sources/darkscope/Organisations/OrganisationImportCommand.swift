import ArgumentParser
import Runtime
import Store

/// `darkscope org import`.
struct OrganisationImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import organisations, blocks and mail contacts from a CSV file.",
        discussion: """
            The first line names the columns, in any order: organisation on every line; of the organisation name, kind, \
            country, language, tlp, zone, quiet, digest, daily_cap, least_packets, least_addresses, clean_hours; a block as \
            prefix, with valid_from, valid_until and vouched_by; a contact as mail, with mail_format. An organisation that is \
            not there is added when a line gives its name. What a field says is set; an empty one says nothing. The same file \
            again changes nothing, and what was ended by hand stays ended. All lines are imported, or with one bad line none.
            """)

    @Argument(help: ArgumentHelp("The file: CSV of RFC 4180 in UTF-8.", valueName: "file"))
    var file: String

    @Flag(help: "Only tell what would be done.")
    var dryRun = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let bytes = try ImportFile(file, limit: OrganisationFile.limit).bytes
        let content = OrganisationFile(bytes)
        let store = try database.connectToChange()
        // Lines that cannot be read hide no problem of the others.
        let done = try store.importOrganisations(content.content, isTrial: dryRun || content.problems.count > 0)
        var problems = content.problems
        problems.add(done.problems)
        guard problems.count == 0 else {
            for problem in problems.first {
                let column = problem.column.map { "\($0): " } ?? ""
                standardError("\(file):\(problem.line): \(column)\(problem.cause)".safe)
            }
            let left = problems.count - problems.first.count
            if left > 0 { standardError("and \(left) more") }
            throw ProgramError(
                .data, "\(file): \(problems.count) \(problems.count == 1 ? "error" : "errors"). Nothing was imported")
        }
        if output.json {
            print(done.counts.json(isTrial: dryRun).document)
            return
        }
        print(dryRun ? "Importing \(file.safe) would do this, and did nothing:" : "Imported \(file.safe):")
        for line in done.counts.table.lines { print(line) }
        if done.counts.blocksEnded + done.counts.contactsEnded > 0 {
            print("What was ended by hand stays ended; use darkscope org prefix add and darkscope org contact add.")
        }
    }
}

extension ImportCounts {
    private var rows: [(name: String, added: Int, changed: Int, same: Int, ended: Int)] {
        [
            ("organisations", organisationsAdded, organisationsChanged, organisationsSame, 0),
            ("blocks", blocksAdded, blocksChanged, blocksSame, blocksEnded),
            ("contacts", contactsAdded, contactsChanged, contactsSame, contactsEnded),
        ]
    }

    var table: TextTable {
        var table = TextTable(["": .left, "ADDED": .right, "CHANGED": .right, "AS BEFORE": .right, "ENDED": .right])
        for row in rows { table.add([row.name, "\(row.added)", "\(row.changed)", "\(row.same)", "\(row.ended)"]) }
        return table
    }

    func json(isTrial: Bool) -> JSON {
        .members(
            [("dry_run", .boolean(isTrial))]
                + rows.map { row in
                    (
                        row.name,
                        .members([
                            "added": .integer(Int64(row.added)), "changed": .integer(Int64(row.changed)),
                            "same": .integer(Int64(row.same)), "ended": .integer(Int64(row.ended)),
                        ])
                    )
                })
    }
}
