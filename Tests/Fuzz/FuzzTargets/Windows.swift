import Aggregation
import FlowModel
import WireFormat

/// Aggregates packets into encoded batches, and counts on the way.
struct Windows: ~Copyable {
    private var aggregator: Aggregator
    private let encoder = BatchEncoder()
    private let destinations = DestinationEncoder(policy: .full, space: DarkSpace([]), key: (0, 0))
    private(set) var given: UInt64 = 0
    private(set) var counted: UInt64 = 0
    /// The batches of all windows that have closed.
    private(set) var batches: [[UInt8]] = []

    private var refusal: String?

    /// - Parameter isTight: room for a few records and destinations only, so that the rest overflows.
    init(isTight: Bool) {
        var settings = AggregationSettings()
        if isTight {
            settings.maximumRecords = 8
            settings.destinationBytes = 4_096
        }
        aggregator = Aggregator(settings: settings, mode: .file)
    }

    mutating func add(_ packets: PacketBatch) {
        given += UInt64(packets.count)
        aggregator.ingest(packets)
        encodeClosed()
    }

    /// Closes all windows: every packet is in one bin of one account, and every batch keeps the rules of the wire.
    mutating func finish() throws(BrokenRule) {
        aggregator.finish()
        encodeClosed()
        try BrokenRule.unless(refusal == nil, "the encoder refuses a batch: \(refusal ?? "")")
        try BrokenRule.unless(counted == given, "\(given) frames were given and \(counted) are in the accounts")
    }

    private mutating func encodeClosed() {
        for window in aggregator.takeClosedWindows() {
            window.forEachBatch(destinations: destinations, policy: .full) { (batch: FlowBatch) throws(Never) in
                counted += batch.account.received
                do { batches.append(try encoder.encode(batch)) } catch { refusal = "\(error)" }
            }
        }
    }
}
