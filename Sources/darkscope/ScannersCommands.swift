import ArgumentParser
import Enrichment
import FlowModel
import Runtime
import Store
import WireFormat

/// `darkscope scanners`: lists of research scanners.
struct ScannersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scanners", abstract: "Import lists of research scanners, by which traffic is labelled.",
        subcommands: [ScannersImportCommand.self, ScannersListCommand.self, ScannersEndCommand.self])
}

/// `darkscope scanners import`.
struct ScannersImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import a list in the place of the one of its name.",
        discussion: """
            The file has the JSON rows of NICT's survey-scanner list, is a warning list of MISP, or has an address or block \
            at the beginning of each line. Several lists of different names are used together. Nothing is ever deleted: \
            traffic can be told with, without and of scanners only. The rollups of the last 7 days are made again.
            """)

    @Argument(help: "The file.")
    var file: String

    @Option(help: "What to call the list.", transform: RegistryText.name)
    var name: String

    @Option(help: ArgumentHelp("The day of which the list is.", valueName: "day"), transform: RegistryText.date)
    var date: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let file = try ImportFile(file)
        let list = try file.parsed { () throws(EnrichmentError) in try ScannerFile(file.bytes) }
        let store = try database.connect()
        let version = try store.importScanners(
            EnrichmentImport(name: name, date: date, digest: contentDigest(file.bytes)),
            list.entries.map {
                ScannerRow(block: $0.block, organisation: $0.organisation, lastSeen: $0.lastSeen)
            })
        print(
            "Imported version \(version) of \(name.safe): \(Set(list.entries.map(\.block)).count) addresses and blocks."
        )
        print("It is used from now on; the rollups of the last 7 days are made again.")
    }
}

/// `darkscope scanners list`.
struct ScannersListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the lists: of each name the one in use and the two newest others.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let versions = try database.connect().versions(kind: "scanners")
        output.answer(
            .members(["lists": .array(versions.map(\.json))]), EnrichmentVersion.table(versions),
            none: "No lists yet: scanners are known by their behaviour only. See: darkscope scanners import --help")
    }
}

/// `darkscope scanners end`.
struct ScannersEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Use a list no more; the rollups of the last 7 days are made again.")

    @Argument(help: "Name of the list.")
    var name: String

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        guard try store.endScanners(name: name) else {
            let used = try store.versions(kind: "scanners").filter(\.isActive).map(\.name.safe)
            throw ProgramError(
                .failure,
                "no list of that name is in use. "
                    + Lookup.instead(used, orElse: "Import one: darkscope scanners import --help"))
        }
        print("\(name.safe) is not used any more; the rollups of the last 7 days are made again.")
    }
}
