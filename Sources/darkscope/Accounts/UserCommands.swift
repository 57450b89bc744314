import Accounts
import ArgumentParser
import Runtime
import Store

/// `darkscope user`: who may sign in to the console.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make and change accounts of the web console.",
        discussion: """
            A role says what an account sees: public, totals of three sites or more; partner, its own site in full; \
            analyst, everything; operator handles alerts too; admin makes accounts too. The database enforces it: see \
            ops/roles.md.
            """,
        subcommands: [
            UserAddCommand.self, UserListCommand.self, UserShowCommand.self, UserSetCommand.self,
            UserPasswordCommand.self, UserDisableCommand.self, UserEnableCommand.self, UserSessionsCommand.self,
            UserSignOutCommand.self, UserAuditCommand.self,
        ])
}

/// `darkscope user add`.
struct UserAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make an account.",
        discussion: """
            Asks for the password on the terminal, twice, unless told otherwise. It has 12 characters or more and is not \
            what everybody tries first; its owner has to change it at the first sign-in.
            """)

    @Argument(help: "What is typed to sign in; capital letters count as small ones.", transform: UserText.login)
    var login: LoginName

    @Option(help: "public, partner, analyst, operator or admin.", transform: UserText.role)
    var role: AccountRole

    @Option(help: "The site of a partner.", transform: RegistryText.code)
    var site: String?

    @Option(help: "Name for people. (default: the login)", transform: RegistryText.name)
    var name: String?

    @OptionGroup var secret: SecretInput
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard role.hasSite || site == nil else { throw ValidationError("only a partner belongs to a --site.") }
        guard !role.hasSite || site != nil else { throw ValidationError("a partner belongs to a --site.") }
    }

    func run() throws {
        let store = try database.connect()
        // Not after somebody typed a password twice.
        if try store.accounts(login: login).first != nil {
            throw try Lookup.refusal(.exists, login, site: site, in: store)
        }
        let password = try secret.password(for: login)
        let outcome = try store.addAccount(
            login, name: name ?? login.text, role: role, site: site, password: StoreConnection.hash(password),
            mustChange: !secret.keep, by: .host(Person.current))
        guard outcome == .done else { throw try Lookup.refusal(outcome, login, site: site, in: store) }
        print("Made the account \(login): \(role.rawValue)\(site.map { " of \($0)" } ?? "").")
        if secret.generate { print("Password, shown only now: \(password)") }
    }
}

/// `darkscope user password`.
struct UserPasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Give an account another password, and end its sessions.",
        discussion: "Asks on the terminal, twice, unless told otherwise, as darkscope user add does.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @OptionGroup var secret: SecretInput
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        _ = try Lookup.account(login, in: store)
        let password = try secret.password(for: login)
        let outcome = try store.setPassword(
            StoreConnection.hash(password), of: login, mustChange: !secret.keep, by: .host(Person.current))
        guard outcome == .done else { throw try Lookup.refusal(outcome, login, site: nil, in: store) }
        print("\(login) has another password, and is signed in nowhere.")
        if secret.generate { print("Password, shown only now: \(password)") }
    }
}

/// `darkscope user set`.
struct UserSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change what an account is.",
        discussion: "Another role or site ends its sessions.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @Option(help: "public, partner, analyst, operator or admin.", transform: UserText.role)
    var role: AccountRole?

    @Option(help: "The site of a partner.", transform: RegistryText.code)
    var site: String?

    @Option(help: "Name for people.", transform: RegistryText.name)
    var name: String?

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard role != nil || site != nil || name != nil else {
            throw ValidationError("nothing to change. Give --role, --site or --name.")
        }
    }

    func run() throws {
        let store = try database.connect()
        let outcome = try store.changeAccount(
            login, name: name, role: role, site: site, by: .host(Person.current))
        switch outcome {
        case .done: print("Changed the account \(login).")
        case .unchanged: print("The account \(login) is so already.")
        default: throw try Lookup.refusal(outcome, login, site: site, in: store)
        }
    }
}

/// `darkscope user disable`.
struct UserDisableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Let an account sign in no more, and end its sessions.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @OptionGroup var database: DatabaseOptions

    func run() throws { try setActive(false, login, try database.connect()) }
}

/// `darkscope user enable`.
struct UserEnableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Let an account sign in again, with the password it had.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @OptionGroup var database: DatabaseOptions

    func run() throws { try setActive(true, login, try database.connect()) }
}

private func setActive(_ isActive: Bool, _ login: LoginName, _ store: StoreConnection) throws {
    let outcome = try store.setActive(isActive, login, by: .host(Person.current))
    let words = isActive ? "enabled" : "disabled"
    switch outcome {
    case .done: print("The account \(login) is \(words).")
    case .unchanged: print("The account \(login) was \(words) already.")
    default: throw try Lookup.refusal(outcome, login, site: nil, in: store)
    }
}

/// `darkscope user sign-out`.
struct UserSignOutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-out", abstract: "End all sessions of an account.")

    @Argument(help: "The account.", transform: UserText.login)
    var login: LoginName

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        guard let count = try store.signOutEverywhere(login, by: .host(Person.current)) else {
            throw try Lookup.unknownAccount(login, in: store)
        }
        print("Ended \(count) \(count == 1 ? "session" : "sessions") of \(login).")
    }
}
