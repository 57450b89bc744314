import Aggregation
import FlowModel
import WireFormat

/// Any bytes as captured frames, each behind a byte for its link type and one for its length: they are dissected and
/// aggregated into batches that keep every rule of the wire.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeRawBufferPointer(start: start, count: count)
    var aggregator = Aggregator(settings: AggregationSettings(), mode: .file)
    let batch = PacketBatch()
    var at = 0
    var frames: UInt64 = 0
    while at + 2 <= count {
        let linkType = LinkType(rawValue: input[at] % 12) ?? .unsupported
        let end = min(count, at + 2 + Int(input[at + 1]))
        // 16 frames a second: longer inputs span several windows.
        let isTaken = batch.append(
            seconds: Int64(frames / 16), nanoseconds: Int64(frames % 16) * 62_500_000,
            originalLength: UInt32(end - at - 2 + Int(input[at] / 12)), linkType: linkType,
            bytes: UnsafeRawBufferPointer(rebasing: input[(at + 2)..<end]))
        precondition(isTaken, "a batch that is not full takes a frame")
        frames += 1
        at = end
        if batch.isFull {
            aggregator.ingest(batch)
            batch.removeAll()
        }
    }
    aggregator.ingest(batch)
    aggregator.finish()

    let encoder = BatchEncoder()
    let destinations = DestinationEncoder(policy: .full, space: DarkSpace([]), key: (0, 0))
    var counted: UInt64 = 0
    for window in aggregator.takeClosedWindows() {
        window.forEachBatch(destinations: destinations, policy: .full) { (batch: FlowBatch) throws(Never) in
            counted += batch.account.received
            precondition((try? encoder.encode(batch)) != nil, "a batch that the encoder refuses")
        }
    }
    precondition(counted == frames, "a frame that is in no bin")
    return 0
}
