import FlowModel
import Testing

@testable import WireFormat

/// A file of Protocol/Vectors: its name, what it shows, the value that it holds, and how it was made.
struct GoldenVector: Sendable, CustomTestStringConvertible {
    enum Value: Sendable, Equatable {
        case batch(BatchContent)
        case message(Message)
    }

    /// Without extension.
    let name: String
    let explanation: String
    let value: Value
    /// Whether this encoder and every other one that keeps SPEC.md gives the same bytes: not so where zstd is used.
    let isReproducible: Bool
    let make: @Sendable () throws -> [UInt8]

    var testDescription: String { name }

    static func message(_ name: String, _ explanation: String, _ message: Message) -> GoldenVector {
        GoldenVector(name: name, explanation: explanation, value: .message(message), isReproducible: true) {
            message.encoded()
        }
    }

    /// A batch as the encoder packs it.
    static func packed(_ name: String, _ explanation: String, _ content: BatchContent) -> GoldenVector {
        GoldenVector(name: name, explanation: explanation, value: .batch(content), isReproducible: false) {
            try encode(content)
        }
    }

    /// A batch with its body stored.
    /// - Parameter extra: appended to the header.
    static func stored(
        _ name: String, _ explanation: String, _ content: BatchContent, extra: [UInt8] = []
    ) -> GoldenVector {
        GoldenVector(name: name, explanation: explanation, value: .batch(content), isReproducible: true) {
            try BatchParts(encode(content)).stored(extra: extra)
        }
    }

    private static func encode(_ content: BatchContent) throws -> [UInt8] {
        switch content {
        case .flows(let batch): try BatchEncoder().encode(batch)
        case .gap(let report): try BatchEncoder().encode(report)
        }
    }
}

/// An encoded batch taken apart.
struct BatchParts {
    let preamble: BatchPreamble
    let header: [UInt8]
    let body: [UInt8]

    init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes[...])
        preamble = try BatchPreamble(&reader)
        header = Array(try reader.slice(preamble.headerLength, "header"))
        let packed = try reader.slice(preamble.packedLength, "body")
        switch preamble.packing {
        case .stored: body = Array(packed)
        case .zstd: body = ZstandardDecompressor().decompress(packed, size: preamble.bodyLength) ?? []
        }
    }

    /// The same batch with its body stored.
    func stored(extra: [UInt8] = []) -> [UInt8] {
        BatchParts.batch(preamble.kind, .stored, header: header + extra, packed: body, bodyLength: body.count)
    }

    /// A batch of any parts, whether they fit each other or not.
    static func batch(
        _ kind: BatchPreamble.Kind = .flows, _ packing: BatchPreamble.Packing, header: [UInt8], packed: [UInt8],
        bodyLength: Int
    ) -> [UInt8] {
        var writer = ByteWriter()
        BatchPreamble(
            version: 1, kind: kind, packing: packing, headerLength: header.count, bodyLength: bodyLength,
            packedLength: packed.count
        ).encode(into: &writer)
        return writer.bytes + header + packed
    }
}
