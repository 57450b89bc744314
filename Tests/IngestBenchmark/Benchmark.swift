import FlowModel
import Glibc
import Ingest
import Logging
import Messaging
import Store
import Support
import SystemCalls
import WireFormat

/// One set of batches, and the collector's parts that it goes through.
struct Benchmark {
    private let minutes: [GeneratedBatches]
    private let records: Int

    init(packets: Int, minutes count: Int) throws {
        let start = Clock.wallNanoseconds() / 1_000_000_000 / 60 * 60 - Int64(count) * 60
        minutes = try (0..<count).map { minute in
            try GeneratedBatches(
                packets: UInt64(packets), start: start + Int64(minute) * 60, seed: UInt64(minute) + 1)
        }
        records = minutes.reduce(0) { $0 + $1.records }
        let bytes = minutes.reduce(0) { $0 + $1.bytes }
        print(
            "\(count) minutes of \(packets) packets: \(records) records in "
                + "\(minutes.reduce(0) { $0 + $1.encoded.count }) batches, \(bytes / max(1, records)) bytes a record")
    }

    func decode() throws {
        let decoder = BatchDecoder()
        try measure("decode, one thread", records) {
            for minute in minutes { for bytes in minute.encoded { _ = try decoder.decode(bytes) } }
        }
        measure("digest, one thread", records) {
            for minute in minutes { for bytes in minute.encoded { _ = contentDigest(bytes) } }
        }
    }

    /// What is decoded, into an empty database, in groups as the collector makes them, over one connection.
    func store() throws {
        let database = try TestDatabase()
        let session = try database.session()
        try Benchmark.register([[UInt8](repeating: 7, count: 32)], session)
        let connection = try database.connect()
        let decoder = BatchDecoder()
        var sequence: UInt64 = 0
        for minute in minutes {
            let batches = try minute.encoded.map { encoded in
                sequence += 1
                return PendingBatch(
                    sensor: 1, publicKey: [UInt8](repeating: 7, count: 32), epoch: Epoch(high: 1, low: 1),
                    sequence: sequence, digest: contentDigest(encoded), content: try decoder.decode(encoded),
                    encoded: encoded, receivedUnixMicroseconds: Clock.wallNanoseconds() / 1_000, isImport: false)
            }
            try measure("store a minute, one connection", minute.records) {
                for first in stride(from: 0, to: batches.count, by: 5) {
                    _ = try connection.store(Array(batches[first..<min(batches.count, first + 5)]))
                }
            }
        }
        let status = try String(
            decoding: readFile("/proc/\(connection.serverProcess)/stat", limit: 4_096), as: UTF8.self
        ).split(separator: " ")
        let ticks = (Int(status[13]) ?? 0) + (Int(status[14]) ?? 0)
        print("the server's CPU: \(Benchmark.rounded(Double(ticks) * 1e4 / Double(records))) us a record")
        let size = try session.value(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'raw.flow'::regclass")
        print("on disk: \((Int(size) ?? 0) / max(1, records)) bytes a record")
    }

    /// Everything, over CURVE and TCP, from sensors that keep to their credit.
    func deliver(sensors count: Int) throws {
        let database = try TestDatabase()
        let session = try database.session()
        let server = try CurveKeyPair.generate()
        let pairs = try (0..<count).map { _ in try CurveKeyPair.generate() }
        try Benchmark.register(pairs.map(\.publicKey.bytes), session)
        let service = try IngestService(
            IngestSettings(
                endpoints: ["tcp://127.0.0.1:*"], secretKey: server.secretKey, conninfo: database.conninfo,
                decoders: 2, writers: 2, admission: Admission(retentionSeconds: 86_400, futureSeconds: 300)),
            enrolled: try database.connect().enrolledKeys(), logger: Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
        )
        var senders = try pairs.map { pair in
            try Sender(pair, server.publicKey, service.endpoints[0], minutes.flatMap(\.encoded))
        }
        try measure("socket to acknowledgement, \(count) sensors", records * count) {
            while senders.contains(where: { !$0.isDone }) {
                for index in senders.indices { try senders[index].turn() }
                senders.first { !$0.isDone }?.socket.wait(milliseconds: 2)
            }
        }
        for index in senders.indices { try senders[index].begin(minutes[0].encoded, epoch: 2) }
        try measure("one minute of each of \(count) sensors at once", minutes[0].records * count) {
            while senders.contains(where: { !$0.isDone }) {
                for index in senders.indices { try senders[index].turn() }
                senders.first { !$0.isDone }?.socket.wait(milliseconds: 2)
            }
        }
        let stored = try session.value("SELECT sum(records) FROM raw.batch")
        print("in SQL: \(stored) records")
        service.stop()
    }

    private static func register(_ keys: [[UInt8]], _ session: SQLSession) throws {
        try session.run("INSERT INTO meta.site (code, name) VALUES ('bench', 'Bench')")
        for (index, key) in keys.enumerated() {
            let digits = key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            try session.run(
                """
                INSERT INTO meta.sensor (site, name) VALUES (1, 's\(index)');
                INSERT INTO meta.sensor_key (sensor, public_key) VALUES (\(index + 1), decode('\(digits)', 'hex'))
                """)
        }
    }

    private func measure(_ name: String, _ rows: Int, _ body: () throws -> Void) rethrows {
        let (start, cpu) = (Clock.monotonicNanoseconds(), Benchmark.cpuSeconds())
        try body()
        let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
        let spent = Benchmark.cpuSeconds() - cpu
        print(
            "\(name): \(Benchmark.rounded(seconds)) s, \(Int(Double(rows) / seconds)) records/s, own CPU "
                + "\(Benchmark.rounded(spent * 1e6 / Double(rows))) us a record")
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    private static func rounded(_ value: Double) -> Double { (value * 1_000).rounded() / 1_000 }
}

/// A sensor that has its batches in memory and keeps eight of them in flight.
private struct Sender {
    let socket: DealerSocket
    private var epoch = Epoch(high: 0, low: 1)
    private var batches: [[UInt8]]
    private var next = 0
    private var open = 0

    init(_ pair: CurveKeyPair, _ server: CurveKey, _ endpoint: String, _ batches: [[UInt8]]) throws {
        self.batches = batches
        socket = try DealerSocket(.init(serverKey: server, identity: pair))
        try socket.connect(to: endpoint)
    }

    var isDone: Bool { next == batches.count && open == 0 }

    mutating func begin(_ batches: [[UInt8]], epoch number: UInt64) throws {
        self.batches = batches
        (next, open, epoch) = (0, 0, Epoch(high: 0, low: number))
    }

    mutating func turn() throws {
        while let bytes = socket.receive() {
            switch try Message(decoding: bytes) {
            case .ack(let ack): open -= ack.sequences.reduce(0) { $0 + $1.count }
            case .nak(let nak): throw BenchmarkError("refused: \(nak.reason.name) \(nak.text)")
            default: break
            }
        }
        while open < 8, next < batches.count {
            let message = BatchMessage(epoch: epoch, sequence: UInt64(next) + 1, content: batches[next])
            guard socket.send(Message.batch(message).encoded()) else { return }
            next += 1
            open += 1
        }
    }
}
