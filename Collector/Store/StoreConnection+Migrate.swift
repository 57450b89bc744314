extension StoreConnection {
    /// Any fixed number that no other program uses for an advisory lock: "Darkscop" in ASCII.
    private static let migrationLock: Int64 = 0x4461_726B_7363_6F70

    /// Brings the database's schema to this program's version; several may call it at the same time.
    /// - Returns: the versions before and after; equal when there was nothing to do.
    /// - Throws: `.schema` when the database is newer than this program, or does not let it change the schema.
    package func migrate() throws(StoreError) -> (from: Int, to: Int) {
        try query("SET lock_timeout = '10min'")
        try query("SET statement_timeout = '0'")
        try query("SELECT pg_advisory_lock($1::int8)", ["\(StoreConnection.migrationLock)"])
        let outcome: Result<(from: Int, to: Int), StoreError>
        do throws(StoreError) { outcome = .success(try migrateLocked()) } catch { outcome = .failure(error) }
        if isAlive {
            try query("SELECT pg_advisory_unlock($1::int8)", ["\(StoreConnection.migrationLock)"])
            try query("SET lock_timeout = '20s'")
            try query("SET statement_timeout = '60s'")
        }
        return try outcome.get()
    }

    /// The version of the database's schema; 0 when it has none.
    package func schemaVersion() throws(StoreError) -> Int {
        guard try query("SELECT to_regclass('meta.schema_version')").text(0, 0) != nil else { return 0 }
        return try query("SELECT coalesce(max(version), 0) FROM meta.schema_version").number(0, 0) ?? 0
    }

    /// Checks that the database's schema is this program's.
    /// - Throws: `.schema` with the remedy when it is not.
    package func requireCurrentSchema() throws(StoreError) {
        let version = try schemaVersion()
        if version < Migration.current {
            throw StoreError(
                .schema,
                "the database's schema is version \(version), this program needs \(Migration.current). "
                    + "Run: darkscope-collector migrate")
        }
        try refuseNewer(version)
    }

    private func migrateLocked() throws(StoreError) -> (from: Int, to: Int) {
        let version = try schemaVersion()
        try refuseNewer(version)
        for migration in Migration.all where migration.version > version {
            try transaction { () throws(StoreError) in
                try script(migration.sql)
                try query(
                    "INSERT INTO meta.schema_version (version, name) VALUES ($1::int4, $2)",
                    ["\(migration.version)", migration.name])
                if migration.version == Migration.current { try query("SELECT meta.grant_roles()") }
            }
        }
        return (version, Migration.current)
    }

    private func refuseNewer(_ version: Int) throws(StoreError) {
        guard version > Migration.current else { return }
        throw StoreError(
            .schema,
            "the database's schema is version \(version), this program knows versions up to \(Migration.current). "
                + "Install the newer Darkscope that made it")
    }
}
