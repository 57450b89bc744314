import Accounts
import Glibc
import Testing

@testable import Store

@Suite(.serialized, OneDatabase()) struct SignInTests {
    @Test func theRightPasswordOpensASessionAndNothingElseDoes() throws {
        let accounts = try Accounts()
        try accounts.add()
        guard case .signedIn(let token, let account) = try accounts.signIn(login: "ALICE") else {
            throw Accounts.NotSignedIn()
        }
        #expect(account.login == "alice" && account.signedInAt != nil)
        #expect(try accounts.store.session(token)?.id == account.id)
        #expect(try accounts.store.session(SessionToken(random: [UInt8](repeating: 0, count: 32))) == nil)
        for (login, password) in [
            ("alice", "rain over seven hill"), ("alice", ""), ("bob", Accounts.password), ("", ""),
            ("' OR 1=1 --", "x"),
            (String(repeating: "a", count: 1 << 20), String(repeating: "x", count: 1 << 20)),
            ("alice\0", "x"),
        ] {
            #expect(try accounts.signIn(password, login: login) == .refused)
        }
        // A login that is none is not written down: it may be a password.
        #expect(
            try accounts.events() == [
                "added alice root - analyst", "sign-in alice alice 192.0.2.1 Mozilla[2J",
            ] + [String](repeating: "failure alice  192.0.2.1 Mozilla[2J", count: 2)
                + [String](repeating: "failure -  192.0.2.1 Mozilla[2J", count: 5))
        // Of a token only its digest is stored.
        #expect(
            try accounts.value(
                "SELECT count(*) FROM console.session WHERE digest = '\\x"
                    + token.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'") == "1")
    }

    @Test func failuresMakeEverybodyWaitWhetherThereIsSuchAnAccountOrNot() throws {
        let accounts = try Accounts()
        try accounts.add()
        for login in ["alice", "nobody"] {
            try accounts.store.query("DELETE FROM console.attempt")
            try accounts.store.query("DELETE FROM console.audit")
            for _ in 0..<5 { #expect(try accounts.signIn("wrong", login: login) == .refused) }
            #expect(try accounts.signIn("wrong", login: login) == .wait(seconds: 1))
            #expect(try accounts.signIn(Accounts.password, login: login, accounts.away) == .wait(seconds: 1))
            try accounts.pass("1 second")
            #expect(try accounts.signIn("wrong", login: login) == .refused)
            #expect(try accounts.signIn("wrong", login: login) == .wait(seconds: 2))
            // Who had to wait was not looked at: that is no failure more.
            #expect(try accounts.store.accountAudit(limit: 100).filter { $0.event == "failure" }.count == 6)
            let refused = "SELECT sum(refused) FROM console.attempt WHERE key LIKE 'client%'"
            #expect(try accounts.value(refused) == "3")
            try accounts.pass("1 day")
            #expect(try accounts.signIn("wrong", login: login) == .refused)
            #expect(try accounts.signIn("wrong", login: login) == .refused)
        }
    }

    @Test func theRightPasswordClearsTheAccountButNotTheClient() throws {
        let accounts = try Accounts()
        try accounts.add()
        for _ in 0..<5 { _ = try accounts.signIn("wrong") }
        try accounts.pass("1 second")
        _ = try accounts.token()
        #expect(
            try accounts.rows("SELECT key, failures FROM console.attempt") == ["(client:192.0.2.1/32,5)"])
    }

    @Test func whoTriesFromElsewhereDoesNotKeepTheOwnerOut() throws {
        let accounts = try Accounts()
        try accounts.add()
        _ = try accounts.token()
        for _ in 0..<5 { #expect(try accounts.signIn("wrong", accounts.away) == .refused) }
        #expect(try accounts.signIn(Accounts.password, accounts.away) == .wait(seconds: 1))
        _ = try accounts.token()
        // A month later it is a stranger there too.
        for _ in 0..<12 { _ = try accounts.signIn("wrong", accounts.away) }
        try accounts.pass("31 days")
        for _ in 0..<5 { #expect(try accounts.signIn("wrong", accounts.away) == .refused) }
        #expect(try accounts.signIn() == .wait(seconds: 1))
    }

    @Test func oneClientCannotTryManyLogins() throws {
        let accounts = try Accounts()
        for number in 0..<20 { #expect(try accounts.signIn("x", login: "user-\(number)") == .refused) }
        #expect(try accounts.signIn("x", login: "user-99") == .wait(seconds: 1))
        #expect(try accounts.signIn("x", login: "user-99", accounts.away) == .refused)
    }

    /// A try is counted before the password is looked at, in whichever collector.
    @Test func manyTriesAtOnceAreHeldBackLikeManyInARow() async throws {
        let accounts = try Accounts()
        try accounts.add()
        let (conninfo, cost, client) = (accounts.conninfo, accounts.cost, accounts.home)
        let outcomes = try await withThrowingTaskGroup(of: SignInOutcome.self) { group in
            for _ in 0..<12 {
                group.addTask {
                    try StoreConnection(conninfo: conninfo, applicationName: "test")
                        .signIn(login: "alice", password: "wrong", client: client, cost: cost)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.filter { $0 == .refused }.count == 5)
        #expect(outcomes.filter { $0 == .wait(seconds: 1) }.count == 7)
    }

    @Test func manyWhoSignInAtOnceAllGetIn() async throws {
        let accounts = try Accounts()
        try accounts.add()
        try accounts.add(accounts.bob)
        for _ in 0..<3 { _ = try accounts.signIn("wrong", login: "nobody") }
        try accounts.pass("2 days")
        let (conninfo, cost, client) = (accounts.conninfo, accounts.cost, accounts.home)
        let outcomes = try await withThrowingTaskGroup(of: Int.self) { group in
            for login in ["alice", "bob", "alice", "bob"] {
                group.addTask {
                    let store = try StoreConnection(conninfo: conninfo, applicationName: "test")
                    return try (0..<8).count { _ in
                        let outcome = try store.signIn(
                            login: login, password: Accounts.password, client: client, limits: SessionLimits(most: 3),
                            cost: cost)
                        guard case .signedIn = outcome else { return false }
                        return true
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == [8, 8, 8, 8])
        #expect(try accounts.store.accounts().map(\.sessions) == [3, 3])
    }

    /// Measured in time of this thread's processor, which other programs do not change.
    @Test func timeDoesNotTellWhetherThereIsSuchAnAccount() throws {
        let accounts = try Accounts()
        let cost = try #require(PasswordCost(logN: 14, r: 8, p: 1))
        for login in [accounts.alice, accounts.bob] {
            _ = try accounts.store.addAccount(
                login, name: "x", role: .analyst, site: nil, password: StoreConnection.hash(Accounts.password, cost),
                mustChange: false, by: accounts.host)
        }
        _ = try accounts.store.setActive(false, accounts.bob, by: accounts.host)
        func milliseconds(_ login: String, _ password: String) throws -> Int {
            var (begin, end) = (timespec(), timespec())
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin)
            let outcome = try accounts.store.signIn(
                login: login, password: password, client: accounts.home, cost: cost)
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
            #expect(outcome == .refused)
            return (end.tv_sec - begin.tv_sec) * 1_000 + (end.tv_nsec - begin.tv_nsec) / 1_000_000
        }
        let times = try [("alice", "wrong"), ("bob", Accounts.password), ("nobody", "wrong"), ("", ""), ("a b", "x")]
            .map { try milliseconds($0, $1) }
        let (least, most) = (times.min() ?? 0, times.max() ?? 0)
        #expect(least > 5 && most < 2 * least, "\(times)")
    }

    @Test func sessionsSlideWhileTheyAreUsedAndEndAtTheirTime() throws {
        let accounts = try Accounts()
        try accounts.add()
        let limits = SessionLimits(idle: 600, absolute: 1_500, step: 60)
        let token = try accounts.token(limits: limits)
        func isOpen() throws -> Bool { try accounts.store.session(token, limits: limits) != nil }
        func used() throws -> String? { try accounts.value("SELECT used_at FROM console.session") }
        // Within the step nothing is written.
        let before = try used()
        #expect(try isOpen() && used() == before)
        try accounts.pass("9 minutes")
        #expect(try isOpen() && used() != before)
        try accounts.pass("9 minutes")
        #expect(try isOpen())
        #expect(try accounts.value("SELECT expires_at = ends_at FROM console.session") == "t")
        try accounts.pass("8 minutes")
        #expect(try !isOpen() && accounts.store.sessions() == [])
        let idle = try accounts.token(limits: limits)
        try accounts.pass("11 minutes")
        #expect(try accounts.store.session(idle, limits: limits) == nil)
    }

    @Test func signingOutEndsThisSessionAlone() throws {
        let accounts = try Accounts()
        try accounts.add()
        let (first, second) = (try accounts.token(), try accounts.token(accounts.away))
        #expect(first != second)
        #expect(try accounts.store.sessions(of: accounts.alice).map(\.client) == ["2001:db8::1", "192.0.2.1"])
        try accounts.store.signOut(first, client: accounts.home)
        try accounts.store.signOut(first, client: accounts.home)
        #expect(try accounts.store.session(first) == nil && accounts.store.session(second) != nil)
        #expect(try accounts.events().suffix(1) == ["sign-out alice alice 192.0.2.1 "])
        #expect(try accounts.events().filter { $0.hasPrefix("sign-out") }.count == 1)
    }

    @Test func anAccountHasOnlySoManySessions() throws {
        let accounts = try Accounts()
        try accounts.add()
        let limits = SessionLimits(most: 3)
        let tokens = try (0..<5).map { _ in try accounts.token(limits: limits) }
        #expect(try tokens.map { try accounts.store.session($0) != nil } == [false, false, true, true, true])
    }

    @Test func anOldHashIsReplacedWhenItsPasswordIsKnown() throws {
        let accounts = try Accounts()
        try accounts.add()
        func costs() throws -> String? {
            try accounts.value("SELECT split_part(password, '$', 3) FROM console.account")
        }
        #expect(try costs() == "ln=4,r=1,p=1")
        let dearer = try #require(PasswordCost(logN: 5, r: 1, p: 1))
        func signIn(_ password: String) throws -> SignInOutcome {
            try accounts.store.signIn(login: "alice", password: password, client: accounts.home, cost: dearer)
        }
        #expect(try signIn("wrong") == .refused && costs() == "ln=4,r=1,p=1")
        _ = try signIn(Accounts.password)
        #expect(try costs() == "ln=5,r=1,p=1")
        guard case .signedIn = try signIn(Accounts.password) else { throw Accounts.NotSignedIn() }
    }

    @Test func whatNoLongerCountsIsDropped() throws {
        let accounts = try Accounts()
        try accounts.add()
        _ = try accounts.token()
        _ = try accounts.signIn("wrong", login: "nobody")
        try accounts.pass("91 days")
        _ = try accounts.token(accounts.away)
        #expect(try accounts.value("SELECT count(*) FROM console.session") == "1")
        #expect(try accounts.rows("SELECT key, failures FROM console.attempt") == [])
        #expect(try accounts.store.accountAudit(limit: 100).map(\.event) == ["sign-in", "sign-in", "added"])
        // However many there are.
        _ = try accounts.signIn("wrong", login: "nobody")
        try accounts.store.query("SELECT setval(pg_get_serial_sequence('console.audit', 'id'), 1000010)")
        _ = try accounts.signIn("wrong", login: "nobody")
        _ = try accounts.token(accounts.away)
        #expect(
            try accounts.store.accountAudit(limit: 100).map(\.event) == [
                "sign-in", "failure", "sign-in", "sign-in", "added",
            ])
    }
}
