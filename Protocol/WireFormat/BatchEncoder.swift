public import FlowModel

/// Encodes batches: equal input gives equal bytes in one version of this program and of zstd. Used by one thread at a
/// time.
public final class BatchEncoder {
    /// Of zstd: higher ones gain under 1 % on background radiation and take several times as long.
    private static let level: Int32 = 1
    private let compressor = ZstandardCompressor()
    private let scratch = RecordScratch()

    public init() {}

    /// The bytes of a batch of flows. Throws `overLimit` when they are more than `WireLimits.batchBytes`: then half of
    /// the records fit better; any other error is a mistake of the caller.
    public func encode(_ batch: FlowBatch) throws(WireError) -> [UInt8] {
        try BatchRules.check(batch)
        let columns = FlowColumns(batch, scratch)
        var header = ByteWriter()
        header.field(HeaderTag.windowStart, signed: batch.window.start)
        header.field(HeaderTag.windowLength, number: batch.window.length)
        header.field(HeaderTag.part, number: batch.part)
        header.field(HeaderTag.isLastPart, number: batch.isLastPart ? UInt8(1) : 0)
        header.field(HeaderTag.policy, number: batch.policy.rawValue)
        header.field(HeaderTag.family, number: batch.family.rawValue)
        header.field(HeaderTag.records, number: UInt64(batch.records.count))
        header.field(HeaderTag.signatures, number: UInt64(batch.signatures.count))
        header.field(HeaderTag.overflowRecords, number: UInt64(batch.overflow.count))
        header.field(HeaderTag.groups, number: UInt64(columns.groups))
        header.field(HeaderTag.victims, number: UInt64(columns.victims))
        header.field(HeaderTag.packets, number: batch.account.aggregated)
        header.field(HeaderTag.bytes, number: batch.ipBytes)
        header.field(HeaderTag.sources, number: UInt64(columns.sources))
        header.field(HeaderTag.toolCounts, number: UInt64(columns.toolCounts))
        batch.account.encode(into: &header)
        return try pack(
            kind: .flows, header: header.bytes, body: columns.writer.output.bytes,
            blockEnds: columns.writer.blockEnds)
    }

    /// The bytes of a gap report of at most `GapReport.maximumEntries` entries.
    public func encode(_ report: GapReport) throws(WireError) -> [UInt8] {
        try BatchRules.check(report)
        var header = ByteWriter()
        header.field(HeaderTag.gapReason, number: report.reason.rawValue)
        header.field(HeaderTag.gapEpoch, epoch: report.epoch)
        header.field(HeaderTag.gapEntries, number: UInt64(report.entries.count))
        var body = ByteWriter()
        for entry in report.entries {
            body.u8((entry.packets == nil ? 0 : 1) | (entry.bytes == nil ? 0 : 2))
            body.varint(entry.sequence)
            body.zigzag(entry.from)
            body.varint(UInt64(entry.to - entry.from))
            if let packets = entry.packets { body.varint(packets) }
            if let bytes = entry.bytes { body.varint(bytes) }
        }
        return try pack(kind: .gap, header: header.bytes, body: body.bytes)
    }

    private func pack(
        kind: BatchPreamble.Kind, header: [UInt8], body: [UInt8], blockEnds: [Int] = []
    ) throws(WireError) -> [UInt8] {
        guard body.count <= WireLimits.bodyBytes else { throw WireError(.overLimit, "body") }
        var packing = BatchPreamble.Packing.stored
        var packed = body
        if let smaller = compressor.compress(body, level: BatchEncoder.level, blockEnds: blockEnds),
            body.count <= smaller.count * WireLimits.ratio + WireLimits.ratioAllowance
        {
            packing = .zstd
            packed = smaller
        }
        let total = BatchPreamble.bytes + header.count + packed.count
        guard total <= WireLimits.batchBytes else { throw WireError(.overLimit, "batch of \(total) bytes") }
        var writer = ByteWriter()
        BatchPreamble(
            version: BatchFormat.current, kind: kind, packing: packing, headerLength: header.count,
            bodyLength: body.count, packedLength: packed.count
        ).encode(into: &writer)
        writer.append(header)
        writer.append(packed)
        return writer.bytes
    }
}

extension FlowBatch {
    /// Sum of the IP bytes of all records; saturates.
    var ipBytes: UInt64 {
        var sum: UInt64 = 0
        for record in records { sum = sum.addingReportingOverflow(record.bytes).overflow ? .max : sum + record.bytes }
        for record in overflow { sum = sum.addingReportingOverflow(record.bytes).overflow ? .max : sum + record.bytes }
        return sum
    }
}
