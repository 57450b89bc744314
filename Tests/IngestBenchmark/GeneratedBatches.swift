import Aggregation
import FlowModel
import TrafficModel
import WireFormat

/// What a sensor would send of one minute of generated background radiation.
struct GeneratedBatches {
    var encoded: [[UInt8]] = []
    var records = 0
    var packets: UInt64 = 0
    var bytes = 0

    /// - Parameters:
    ///   - start: of the minute, in Unix seconds.
    ///   - seed: other sources and ports for another seed.
    init(site: DarkSite, packets count: UInt64, start: Int64, seed: UInt64) throws {
        let plan = RadiationPlan(
            seed: seed, packets: count, startMicroseconds: start * 1_000_000, spanMicroseconds: 59_000_000,
            sources: Int(count / 4))
        var generator = RadiationGenerator(plan: plan, site: site)
        var aggregator = Aggregator(settings: AggregationSettings(), mode: .file)
        let frames = PacketBatch()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        while let frame = generator.next(into: memory) {
            if frames.isFull {
                aggregator.ingest(frames)
                frames.removeAll()
            }
            _ = frames.append(
                seconds: frame.microseconds / 1_000_000, nanoseconds: frame.microseconds % 1_000_000 * 1_000,
                originalLength: UInt32(frame.originalLength), linkType: .ethernet,
                bytes: UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))
        }
        aggregator.ingest(frames)
        aggregator.finish()
        let destinations = DestinationEncoder(policy: .permuted, space: DarkSpace([site.prefix]), key: (1, 2))
        let encoder = BatchEncoder()
        for window in aggregator.takeClosedWindows() {
            try window.forEachBatch(destinations: destinations, policy: .permuted) { (batch: FlowBatch) throws in
                let bytes = try encoder.encode(batch)
                encoded.append(bytes)
                records += batch.records.count + batch.overflow.count
                packets += batch.account.aggregated
                self.bytes += bytes.count
            }
        }
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
