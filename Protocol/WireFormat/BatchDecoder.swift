public import FlowModel

/// What a batch message carries.
public enum BatchContent: Sendable, Hashable {
    case flows(FlowBatch)
    case gap(GapReport)
}

/// Decodes batches of every version in `BatchFormat.readers`, and believes nothing: what it returns keeps every rule of
/// SPEC.md §5. Memory: at most `WireLimits.bodyBytes` for the body and as much again for the records. Used by one thread
/// at a time.
public final class BatchDecoder {
    private let decompressor = ZstandardDecompressor()

    public init() {}

    public func decode(_ bytes: [UInt8]) throws(WireError) -> BatchContent {
        var reader = ByteReader(bytes[...])
        let preamble = try BatchPreamble(&reader)
        var headerReader = ByteReader(try reader.slice(preamble.headerLength, "header"))
        let header = try FieldTable(&headerReader)
        let body = try unpack(preamble, try reader.slice(preamble.packedLength, "body"))
        // One reader per format version; `BatchPreamble` has refused all others.
        switch preamble.kind {
        case .flows: return .flows(try FlowReader(header, body).batch)
        case .gap: return .gap(try BatchDecoder.gap(header, body))
        }
    }

    private func unpack(_ preamble: BatchPreamble, _ packed: ArraySlice<UInt8>) throws(WireError) -> [UInt8] {
        switch preamble.packing {
        case .stored:
            return Array(packed)
        case .zstd:
            guard let body = decompressor.decompress(packed, size: preamble.bodyLength) else {
                throw WireError(.compression, offset: packed.startIndex, "body")
            }
            return body
        }
    }

    private static func gap(_ header: FieldTable, _ body: [UInt8]) throws(WireError) -> GapReport {
        let reason: GapReason = try header.choice(HeaderTag.gapReason, "gap reason")
        let epoch = try header.epoch(HeaderTag.gapEpoch, "gap epoch")
        let count = try header.count(HeaderTag.gapEntries, "gap entries", limit: GapReport.maximumEntries)
        var reader = ByteReader(body[...])
        // An entry is at least its flags, sequence, start and length.
        try reader.require(count * 4, "gap entries")
        var entries: [GapEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let start = reader.offset
            let flags = try reader.u8("gap flags")
            guard flags < 4 else { throw WireError(.outOfRange, offset: start, "gap flags") }
            let sequence = try reader.varint(UInt64.self, "gap sequence")
            let from = try reader.zigzag("gap start")
            let length = try reader.varint(UInt64.self, "gap length")
            let (to, overflow) = from.addingReportingOverflow(Int64(truncatingIfNeeded: length))
            guard length <= UInt64(Int64.max), !overflow, from.magnitude < 1 << 53, to.magnitude < 1 << 53 else {
                throw WireError(.outOfRange, offset: start, "gap span")
            }
            var entry = GapEntry(sequence: sequence, from: from, to: to)
            if flags & 1 != 0 { entry.packets = try reader.varint(UInt64.self, "gap packets") }
            if flags & 2 != 0 { entry.bytes = try reader.varint(UInt64.self, "gap bytes") }
            entries.append(entry)
        }
        try reader.requireEnd("gap entries")
        return GapReport(reason: reason, epoch: epoch, entries: entries)
    }
}

extension FieldTable {
    func count(_ tag: UInt64, _ what: String, limit: Int) throws(WireError) -> Int {
        let value = try number(tag, what)
        guard value <= UInt64(limit) else { throw WireError(.overLimit, what) }
        return Int(value)
    }
}
