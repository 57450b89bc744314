import Accounts
import HTTPTypes
import Store
import SystemCalls
import Telemetry

/// Finds out who asks, lets in who may, and has changes made. Any thread may use it.
struct Reception: Sendable {
    static let formField = "X-Form-Token"

    let access: ConsoleAccess
    let proxies: TrustedProxies
    /// Sessions, and what people change; nil when there are no accounts.
    let pool: QueryPool?
    /// Passwords: each costs 128 MiB and a quarter of a second of a core, so few are looked at at a time and few wait.
    private let passwords: QueryPool?
    let followed: FollowedSessions?

    private static let (passwordThreads, waitingPasswords) = (2, 8)

    /// Without accounts it has no threads.
    /// - Parameter conninfo: of the primary, where sessions are written.
    init(
        _ access: ConsoleAccess, proxies: TrustedProxies, conninfo: String, waiting: Int, log: RateLimitedLogger
    ) throws(SystemError) {
        self.access = access
        self.proxies = proxies
        guard access != .open else {
            (pool, passwords, followed) = (nil, nil, nil)
            return
        }
        let prepare: @Sendable (StoreConnection) throws(StoreError) -> Void = { connection throws(StoreError) in
            try connection.requireConsoleRoles()
            guard try connection.isReplica() else { return }
            throw StoreError(
                .schema, "accounts need the primary server, and this is a replica. Set console.accounts_connection")
        }
        pool = try QueryPool(
            name: "accounts", conninfo: conninfo, connections: 2, waiting: waiting, log: log, prepare: prepare)
        passwords = try QueryPool(
            name: "sign-in", conninfo: conninfo, connections: Reception.passwordThreads,
            waiting: Reception.waitingPasswords, log: log, prepare: prepare)
        followed = try FollowedSessions(conninfo: conninfo, log: log, prepare: prepare)
    }

    func stop() {
        pool?.stop()
        passwords?.stop()
        followed?.stop()
    }

    // MARK: Who asks

    /// Who is not signed in.
    var nobody: Visitor {
        switch access {
        case .accounts: .stranger
        case .public: .anybody
        case .open: .guest
        }
    }

    /// A visitor as the account is now.
    func again(_ visitor: Visitor) async throws(Problem) -> Visitor {
        guard let pool, let token = visitor.token else { return nobody }
        return try await asked { try await pool.ask { try $0.session(token) } }.map { Visitor($0, token) } ?? nobody
    }

    /// Who asks, by the session's cookie.
    func visitor(_ headers: HTTPFields, _ approach: Approach) async throws(Problem) -> Visitor {
        guard let pool else { return .guest }
        guard let token = Reception.token(headers[.cookie], named: approach.cookieName) else { return nobody }
        return try await asked { try await pool.ask { try $0.session(token) } }.map { Visitor($0, token) } ?? nobody
    }

    /// The only cookie of that name; nil when there is none, or several, of which some may be somebody else's.
    static func token(_ header: String?, named name: String) -> SessionToken? {
        let values = (header ?? "").split(separator: ";").compactMap { pair -> Substring? in
            let halves = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return halves.count == 2 && halves[0] == name ? halves[1] : nil
        }
        return values.count == 1 ? SessionToken(values[0]) : nil
    }

    /// - Throws: why a visitor may not have what a route serves.
    func admit(_ visitor: Visitor, to route: Route) throws(Problem) {
        guard let least = route.reader.least else { return }
        if route.reader.needsAccount, access == .open { throw Reception.noAccounts }
        guard let role = visitor.role, !route.reader.needsAccount || visitor.account != nil else {
            throw Problem(401, "Nobody is signed in", "this needs a session: sign in at /sign-in")
        }
        if visitor.account?.mustChange == true, !route.reader.isOfSession {
            throw Problem(403, "The password must be changed", "somebody else set it: change it at /account first")
        }
        guard role >= least else {
            throw Problem(403, "This is not for your role", "it needs \(least.rawValue), and you are \(role.rawValue)")
        }
        guard access == .open || visitor.databaseRole != nil || route.reader.isOfSession else {
            throw Problem(
                403, "Your site has no role in the database",
                "ask whoever runs this console for: darkscope role partner \(visitor.account?.site ?? "SITE")")
        }
    }

    static let noAccounts = Problem(
        403, "There are no accounts here", "console.access is open: everybody sees everything, and nothing is changed")

    // MARK: Changes

    /// Whether a page of ours makes this request: a browser tells whose page it is, and lets no other page lie about it.
    func requireOrigin(_ headers: HTTPFields, host: String?, _ approach: Approach) throws(Problem) {
        guard access != .open else { return }
        let origin = headers[.origin]
        guard let origin, let host, origin.lowercased() == "\(approach.scheme)://\(host.lowercased())" else {
            throw Problem(
                403, "Another page asks",
                "the field Origin is \(origin.map { "\"\($0.prefix(100))\"" } ?? "missing"), and this console is at "
                    + "\(approach.scheme)://\(host ?? ""). A proxy must pass Host on as it is, say X-Forwarded-Proto, and be "
                    + "named in console.trusted_proxies")
        }
    }

    /// Whether a page of this session makes this request.
    func requireFormToken(_ headers: HTTPFields, _ visitor: Visitor) throws(Problem) {
        guard let token = visitor.token else { return }
        let sent = HTTPField.Name(Reception.formField).flatMap { headers[$0] } ?? ""
        guard token.accepts(formToken: sent) else {
            throw Problem(
                403, "The form is not of this session",
                "the field \(Reception.formField) must be form_token of /api/v1/session. Load the page again")
        }
    }

    /// Signs somebody in.
    /// - Returns: who it is, with the token that the browser is to have.
    func signIn(_ body: RequestBody, _ approach: Approach, agent: String, before: Visitor) async throws(Problem)
        -> Visitor
    {
        guard let passwords else { throw Reception.noAccounts }
        guard approach.way != .plain else {
            throw Problem(
                403, "Signing in needs TLS",
                "a password would be readable on its way. Come over https through the proxy; a proxy must say "
                    + "X-Forwarded-For and X-Forwarded-Proto and be named in console.trusted_proxies")
        }
        let client = SignInClient(address: approach.client, agent: agent)
        let (login, password) = (body.text("login") ?? "", body.text("password") ?? "")
        let outcome = try await asked {
            try await passwords.ask { connection in
                let outcome = try connection.signIn(login: login, password: password, client: client)
                // The browser forgets the session that it had.
                if case .signedIn = outcome, let token = before.token { try connection.signOut(token, client: client) }
                return outcome
            }
        }
        switch outcome {
        case .signedIn(let token, let account): return Visitor(account, token)
        case .refused: throw Problem(401, "Login or password is wrong", "type both again")
        case .wait(let seconds): throw Reception.wait(seconds)
        }
    }

    func signOut(_ visitor: Visitor, _ approach: Approach, agent: String) async throws(Problem) {
        guard let pool else { throw Reception.noAccounts }
        guard let token = visitor.token else { return }
        let client = SignInClient(address: approach.client, agent: agent)
        try await asked { try await pool.ask { try $0.signOut(token, client: client) } }
        followed?.end { $0 == token }
    }

    /// Changes the password of whoever is signed in.
    func changePassword(_ visitor: Visitor, _ body: RequestBody, _ approach: Approach, agent: String)
        async throws(Problem)
    {
        guard let passwords, let token = visitor.token else { throw Reception.noAccounts }
        let client = SignInClient(address: approach.client, agent: agent)
        let (present, new) = (body.text("present") ?? "", body.text("new") ?? "")
        let outcome = try await asked {
            try await passwords.ask {
                try $0.changePassword(token, present: present, new: new, client: client)
            }
        }
        switch outcome {
        case .changed: followed?.look()
        case .refused:
            throw Problem.parameter(
                "present", "it is not your password", expected: "the password that you sign in with")
        case .wait(let seconds): throw Reception.wait(seconds)
        case .problem(let problem):
            throw Problem.parameter(
                "new", "it is not good enough: \(problem?.description ?? "it is the one that you have")",
                expected: "\(PasswordRule.shortest) characters or more that nobody guesses")
        }
    }

    private static func wait(_ seconds: Int64) -> Problem {
        var problem = Problem(
            429, "Too many tries", "there were too many wrong passwords. Try again in \(seconds) s")
        problem.retryAfter = Int(seconds)
        return problem
    }

    /// Has a change made, by a connection of the primary.
    func make<Value: Sendable>(
        _ change: @escaping @Sendable (StoreConnection) throws -> Value
    ) async throws(Problem) -> Value {
        guard let pool else { throw Reception.noAccounts }
        return try await asked { try await pool.ask(change) }
    }

    private func asked<Value: Sendable>(_ body: () async throws -> Value) async throws(Problem) -> Value {
        do {
            return try await body()
        } catch {
            throw Responder.problem(error)
        }
    }
}
