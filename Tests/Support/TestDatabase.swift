import CLibpq
import Glibc
package import Store

/// A database of its own for one test, dropped at its end.
package final class TestDatabase {
    package let conninfo: String
    private let admin: SQLSession
    private let name: String

    /// Makes the database; with the current schema unless told otherwise.
    package init(migrated: Bool = true) throws {
        guard let server = getenv("DARKSCOPE_TEST_POSTGRES").map({ String(cString: $0) }), !server.isEmpty else {
            throw MissingServer()
        }
        admin = try SQLSession(conninfo: server)
        name = "darkscope_test_\(getpid())_\(UInt64.random(in: 0 ... .max))"
        try admin.run("CREATE DATABASE \(name)")
        conninfo = "\(server) dbname=\(name)"
        if migrated { _ = try connect().migrate() }
    }

    deinit { _ = try? admin.run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)") }

    package func connect() throws -> StoreConnection {
        try StoreConnection(conninfo: conninfo, applicationName: "darkscope tests")
    }

    /// Ends all connections but those of `session`, or lets new ones in again: the database is away in between.
    package func setAway(_ isAway: Bool, sparing session: SQLSession) throws {
        try admin.run("ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS \(!isAway)")
        guard isAway else { return }
        try session.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
    }

    /// A session beside the program's own connections.
    package func session() throws -> SQLSession { try SQLSession(conninfo: conninfo) }
}

package struct MissingServer: Error, CustomStringConvertible {
    package var description: String {
        "DARKSCOPE_TEST_POSTGRES is not set. Run ops/test, or ops/private-postgres start DIR and set it to what "
            + "ops/private-postgres conninfo DIR prints"
    }
}

/// A plain session for what tests do and look at in a database. Used by one thread at a time.
package final class SQLSession {
    private let connection: OpaquePointer?

    package init(conninfo: String) throws {
        connection = PQconnectdb(conninfo)
        guard PQstatus(connection) == CONNECTION_OK else { throw failure() }
        PQsetNoticeProcessor(connection, { _, _ in }, nil)
    }

    deinit { PQfinish(connection) }

    /// Runs statements; returns the rows of the last, each field as text, empty for NULL.
    @discardableResult
    package func run(_ sql: String) throws -> [[String]] {
        let result = PQexec(connection, sql)
        defer { PQclear(result) }
        guard [PGRES_COMMAND_OK, PGRES_TUPLES_OK].contains(PQresultStatus(result)) else { throw failure() }
        return (0..<PQntuples(result)).map { row in
            (0..<PQnfields(result)).map { String(cString: PQgetvalue(result, row, $0)) }
        }
    }

    /// The first field of the first row; empty when there is none.
    package func value(_ sql: String) throws -> String { try run(sql).first?.first ?? "" }

    private func failure() -> SQLFailure { SQLFailure(message: String(cString: PQerrorMessage(connection))) }
}

package struct SQLFailure: Error {
    package let message: String
}
