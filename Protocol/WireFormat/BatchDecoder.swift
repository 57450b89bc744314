public import FlowModel

/// What a batch message carries.
public enum BatchContent: Sendable, Hashable {
    case flows(FlowBatch)
    case gap(GapReport)
}

/// Decodes batches of every version in `BatchFormat.readers`, and believes nothing: what it returns keeps every rule of
/// SPEC.md §5. Memory at most: see SPEC.md §6. Used by one thread at a time.
public final class BatchDecoder {
    private let decompressor = ZstandardDecompressor()

    public init() {}

    public func decode(_ bytes: [UInt8]) throws(WireError) -> BatchContent {
        let (preamble, header, body) = try open(bytes)
        // A format version, once released, keeps its reader as it is; a new one gets its own case.
        switch (preamble.version, preamble.kind) {
        case (1, .flows): return .flows(try FlowReader(header, body).batch)
        case (1, .gap): return .gap(try GapReader(header, body).report)
        default: throw WireError(.unsupportedVersion, offset: 3, "batch version \(preamble.version)")
        }
    }

    /// What each column of a batch of flows takes; nil for a gap report, which has none. Throws as `decode` does.
    public func explain(_ bytes: [UInt8]) throws(WireError) -> BatchExplanation? {
        let (preamble, header, body) = try open(bytes)
        guard preamble.kind == .flows else {
            _ = try GapReader(header, body)
            return nil
        }
        let reader = try FlowReader(header, body)
        let blocks: [ZstandardBlock]
        switch preamble.packing {
        case .stored:
            let ends = reader.columnEnds.map(\.end)
            blocks = zip(ends, [0] + ends).map { ZstandardBlock(packedBytes: $0 - $1, rawBytes: $0 - $1) }
        case .zstd:
            blocks = try decompressor.blocks(of: bytes[(bytes.count - preamble.packedLength)...], size: body.count)
        }
        return BatchExplanation(
            records: reader.batch.records.count, totalBytes: bytes.count,
            headerBytes: BatchPreamble.bytes + preamble.headerLength, columnEnds: reader.columnEnds, blocks: blocks)
    }

    private func open(
        _ bytes: [UInt8]
    ) throws(WireError) -> (preamble: BatchPreamble, header: FieldTable, body: [UInt8]) {
        var reader = ByteReader(bytes[...])
        let preamble = try BatchPreamble(&reader)
        var headerReader = ByteReader(try reader.slice(preamble.headerLength, "header"))
        let header = try FieldTable(&headerReader)
        return (preamble, header, try unpack(preamble, try reader.slice(preamble.packedLength, "body")))
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
}
