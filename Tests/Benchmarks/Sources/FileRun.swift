import Aggregation
import Capture
import FlowModel
import WireFormat

/// A capture file read once, up to a stage: `packets` only reads it, `table` also counts every packet, `records` also
/// makes the sorted records of every window, `batches` also encodes them.
struct FileRun {
    private enum Stage: String {
        case packets, table, records, batches
    }

    /// The dark space of the files that `ops/bench/run` makes.
    static let prefixes = ["198.18.0.0/16"].compactMap { (text: String) in Prefix(text) }
    static let darkSpace = DarkSpace(prefixes)
    static let destinations = DestinationEncoder(policy: .permuted, space: darkSpace, key: (1, 2))

    private let stage: Stage

    init(stage name: String) {
        guard let stage = Stage(rawValue: name) else { Bench.stop("no stage \(name)", 64) }
        self.stage = stage
    }

    /// What was counted, as `name=number` words.
    func run(_ path: String) throws -> String {
        var settings = AggregationSettings()
        settings.darkSpace = FileRun.darkSpace
        var aggregator = Aggregator(settings: settings, mode: .file)
        let encoder = BatchEncoder()
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        var totals = Totals()
        while try source.fill(batch) {
            totals.frames += batch.count
            if stage == .packets { continue }
            aggregator.ingest(batch)
            try take(&aggregator, encoder, &totals)
        }
        aggregator.finish()
        try take(&aggregator, encoder, &totals)
        return totals.description
    }

    /// All batches of a file, as they are sent.
    static func encoded(_ path: String) throws -> [[UInt8]] {
        var settings = AggregationSettings()
        settings.darkSpace = darkSpace
        var aggregator = Aggregator(settings: settings, mode: .file)
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        while try source.fill(batch) { aggregator.ingest(batch) }
        aggregator.finish()
        let encoder = BatchEncoder()
        var result: [[UInt8]] = []
        for window in aggregator.takeClosedWindows() {
            try window.forEachBatch(destinations: destinations, policy: .permuted) {
                (batch: FlowBatch) throws(WireError) in result.append(try encoder.encode(batch))
            }
        }
        return result
    }

    private struct Totals: CustomStringConvertible {
        var frames = 0
        var records = 0
        var windows = 0
        var bytes = 0

        var description: String { "frames=\(frames) records=\(records) windows=\(windows) bytes=\(bytes)" }
    }

    private func take(_ aggregator: inout Aggregator, _ encoder: BatchEncoder, _ totals: inout Totals) throws {
        for window in aggregator.takeClosedWindows() {
            totals.windows += 1
            guard stage != .table else {
                totals.records += window.records
                continue
            }
            var records = 0
            var bytes = 0
            try window.forEachBatch(destinations: FileRun.destinations, policy: .permuted) {
                (batch: FlowBatch) throws(WireError) in
                records += batch.records.count
                if stage == .batches { bytes += try encoder.encode(batch).count }
            }
            totals.records += records
            totals.bytes += bytes
        }
    }
}
