import Analysis
import FlowModel
import Glibc
import Ingest
import Logging
import Messaging
import Store
import SystemCalls
import TrafficModel
import WireFormat

/// Batches of generated background radiation, and the parts of a collector that they go through into an empty database.
struct Benchmark {
    /// Records of one transaction, as a store worker groups them.
    private static let groupRecords = 50_000

    private let minutes: [GeneratedBatches]
    /// Unix seconds of the first minute.
    private let start: Int64
    let conninfo: String
    let connection: StoreConnection

    init(conninfo: String, packets: Int, minutes count: Int) throws {
        guard let site = DarkSite("bench=198.18.0.0/16") else { throw BenchmarkError("no site") }
        let start = Clock.wallNanoseconds() / 1_000_000_000 / 60 * 60 - Int64(count) * 60
        self.start = start
        minutes = try (0..<count).map { minute in
            try GeneratedBatches(
                site: site, packets: UInt64(packets), start: start + Int64(minute) * 60, seed: UInt64(minute) + 1)
        }
        self.conninfo = conninfo
        connection = try StoreConnection(conninfo: conninfo, applicationName: "ingest-benchmark")
        _ = try connection.migrate()
        _ = try connection.addSite(
            code: "bench", name: "Benchmark", country: nil, zone: "UTC", policy: .permuted,
            prefixes: [site.prefix])
    }

    private var encoded: [[UInt8]] { minutes.flatMap(\.encoded) }
    var records: Int { minutes.reduce(0) { $0 + $1.records } }

    /// Decoder and store, over one connection.
    func store() throws {
        let (before, client) = (ticks(), clientSeconds())
        let start = Clock.monotonicNanoseconds()
        try storeAll()
        report(records, since: start, backend: seconds(ticks() - before), client: clientSeconds() - client)
    }

    /// The rollups of what was stored, over one connection, hours first and then days; each is made once.
    func rollup() throws {
        try measure {
            while true {
                let tasks = try connection.dueRollups(RollupPatience(quietSeconds: 0, maximumSeconds: 0))
                if tasks.isEmpty { break }
                for task in tasks { try connection.makeRollup(task) }
            }
        }
    }

    /// Imports a table of origins of 600,000 ranges with gaps, 60,000 networks and 240 countries, and a list of 20,000
    /// scanners, and has the worker's connection read them, which it does once.
    func enrich() throws {
        let rows = (0..<UInt32(600_000)).map { number in
            // Any numbers without a pattern that the sources share.
            let mixed = number &* 0x9E37_79B1
            let letters = (mixed >> 16) % 240
            let country = [letters / 26, letters % 26].map { String(UnicodeScalar(UInt8(0x41 + $0))) }.joined()
            let low = number * 7_000 + mixed % 1_000
            return OriginRow(
                low: Address(ipv4: low), high: Address(ipv4: low + (mixed >> 8) % 6_000), country: country,
                asn: 1 + (mixed >> 4) % 60_000)
        }
        _ = try connection.importOrigins(
            EnrichmentImport(name: "bench", date: "2026-01-01", digest: 0), rows, count: rows.count, names: [:])
        let scanners = (0..<UInt32(20_000)).compactMap { number in
            Prefix(Address(ipv4: number &* 0x9E37_79B1), length: 32).map {
                ScannerRow(block: $0, organisation: nil, lastSeen: nil)
            }
        }
        _ = try connection.importScanners(EnrichmentImport(name: "bench", date: "2026-01-01", digest: 0), scanners)
        try connection.makeRollup(RollupTask(sensor: 1, span: 3_600, start: 0))
    }

    /// The events of what was stored, by site and over all sites, after the rollups that they follow, over one connection.
    func events() throws {
        let patience = RollupPatience(quietSeconds: 0, maximumSeconds: 0)
        try measure {
            while case let tasks = try connection.dueRollups(patience), !tasks.isEmpty {
                for task in tasks { try connection.makeRollup(task) }
            }
        } measuring: {
            for task in try connection.dueEvents(patience) { try connection.makeEvents(task) }
        }
    }

    /// The sources and signatures of the days of what was stored, over one connection.
    func sources() throws {
        try measure {
            for day in Set([start, start + Int64(minutes.count) * 60].map { $0 / 86_400 }) {
                try connection.makeRollup(
                    RollupTask(sensor: 1, span: 86_400, start: day * 86_400, kind: .sources))
            }
        }
    }

    private func measure(_ body: () throws -> Void) throws { try measure({}, measuring: body) }

    private func measure(_ preparation: () throws -> Void, measuring body: () throws -> Void) throws {
        try storeAll()
        try connection.allowLongStatements()
        try preparation()
        let (before, client) = (ticks(), clientSeconds())
        let start = Clock.monotonicNanoseconds()
        try body()
        report(records, since: start, backend: seconds(ticks() - before), client: clientSeconds() - client)
    }

    private func storeAll() throws {
        let key = [UInt8](repeating: 7, count: 32)
        try decodeAll(sensor: try register([key])[0], key: key, epoch: 1) { try store($0) }
    }

    func store(_ group: [PendingBatch], matching organisations: OrganisationTable = OrganisationTable()) throws {
        guard try connection.store(group, matching: organisations).allSatisfy({ $0 == .stored }) else {
            throw BenchmarkError("a batch was not stored")
        }
    }

    /// Decodes everything as one stream of a sensor, in groups that are to be stored.
    func decodeAll(sensor: Int32, key: [UInt8], epoch: UInt64, _ body: ([PendingBatch]) throws -> Void) throws {
        let decoder = BatchDecoder()
        var group: [PendingBatch] = []
        var waiting = 0
        func flush() throws {
            try body(group)
            group.removeAll()
            waiting = 0
        }
        for (index, bytes) in encoded.enumerated() {
            let content = try decoder.decode(bytes)
            if case .flows(let batch) = content { waiting += batch.records.count }
            group.append(
                PendingBatch(
                    sensor: sensor, publicKey: key, epoch: Epoch(high: 1, low: epoch), sequence: UInt64(index) + 1,
                    digest: contentDigest(bytes), content: content, encoded: bytes,
                    receivedUnixMicroseconds: Clock.wallNanoseconds() / 1_000, isImport: false))
            if waiting >= Benchmark.groupRecords { try flush() }
        }
        try flush()
    }

    func decodedBatches() throws -> [FlowBatch] {
        let decoder = BatchDecoder()
        return try encoded.compactMap { bytes in
            guard case .flows(let batch) = try decoder.decode(bytes) else { return nil }
            return batch
        }
    }

    /// Everything, over CURVE and TCP, from sensors that keep to their credit: from the first message to the last
    /// acknowledgement.
    /// - Parameter rollups: whether workers make rollups and events meanwhile, those of growing hours among them.
    func deliver(sensors count: Int, rollups: Bool = false) throws {
        let start = Clock.monotonicNanoseconds()
        var preparation: Int64 = 0
        try deliver(sensors: count, rollups: rollups) {
            preparation = Clock.monotonicNanoseconds() - start
        } end: {
            report(records * count, since: start + preparation, backend: 0)
        }
    }

    /// - Parameters:
    ///   - begin: called before the first message.
    ///   - end: called after the last acknowledgement, while the collector runs.
    func deliver(sensors count: Int, rollups: Bool, begin: () throws -> Void, end: () throws -> Void) throws {
        let log = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
        let server = try CurveKeyPair.generate()
        let pairs = try (0..<count).map { _ in try CurveKeyPair.generate() }
        _ = try register(pairs.map(\.publicKey.bytes))
        let service = try IngestService(
            IngestSettings(
                endpoints: ["tcp://127.0.0.1:*"], secretKey: server.secretKey, conninfo: conninfo, decoders: 2,
                writers: 2, admission: Admission(retentionSeconds: 86_400, futureSeconds: 300)),
            enrolled: try connection.enrolledKeys(), logger: log)
        var senders = try pairs.map { pair in try Sender(pair, server.publicKey, service.endpoints[0], encoded) }
        let patience = RollupPatience(quietSeconds: 1, maximumSeconds: 0)
        let worker =
            try rollups ? RollupService(conninfo: conninfo, logger: log, patience: patience, interval: 100) : nil
        let events =
            try rollups ? EventService(conninfo: conninfo, logger: log, patience: patience, interval: 100) : nil
        try begin()
        while let waiting = senders.first(where: { !$0.isDone }) {
            waiting.socket.wait(milliseconds: 2)
            for index in senders.indices { try senders[index].turn() }
        }
        try end()
        worker?.stop()
        events?.stop()
        service.stop()
    }

    /// Sends everything to a collector that runs already, at a pace: for measurements of something else meanwhile.
    /// - Parameter rate: records a second of all sensors together.
    func load(sensors count: Int, rate: Int, endpoint: String, server: CurveKey) throws {
        let pairs = try (0..<count).map { _ in try CurveKeyPair.generate() }
        _ = try register(pairs.map(\.publicKey.bytes))
        let encoded = encoded
        var senders = try pairs.map { pair in try Sender(pair, server, endpoint, encoded) }
        let batchesASecond = Double(rate) / Double(records) * Double(encoded.count) / Double(count)
        let start = Clock.monotonicNanoseconds()
        while senders.contains(where: { !$0.isDone }) {
            let due = Double(Clock.monotonicNanoseconds() - start) / 1e9 * batchesASecond
            for index in senders.indices { try senders[index].turn(upTo: Int(due) + 1) }
            senders.first { !$0.isDone }?.socket.wait(milliseconds: 2)
        }
        report(records * count, since: start, backend: 0)
    }

    func register(_ keys: [[UInt8]]) throws -> [Int32] {
        let known = try connection.enrolledKeys().count
        for (number, key) in keys.enumerated() {
            _ = try connection.addSensor(site: "bench", name: "s\(known + number)", publicKey: key)
        }
        return try connection.enrolledKeys().suffix(keys.count).map(\.sensor)
    }

    /// Words for ops/bench: records, wall seconds, CPU seconds of the backend and of this program, bytes of a batch for
    /// each record.
    private func report(_ rows: Int, since start: Int64, backend: Double, client: Double = 0) {
        let wall = Double(Clock.monotonicNanoseconds() - start) / 1e9
        let bytes = Double(minutes.reduce(0) { $0 + $1.bytes }) / Double(records)
        print("rows=\(rows) wall=\(wall) backend=\(backend) client=\(client) wire=\(bytes)")
    }

    func seconds(_ ticks: Int) -> Double { Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK))) }

    /// User and system time of this program.
    func clientSeconds() -> Double { cpuSeconds(RUSAGE_SELF.rawValue) }

    /// The same of all threads but this one, which is RUSAGE_THREAD (getrusage(2)).
    func otherSeconds() -> Double { clientSeconds() - cpuSeconds(1) }

    private func cpuSeconds(_ whose: Int32) -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(whose), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    /// User and system time of the connection's backend in clock ticks; 0 when it is on another machine.
    func ticks() -> Int { ticks(of: connection.serverProcess) }

    /// The same of any process (proc(5)).
    func ticks(of process: Int32) -> Int {
        guard let bytes = try? readFile("/proc/\(process)/stat", limit: 4_096) else { return 0 }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}
