import ArgumentParser
import Runtime
import SystemCalls
import TrafficModel

/// `darkscope generate`: invented background radiation as pcap files, with the totals a correct sensor must find.
struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write invented background radiation as pcap, and what a correct sensor counts in it as JSON.",
        discussion: """
            The same seed and number of sources is the same Internet: given to several sites it reaches all of them \
            with the same sources. The same arguments give the same bytes, unless --start is relative to now. FILE.json \
            holds the expected totals.

            Known hosts come on top of the background, which they do not change. What they send depends on how many dark \
            addresses the site has, as of a host that sends to all of IPv4: a bot 160 SYNs a second, a victim 20,000 answers, \
            a research scanner 10,000 SYNs.
            """)

    @Option(help: "Frames per site.")
    var packets: UInt64 = 1_000_000

    @Option(help: "Which Internet.")
    var seed: UInt64 = 1

    @Option(help: "A site and its dark IPv4 block, /8 to /32, as CODE=PREFIX. May be repeated.")
    var site: [String] = ["demo=198.18.0.0/20"]

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "When the traffic begins: Unix seconds, a time such as 2026-01-01T00:00:00Z, or a span before now such as "
                + "-24h. (default: 2026-01-01T00:00:00Z)", valueName: "time"), transform: Moment.init)
    var start = Moment.unix(1_767_225_600)

    @Option(
        help: ArgumentHelp("How long it lasts: seconds, or with a unit such as 90m. (default: 24h)", valueName: "span"),
        transform: GenerateCommand.span)
    var span: Int64 = 86_400

    @Option(help: "How many sources the Internet has, about; at least 1,000.")
    var sources: Int = 100_000

    @OptionGroup var known: KnownHostOptions

    @Option(name: .shortAndLong, help: "File to write; with several sites it must contain {site}.")
    var output: String

    func validate() throws {
        guard (1...31_622_400).contains(span) else {
            throw ValidationError("--span is 1 second to 366d.")
        }
        guard (0...4_102_444_800).contains(startSeconds) else {
            throw ValidationError("--start is a time of the years 1970 to 2099.")
        }
        guard (1_000...10_000_000).contains(sources) else { throw ValidationError("--sources is 1000 to 10000000.") }
        for text in site where DarkSite(text) == nil {
            throw ValidationError("--site \(text): expected CODE=PREFIX, such as th-1=198.18.16.0/20.")
        }
        guard site.count == 1 || output.contains("{site}") else {
            throw ValidationError("--output needs {site} in its name when there are several sites.")
        }
    }

    func run() throws {
        let plan = RadiationPlan(
            seed: seed, packets: packets, startMicroseconds: startSeconds * 1_000_000,
            spanMicroseconds: span * 1_000_000, sources: sources, knownHosts: known.hosts, knownRate: known.rate)
        for darkSite in site.compactMap(DarkSite.init) {
            let path = output.replacing("{site}", with: darkSite.code)
            var generator = RadiationGenerator(plan: plan, site: darkSite)
            try write(&generator, to: path)
            let json = generator.totals.json(site: darkSite, seed: seed)
            try writeFileAtomically(path + ".json", Array(json.utf8), mode: 0o644)
            print(
                "\(path.safe): \(generator.totals.frames) frames for \(darkSite.prefix); expected totals in \(path.safe).json"
            )
        }
    }

    private func write(_ generator: inout RadiationGenerator, to path: String) throws(ProgramError) {
        do throws(PcapWriteError) {
            var writer = try PcapFileWriter(path: path)
            try writer.write(&generator)
        } catch {
            throw ProgramError(
                generator.totals.frames == 0 ? .cannotCreate : .io,
                "\(error). Give a path in a directory that you may write to, with room for about 75 bytes a packet")
        }
    }

    private var startSeconds: Int64 { start.unixSeconds(now: Clock.wallNanoseconds() / 1_000_000_000) }

    private static func span(_ text: String) throws(ValidationError) -> Int64 {
        guard let seconds = SpanText.seconds(text[...]) else {
            throw ValidationError("expected seconds, or a number with the unit s, m, h or d, such as 24h.")
        }
        return seconds
    }
}
