import ArgumentParser
import Enrichment
import FlowModel
import Runtime
import Store
import WireFormat

/// `darkscope origins`: tables of countries and autonomous systems.
struct OriginsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "origins", abstract: "Import tables that say in which country and network addresses are.",
        subcommands: [OriginsImportCommand.self, OriginsListCommand.self, OriginsUseCommand.self])
}

/// `darkscope origins import`.
struct OriginsImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import files as a new version, and use it.",
        discussion: """
            Of several files the later stand on the earlier in what they say, so that a file of countries, one of networks \
            and your own corrections make one version. The rollups of the last 7 days are made again with it.
            """)

    @Argument(help: "Files, the weakest first. Each may have a form of its own.")
    var files: [String]

    @Option(help: "What to call the version.", transform: RegistryText.name)
    var name: String

    @Option(help: ArgumentHelp("The day of which the data is.", valueName: "day"), transform: RegistryText.date)
    var date: String

    @Option(
        help: ArgumentHelp(
            "The form of all files: geoip, iptoasn, pfx2as, csv or mmdb. (default: what each looks like)",
            valueName: "form"), transform: OriginsImportCommand.format)
    var format: OriginFormat?

    @Flag(help: "Only import it; darkscope origins use will use it.")
    var keep = false

    @OptionGroup var database: DatabaseOptions

    static func format(_ text: String) throws(ValidationError) -> OriginFormat {
        guard let format = OriginFormat(rawValue: text) else {
            throw ValidationError("expected geoip, iptoasn, pfx2as, csv or mmdb.")
        }
        return format
    }

    func run() throws {
        var layers = OriginLayers()
        var digest: UInt64 = 0
        for path in files {
            let file = try ImportFile(path)
            digest = digest &* 31 &+ contentDigest(file.bytes)
            try file.parsed { () throws(EnrichmentError) in
                let format = if let format { format } else { try OriginFormat(of: file.bytes) }
                try layers.add(
                    format == .mmdb ? MaxMindFile.read(path: path) : OriginFile(file.bytes, format: format))
            }
        }
        guard !layers.ranges.isEmpty else {
            throw ProgramError(.data, "the files know no country and no network. Nothing was imported")
        }
        let rows = layers.ranges.lazy.map {
            OriginRow(
                low: Address(bits: $0.low, family: $0.family), high: Address(bits: $0.high, family: $0.family),
                country: $0.country?.description, asn: $0.asn)
        }
        let store = try database.connect()
        let version = try store.importOrigins(
            EnrichmentImport(name: name, date: date, digest: digest), rows, count: layers.ranges.count,
            names: layers.names, activate: !keep)
        print("Imported version \(version): \(layers.ranges.count) ranges, \(layers.names.count) names of networks.")
        print(
            keep
                ? "To use it: darkscope origins use \(version)"
                : "It is used from now on; the rollups of the last 7 days are made again.")
    }
}

/// `darkscope origins list`.
struct OriginsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the versions that are there: the one in use and the two newest others.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let versions = try database.connect().versions(kind: "origin")
        output.answer(
            .members(["versions": .array(versions.map(\.json))]), EnrichmentVersion.table(versions),
            none: "No origins yet: countries and networks are unknown. See: darkscope origins import --help")
    }
}

/// `darkscope origins use`.
struct OriginsUseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Use a version that was imported; the rollups of the last 7 days are made again.")

    @Argument(help: "Number of the version.")
    var version: Int32

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        guard try store.useVersion(version, kind: "origin") else {
            let there = try store.versions(kind: "origin").map { "\($0.id)" }
            throw ProgramError(
                .failure,
                "there is no version \(version). "
                    + Lookup.instead(there, orElse: "Import one: darkscope origins import --help"))
        }
        print("Version \(version) is used from now on; the rollups of the last 7 days are made again.")
    }
}

extension EnrichmentVersion {
    static func table(_ versions: [EnrichmentVersion]) -> TextTable {
        var table = TextTable([
            "VERSION": .right, "DATE": .left, "LOADED": .left, "ROWS": .right, "IN USE": .left, "NAME": .left,
        ])
        for version in versions {
            table.add([
                "\(version.id)", version.date, version.loadedAt, "\(version.rows)", version.isActive ? "yes" : "no",
                version.name,
            ])
        }
        return table
    }

    /// The members have the names of the columns of api.origin_version.
    var json: JSON {
        .members([
            "version": .integer(Int64(id)), "name": .string(name), "data_date": .string(date),
            "loaded_at": .string(loadedAt), "rows": .integer(rows), "active": .boolean(isActive),
        ])
    }
}
