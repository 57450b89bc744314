import FlowModel

/// The records of a batch as the arrays of raw.flow: what is small stands together in one number, and what follows from
/// the other fields is NULL. ops/decisions/0020-flow-layout.md has the reasons.
///
/// One pass over the records makes all arrays, since a record is larger than what all of them take of it.
struct FlowArrays {
    /// class · 2^24 + protocol · 2^16 + service port.
    private(set) var service: [Int32] = []
    /// Source minus 2^31; empty for IPv6.
    private(set) var source: [Int32] = []
    /// Milliseconds of the first packet · 2^8 + its TTL.
    private(set) var first: [Int32] = []
    /// Shares of the tools · 2^25 + IP length · 2^8 + TCP flags.
    private(set) var header: [Int32] = []
    /// The port's 16 bits as a signed number.
    private(set) var sourcePort: [Int16] = []
    /// Destination minus 2^31; empty for IPv6.
    private(set) var destination: [Int32] = []
    /// NULL for 1.
    private(set) var packets = SparseArray<Int64>()
    /// NULL for packets · IP length.
    private(set) var bytes = SparseArray<Int64>()
    /// NULL for as many as packets.
    private(set) var destinations = SparseArray<Int64>()
    /// NULL for exact.
    private(set) var precision = SparseArray<Int16>()
    /// NULL for the first.
    private(set) var last = SparseArray<Int32>()
    /// NULL for none.
    private(set) var signature = SparseArray<Int64>()
    /// Matches of each tool; NULL for none and for all packets, which the shares tell.
    private(set) var zmap = SparseArray<Int64>()
    private(set) var masscan = SparseArray<Int64>()
    private(set) var mirai = SparseArray<Int64>()
    /// Whether any record has one.
    private(set) var hasSourcePort = false
    private(set) var hasDestination = false
    private(set) var hasVictim = false

    private(set) var ports: ClosedRange<UInt16> = 0...0
    private(set) var sources: ClosedRange<Address>
    /// Of the batch's signatures, in their order.
    let identifiers: [Int64]

    /// The batch has records, and `BatchCheck` does not object to it.
    init?(_ batch: FlowBatch) {
        guard let record = batch.records.first else { return nil }
        ports = record.key.servicePort...record.key.servicePort
        sources = record.key.source...record.key.source
        identifiers = batch.signatures.map { Int64(bitPattern: $0.identifier) }
        reserve(batch.records.count, isIPv4: batch.family == .ipv4)
        for (index, record) in batch.records.enumerated() {
            add(record, at: index, isIPv4: batch.family == .ipv4)
        }
    }

    private mutating func reserve(_ count: Int, isIPv4: Bool) {
        service.reserveCapacity(count)
        first.reserveCapacity(count)
        header.reserveCapacity(count)
        sourcePort.reserveCapacity(count)
        if isIPv4 {
            source.reserveCapacity(count)
            destination.reserveCapacity(count)
        }
    }

    private mutating func add(_ record: FlowRecord, at index: Int, isIPv4: Bool) {
        let (key, exemplar) = (record.key, record.exemplar)
        let port = Int32(key.servicePort)
        service.append(Int32(key.trafficClass.rawValue) << 24 | Int32(key.ipProtocol) << 16 | port)
        ports = min(ports.lowerBound, key.servicePort)...max(ports.upperBound, key.servicePort)
        sources = min(sources.lowerBound, key.source)...max(sources.upperBound, key.source)
        if isIPv4 {
            source.append(FlowArrays.signed(key.source.bits))
            destination.append(FlowArrays.signed(exemplar.destination))
        }
        if exemplar.destination != 0 { hasDestination = true }
        first.append(Int32(truncatingIfNeeded: record.firstMilliseconds << 8 | UInt32(exemplar.ttl)))
        sourcePort.append(Int16(bitPattern: exemplar.sourcePort))
        if exemplar.sourcePort != 0 { hasSourcePort = true }
        if key.victim != nil { hasVictim = true }

        let count = record.packets
        if count != 1 { packets.set(Int64(count), at: index) }
        if record.bytes != UInt64(count) * UInt64(exemplar.ipLength) {
            bytes.set(Int64(clamping: record.bytes), at: index)
        }
        if record.destinations.value != count { destinations.set(Int64(record.destinations.value), at: index) }
        if record.destinations.precision != .exact {
            precision.set(Int16(record.destinations.precision.rawValue), at: index)
        }
        if record.lastMilliseconds != record.firstMilliseconds {
            last.set(Int32(clamping: record.lastMilliseconds), at: index)
        }
        if record.signature != 0 { signature.set(identifiers[Int(record.signature) - 1], at: index) }
        let shares =
            FlowArrays.share(record.tools.zmap, of: count, &zmap, index)
            | FlowArrays.share(record.tools.masscan, of: count, &masscan, index) << 2
            | FlowArrays.share(record.tools.mirai, of: count, &mirai, index) << 4
        header.append(shares << 25 | Int32(clamping: exemplar.ipLength) << 8 | Int32(exemplar.tcpFlags))
    }

    /// 0 when no packet matches, 1 when all do, 2 when some do, whose number is then noted.
    private static func share(
        _ count: UInt32, of packets: UInt32, _ counts: inout SparseArray<Int64>, _ index: Int
    ) -> Int32 {
        if count == 0 { return 0 }
        if count == packets { return 1 }
        counts.set(Int64(count), at: index)
        return 2
    }

    /// 32 bits as a number whose signed order is their unsigned order.
    static func signed(_ bits: UInt128) -> Int32 {
        Int32(bitPattern: UInt32(truncatingIfNeeded: bits) ^ 0x8000_0000)
    }
}
