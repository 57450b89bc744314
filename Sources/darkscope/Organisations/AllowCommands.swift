import ArgumentParser
import FlowModel
import Runtime
import Store

/// `darkscope org allow`: an organisation's own scanners.
struct AllowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow", abstract: "Say from where an organisation scans by itself: labelled, not reported to it.",
        subcommands: [AllowAddCommand.self, AllowEndCommand.self])
}

/// `darkscope org allow add`.
struct AllowAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Report no scans of an address or block to the organisation.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The address or block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @Option(help: "Why, for people.", transform: OrganisationText.allowedNote)
    var note: String = ""

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        switch try store.allow(code, prefix, note: note) {
        case .done: print("Scans of \(prefix) are not reported to \(code) any more.")
        case .exists:
            throw ProgramError(.failure, "\(prefix) is allowed for \(code) already. See: darkscope org show \(code)")
        case let other: throw try Lookup.refusal(other, code, in: store)
        }
    }
}

/// `darkscope org allow end`.
struct AllowEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Report scans of an address or block again.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The address or block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        switch try store.endAllowed(code, prefix) {
        case .done: print("Scans of \(prefix) are reported to \(code) again.")
        case .unknownBlock:
            let allowed = try store.allowedBlocks(of: code).map(\.prefix.description)
            throw ProgramError(
                .failure,
                "\(prefix) is not allowed for \(code). "
                    + Lookup.instead(allowed, orElse: "Nothing is; see: darkscope org show \(code)"))
        case let other: throw try Lookup.refusal(other, code, in: store)
        }
    }
}
