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
        var reader = ByteReader(bytes[...])
        let preamble = try BatchPreamble(&reader)
        var headerReader = ByteReader(try reader.slice(preamble.headerLength, "header"))
        let header = try FieldTable(&headerReader)
        let body = try unpack(preamble, try reader.slice(preamble.packedLength, "body"))
        // A format version, once released, keeps its reader as it is; a new one gets its own case.
        switch (preamble.version, preamble.kind) {
        case (1, .flows): return .flows(try FlowReader(header, body).batch)
        case (1, .gap): return .gap(try GapReader(header, body).report)
        default: throw WireError(.unsupportedVersion, offset: 3, "batch version \(preamble.version)")
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
}
