import ArgumentParser
import FlowModel
import Runtime
import Store

/// `darkscope site prefix`: what is dark at a site changes, and what it was stays known.
struct SitePrefixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prefix", abstract: "Change the dark address space of a site.",
        subcommands: [SitePrefixAddCommand.self, SitePrefixEndCommand.self])
}

/// `darkscope site prefix add`.
struct SitePrefixAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Say that a block of a site is dark from now on.")

    @Argument(help: "The site.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let outcome = try store.addBlock(site: code, prefix: prefix)
        switch outcome {
        case .done:
            print("\(prefix) is dark at \(code) from now on. Add it to the prefixes in the sensor's configuration too.")
        case .unknownSite:
            throw try Lookup.unknownSite(code, in: store)
        case .overlaps:
            let blocks = try Lookup.site(code, in: store).darkBlocks.map(\.prefix)
            let other = blocks.first { $0.overlaps(prefix) }
            let remedy = other == prefix ? "" : ". End that first: darkscope site prefix end \(code) \(other ?? prefix)"
            throw ProgramError(
                .failure, "\(prefix) overlaps \(other.map { "\($0)" } ?? "a block"), which is dark at \(code)\(remedy)")
        default:
            throw ProgramError.unexpected(outcome)
        }
    }
}

/// `darkscope site prefix end`.
struct SitePrefixEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Say that a block of a site is not dark any more, from now on.")

    @Argument(help: "The site.", transform: RegistryText.code)
    var code: String

    @Argument(help: ArgumentHelp("The block.", valueName: "cidr"), transform: RegistryText.prefix)
    var prefix: Prefix

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let outcome = try store.endBlock(site: code, prefix: prefix)
        switch outcome {
        case .done:
            print("\(prefix) is not dark at \(code) from now on. Take it out of the sensor's configuration too.")
        case .unknownSite:
            throw try Lookup.unknownSite(code, in: store)
        case .unknownBlock:
            let blocks = try Lookup.site(code, in: store).darkBlocks.map(\.prefix.description)
            throw ProgramError(
                .failure,
                "\(prefix) is no dark block of \(code) now. "
                    + Lookup.instead(blocks, orElse: "It has none; see: darkscope site show \(code)"))
        default:
            throw ProgramError.unexpected(outcome)
        }
    }
}
