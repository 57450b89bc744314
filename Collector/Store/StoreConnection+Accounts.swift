package import Accounts

extension StoreConnection {
    /// The accounts, by login; only that of `login` unless it is nil.
    package func accounts(login: LoginName? = nil) throws(StoreError) -> [AccountRecord] {
        let result = try query(
            """
            SELECT a.id, a.login, a.name, a.role, s.code, a.state = 'active', a.must_change,
                \(StoreConnection.timeText("a.created_at")), \(StoreConnection.timeText("a.password_at")),
                \(StoreConnection.timeText("a.signed_in_at")),
                (SELECT count(*) FROM console.session n WHERE n.account = a.id AND n.expires_at > now()), p.role
            FROM console.account a LEFT JOIN meta.site s ON s.id = a.site LEFT JOIN meta.partner p ON p.site = a.site
            WHERE $1::text IS NULL OR a.login = $1 ORDER BY a.login
            """, [login?.text])
        return (0..<result.rowCount).compactMap { StoreConnection.account(result, $0) }
    }

    /// The first twelve columns of a row as an account.
    static func account(_ result: QueryResult, _ row: Int) -> AccountRecord? {
        guard let id: Int64 = result.number(row, 0), let role = result.text(row, 3).flatMap(AccountRole.init) else {
            return nil
        }
        return AccountRecord(
            id: id, login: result.text(row, 1) ?? "", name: result.text(row, 2) ?? "", role: role,
            site: result.text(row, 4), isActive: result.text(row, 5) == "t", mustChange: result.text(row, 6) == "t",
            createdAt: result.text(row, 7) ?? "", passwordAt: result.text(row, 8) ?? "",
            signedInAt: result.text(row, 9), sessions: result.number(row, 10) ?? 0,
            databaseRole: role.databaseRole(partner: result.text(row, 11)))
    }

    /// Makes an account.
    /// - Parameters:
    ///   - name: 1 to 200 characters.
    ///   - site: code of a partner's site; nil for other roles.
    ///   - mustChange: whether its owner has to change the password first.
    /// - Throws: `.refused` when the name does not have its form.
    package func addAccount(
        _ login: LoginName, name: String, role: AccountRole, site: String?, password: PasswordHash, mustChange: Bool,
        by actor: AccountActor
    ) throws(StoreError) -> AccountOutcome {
        try transaction { () throws(StoreError) in
            let problem = try problem(role: role, site: site)
            if let problem { return problem }
            let made = try query(
                """
                INSERT INTO console.account (login, name, role, site, password, must_change)
                VALUES ($1, $2, $3, (SELECT id FROM meta.site WHERE code = $4), $5, $6::bool)
                ON CONFLICT (login) DO NOTHING RETURNING id
                """, [login.text, name, role.rawValue, site, password.text, mustChange ? "t" : "f"])
            guard let id: Int64 = made.number(0, 0) else { return .exists }
            try write("added", of: id, by: actor, detail: StoreConnection.words(role, site))
            return .done
        }
    }

    /// Changes what an account is. Another role or site ends its sessions.
    /// - Parameters:
    ///   - name: nil leaves it.
    ///   - role: nil leaves it.
    ///   - site: nil leaves it, unless the new role has none.
    package func changeAccount(
        _ login: LoginName, name: String? = nil, role: AccountRole? = nil, site: String? = nil, by actor: AccountActor
    ) throws(StoreError) -> AccountOutcome {
        try changing(login) { (account) throws(StoreError) in
            let newRole = role ?? account.role
            let newSite = newRole.hasSite ? site ?? account.site : site
            let problem = try problem(role: newRole, site: newSite)
            if let problem { return problem }
            let isOther = newRole != account.role || newSite != account.site
            guard isOther || (name ?? account.name) != account.name else { return .unchanged }
            try query(
                """
                UPDATE console.account
                SET name = $2, role = $3, site = (SELECT id FROM meta.site WHERE code = $4) WHERE id = $1::int8
                """, ["\(account.id)", name ?? account.name, newRole.rawValue, newSite])
            var words: [String] = []
            if isOther {
                words.append(
                    StoreConnection.words(account.role, account.site) + " -> " + StoreConnection.words(newRole, newSite)
                )
                try endSessions(of: account.id)
            }
            if let name, name != account.name { words.append("name") }
            try write("changed", of: account.id, by: actor, detail: words.joined(separator: ", "))
            return .done
        }
    }

    /// Lets an account sign in again, or does not and ends its sessions.
    package func setActive(_ isActive: Bool, _ login: LoginName, by actor: AccountActor) throws(StoreError)
        -> AccountOutcome
    {
        try changing(login) { (account) throws(StoreError) in
            guard account.isActive != isActive else { return .unchanged }
            try query(
                "UPDATE console.account SET state = $2 WHERE id = $1::int8",
                ["\(account.id)", isActive ? "active" : "disabled"])
            if !isActive { try endSessions(of: account.id) }
            try write(isActive ? "enabled" : "disabled", of: account.id, by: actor, detail: "")
            return .done
        }
    }

    /// Gives an account another password and ends its sessions.
    /// - Parameter mustChange: whether its owner has to change it first.
    package func setPassword(
        _ password: PasswordHash, of login: LoginName, mustChange: Bool, by actor: AccountActor
    ) throws(StoreError) -> AccountOutcome {
        try changing(login) { (account) throws(StoreError) in
            try query(
                """
                UPDATE console.account SET password = $2, password_at = clock_timestamp(), must_change = $3::bool
                WHERE id = $1::int8
                """, ["\(account.id)", password.text, mustChange ? "t" : "f"])
            try endSessions(of: account.id)
            try write("password", of: account.id, by: actor, detail: mustChange ? "to be changed" : "")
            return .done
        }
    }

    /// Ends all sessions of an account.
    /// - Returns: how many there were; nil when there is no such account.
    package func signOutEverywhere(_ login: LoginName, by actor: AccountActor) throws(StoreError) -> Int? {
        var ended: Int?
        _ = try changing(login) { (account) throws(StoreError) in
            let count = try endSessions(of: account.id)
            ended = count
            guard count > 0 else { return .unchanged }
            try write("ended", of: account.id, by: actor, detail: "\(count) sessions")
            return .done
        }
        return ended
    }

    /// Runs `body` with an account whose row is locked, in one transaction.
    private func changing(
        _ login: LoginName, _ body: (AccountRecord) throws(StoreError) -> AccountOutcome
    ) throws(StoreError) -> AccountOutcome {
        try transaction { () throws(StoreError) in
            try query("SELECT FROM console.account WHERE login = $1 FOR NO KEY UPDATE", [login.text])
            guard let account = try accounts(login: login).first else { return .unknownAccount }
            return try body(account)
        }
    }

    private func problem(role: AccountRole, site: String?) throws(StoreError) -> AccountOutcome? {
        guard role.hasSite == (site != nil) else { return .siteDoesNotFit }
        guard let site else { return nil }
        let found = try query(
            "SELECT p.role FROM meta.site s LEFT JOIN meta.partner p ON p.site = s.id WHERE s.code = $1", [site])
        guard found.rowCount == 1 else { return .unknownSite }
        return found.text(0, 0) == nil ? .noPartnerRole : nil
    }

    /// Ends the sessions of an account, also those that expired.
    /// - Parameter digest: of a session that goes on.
    /// - Returns: how many had not expired.
    @discardableResult
    func endSessions(of account: Int64, but digest: [UInt8]? = nil) throws(StoreError) -> Int {
        let ended = try query(
            """
            WITH ended AS (
                DELETE FROM console.session WHERE account = $1::int8 AND ($2::bytea IS NULL OR digest <> $2::bytea)
                RETURNING expires_at)
            SELECT count(*) FROM ended WHERE expires_at > now()
            """, ["\(account)", digest.map { Literal.bytes($0) }])
        return ended.number(0, 0) ?? 0
    }

    private static func words(_ role: AccountRole, _ site: String?) -> String {
        site.map { "\(role.rawValue) of \($0)" } ?? role.rawValue
    }
}
