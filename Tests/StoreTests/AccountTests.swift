import Accounts
import FlowModel
import Support
import Testing

@testable import Store

/// One database for the tests of a suite, which come one after the other and each begin without accounts.
struct OneDatabase: SuiteTrait, TestScoping {
    @TaskLocal static var conninfo: String?

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let database = try TestDatabase()
        try await OneDatabase.$conninfo.withValue(database.conninfo) { try await function() }
        withExtendedLifetime(database) {}
    }
}

/// Accounts with passwords that cost nothing to find out, and a site without a partner.
struct Accounts {
    let conninfo: String
    let store: StoreConnection
    let cost: PasswordCost
    let host = AccountActor.host("root")
    let alice: LoginName
    let bob: LoginName
    let home: SignInClient
    let away: SignInClient

    static let password = "rain over seven hills"

    init() throws {
        conninfo = try #require(OneDatabase.conninfo)
        store = try StoreConnection(conninfo: conninfo, applicationName: "darkscope tests")
        try store.script(
            """
            TRUNCATE console.account, console.session, console.attempt, console.audit RESTART IDENTITY;
            DELETE FROM meta.partner;
            INSERT INTO meta.site (code, name) VALUES ('alpha', 'Alpha') ON CONFLICT DO NOTHING
            """)
        cost = try #require(PasswordCost(logN: 4, r: 1, p: 1))
        alice = try #require(LoginName("alice"))
        bob = try #require(LoginName("bob"))
        let home: Address = try #require(Address("192.0.2.1"))
        let away: Address = try #require(Address("2001:db8::1"))
        self.home = SignInClient(address: home, agent: "Mozilla\u{1B}[2J")
        self.away = SignInClient(address: away, agent: "curl")
    }

    /// The rows of a query, each as one text.
    func rows(_ sql: String) throws -> [String] {
        let result = try store.query("SELECT (q)::text FROM (\(sql)) q")
        return (0..<result.rowCount).map { result.text($0, 0) ?? "NULL" }
    }

    /// The first field of a query's first row.
    func value(_ sql: String) throws -> String? { try store.query(sql).text(0, 0) }

    @discardableResult
    func add(
        _ login: LoginName? = nil, _ role: AccountRole = .analyst, site: String? = nil, mustChange: Bool = false
    ) throws -> AccountOutcome {
        try store.addAccount(
            login ?? alice, name: "Alice", role: role, site: site, password: StoreConnection.hash(Self.password, cost),
            mustChange: mustChange, by: host)
    }

    func signIn(
        _ password: String = Self.password, login: String = "alice", _ client: SignInClient? = nil,
        limits: SessionLimits = SessionLimits()
    ) throws -> SignInOutcome {
        try store.signIn(login: login, password: password, client: client ?? home, limits: limits, cost: cost)
    }

    func token(
        login: String = "alice", _ client: SignInClient? = nil, limits: SessionLimits = SessionLimits()
    ) throws -> SessionToken {
        guard case .signedIn(let token, _) = try signIn(login: login, client, limits: limits) else {
            throw NotSignedIn()
        }
        return token
    }

    /// Lets time pass for what a table remembers.
    func pass(_ interval: String) throws {
        try store.query("UPDATE console.attempt SET failed_at = failed_at - $1::interval", [interval])
        try store.query(
            """
            UPDATE console.session SET created_at = created_at - $1::interval, used_at = used_at - $1::interval,
                expires_at = expires_at - $1::interval, ends_at = ends_at - $1::interval
            """, [interval])
        try store.query("UPDATE console.audit SET at = at - $1::interval", [interval])
    }

    func events() throws -> [String] {
        try store.accountAudit(limit: 1_000).reversed().map {
            [$0.event, $0.login ?? "-", $0.person, $0.client ?? "-", $0.detail].joined(separator: " ")
        }
    }

    struct NotSignedIn: Error {}
}

@Suite(.serialized, OneDatabase()) struct AccountTests {
    @Test func anAccountIsListedAsItWasMadeAndOnlyOnce() throws {
        let accounts = try Accounts()
        #expect(try accounts.add(mustChange: true) == .done && accounts.add() == .exists)
        let account = try #require(try accounts.store.accounts().first)
        #expect(
            [account.login, account.name, account.role.rawValue, account.databaseRole ?? "-"] == [
                "alice", "Alice", "analyst", "analyst",
            ])
        #expect(account.isActive && account.mustChange && account.signedInAt == nil && account.site == nil)
        #expect(try accounts.store.accounts(login: accounts.bob) == [])
        #expect(try accounts.events() == ["added alice root - analyst"])
        // What is stored is not the password.
        #expect(
            try accounts.rows("SELECT a FROM console.account a").filter { $0.contains("seven hills") } == [])
    }

    @Test func aPartnerBelongsToASiteWhosePartnerHasARole() throws {
        let accounts = try Accounts()
        #expect(try accounts.add(nil, .partner) == .siteDoesNotFit)
        #expect(try accounts.add(nil, .analyst, site: "alpha") == .siteDoesNotFit)
        #expect(try accounts.add(nil, .partner, site: "beta") == .unknownSite)
        #expect(try accounts.add(nil, .partner, site: "alpha") == .noPartnerRole)
        #expect(try accounts.store.accounts() == [] && accounts.events() == [])
        try accounts.store.query("INSERT INTO meta.partner (site, role) SELECT id, 'partner_alpha' FROM meta.site")
        #expect(try accounts.add(nil, .partner, site: "alpha") == .done)
        let account = try #require(try accounts.store.accounts().first)
        #expect(account.site == "alpha" && account.databaseRole == "partner_alpha")
    }

    @Test func aChangeIsInTheAuditAndAnotherRoleEndsSessions() throws {
        let accounts = try Accounts()
        let (store, alice, host) = (accounts.store, accounts.alice, accounts.host)
        try store.query("INSERT INTO meta.partner (site, role) SELECT id, 'partner_alpha' FROM meta.site")
        try accounts.add()
        let token = try accounts.token()
        #expect(try store.changeAccount(alice, name: "Al", by: host) == .done)
        #expect(try store.session(token) != nil)
        #expect(try store.changeAccount(alice, name: "Al", role: .analyst, by: host) == .unchanged)
        #expect(try store.changeAccount(alice, role: .partner, by: host) == .siteDoesNotFit)
        #expect(try store.changeAccount(alice, role: .partner, site: "alpha", by: host) == .done)
        #expect(try store.session(token) == nil)
        #expect(try store.changeAccount(alice, role: .operator, by: host) == .done)
        #expect(try store.changeAccount(accounts.bob, name: "x", by: host) == .unknownAccount)
        #expect(try store.accounts().map(\.site) == [nil])
        #expect(
            try accounts.events().filter { $0.hasPrefix("changed") } == [
                "changed alice root - name", "changed alice root - analyst -> partner of alpha",
                "changed alice root - partner of alpha -> operator",
            ])
    }

    @Test func aDisabledAccountIsOutAtOnceAndComesBackWithItsPassword() throws {
        let accounts = try Accounts()
        try accounts.add()
        let token = try accounts.token()
        #expect(try accounts.store.setActive(false, accounts.alice, by: accounts.host) == .done)
        #expect(try accounts.store.setActive(false, accounts.alice, by: accounts.host) == .unchanged)
        #expect(try accounts.store.session(token) == nil)
        #expect(try accounts.signIn() == .refused)
        #expect(try accounts.store.setActive(true, accounts.alice, by: accounts.host) == .done)
        #expect(try accounts.store.session(token) == nil)
        _ = try accounts.token()
    }

    @Test func anotherPasswordEndsSessionsAndIsAskedToBeChanged() throws {
        let accounts = try Accounts()
        try accounts.add()
        let (first, second) = (try accounts.token(), try accounts.token(accounts.away))
        let given = try StoreConnection.hash("given by the admin", accounts.cost)
        #expect(try accounts.store.setPassword(given, of: accounts.alice, mustChange: true, by: accounts.host) == .done)
        #expect(try accounts.store.session(first) == nil && accounts.store.session(second) == nil)
        #expect(try accounts.signIn() == .refused)
        guard case .signedIn(let token, let account) = try accounts.signIn("given by the admin") else {
            Issue.record("not signed in")
            return
        }
        #expect(account.mustChange)
        let own = "seven hills over rain"
        func change(_ present: String, _ new: String) throws -> PasswordChangeOutcome {
            try accounts.store.changePassword(
                token, present: present, new: new, client: accounts.home, cost: accounts.cost)
        }
        #expect(try change("wrong by the admin", own) == .refused)
        #expect(try change("given by the admin", "short") == .problem(.short))
        #expect(try change("given by the admin", "given by the admin") == .problem(nil))
        let other = try #require(try? accounts.signIn("given by the admin", accounts.away))
        #expect(try change("given by the admin", own) == .changed)
        #expect(try accounts.store.session(token)?.mustChange == false)
        guard case .signedIn(let elsewhere, _) = other else { throw Accounts.NotSignedIn() }
        #expect(try accounts.store.session(elsewhere) == nil)
        #expect(try change(own, "third hills over rain") == .changed)
        #expect(try accounts.store.signOutEverywhere(accounts.alice, by: accounts.host) == 1)
        #expect(try change("third hills over rain", own) == .refused)
        #expect(try accounts.store.signOutEverywhere(accounts.bob, by: accounts.host) == nil)
    }

    @Test func whoWasShownWhatStaysKnown() throws {
        let accounts = try Accounts()
        try accounts.add()
        let account = try #require(try accounts.store.accounts().first)
        let long = String(repeating: "x", count: 10_000)
        try accounts.store.writeReveal(of: "dark:alpha/3\u{1B}[2J\n" + long, to: account, client: accounts.away)
        let entry = try #require(try accounts.store.accountAudit(of: accounts.alice, limit: 1).first)
        #expect(entry.event == "reveal" && entry.person == "alice" && entry.client == "2001:db8::1")
        #expect(entry.detail.hasPrefix("dark:alpha/3[2Jxxx") && entry.detail.count == 500 && entry.place == "console")
    }
}
