import Foundation
import Testing

@testable import Console

@Suite struct NotesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../ops/sql").standardizedFileURL

    @Test func everyFileOfTheFolderIsANoteThatRuns() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".sql")
        }
        #expect(Notes.all.map { "\($0.name).sql" }.sorted() == files.sorted())
        for note in Notes.all {
            #expect(
                note.text == (try String(contentsOf: Self.folder.appending(path: "\(note.name).sql"), encoding: .utf8)))
            #expect(note.reason == nil && !note.section.isEmpty && note.question.hasSuffix("?"), "\(note.name)")
            #expect(![note.columns, note.hints, note.cost].contains(""), "\(note.name)")
        }
    }

    private func note(_ body: String) -> Note {
        Note(name: "n", section: "s", text: "-- Why?\n\\ir defaults.psql\n\(body)\n")
    }

    @Test func variablesBecomeParametersOfTheirTypes() {
        let found = note("SELECT :'since', :port, :'since'::date, start[1:10], ':port' -- :'day'\nLIMIT :most;")
        #expect(
            found.statement.text(union: "")
                == "SELECT $1::text::timestamptz, $2::text::int4, $1::text::timestamptz::date, start[1:10], ':port' -- :'day'\n"
                + "LIMIT $3::text::int4")
        #expect(found.statement.variables == [.since, .port, .most])
        #expect(note("SELECT :united;").statement.text(union: "max(x)") == "SELECT max(x)")
    }

    @Test(arguments: [
        "SELECT :secret;", "SELECT 1; SELECT 2;", "SELECT 1 \\gset", "SELECT :\"port\";", "\\copy x TO 'y'",
        "SELECT '\\'; DROP TABLE x;",
    ])
    func whatCannotBeRunWithParametersIsNotRun(_ body: String) {
        let found = note(body)
        #expect(found.reason != nil && found.statement == Note.Statement())
        #expect(found.command == "psql -d darkscope -f ops/sql/n.sql")
    }
}
