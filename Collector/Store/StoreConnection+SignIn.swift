package import Accounts
import FlowModel
import SystemCalls

/// What became of an attempt to sign in.
package enum SignInOutcome: Sendable, Hashable {
    /// A session was made; the token is for the browser alone.
    case signedIn(SessionToken, AccountRecord)
    /// No such account, a wrong password, a disabled account: which, only the audit says.
    case refused
    /// Too many failures: nothing was looked at. Try again after so many seconds.
    case wait(seconds: Int64)
}

/// What became of an attempt to change one's own password.
package enum PasswordChangeOutcome: Sendable, Hashable {
    /// The other sessions of the account ended.
    case changed
    /// The session ended, or the present password is another.
    case refused
    /// As of `SignInOutcome`.
    case wait(seconds: Int64)
    /// The new one is not good enough, or it is the present one (nil).
    case problem(PasswordRule.Problem?)
}

extension StoreConnection {
    /// Days for which a client from which an account signed in counts as familiar.
    static let familiarDays = 30

    /// Signs somebody in.
    ///
    /// A try counts as a failure before the password is looked at, so that many at once are held back like many in a row; the
    /// counts are in the database, for all collectors. The password is hashed outside of any transaction. With the standard
    /// costs that takes 128 MiB and a quarter to half a second of one core: let few of these run at a time.
    /// - Parameters:
    ///   - login: as typed.
    ///   - password: as typed.
    ///   - cost: of hashes from now on; an older hash is replaced.
    /// - Throws: `.unavailable` also when there is no memory for the hash.
    package func signIn(
        login: String, password: String, client: SignInClient, limits: SessionLimits = SessionLimits(),
        cost: PasswordCost = .standard
    ) throws(StoreError) -> SignInOutcome {
        let candidate = try candidate(login: LoginName(login))
        let charge = try charge(candidate, typed: login, client: client)
        guard charge.wait == 0 else { return .wait(seconds: charge.wait) }
        let isRight = try check(password, candidate, cost)
        guard isRight, let candidate, let hash = PasswordHash(candidate.password) else {
            try writeFailure(of: candidate?.id, client: client)
            return .refused
        }
        let renewed = hash.isOutdated(cost) ? try StoreConnection.hash(password, cost) : nil
        let token = SessionToken(random: try StoreConnection.random(SessionToken.randomBytes))
        let account = try transaction { () throws(StoreError) -> AccountRecord? in
            guard try isUnchanged(candidate) else {
                try write("failure", of: candidate.id, by: .console("", client), detail: "")
                return nil
            }
            try forgive(charge)
            try query(
                """
                UPDATE console.account SET signed_in_at = clock_timestamp(), password = coalesce($2, password)
                WHERE id = $1::int8
                """, ["\(candidate.id)", renewed?.text])
            try addSession(token, of: candidate.id, client: client, limits: limits)
            try write("sign-in", of: candidate.id, by: .console(candidate.login, client), detail: client.agent)
            try query("SELECT console.prune()")
            return try session(token, limits: limits)
        }
        return account.map { .signedIn(token, $0) } ?? .refused
    }

    /// Changes the password of the account that is signed in, who types the present one again. Its other sessions end.
    package func changePassword(
        _ token: SessionToken, present: String, new: String, client: SignInClient, cost: PasswordCost = .standard
    ) throws(StoreError) -> PasswordChangeOutcome {
        guard let account = try session(token), let login = LoginName(account.login),
            let candidate = try candidate(login: login)
        else { return .refused }
        if let problem = PasswordRule.problem(new, login: login) { return .problem(problem) }
        guard present != new else { return .problem(nil) }
        let charge = try charge(candidate, typed: account.login, client: client)
        guard charge.wait == 0 else { return .wait(seconds: charge.wait) }
        guard try check(present, candidate, cost) else {
            try writeFailure(of: candidate.id, client: client)
            return .refused
        }
        let hash = try StoreConnection.hash(new, cost)
        return try transaction { () throws(StoreError) in
            guard try isUnchanged(candidate) else { return .refused }
            try forgive(charge)
            try query(
                """
                UPDATE console.account SET password = $2, password_at = clock_timestamp(), must_change = false
                WHERE id = $1::int8
                """, ["\(candidate.id)", hash.text])
            try endSessions(of: candidate.id, but: token.digest)
            try write("password", of: candidate.id, by: .console(candidate.login, client), detail: "by its owner")
            return .changed
        }
    }

    /// Hashes a password with a new salt.
    /// - Throws: `.unavailable` when there is no memory or no randomness for it.
    package static func hash(_ password: String, _ cost: PasswordCost = .standard) throws(StoreError) -> PasswordHash {
        guard let hash = PasswordHash(password, salt: try random(PasswordHash.saltBytes), cost: cost) else {
            throw StoreError(.unavailable, "no memory to hash a password")
        }
        return hash
    }

    private static func random(_ count: Int) throws(StoreError) -> [UInt8] {
        do throws(SystemError) {
            return try randomBytes(count)
        } catch {
            throw StoreError(.unavailable, error.description)
        }
    }

    /// The account that a login names, as it was before the password was looked at.
    private struct Candidate {
        let id: Int64
        let login: String
        let password: String
        let isActive: Bool
    }

    private func candidate(login: LoginName?) throws(StoreError) -> Candidate? {
        let found = try query(
            "SELECT id, login, password, state = 'active' FROM console.account WHERE login = $1", [login?.text])
        guard let id: Int64 = found.number(0, 0) else { return nil }
        return Candidate(
            id: id, login: found.text(0, 1) ?? "", password: found.text(0, 2) ?? "", isActive: found.text(0, 3) == "t")
    }

    /// Whether the password is the candidate's; takes equally long when there is none.
    private func check(_ password: String, _ candidate: Candidate?, _ cost: PasswordCost) throws(StoreError) -> Bool {
        let noMemory = StoreError(.unavailable, "no memory to check a password")
        guard let candidate, candidate.isActive, let hash = PasswordHash(candidate.password),
            password.utf8.count <= PasswordRule.longest
        else {
            let some = String(String.UnicodeScalarView(password.unicodeScalars.prefix(PasswordRule.longest)))
            guard PasswordHash.pretend(some, cost: cost) else { throw noMemory }
            return false
        }
        guard let isRight = hash.matches(password) else { throw noMemory }
        return isRight
    }

    /// Whether nothing of a candidate changed meanwhile; its row is locked until the end of the transaction.
    private func isUnchanged(_ candidate: Candidate) throws(StoreError) -> Bool {
        try query(
            """
            SELECT FROM console.account WHERE id = $1::int8 AND password = $2 AND state = 'active' FOR NO KEY UPDATE
            """, ["\(candidate.id)", candidate.password]
        ).rowCount == 1
    }

    private func writeFailure(of account: Int64?, client: SignInClient) throws(StoreError) {
        try write("failure", of: account, by: .console("", client), detail: client.agent)
    }
}

// MARK: - Holding back who fails

extension StoreConnection {
    /// What a try was counted under.
    private struct Charge {
        let person: String
        let client: String
        /// Seconds to wait first; 0 when the try was counted and may go on.
        let wait: Int64
    }

    /// Counts a try as a failure unless somebody has to wait, in one transaction.
    private func charge(
        _ candidate: Candidate?, typed login: String, client: SignInClient
    ) throws(StoreError) -> Charge {
        try transaction { () throws(StoreError) in
            var isFamiliar = false
            if let candidate { isFamiliar = try hasSignedIn(candidate, from: client) }
            let person =
                candidate.map { client.key(account: $0.id, familiar: isFamiliar) }
                ?? SignInClient.key(unknown: LoginName(login)?.text ?? login)
            let rules = [person: isFamiliar ? SignInLimit.familiar : .account, client.key: .client]
            let keys = Literal.array(rules.keys.sorted())
            // Rows are locked in the order of their keys, so that two tries never wait for each other.
            try query(
                """
                INSERT INTO console.attempt (key, failures) SELECT k, 0 FROM unnest($1::text[]) k ORDER BY k
                ON CONFLICT DO NOTHING
                """, [keys])
            let counts = try query(
                """
                SELECT key, failures, floor(1000 * extract(epoch FROM clock_timestamp() - failed_at))::int8
                FROM console.attempt WHERE key = ANY ($1::text[]) ORDER BY key FOR NO KEY UPDATE
                """, [keys])
            var wait: Int64 = 0
            var failures: [String: Int] = [:]
            for row in 0..<counts.rowCount {
                guard let key = counts.text(row, 0), let rule = rules[key], let count: Int = counts.number(row, 1),
                    let milliseconds: Int64 = counts.number(row, 2)
                else { continue }
                let ago = Double(milliseconds) / 1_000
                wait = max(wait, rule.wait(failures: count, ago: ago))
                failures[key] = rule.failures(after: count, ago: ago)
            }
            if wait > 0 {
                try query("UPDATE console.attempt SET refused = refused + 1 WHERE key = ANY ($1::text[])", [keys])
            } else {
                for (key, count) in failures {
                    try query(
                        "UPDATE console.attempt SET failures = $2::int4, failed_at = clock_timestamp() WHERE key = $1",
                        [key, "\(count)"])
                }
            }
            return Charge(person: person, client: client.key, wait: wait)
        }
    }

    /// Takes a charge back: what was held against the person, and this one try of the client. A client cannot clear itself by
    /// signing in as somebody else. For a transaction.
    private func forgive(_ charge: Charge) throws(StoreError) {
        let keys = Literal.array([charge.person, charge.client].sorted())
        try query(
            "SELECT FROM console.attempt WHERE key = ANY ($1::text[]) ORDER BY key FOR UPDATE", [keys])
        try query(
            "DELETE FROM console.attempt WHERE key = $1 OR key = $2 AND failures <= 1", [charge.person, charge.client])
        try query("UPDATE console.attempt SET failures = failures - 1 WHERE key = $1", [charge.client])
    }

    /// Whether an account signed in from there lately.
    private func hasSignedIn(_ candidate: Candidate, from client: SignInClient) throws(StoreError) -> Bool {
        guard let block = client.block else { return false }
        return try query(
            """
            SELECT FROM console.audit WHERE account = $1::int8 AND event = 'sign-in'
                AND at > now() - make_interval(days => $3::int4) AND client <<= $2::inet LIMIT 1
            """, ["\(candidate.id)", block.description, "\(StoreConnection.familiarDays)"]
        ).rowCount == 1
    }
}
