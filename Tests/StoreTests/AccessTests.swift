import Accounts
import FlowModel
import Support
import Testing

@testable import Store

/// What the server of the console does, as the database role that it connects as.
@Suite(.serialized, OneDatabase()) struct AccessTests {
    private func console(_ accounts: Accounts) throws -> StoreConnection {
        try accounts.store.makeRoles()
        let console = try StoreConnection(
            conninfo: "\(accounts.conninfo) user=console", applicationName: "darkscope tests")
        try console.requireCurrentSchema()
        try console.requireConsoleRoles()
        return console
    }

    @Test func theConsolesRoleMaySignInAndOutAndChangePasswords() throws {
        let accounts = try Accounts()
        try accounts.add()
        let console = try console(accounts)
        func signIn(_ password: String) throws -> SignInOutcome {
            try console.signIn(login: "alice", password: password, client: accounts.home, cost: accounts.cost)
        }
        #expect(try signIn("wrong") == .refused)
        guard case .signedIn(let token, _) = try signIn(Accounts.password) else { throw Accounts.NotSignedIn() }
        try accounts.pass("2 minutes")
        let account = try #require(try console.session(token))
        let changed = try console.changePassword(
            token, present: Accounts.password, new: "seven hills over rain", client: accounts.home, cost: accounts.cost)
        #expect(changed == .changed)
        try console.writeReveal(of: "dark:alpha/1", to: account, client: accounts.home)
        try console.signOut(token, client: accounts.home)
        #expect(
            try console.accountAudit(of: accounts.alice, limit: 10).map(\.event) == [
                "sign-out", "reveal", "password", "sign-in", "failure", "added",
            ])
    }

    @Test func anAdministratorChangesAccountsAndNobodyElseDoes() throws {
        let accounts = try Accounts()
        let console = try console(accounts)
        let actor = AccountActor.console("root", accounts.home)
        let hash = try StoreConnection.hash(Accounts.password, accounts.cost)
        let outcomes = try console.acting(as: "administrator", mayWrite: true) { () throws(StoreError) in
            [
                try console.addAccount(
                    accounts.bob, name: "Bob", role: .analyst, site: nil, password: hash, mustChange: false, by: actor),
                try console.changeAccount(accounts.bob, role: .public, by: actor),
                try console.setPassword(hash, of: accounts.bob, mustChange: true, by: actor),
                try console.setActive(false, accounts.bob, by: actor),
                try console.setActive(true, accounts.bob, by: actor),
            ]
        }
        #expect(outcomes == [AccountOutcome](repeating: .done, count: 5))
        let seen = try console.acting(as: "administrator", mayWrite: true) { () throws(StoreError) in
            (
                ended: try console.signOutEverywhere(accounts.bob, by: actor),
                logins: try console.accounts().map(\.login),
                sessions: try console.sessions().count
            )
        }
        #expect(seen == (0, ["bob"], 0))
        #expect(try console.accountAudit(limit: 10).map(\.place) == [String](repeating: "console", count: 5))
        for role in ["operator", "analyst", "public_reader"] {
            let error = #expect(throws: StoreError.self) {
                try console.acting(as: role, mayWrite: true) { () throws(StoreError) in
                    _ = try console.setActive(false, accounts.bob, by: actor)
                }
            }
            #expect(error?.kind == .schema, "\(role)")
        }
        #expect(try console.accounts().map(\.isActive) == [true])
    }

    @Test func whoeverActsBecomesItselfAgainWhateverHappened() throws {
        let accounts = try Accounts()
        let console = try console(accounts)
        func state() throws -> [String?] {
            let result = try console.query(
                """
                SELECT current_user, current_setting('default_transaction_read_only'), current_setting('statement_timeout')
                """)
            return (0..<3).map { result.text(0, $0) }
        }
        let own = try state()
        #expect(own == ["console", "off", "1min"])
        let inside = try console.acting(as: "analyst", statementSeconds: 5) { () throws(StoreError) in
            let result = try console.query(
                """
                SELECT current_user, current_setting('default_transaction_read_only'), current_setting('statement_timeout')
                """)
            return (0..<3).map { result.text(0, $0) }
        }
        #expect(inside == ["analyst", "on", "5s"])
        #expect(try state() == own)
        // A statement that fails, in a transaction and outside of one, and one that would write.
        for sql in ["SELECT 1/0", "DELETE FROM raw.flow"] {
            #expect(throws: StoreError.self) {
                try console.acting(as: "analyst") { () throws(StoreError) in try console.query(sql) }
            }
            #expect(throws: StoreError.self) {
                try console.acting(as: "analyst") { () throws(StoreError) in
                    try console.transaction { () throws(StoreError) in try console.query(sql) }
                }
            }
            #expect(try state() == own)
        }
        // A role that it may not become, and names that are none.
        for role in ["owner", "writer", "nobody", "", "analyst; DROP SCHEMA raw", "none"] {
            #expect(throws: StoreError.self, "\(role)") {
                try console.acting(as: role) { () throws(StoreError) in _ = try console.query("SELECT 1") }
            }
            #expect(try state() == own, "\(role)")
        }
    }

    @Test func aDatabaseWhoseRolesAreOlderIsUpgradedByItsOwner() throws {
        let accounts = try Accounts()
        try accounts.store.makeRoles()
        let old = try Scene(schema: Migration.accounts.version - 1)
        try old.connection.makeRoles()
        #expect(try old.connection.makePartner(site: "alpha") == "partner_alpha")
        let conninfo = old.database.conninfo
        let owner = try StoreConnection(conninfo: "\(conninfo) user=owner", applicationName: "darkscope tests")
        #expect(try owner.migrate() == (Migration.accounts.version - 1, Migration.current))
        try old.connection.makeRoles()
        let console = try StoreConnection(conninfo: "\(conninfo) user=console", applicationName: "darkscope tests")
        try console.requireConsoleRoles()
        #expect(try console.accounts() == [])
        let seen = try console.acting(as: "partner_alpha") { () throws(StoreError) in
            try console.query("SELECT code FROM meta.site").text(0, 0)
        }
        #expect(seen == "alpha")
        let guarded = try old.value(
            """
            SELECT count(*) FROM pg_class WHERE relnamespace = 'console'::regnamespace AND relkind = 'r' AND relrowsecurity
                AND pg_get_userbyid(relowner) = 'owner'
            """)
        #expect(guarded == "4")
    }

    @Test func whoMayNotBecomeTheRolesIsToldWhatToDo() throws {
        let accounts = try Accounts()
        try accounts.store.makeRoles()
        let writer = try StoreConnection(
            conninfo: "\(accounts.conninfo) user=writer", applicationName: "darkscope tests")
        let error = #expect(throws: StoreError.self) { try writer.requireConsoleRoles() }
        #expect(error?.message.contains("darkscope role make") == true)
    }

    @Test func anOperatorHandlesAlertsThroughTheConsole() throws {
        let accounts = try Accounts()
        let console = try console(accounts)
        try accounts.store.script(
            """
            INSERT INTO meta.organisation (code, name, kind, country, language, tlp)
                VALUES ('city-a', 'City', 'other', 'TH', 'en', 'amber');
            INSERT INTO alert.alert (organisation, address, kind, state, finding, severity, confidence, reasons, prefix,
                    packets, flows, first_seen, last_seen)
                SELECT id, '192.0.2.7', 'external', 'open', 'infection', 'low', 'low', '{}', 1, 1, 1, now(), now()
                FROM meta.organisation;
            """)
        let alert: Int64 = try #require(Int64(accounts.value("SELECT id FROM alert.alert") ?? ""))
        for action in [AlertAction.acknowledge, .suppress(until: 4_000_000_000), .falsePositive, .release, .close] {
            let outcomes = try console.acting(as: "operator", mayWrite: true) { () throws(StoreError) in
                try console.act(action, on: [alert], by: "bob", note: "seen").map(\.outcome)
            }
            #expect(outcomes == [.done])
        }
        let resent = try console.acting(as: "operator", mayWrite: true) { () throws(StoreError) in
            try console.retry(messages: nil, organisation: nil, by: "bob")
        }
        #expect(resent == [])
        let error = #expect(throws: StoreError.self) {
            try console.acting(as: "analyst", mayWrite: true) { () throws(StoreError) in
                _ = try console.act(.close, on: [alert], by: "eve")
            }
        }
        #expect(error?.kind == .schema)
    }
}
