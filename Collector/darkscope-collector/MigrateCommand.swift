import ArgumentParser
import Runtime
import Store

/// `darkscope-collector migrate`: brings the database's schema to this program's version, once.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's schema to this program's version.",
        discussion: """
            `run` does the same at its start; this is for a role of its own that may change the schema. Exit status: \
            0 done, or nothing to do; 64 usage; 69 no database; 78 configuration, or a schema newer than this program.
            """)

    @Option(help: "Configuration file; \(CollectorSettings.defaultPath) when it exists.")
    var config: String?

    func run() throws {
        let settings = try CollectorSettings(path: config)
        let connection: StoreConnection
        do throws(StoreError) {
            connection = try StoreConnection(
                conninfo: settings.conninfo, applicationName: "darkscope-collector migrate")
        } catch {
            guard error.kind == .unavailable else { throw error }
            // libpq's own words may end with a question.
            let end = error.message.hasSuffix("?") ? "" : "."
            throw ProgramError(
                .unavailable, "\(error.message)\(end) Start PostgreSQL, or correct database.connection")
        }
        let (from, to) = try connection.migrate()
        print(from == to ? "the schema is at version \(to) already" : "the schema went from version \(from) to \(to)")
    }
}
