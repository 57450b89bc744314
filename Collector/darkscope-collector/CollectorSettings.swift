import FlowModel
import Glibc
import Ingest
import Logging
import Messaging
import Runtime
import Store

/// The effective configuration of a collector.
struct CollectorSettings {
    static let defaultPath = "/etc/darkscope/collector.toml"

    let endpoints: [String]
    let secretKeyFile: String
    let conninfo: String
    let decoders: Int
    let writers: Int
    let admission: Admission
    /// How long flows are kept.
    let flowSeconds: Int64
    let fiveMinuteSeconds: Int64
    /// When rollups are made.
    let rollups: RollupPatience
    /// When hours are looked through for surges.
    let surges: TrendPatience
    /// How notices leave.
    let delivery: DeliverySettings
    /// What can be asked, and where.
    let console: ConsoleSettings
    let logLevel: Logger.Level
    let rendered: String

    private enum Level: String, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// - Parameters:
    ///   - path: nil takes the default path when there is such a file, and no file otherwise.
    ///   - listen: endpoints from the command line; empty leaves those of the configuration.
    init(path: String?, listen: [String] = []) throws(ProgramError) {
        var reader: ConfigurationReader
        if let path {
            reader = try ConfigurationReader(path: path)
        } else if access(CollectorSettings.defaultPath, F_OK) == 0 {
            reader = try ConfigurationReader(path: CollectorSettings.defaultPath)
        } else {
            reader = ConfigurationReader()
        }
        if !listen.isEmpty { reader.override("collector.listen", listen.joined(separator: ",")) }
        endpoints = try reader.strings(
            "collector.listen", default: ["tcp://[::]:4747"],
            note: "Where sensors connect to: numeric addresses and ports; [::] is IPv4 too, port * any that is free")
        for endpoint in endpoints where !CollectorSettings.isEndpoint(endpoint) {
            throw reader.error("collector.listen", "\(endpoint) is no endpoint, such as tcp://0.0.0.0:4747")
        }
        guard !endpoints.isEmpty else {
            throw reader.error("collector.listen", "the list is empty, expected one such as tcp://0.0.0.0:4747")
        }
        secretKeyFile = try reader.string(
            "collector.secret_key_file", default: "/etc/darkscope/collector.key",
            note: "The collector's secret key, mode 0600; sensors are given its public key")
        decoders = try reader.integer(
            "collector.decoders", default: 2, in: 1...64, note: "Threads that decode batches")
        conninfo = try reader.string(
            "database.connection", default: "dbname=darkscope",
            note: "libpq connection string or URI; keep a password out of it, in libpq's password file")
        writers = try reader.integer(
            "database.writers", default: 2, in: 1...64, note: "Connections that store; one more watches the registry")
        admission = Admission(
            retentionSeconds: try reader.duration(
                "admission.retention", default: "90d", in: 3_600...36_500 * 86_400,
                note: "Windows of live captures that ended longer ago are refused"),
            futureSeconds: try reader.duration(
                "admission.future", default: "5m", in: 0...86_400,
                note: "Windows that begin so much later than now are refused"))
        flowSeconds = try reader.duration(
            "retention.flows", default: "90d", in: 86_400...36_500 * 86_400,
            note: "Flow records of days that ended, and arrived, longer ago are removed; accounts and gaps stay")
        fiveMinuteSeconds = try reader.duration(
            "retention.five_minutes", default: "400d", in: 86_400...36_500 * 86_400,
            note: "Sums of five minutes go like that, but not before their flows; those of hours and days stay")
        rollups = RollupPatience(
            quietSeconds: try reader.duration(
                "rollups.quiet", default: "90s", in: 1...3_600,
                note: "The sums of an hour or a day are made when nothing of it came for so long"),
            maximumSeconds: try reader.duration(
                "rollups.refresh", default: "5m", in: 1...86_400,
                note: "While it grows they are made that often, within a tenth of a processor"),
            sourceSeconds: try reader.duration(
                "rollups.sources", default: "10m", in: 1...86_400,
                note:
                    "The sources of a day are summed when nothing came for so long after its end")
        )
        surges = TrendPatience(
            quietSeconds: try reader.duration(
                "surges.quiet", default: "10m", in: 1...86_400,
                note: "An hour is looked through for surges when it ended so long ago and its sums are made"),
            maximumSeconds: try reader.duration(
                "surges.patience", default: "2h", in: 1...7 * 86_400,
                note: "Or when it ended so long ago; what comes later makes it go back")
        )
        delivery = try DeliverySettings(&reader)
        console = try ConsoleSettings(&reader)
        let level: Level = try reader.choice("log.level", default: .info, note: "Least severity that is logged")
        logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        try reader.finish()
        rendered = reader.rendered
    }

    /// `tcp://`, a numeric address or `*`, a port or `*`: a name would be resolved once, at start, and to one address.
    private static func isEndpoint(_ text: String) -> Bool {
        guard text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":") else { return false }
        let host = text[..<colon].dropFirst(6)
        let port = text[text.index(after: colon)...]
        guard port == "*" || UInt16(port) != nil else { return false }
        if host == "*" { return true }
        if host.hasPrefix("["), host.hasSuffix("]") { return Address(host.dropFirst().dropLast())?.family == .ipv6 }
        return Address(host)?.family == .ipv4
    }

    /// What the ingest is made with; reads the key file.
    func ingest() throws(MessagingError) -> IngestSettings {
        let pair = try KeyFile.readPair(secretPath: secretKeyFile)
        return IngestSettings(
            endpoints: endpoints, secretKey: pair.secretKey, conninfo: conninfo, decoders: decoders, writers: writers,
            admission: admission)
    }
}
