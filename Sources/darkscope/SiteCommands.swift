import ArgumentParser
import FlowModel
import Runtime
import Store

/// `darkscope site`: the organisations and networks that lend dark address space.
struct SiteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site", abstract: "Register sites and their dark address space.",
        subcommands: [
            SiteAddCommand.self, SiteListCommand.self, SiteShowCommand.self, SitePrefixCommand.self,
            SiteTrustCommand.self,
        ])
}

/// `darkscope site add`.
struct SiteAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Register a site.",
        discussion: """
            The blocks are taken to have been dark always. To add one that is dark from now on, use \
            darkscope site prefix add.
            """)

    @Argument(help: "Short name: lower-case letters, digits and hyphens.", transform: RegistryText.code)
    var code: String

    @Option(help: "Name for people.", transform: RegistryText.name)
    var name: String

    @Option(help: ArgumentHelp("ISO 3166-1 code.", valueName: "cc"), transform: RegistryText.country)
    var country: String?

    @Option(help: "Time zone in which people of the site read times. (default: UTC)", transform: RegistryText.zone)
    var zone: String = "UTC"

    @Option(
        help: ArgumentHelp(
            "What the site tells of its dark addresses: full, permuted or none. (default: permuted)",
            valueName: "policy"), transform: RegistryText.policy)
    var destinations: DestinationPolicy = .permuted

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Dark blocks of the site. Without any it has no rates.", valueName: "cidr"),
        transform: RegistryText.prefix)
    var prefix: [Prefix] = []

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        for (index, block) in prefix.enumerated() {
            if let other = prefix[..<index].first(where: { $0.overlaps(block) }) {
                throw ValidationError("The blocks \(other) and \(block) overlap; give the larger one alone.")
            }
        }
    }

    func run() throws {
        let store = try database.connectToChange()
        let outcome = try store.addSite(
            code: code, name: name, country: country, zone: zone, policy: destinations, prefixes: prefix)
        switch outcome {
        case .done:
            let blocks = prefix.isEmpty ? "no dark block yet" : prefix.map(\.description).joined(separator: ", ")
            print("Registered site \(code) with \(blocks).")
            print("Next: darkscope sensor add \(code) NAME --key-file FILE")
        case .exists:
            throw ProgramError(.failure, "there is a site \(code) already. See: darkscope site show \(code)")
        case .unknownZone:
            throw ProgramError(.data, "there is no time zone \(zone). Give an IANA name, such as Asia/Bangkok")
        default:
            throw ProgramError.unexpected(outcome)
        }
    }
}

/// `darkscope site list`.
struct SiteListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the sites.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let sites = try database.connect().sites()
        var table = TextTable([
            "SITE": .left, "COUNTRY": .left, "ZONE": .left, "DESTINATIONS": .left, "TRUST": .left, "SENSORS": .right,
            "BLOCKS": .right,
            "IPV4": .right, "NAME": .left,
        ])
        for site in sites {
            table.add([
                site.code, site.country, site.zone, site.policy.name, site.trust.rawValue, "\(site.sensors.count)",
                "\(site.darkBlocks.count)", "\(site.ipv4Addresses)", site.name,
            ])
        }
        output.answer(
            .members(["sites": .array(sites.map(\.json))]), table,
            none: "No sites yet. Register one: \(Lookup.siteExample)")
    }
}

/// `darkscope site show`.
struct SiteShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a site, its blocks with their times, and its sensors.")

    @Argument(help: "The site.", transform: RegistryText.code)
    var code: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let site = try Lookup.site(code, in: try database.connect())
        if output.json {
            print(site.json.document)
            return
        }
        for (title, value) in [
            ("Site", site.code), ("Name", site.name), ("Country", site.country ?? "-"), ("Zone", site.zone),
            ("Destinations", site.policy.name), ("Trust", site.trust.rawValue),
            ("Sensors", site.sensors.joined(separator: " ")),
            ("IPv4 addresses", "\(site.ipv4Addresses)"),
        ] {
            print(title + String(repeating: " ", count: 16 - title.count) + (value.isEmpty ? "-" : value.safe))
        }
        var table = TextTable(["BLOCK": .left, "DARK FROM": .left, "DARK TO": .left])
        for block in site.blocks {
            table.add([block.prefix.description, block.from ?? "always", block.to ?? "now"])
        }
        guard !table.isEmpty else { return }
        for line in [""] + table.lines { print(line) }
    }
}

/// `darkscope site trust`.
struct SiteTrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Say how far an alert may rest on what a site saw.",
        discussion: """
            low: never on it alone; normal; high: a site of one's own. Nothing that one site alone saw is told with \
            high confidence, whatever its trust. Alerts that are judged from now on go by it.
            """)

    @Argument(help: "The site.", transform: RegistryText.code)
    var code: String

    @Argument(help: "low, normal or high.", transform: RegistryText.trust)
    var trust: SiteTrust

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        guard try store.setTrust(trust, site: code) == .done else { throw try Lookup.unknownSite(code, in: store) }
        print("The trust in \(code) is \(trust.rawValue).")
    }
}

extension Site {
    /// The blocks that are dark now.
    var darkBlocks: [Block] { blocks.filter { $0.to == nil } }

    /// IPv4 addresses that are dark now.
    var ipv4Addresses: UInt64 {
        darkBlocks.filter { $0.prefix.family == .ipv4 }.reduce(0) { $0 + UInt64($1.prefix.hostMask) + 1 }
    }

    var json: JSON {
        .members([
            "site": .string(code), "name": .string(name), "country": .text(country), "zone": .string(zone),
            "destinations": .string(policy.name), "trust": .string(trust.rawValue),
            "prefixes": .array(
                blocks.map {
                    .members([
                        "prefix": .string($0.prefix.description), "dark_from": .text($0.from), "dark_to": .text($0.to),
                    ])
                }),
            "ipv4_addresses": .integer(Int64(clamping: ipv4Addresses)),
            "sensors": .array(sensors.map { .string($0) }),
        ])
    }
}
