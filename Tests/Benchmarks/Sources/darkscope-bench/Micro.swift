import Aggregation
import Capture
import FlowModel
import Spool
import WireFormat

/// The parts of a packet's way, each alone, on the first packets of a capture file held in memory.
enum Micro {
    /// Packets that are held.
    private static let packets = 1 << 18

    static func run(_ path: String, folder: String) throws {
        let batches = try load(path)
        let count = batches.reduce(0) { $0 + $1.count }
        // Nothing is dark: what remains is dissection and the test of the destination.
        var nowhere = AggregationSettings()
        nowhere.darkSpace = DarkSpace(["192.0.2.0/24"].compactMap { (text: String) in Prefix(text) })
        var dissecting = Aggregator(settings: nowhere, mode: .file)
        Measure(name: "dissect", unit: "packet").run(elements: count) {
            for batch in batches { dissecting.ingest(batch) }
        }
        var settings = AggregationSettings()
        settings.windowLength = 3_600
        settings.darkSpace = FileRun.darkSpace
        var growing = Aggregator(settings: settings, mode: .file)
        Measure(name: "ingest, window from its first packet", unit: "packet").run(elements: count) {
            for batch in batches { growing.ingest(batch) }
            growing.finish()
            _ = growing.takeClosedWindows()
        }
        var warm = Aggregator(settings: settings, mode: .file)
        for batch in batches { warm.ingest(batch) }
        Measure(name: "ingest, every flow known", unit: "packet").run(elements: count) {
            for batch in batches { warm.ingest(batch) }
        }
        var filled = Aggregator(settings: settings, mode: .file)
        for batch in batches { filled.ingest(batch) }
        filled.finish()
        guard let window = filled.takeClosedWindows().first else { return }
        try codec(window, folder: folder)
    }

    private static func codec(_ window: ClosedWindow, folder: String) throws {
        var flows: [FlowBatch] = []
        func collect() {
            flows.removeAll(keepingCapacity: true)
            window.forEachBatch(destinations: FileRun.destinations, policy: .permuted) {
                (batch: FlowBatch) throws(Never) in flows.append(batch)
            }
        }
        Measure(name: "records of a closed window", unit: "record").run(elements: window.records) { collect() }
        let encoder = BatchEncoder()
        let decoder = BatchDecoder()
        let encoded = try flows.map { (batch: FlowBatch) in try encoder.encode(batch) }
        let bytes = encoded.reduce(0) { $0 + $1.count }
        let share = [("bytes", Double(bytes) / Double(window.records))]
        try Measure(name: "encode", unit: "record").run(elements: window.records, share) {
            for batch in flows { _ = try encoder.encode(batch) }
        }
        try Measure(name: "decode", unit: "record").run(elements: window.records, share) {
            for batch in encoded { _ = try decoder.decode(batch) }
        }
        try spool(encoded, in: folder)
    }

    /// - Parameter folder: of a file system in memory, where fsync(2) has nothing to do: the disk is not measured.
    private static func spool(_ batches: [[UInt8]], in folder: String) throws {
        let spool = try Spool(directory: folder + "/spool", nowUnixNanoseconds: 0)
        defer { spool.close() }
        try Measure(name: "spool: append, read, acknowledge", unit: "batch").run(elements: batches.count) {
            for batch in batches {
                let record = try spool.append(batch, now: 0)
                guard try spool.reader.read(record) == batch else { Bench.stop("the spool gave something else", 1) }
                try spool.acknowledge(record.epoch, [record.sequence...record.sequence], now: 0)
            }
        }
    }

    private static func load(_ path: String) throws -> [PacketBatch] {
        let source = try FileSource(path: path)
        var batches: [PacketBatch] = []
        var count = 0
        while count < packets {
            let batch = PacketBatch()
            guard try source.fill(batch) else { break }
            count += batch.count
            batches.append(batch)
        }
        return batches
    }
}
