import ArgumentParser
import Glibc
import Runtime
import Store

/// How commands reach the database.
struct DatabaseOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The database, as a libpq connection string or URI, instead of what DARKSCOPE_DATABASE says.",
            valueName: "conninfo"))
    var database: String?

    @Option(
        help: ArgumentHelp(
            "The collector's configuration, whose [database] connection is taken without either of them. (default: "
                + "\(DatabaseOptions.defaultConfiguration), if it is there)", valueName: "file"))
    var config: String?

    static let defaultConfiguration = "/etc/darkscope/collector.toml"

    /// Connects, and checks that the schema is this program's.
    func connect() throws -> StoreConnection {
        let conninfo = try conninfo()
        let store: StoreConnection
        do throws(StoreError) {
            store = try StoreConnection(conninfo: conninfo, applicationName: "darkscope")
        } catch {
            guard error.kind == .unavailable else { throw error }
            throw ProgramError(
                .unavailable,
                "\(error.message.sentence) Start PostgreSQL, or say where it is with --database, DARKSCOPE_DATABASE or "
                    + "[database] connection of the collector's configuration")
        }
        try store.requireCurrentSchema()
        return store
    }

    /// - Parameter environment: the process's when nil.
    func conninfo(environment: [String: String]? = nil) throws(ProgramError) -> String {
        let variable = environment.map { $0["DARKSCOPE_DATABASE"] } ?? variable("DARKSCOPE_DATABASE")
        if let database { return database }
        if let variable, !variable.isEmpty { return variable }
        let path = config ?? (access(Self.defaultConfiguration, F_OK) == 0 ? Self.defaultConfiguration : nil)
        var reader: ConfigurationReader
        if let path {
            reader = try ConfigurationReader(path: path, environment: environment)
        } else {
            reader = ConfigurationReader(environment: environment)
        }
        return try reader.optionalString("database.connection") ?? ""
    }

    private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
