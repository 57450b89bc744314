import Aggregation
import Capture
import FlowModel
import Glibc
import Logging
import Messaging
import Runtime
import Spool
import Uplink

/// The effective configuration of a sensor.
struct SensorSettings {
    static let defaultPath = "/etc/darkscope/sensor.toml"

    let stateDirectory: String
    let privilege: LeastPrivilege
    let windowSeconds: UInt32
    let prefixes: [Prefix]
    let policy: DestinationPolicy
    let memory: MemoryPlan
    /// Nil when files are read.
    let live: LiveSettings?
    /// Nil when nothing is delivered.
    let uplink: Uplink.Settings?
    let spool: SpoolLimits
    let logLevel: Logger.Level
    let digest: UInt64
    let rendered: String

    private enum Policy: String, CaseIterable {
        case full, permuted, none
    }

    private enum Level: String, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// Reads and checks everything, the key files too.
    /// - Parameters:
    ///   - path: nil takes the default path when there is such a file, and no file otherwise.
    ///   - interface, user: from the command line.
    init(
        path: String?, interface: String?, user: String?, isReading: Bool, needsCollector: Bool
    ) throws(ProgramError) {
        var reader: ConfigurationReader
        if let path {
            reader = try ConfigurationReader(path: path)
        } else if access(SensorSettings.defaultPath, F_OK) == 0 {
            reader = try ConfigurationReader(path: SensorSettings.defaultPath)
        } else {
            reader = ConfigurationReader()
        }
        if let interface { reader.override("capture.interface", interface) }
        if let user { reader.override("sensor.user", user) }

        stateDirectory = try reader.string(
            "sensor.state_directory", default: "/var/lib/darkscope-sensor",
            note: "Directory of the spool and of the site's secret; the sensor's user owns it")
        let user = try reader.optionalString(
            "sensor.user",
            note: "Who to run as when root starts it, once the interface is open; darkscope when there is such a user",
            example: LeastPrivilege.defaultUser)
        privilege = LeastPrivilege(user: user, stateDirectory: stateDirectory)
        let keyFile = try reader.string(
            "sensor.secret_key_file", default: "/etc/darkscope/sensor.key",
            note: "The sensor's secret key, mode 0600; its public key is registered at the collector")
        let seconds = try reader.duration(
            "sensor.window", default: "60s", in: 10...3_600, note: "Length of a window; divides a day")
        guard let window = UInt32(exactly: seconds), Window.isValid(length: window) else {
            throw reader.error("sensor.window", "\(seconds) s does not divide a day; take 10s, 30s, 60s or 5m")
        }
        windowSeconds = window

        let name = try reader.string(
            "capture.interface", default: "", note: "Network interface to capture; not needed when files are read")
        var prefixes: [Prefix] = []
        for text in try reader.strings(
            "capture.prefixes", default: [], note: "Dark prefixes; without any every destination counts as dark")
        {
            guard let prefix = Prefix(text) else {
                throw reader.error("capture.prefixes", "\(text) is no prefix, such as 198.18.0.0/20 without host bits")
            }
            prefixes.append(prefix)
        }
        self.prefixes = prefixes
        var live = LiveSettings(interface: name)
        live.snapLength = Int32(
            try reader.integer(
                "capture.snapshot_length", default: 192, in: 96...65_535, note: "Bytes kept of a packet"))
        live.ringBytes = Int32(
            try reader.byteCount(
                "capture.ring", default: "8MiB", in: 1 << 20...1 << 30, note: "The kernel's ring of packets"))
        live.isPromiscuous = try reader.bool(
            "capture.promiscuous", default: true, note: "Whether to capture frames to other hardware addresses too")
        live.filterPrefixes = prefixes
        memory = MemoryPlan(
            bytes: Int(
                try reader.byteCount(
                    "capture.memory", default: "256MiB", in: MemoryPlan.minimumBytes...1 << 34,
                    note: "Memory for flows at most, touched as they come; beyond it packets go to overflow records")))
        let policy: Policy = try reader.choice(
            "capture.destinations", default: .permuted,
            note: "What leaves the site of a dark address: the address, a keyed permutation of its offset, or nothing")
        self.policy = policy == .full ? .full : policy == .permuted ? .permuted : .none

        uplink = try SensorSettings.uplink(&reader, keyFile: keyFile, isNeeded: needsCollector)
        spool = SpoolLimits(
            maximumBytes: UInt64(
                try reader.byteCount(
                    "spool.maximum_size", default: "2GiB", in: 1 << 20...1 << 42,
                    note: "Bytes of undelivered batches at most; beyond it the oldest are dropped and a gap is recorded"
                )),
            maximumAgeSeconds: try reader.duration(
                "spool.maximum_age", default: "14d", in: 3_600...3_650 * 86_400, note: "The same by age"),
            minimumFreeBytes: UInt64(
                try reader.byteCount(
                    "spool.minimum_free", default: "512MiB", in: 0...1 << 42,
                    note: "Bytes left free on the disk; never more than 5 % of it")))
        let level: Level = try reader.choice("log.level", default: .info, note: "Least severity that is logged")
        logLevel = Logger.Level(rawValue: level.rawValue) ?? .info
        try reader.finish()

        if !isReading, name.isEmpty {
            throw ProgramError(
                .configuration, "no interface to capture. Set capture.interface, or give --interface IF or --read FILE")
        }
        self.live = isReading ? nil : live
        digest = reader.digest
        rendered = reader.rendered
    }

    private static func uplink(
        _ reader: inout ConfigurationReader, keyFile: String, isNeeded: Bool
    ) throws(ProgramError) -> Uplink.Settings? {
        let texts = try reader.strings(
            "uplink.collectors", default: isNeeded ? nil : [], note: "Collectors as host:port, tried in turn",
            example: ["collector.example:4747"])
        let keyText = try reader.optionalString(
            "uplink.server_key", note: "The collector's public key", example: String(repeating: "0", count: 64))
        let serverKeyFile = try reader.optionalString(
            "uplink.server_key_file", note: "A file that holds it, instead", example: "/etc/darkscope/collector.key.pub"
        )
        let first = try reader.duration(
            "uplink.reconnect", default: "5s", in: 1...3_600,
            note: "Bound of the random wait before the first try of a new connection; it doubles with each failure")
        let maximum = try reader.duration(
            "uplink.reconnect_maximum", default: "60s", in: 1...86_400, note: "Bound of that wait after many failures")
        guard isNeeded else { return nil }
        var collectors: [CollectorAddress] = []
        for text in texts {
            guard let address = CollectorAddress(text) else {
                throw reader.error("uplink.collectors", "\(text) is no address, such as collector.example:4747")
            }
            collectors.append(address)
        }
        guard !collectors.isEmpty else {
            throw reader.error("uplink.collectors", "the list is empty, expected one such as collector.example:4747")
        }
        do {
            let serverKey: CurveKey
            if let serverKeyFile {
                serverKey = try KeyFile.readPublicKey(path: serverKeyFile)
            } else if let keyText, let key = CurveKey(keyText) {
                serverKey = key
            } else {
                throw reader.error(
                    "uplink.server_key",
                    keyText == nil
                        ? "it is missing: set it, or uplink.server_key_file, to the collector's public key"
                        : "it is no public key: 64 hexadecimal digits were expected")
            }
            return Uplink.Settings(
                collectors: collectors, serverKey: serverKey, identity: try KeyFile.readPair(secretPath: keyFile),
                backoff: Backoff(firstMilliseconds: first * 1_000, maximumMilliseconds: maximum * 1_000),
                sensorVersion: Version.text)
        } catch {
            throw (error as? ProgramError) ?? ProgramError(.configuration, "\(error)")
        }
    }
}
