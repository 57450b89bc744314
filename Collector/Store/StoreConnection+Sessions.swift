package import Accounts
import FlowModel

extension StoreConnection {
    /// The account that is signed in with a token; its expiry slides.
    ///
    /// What the account is, is read anew each time: a change of it counts at once. A disabled account has no session. Writes
    /// only when the last use that was written down is `limits.step` seconds ago.
    /// - Returns: nil when there is no such session, or it ended.
    package func session(_ token: SessionToken, limits: SessionLimits = SessionLimits()) throws(StoreError)
        -> AccountRecord?
    {
        let digest = Literal.bytes(token.digest)
        let found = try query(
            """
            SELECT a.id, a.login, a.name, a.role, s.code, a.state = 'active', a.must_change,
                \(StoreConnection.timeText("a.created_at")), \(StoreConnection.timeText("a.password_at")),
                \(StoreConnection.timeText("a.signed_in_at")), 1, p.role, n.used_at <= now() - make_interval(secs => $2::int8)
            FROM console.session n JOIN console.account a ON a.id = n.account
            LEFT JOIN meta.site s ON s.id = a.site LEFT JOIN meta.partner p ON p.site = a.site
            WHERE n.digest = $1::bytea AND n.expires_at > now() AND a.state = 'active'
            """, [digest, "\(limits.step)"])
        guard found.rowCount == 1, let account = StoreConnection.account(found, 0) else { return nil }
        if found.text(0, 12) == "t" {
            // What ended in between stays ended.
            try query(
                """
                UPDATE console.session
                SET used_at = now(), expires_at = least(ends_at, now() + make_interval(secs => $2::int8))
                WHERE digest = $1::bytea AND expires_at > now()
                """, [digest, "\(limits.idle)"])
        }
        return account
    }

    /// Those of some tokens whose sessions have not ended; looking is no use of them.
    package func liveSessions(_ tokens: [SessionToken]) throws(StoreError) -> Set<SessionToken> {
        let byDigest = Dictionary(
            tokens.map { (Literal.bytes($0.digest), $0) }, uniquingKeysWith: { first, _ in first })
        let found = try query(
            """
            SELECT n.digest::text FROM console.session n JOIN console.account a ON a.id = n.account
            WHERE n.digest = ANY ($1::bytea[]) AND n.expires_at > now() AND a.state = 'active'
            """, [Literal.array(Array(byDigest.keys))])
        return Set((0..<found.rowCount).compactMap { found.text($0, 0).flatMap { byDigest[$0] } })
    }

    /// The sessions that have not ended, of one account unless `login` is nil, the last used first.
    package func sessions(of login: LoginName? = nil) throws(StoreError) -> [SessionRecord] {
        let result = try query(
            """
            SELECT a.login, \(StoreConnection.timeText("n.created_at")), \(StoreConnection.timeText("n.used_at")),
                \(StoreConnection.timeText("n.expires_at")), \(StoreConnection.timeText("n.ends_at")), host(n.client), n.agent
            FROM console.session n JOIN console.account a ON a.id = n.account
            WHERE n.expires_at > now() AND ($1::text IS NULL OR a.login = $1) ORDER BY n.used_at DESC, n.digest
            """, [login?.text])
        return (0..<result.rowCount).map { row in
            SessionRecord(
                login: result.text(row, 0) ?? "", createdAt: result.text(row, 1) ?? "",
                usedAt: result.text(row, 2) ?? "", expiresAt: result.text(row, 3) ?? "",
                endsAt: result.text(row, 4) ?? "", client: result.text(row, 5), agent: result.text(row, 6) ?? "")
        }
    }

    /// Ends the other sessions of whoever is signed in with a token, who wants it.
    /// - Returns: how many had not ended.
    package func endOtherSessions(_ token: SessionToken, client: SignInClient) throws(StoreError) -> Int {
        guard let account = try session(token) else { return 0 }
        return try transaction { () throws(StoreError) in
            let count = try endSessions(of: account.id, but: token.digest)
            if count > 0 {
                try write("ended", of: account.id, by: .console(account.login, client), detail: "\(count) sessions")
            }
            return count
        }
    }

    /// Ends the session of a token, as its owner wants; without one nothing happens.
    package func signOut(_ token: SessionToken, client: SignInClient) throws(StoreError) {
        try transaction { () throws(StoreError) in
            let ended = try query(
                """
                WITH ended AS (DELETE FROM console.session WHERE digest = $1::bytea RETURNING account, expires_at)
                SELECT a.id, a.login FROM ended JOIN console.account a ON a.id = ended.account
                WHERE ended.expires_at > now()
                """, [Literal.bytes(token.digest)])
            guard let account: Int64 = ended.number(0, 0) else { return }
            try write("sign-out", of: account, by: .console(ended.text(0, 1) ?? "", client), detail: "")
        }
    }

    /// Makes a session; the least recently used ones beyond the limit end. For a transaction.
    func addSession(
        _ token: SessionToken, of account: Int64, client: SignInClient, limits: SessionLimits
    ) throws(StoreError) {
        try query(
            """
            INSERT INTO console.session (digest, account, expires_at, ends_at, client, agent)
            VALUES ($1::bytea, $2::int8, clock_timestamp() + make_interval(secs => least($3::int8, $4::int8)),
                clock_timestamp() + make_interval(secs => $4::int8), $5::inet, $6)
            """,
            [
                Literal.bytes(token.digest), "\(account)", "\(limits.idle)", "\(limits.absolute)",
                client.address?.description, client.agent,
            ])
        try query(
            """
            DELETE FROM console.session WHERE digest IN (
                SELECT digest FROM console.session WHERE account = $1::int8
                ORDER BY digest = $3::bytea DESC, expires_at > now() DESC, used_at DESC OFFSET $2::int8)
            """, ["\(account)", "\(limits.most)", Literal.bytes(token.digest)])
    }
}
