import ArgumentParser
import FlowModel
import Runtime
import Store
import SystemCalls

/// `darkscope org prefix`: an organisation's address space changes, and what it was stays known.
struct OrganisationPrefixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefix", abstract: "Change the address space of an organisation.",
        subcommands: [OrganisationPrefixAddCommand.self, OrganisationPrefixEndCommand.self])
}

/// `darkscope org prefix add`.
struct OrganisationPrefixAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Say that a block is an organisation's, from now on unless told otherwise.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @Option(help: "Since when it is, as 2026-01-31. (default: now)", transform: Moment.init)
    var from: Moment?

    @Option(help: "Until when it is, as 2026-12-31. (default: no end)", transform: Moment.init)
    var until: Moment?

    @Option(
        help: ArgumentHelp("Vouch for the block: who, and how you know.", valueName: "who"),
        transform: OrganisationText.witness)
    var vouch: String?

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let now = Clock.wallNanoseconds() / 1_000_000_000
        let (start, end) = (from?.unixSeconds(now: now), until?.unixSeconds(now: now))
        guard (start ?? now) < end ?? .max else {
            throw ProgramError(.data, "the block would end before it begins. Give --until after --from")
        }
        let store = try database.connectToChange()
        let outcome = try store.addOrganisationBlock(code, prefix, from: start, until: end, vouchedBy: vouch)
        switch outcome {
        case .done:
            print("\(prefix) is a block of \(code).")
            try Self.tellNeighbours(of: prefix, code, in: store)
            if vouch == nil {
                print("Nothing is told of it until it is proven: darkscope org verify \(code) \(prefix)")
            }
        case .overlaps:
            throw ProgramError(
                .failure, "\(code) has \(prefix) at that time already. See: darkscope org show \(code)")
        default:
            throw try Lookup.refusal(outcome, code, in: store)
        }
    }

    /// Tells who else is told of a block's addresses.
    static func tellNeighbours(of prefix: Prefix, _ code: String, in store: StoreConnection) throws {
        for other in try store.organisationBlocks(holding: prefix) where other.organisation != code {
            let relation = other.prefix == prefix ? "is also a block" : "lies in \(other.prefix)"
            print("\(prefix) \(relation) of \(other.organisation), which is told of its addresses too.")
        }
    }
}

/// `darkscope org prefix end`.
struct OrganisationPrefixEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Say that a block is an organisation's no more, from now on.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        switch try store.endOrganisationBlock(code, prefix) {
        case .done: print("\(prefix) is no block of \(code) from now on.")
        case .unknownBlock: throw try Lookup.unknownBlock(prefix.description, of: code, in: store)
        case let other: throw try Lookup.refusal(other, code, in: store)
        }
    }
}
