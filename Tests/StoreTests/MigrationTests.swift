import Support
import Testing

@testable import Store

@Suite struct MigrationTests {
    @Test func migrationsAreNumberedWithoutHoles() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    }

    @Test func migratingTwiceChangesNothing() throws {
        let database = try TestDatabase(migrated: false)
        let connection = try database.connect()
        #expect(try connection.schemaVersion() == 0)
        #expect(throws: StoreError.self) { try connection.requireCurrentSchema() }
        #expect(try connection.migrate() == (0, Migration.current))
        #expect(try connection.migrate() == (Migration.current, Migration.current))
        #expect(try connection.schemaVersion() == Migration.current)
        try connection.requireCurrentSchema()
    }

    @Test func severalMayMigrateAtOnce() async throws {
        let database = try TestDatabase(migrated: false)
        let conninfo = database.conninfo
        let steps = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let change = try StoreConnection(conninfo: conninfo, applicationName: "migrating").migrate()
                    return change.to - change.from
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(steps.sorted() == [0, 0, 0, Migration.current])
    }

    @Test func aNewerDatabaseIsRefused() throws {
        let database = try TestDatabase()
        let connection = try database.connect()
        try connection.query("INSERT INTO meta.schema_version (version, name) VALUES (999, 'future')")
        let error = #expect(throws: StoreError.self) { try connection.migrate() }
        #expect(error?.kind == .schema)
        #expect(error?.message.contains("version 999") == true)
        #expect(throws: StoreError.self) { try connection.requireCurrentSchema() }
    }

    @Test func everySchemaTableColumnViewAndFunctionHasAComment() throws {
        let scene = try Scene()
        _ = try scene.connection.store([scene.flows(1)])
        let missing = try scene.rows(
            """
            SELECT n.nspname, NULL::name, NULL::name FROM pg_namespace n
            WHERE n.nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'console', 'api') AND obj_description(n.oid, 'pg_namespace') IS NULL
            UNION ALL
            SELECT n.nspname, c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE n.nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'console', 'api') AND c.relkind IN ('r', 'p', 'v', 'm')
                AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid, 'pg_class') IS NULL)
            UNION ALL
            SELECT n.nspname, p.proname, NULL FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname IN ('meta', 'raw', 'rollup', 'enrichment', 'event', 'trend', 'alert', 'console', 'api') AND obj_description(p.oid, 'pg_proc') IS NULL
            """)
        #expect(missing == [])
    }
}
