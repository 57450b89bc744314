import ArgumentParser
import Runtime
import Store

/// `darkscope role`: who may read and change the database.
struct RoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role", abstract: "Make the database's roles.",
        discussion: """
            owner changes the schema and the registry; writer is for collectors; analyst reads everything; \
            partner_SITE reads what came to its own site, and others only in totals of three sites or more. console is \
            the web console's server, which becomes the role of whoever asks: public_reader, partner_SITE, analyst, \
            operator or administrator. Passwords are set in psql with \\password, never here; see ops/roles.md, also for logging in without any.
            """,
        subcommands: [
            RoleMakeCommand.self, RolePartnerCommand.self, RoleLoginCommand.self, RoleListCommand.self,
        ])
}

/// `darkscope role make`.
struct RoleMakeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Make the roles but those of sites and people, and give them what they need.",
        discussion: """
            Needs a role that may make roles: the one that made the database, or a superuser. It can be repeated. The first \
            time in a database it waits for everybody who reads or stores, and they for it.
            """)

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        try database.connect().makeRoles()
        print("The roles owner, writer, analyst and partner are there.")
        print("So are those of the web console: console, public_reader, operator and administrator.")
        print("Next: darkscope role partner SITE, darkscope role login NAME --like analyst")
    }
}

/// `darkscope role partner`.
struct RolePartnerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "partner", abstract: "Make the role of a site's partner.")

    @Argument(help: "The site.", transform: RegistryText.code)
    var site: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        guard let role = try store.makePartner(site: site) else { throw try Lookup.unknownSite(site, in: store) }
        print("The role \(role) reads what came to \(site). Give it a password in psql: \\password \(role)")
    }
}

/// `darkscope role login`.
struct RoleLoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Make a role for one person or program that may do what another role may.")

    @Argument(help: "Name of the new role.", transform: RegistryText.role)
    var name: String

    @Option(
        help: ArgumentHelp("owner, writer, analyst or partner_SITE.", valueName: "role"), transform: RegistryText.role)
    var like: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        try database.connect().makeLogin(name, like: like)
        print("The role \(name) may do what \(like) may. Give it a password in psql: \\password \(name)")
    }
}

/// `darkscope role list`.
struct RoleListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the roles of the server that Darkscope made.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let roles = try database.connect().roles()
        var table = TextTable(["ROLE": .left, "MEMBER OF": .left, "LOGIN": .left, "FOR": .left])
        for role in roles {
            table.add([
                role.name, role.memberOf.isEmpty ? nil : role.memberOf.joined(separator: " "),
                role.mayLogIn ? "yes" : "no", role.purpose,
            ])
        }
        let documents = roles.map { role in
            JSON.members([
                "role": .string(role.name), "member_of": .array(role.memberOf.map { .string($0) }),
                "login": .boolean(role.mayLogIn), "for": .string(role.purpose),
            ])
        }
        output.answer(
            .members(["roles": .array(documents)]), table, none: "No roles yet. Make them: darkscope role make")
    }
}
