extension StoreConnection {
    /// Checks that the connection may become the roles of accounts, as the console must.
    /// - Throws: `.schema` with the remedy when it may not.
    package func requireConsoleRoles() throws(StoreError) {
        let missing = try query(
            """
            SELECT string_agg(n, ', ' ORDER BY n) FROM unnest($1::text[]) n
            WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = n AND pg_has_role(current_user, oid, 'MEMBER'))
            """, [Literal.array(["public_reader", "analyst", "operator", "administrator"])])
        guard let names = missing.text(0, 0) else { return }
        throw StoreError(
            .schema,
            "the console cannot become \(names) in the database. Run: darkscope role make; and connect with user=console"
        )
    }

    /// Runs `body` as a database role, for at most so many seconds a statement, and becomes itself again.
    ///
    /// Row level security then holds as if that role had connected. It holds for statements of ours with bound parameters
    /// only: a statement that somebody typed can become itself again (`set_config('role', …)`) and must run on a connection
    /// of its own role, such as `user=partner_th_1`.
    ///
    /// When it cannot become itself again it throws `.unavailable`, and the connection is dead: make a new one.
    /// - Parameters:
    ///   - role: `AccountRecord.databaseRole`.
    ///   - mayWrite: whether `body` changes something; else the transactions are read-only.
    package func acting<T>(
        as role: String, mayWrite: Bool = false, statementSeconds: Int = 60,
        _ body: () throws(StoreError) -> T
    ) throws(StoreError) -> T {
        // To PostgreSQL that word means the role that connected.
        guard role != "none" else { throw StoreError(.schema, "there is no role none") }
        try query(
            """
            SELECT set_config('default_transaction_read_only', $2, false), set_config('statement_timeout', $3, false),
                set_config('role', $1, false)
            """, [role, mayWrite ? "off" : "on", "\(max(1, statementSeconds))s"])
        let outcome: Result<T, StoreError>
        do throws(StoreError) { outcome = .success(try body()) } catch { outcome = .failure(error) }
        if isAlive {
            do throws(StoreError) {
                try script(
                    "RESET ROLE; SET default_transaction_read_only = off; SET statement_timeout = '60s'")
            } catch {
                isSpoilt = true
                throw StoreError(.unavailable, "cannot end acting as \(role): \(error.message)")
            }
        }
        return try outcome.get()
    }

    /// `acting` for a body that throws what it likes.
    package func acting<T>(
        as role: String, mayWrite: Bool = false, statementSeconds: Int = 60, throwing body: () throws -> T
    ) throws -> T {
        let outcome: Result<T, any Error> = try acting(
            as: role, mayWrite: mayWrite, statementSeconds: statementSeconds
        ) { () throws(StoreError) in
            Result { try body() }
        }
        return try outcome.get()
    }
}
