import Aggregation
import Capture
import FlowModel
import WireFormat

/// A capture file read once, up to a stage: `packets` only reads it, `table` also counts every packet, `records` also
/// makes the sorted records of every window, `batches` also encodes them. `digest` is not for time: it takes every
/// destination, also of a file that breaks off, and tells by one number whether two builds make the same batches.
struct FileRun {
    private enum Stage: String {
        case packets, table, records, batches, digest
    }

    /// The dark space of the files that `ops/bench/run` makes.
    static let darkSpace = DarkSpace(["198.18.0.0/16"].compactMap { (text: String) in Prefix(text) })
    static let destinations = DestinationEncoder(policy: .permuted, space: darkSpace, key: (1, 2))

    private let stage: Stage

    init(stage name: String) {
        guard let stage = Stage(rawValue: name) else { Bench.stop("no stage \(name)", 64) }
        self.stage = stage
    }

    /// What was counted, as `name=number` words.
    func run(_ path: String) throws -> String {
        var settings = AggregationSettings()
        if stage != .digest { settings.darkSpace = FileRun.darkSpace }
        var aggregator = Aggregator(settings: settings, mode: .file)
        let encoder = BatchEncoder()
        let source = try FileSource(path: path)
        let batch = PacketBatch()
        var totals = Totals()
        do {
            while try source.fill(batch) {
                totals.frames += batch.count
                if stage == .packets { continue }
                aggregator.ingest(batch)
                try take(&aggregator, encoder, &totals)
            }
        } catch let error as CaptureError {
            guard stage == .digest else { throw error }
            totals.digest.update(error.description.utf8)
        }
        aggregator.finish()
        try take(&aggregator, encoder, &totals)
        return totals.description
    }

    private struct Totals: CustomStringConvertible {
        var frames = 0
        var records = 0
        var windows = 0
        var bytes = 0
        var digest = FNV1a64()

        var description: String {
            "frames=\(frames) records=\(records) windows=\(windows) bytes=\(bytes) digest=\(digest.value)"
        }
    }

    private func take(_ aggregator: inout Aggregator, _ encoder: BatchEncoder, _ totals: inout Totals) throws {
        for window in aggregator.takeClosedWindows() {
            totals.windows += 1
            guard stage != .table else {
                totals.records += window.records
                continue
            }
            let destinations =
                stage == .digest
                ? DestinationEncoder(policy: .permuted, space: DarkSpace([]), key: (1, 2)) : FileRun.destinations
            try window.forEachBatch(destinations: destinations, policy: .permuted) {
                (batch: FlowBatch) throws(WireError) in
                totals.records += batch.records.count
                guard stage == .batches || stage == .digest else { return }
                let encoded = try encoder.encode(batch)
                totals.bytes += encoded.count
                if stage == .digest { totals.digest.update(encoded) }
            }
        }
    }
}
