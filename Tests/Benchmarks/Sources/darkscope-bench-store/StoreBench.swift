import Aggregation
import Capture
import FlowModel
import Glibc
import Store
import WireFormat

/// Batches of a capture file through the collector's decoder and store, in groups, on one connection. A program of its
/// own, so that the sensor's does not start with libpq.
@main
enum StoreBench {
    /// Records of one transaction.
    private static let groupRecords = 50_000
    private static let prefixes = ["198.18.0.0/16"].compactMap { (text: String) in Prefix(text) }

    static func main() {
        let words = CommandLine.arguments
        guard words.count == 3 else { stop("usage: darkscope-bench-store CONNINFO FILE") }
        do {
            print(try run(words[1], words[2]))
        } catch {
            stop("\(error)")
        }
    }

    private static func stop(_ text: String) -> Never {
        let line = "darkscope-bench-store: \(text)\n"
        _ = write(STDERR_FILENO, line, line.utf8.count)
        exit(1)
    }

    /// All batches of a file, as they are sent.
    private static func encoded(_ path: String) throws -> [[UInt8]] {
        var settings = AggregationSettings()
        settings.darkSpace = DarkSpace(prefixes)
        var aggregator = Aggregator(settings: settings, mode: .file)
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        while try source.fill(batch) { aggregator.ingest(batch) }
        aggregator.finish()
        let destinations = DestinationEncoder(policy: .permuted, space: settings.darkSpace, key: (1, 2))
        let encoder = BatchEncoder()
        var result: [[UInt8]] = []
        for window in aggregator.takeClosedWindows() {
            try window.forEachBatch(destinations: destinations, policy: .permuted) {
                (batch: FlowBatch) throws(WireError) in result.append(try encoder.encode(batch))
            }
        }
        return result
    }

    /// Rows stored, seconds of wall and of the database's backend, as `name=number` words. The database is empty.
    private static func run(_ conninfo: String, _ path: String) throws -> String {
        let encoded = try encoded(path)
        let connection = try StoreConnection(conninfo: conninfo, applicationName: "darkscope-bench")
        _ = try connection.migrate()
        let key = [UInt8](repeating: 7, count: 32)
        _ = try connection.addSite(
            code: "bench", name: "Benchmark", country: nil, zone: "UTC", policy: .permuted, prefixes: prefixes)
        _ = try connection.addSensor(site: "bench", name: "bench", publicKey: key)
        guard let sensor = try connection.enrolledKeys().first?.sensor else {
            stop("the sensor was not registered")
        }

        let decoder = BatchDecoder()
        let serverBefore = ticks(connection.serverProcess)
        let start = monotonicSeconds()
        var rows = 0
        var group: [PendingBatch] = []
        var records = 0
        func flush() throws {
            guard try connection.store(group).allSatisfy({ $0 == .stored }) else {
                stop("a batch was not stored")
            }
            rows += records
            records = 0
            group.removeAll()
        }
        for (index, bytes) in encoded.enumerated() {
            let content = try decoder.decode(bytes)
            if case .flows(let batch) = content { records += batch.records.count }
            group.append(
                PendingBatch(
                    sensor: sensor, publicKey: key, epoch: Epoch(high: 1, low: 2), sequence: UInt64(index + 1),
                    digest: UInt64(index), content: content, encoded: bytes,
                    receivedUnixMicroseconds: 1_767_225_600_000_000, isImport: true))
            if records >= groupRecords { try flush() }
        }
        try flush()
        let wall = monotonicSeconds() - start
        let backend = Double(ticks(connection.serverProcess) - serverBefore) / Double(sysconf(Int32(_SC_CLK_TCK)))
        return "rows=\(rows) wall=\(wall) backend=\(backend)"
    }

    private static func monotonicSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// User and system time of a process in clock ticks (proc(5)); 0 when the server is on another machine.
    private static func ticks(_ process: Int32) -> Int {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 1_024)
        let count = fread(&line, 1, line.count, file)
        let fields =
            String(decoding: line[..<count], as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}
