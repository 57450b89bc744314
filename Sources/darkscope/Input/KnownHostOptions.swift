import ArgumentParser
import TrafficModel

/// Hosts of known addresses in generated traffic. Each option may be repeated.
struct KnownHostOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A bot that scans random addresses, as Mirai (telnet, the default), for SMB or for SSH.",
            valueName: "address[:mirai|smb|ssh]"), transform: KnownHostOptions.reader(KnownHost.init(infected:)))
    var infected: [KnownHost] = []

    @Option(
        help: ArgumentHelp(
            "The victim of a flood with forged sources in the last tenth of the time. (default port: 443)",
            valueName: "address[:port]"), transform: KnownHostOptions.reader(KnownHost.init(attacked:)))
    var attacked: [KnownHost] = []

    @Option(
        help: ArgumentHelp("A host that asks one dark address of each site for DNS or NTP.", valueName: "address"),
        transform: KnownHostOptions.reader(KnownHost.init(misconfigured:)))
    var misconfigured: [KnownHost] = []

    @Option(
        help: ArgumentHelp(
            "A block, /8 to /32, whose addresses are forged as sources of a flood, one or two packets each.",
            valueName: "prefix"), transform: KnownHostOptions.reader(KnownHost.init(spoofed:)))
    var spoofed: [KnownHost] = []

    @Option(
        help: ArgumentHelp("A research scanner: ZMap on every port.", valueName: "address"),
        transform: KnownHostOptions.reader(KnownHost.init(scanner:)))
    var scanner: [KnownHost] = []

    @Option(name: .customLong("known-rate"), help: "How many times as fast as real ones these hosts are.")
    var rate: Double = 1

    var hosts: [KnownHost] { infected + attacked + misconfigured + spoofed + scanner }

    func validate() throws {
        guard rate >= 0.001 && rate <= 1_000_000 else { throw ValidationError("--known-rate is 0.001 to 1000000.") }
        guard hosts.count <= 1_000 else { throw ValidationError("at most 1000 known hosts.") }
    }

    private typealias Reader = @Sendable (String) throws -> KnownHost

    private static func reader(_ make: @escaping @Sendable (String) -> KnownHost?) -> Reader {
        { text in
            guard let host = make(text) else {
                throw ValidationError("expected an IPv4 address or block as --help says, not \(text.safe).")
            }
            return host
        }
    }
}
