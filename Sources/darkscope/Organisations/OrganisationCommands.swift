import ArgumentParser
import FlowModel
import Runtime
import Store

/// `darkscope org`: who is told when addresses of theirs show up in dark space.
struct OrganisationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "org", abstract: "Register organisations that are told of their own addresses.",
        discussion: """
            Blocks may lie in each other: the holders of all blocks that hold an address are told. Alerts of a block are told \
            only once it is proven or vouched for; see darkscope org verify. Every change is kept; see darkscope org log.
            """,
        subcommands: [
            OrganisationAddCommand.self, OrganisationSetCommand.self, OrganisationListCommand.self,
            OrganisationShowCommand.self, OrganisationFindCommand.self, OrganisationEndCommand.self,
            OrganisationResumeCommand.self, OrganisationImportCommand.self, OrganisationPrefixCommand.self,
            OrganisationVerifyCommand.self, ContactCommand.self, AllowCommand.self, OrganisationLogCommand.self,
        ])
}

/// `darkscope org add`.
struct OrganisationAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Register an organisation.",
        discussion: "The blocks are its own from now on. For other times use darkscope org prefix add.")

    @Argument(help: "Short name: lower-case letters, digits and hyphens.", transform: RegistryText.code)
    var code: String

    @Option(help: "Name for people.", transform: RegistryText.name)
    var name: String

    @OptionGroup var options: OrganisationOptions

    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Blocks of the organisation.", valueName: "cidr"),
        transform: RegistryText.prefix)
    var prefix: [Prefix] = []

    @Option(
        help: ArgumentHelp("Vouch for the blocks: who, and how you know.", valueName: "who"),
        transform: OrganisationText.witness)
    var vouch: String?

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if let twice = prefix.first(where: { block in prefix.count { $0 == block } > 1 }) {
            throw ValidationError("The block \(twice) is given twice.")
        }
        guard vouch == nil || !prefix.isEmpty else {
            throw ValidationError("--vouch is for the blocks of --prefix; there are none.")
        }
    }

    func run() throws {
        let store = try database.connectToChange()
        var settings = options.settings
        settings.values[.name] = name
        switch try store.addOrganisation(code, settings, prefixes: prefix, vouchedBy: vouch) {
        case .done:
            let blocks = prefix.isEmpty ? "no block yet" : prefix.map(\.description).joined(separator: ", ")
            print("Registered \(code) with \(blocks).")
            for block in prefix { try OrganisationPrefixAddCommand.tellNeighbours(of: block, code, in: store) }
            print("Next: darkscope org contact add \(code) mail ADDRESS")
            if vouch == nil {
                print("Nothing is told of its blocks until they are known to be its own: darkscope org verify")
            }
        case .exists:
            throw ProgramError(.failure, "there is an organisation \(code) already. See: darkscope org show \(code)")
        case let other:
            throw try Lookup.refusal(other, code, zone: settings[.zone], in: store)
        }
    }
}

/// `darkscope org set`.
struct OrganisationSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change settings of an organisation; what is not given stays.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Option(help: "Name for people.", transform: RegistryText.name)
    var name: String?

    @OptionGroup var options: OrganisationOptions
    @OptionGroup var database: DatabaseOptions

    private var settings: OrganisationSettings {
        var settings = options.settings
        if let name { settings.values[.name] = name }
        return settings
    }

    func validate() throws {
        guard !settings.isEmpty else { throw ValidationError("Say what to change, such as --tlp green.") }
    }

    func run() throws {
        let store = try database.connectToChange()
        let outcome = try store.setOrganisation(code, settings)
        guard outcome == .done else { throw try Lookup.refusal(outcome, code, zone: settings[.zone], in: store) }
        print("Changed \(code). See: darkscope org show \(code)")
    }
}

/// `darkscope org end`.
struct OrganisationEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Serve an organisation no more; what is known of it stays.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        let outcome = try store.endOrganisation(code)
        guard outcome == .done else { throw try Lookup.refusal(outcome, code, in: store) }
        print("\(code) is served no more from now on. To serve it again: darkscope org resume \(code)")
    }
}

/// `darkscope org resume`.
struct OrganisationResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Serve an organisation again that was ended.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        switch try store.resumeOrganisation(code) {
        case .done: print("\(code) is served again from now on.")
        case .exists: throw ProgramError(.failure, "\(code) is served already. See: darkscope org show \(code)")
        case let other: throw try Lookup.refusal(other, code, in: store)
        }
    }
}
