import Accounts
import ArgumentParser
import Runtime
import Store

/// `darkscope user list`.
struct UserListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the accounts.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let accounts = try database.connect().accounts()
        var table = TextTable([
            "LOGIN": .left, "ROLE": .left, "SITE": .left, "STATE": .left, "SIGNED IN": .left, "SESSIONS": .right,
            "NAME": .left,
        ])
        for account in accounts {
            table.add([
                account.login, account.role.rawValue, account.site, account.state, account.signedInAt,
                "\(account.sessions)", account.name,
            ])
        }
        output.answer(
            .members(["accounts": .array(accounts.map(\.json))]), table,
            none: "No accounts yet. Make one: darkscope user add alice --role admin")
    }
}

/// `darkscope user show`.
struct UserShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show an account.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let account = try Lookup.account(login, in: try database.connect())
        if output.json {
            print(account.json.document)
            return
        }
        for (title, value) in [
            ("Login", account.login), ("Name", account.name), ("Role", account.role.rawValue),
            ("Site", account.site ?? "-"), ("State", account.state), ("Made", account.createdAt),
            ("Password set", account.passwordAt + (account.mustChange ? ", to be changed at the next sign-in" : "")),
            ("Signed in", account.signedInAt ?? "never"), ("Sessions", "\(account.sessions)"),
            ("Database role", account.databaseRole ?? "-"),
        ] {
            print(title + String(repeating: " ", count: 16 - title.count) + value.safe)
        }
    }
}

/// `darkscope user sessions`.
struct UserSessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "List who is signed in, the last used first.")

    @Argument(help: "The account. (default: all)", transform: UserText.login)
    var login: LoginName?

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        if let login { _ = try Lookup.account(login, in: store) }
        let sessions = try store.sessions(of: login)
        var table = TextTable([
            "LOGIN": .left, "SIGNED IN": .left, "USED": .left, "EXPIRES": .left, "CLIENT": .left, "BROWSER": .left,
        ])
        for session in sessions {
            table.add([
                session.login, session.createdAt, session.usedAt, session.expiresAt, session.client, session.agent,
            ])
        }
        output.answer(
            .members(["sessions": .array(sessions.map(\.json))]), table, none: "Nobody is signed in.")
    }
}

/// `darkscope user audit`.
struct UserAuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Tell what was done with accounts and by them, the newest first.")

    @Argument(help: "The account. (default: all, and failures of logins that there are not)", transform: UserText.login)
    var login: LoginName?

    @Option(help: ArgumentHelp("Entries at most.", valueName: "n"))
    var limit = 100

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit is from 1 to 1000000.") }
    }

    func run() throws {
        let store = try database.connect()
        if let login { _ = try Lookup.account(login, in: store) }
        let entries = try store.accountAudit(of: login, limit: limit)
        var table = TextTable([
            "AT": .left, "EVENT": .left, "LOGIN": .left, "BY": .left, "PLACE": .left, "CLIENT": .left, "DETAIL": .left,
        ])
        for entry in entries {
            table.add([
                entry.at, entry.event, entry.login, entry.person.isEmpty ? nil : entry.person, entry.place,
                entry.client, entry.detail,
            ])
        }
        output.answer(.members(["entries": .array(entries.map(\.json))]), table, none: "Nothing was done yet.")
    }
}

extension AccountRecord {
    var state: String { isActive ? "active" : "disabled" }

    var json: JSON {
        .members([
            "login": .string(login), "name": .string(name), "role": .string(role.rawValue), "site": .text(site),
            "state": .string(state), "must_change": .boolean(mustChange), "created_at": .string(createdAt),
            "password_at": .string(passwordAt), "signed_in_at": .text(signedInAt),
            "sessions": .integer(Int64(sessions)), "database_role": .text(databaseRole),
        ])
    }
}

extension SessionRecord {
    var json: JSON {
        .members([
            "login": .string(login), "created_at": .string(createdAt), "used_at": .string(usedAt),
            "expires_at": .string(expiresAt), "ends_at": .string(endsAt), "client": .text(client),
            "agent": .string(agent),
        ])
    }
}

extension AccountAuditEntry {
    var json: JSON {
        .members([
            "id": .integer(id), "at": .string(at), "event": .string(event), "login": .text(login),
            "person": .string(person), "place": .string(place), "client": .text(client), "detail": .string(detail),
        ])
    }
}
