import FlowModel

/// What encoder and decoder expect of the next record from those before it (SPEC.md §5.4): a source keeps its
/// signature, TTL and port, and packets of one signature have one length and come from one tool. Only the difference
/// from the expectation is written. Both sides call it for every record in order.
struct Prediction {
    /// A record's exemplar and signature as they are written.
    struct Codes {
        var signature: UInt16
        var tools: UInt8
        var ttl: UInt8
        var ipLength: UInt32
        var sourcePort: UInt16
    }

    /// The same fields as they are meant.
    struct Values {
        var signature: UInt16
        /// As `ToolShares` packs them.
        var tools: UInt8
        var ttl: UInt8
        var ipLength: UInt32
        var sourcePort: UInt16
    }

    private struct OfSource {
        var isKnown = false
        var signature: UInt16 = 0
        var ttl: UInt8 = 0
        var sourcePort: UInt16 = 0
    }

    private struct OfSignature {
        var ipLength: UInt32 = 0
        var tools: UInt8 = 0
    }

    /// For each signature mark, 0 among them, the TTL that a first packet most likely started from.
    private let startTTL: [UInt8]
    private var sources: [OfSource]
    private var signatures: [OfSignature]
    private var highestSignature: UInt16 = 0

    init(sources: Int, signatures: [HeaderSignature]) {
        self.sources = Array(repeating: OfSource(), count: sources)
        self.signatures = Array(repeating: OfSignature(), count: signatures.count + 1)
        startTTL =
            [64]
            + signatures.map {
                if case .syn(_, _, _, _, _, let roundedTTL) = $0 { return roundedTTL }
                return 64
            }
    }

    /// How the next record's values are written.
    /// - Parameter source: its place in the table of sources.
    mutating func codes(_ values: Values, source: UInt16) -> Codes {
        let before = sources[Int(source)]
        let signature: UInt16
        if values.signature == before.signature {
            signature = 0
        } else if values.signature == highestSignature + 1 {
            signature = 1
        } else {
            signature = values.signature + 2
        }
        let expected = signatures[Int(values.signature)]
        let ttl = before.isKnown ? before.ttl : startTTL[Int(values.signature)]
        let codes = Codes(
            signature: signature, tools: values.tools ^ expected.tools, ttl: ttl &- values.ttl,
            ipLength: Prediction.zigzag(Int32(values.ipLength) - Int32(expected.ipLength)),
            sourcePort: values.sourcePort &- before.sourcePort)
        learn(values, source)
        return codes
    }

    /// What the next record's codes mean; nil when they mean nothing.
    mutating func values(_ codes: Codes, source: UInt16) -> Values? {
        let before = sources[Int(source)]
        let signature: UInt16
        switch codes.signature {
        case 0: signature = before.signature
        case 1: signature = highestSignature + 1
        default: signature = codes.signature - 2
        }
        guard Int(signature) < signatures.count else { return nil }
        let expected = signatures[Int(signature)]
        let ttl = before.isKnown ? before.ttl : startTTL[Int(signature)]
        guard let ipLength = Prediction.length(codes.ipLength, after: expected.ipLength) else { return nil }
        let values = Values(
            signature: signature, tools: codes.tools ^ expected.tools, ttl: ttl &- codes.ttl, ipLength: ipLength,
            sourcePort: codes.sourcePort &+ before.sourcePort)
        learn(values, source)
        return values
    }

    private mutating func learn(_ values: Values, _ source: UInt16) {
        sources[Int(source)] = OfSource(
            isKnown: true, signature: values.signature, ttl: values.ttl, sourcePort: values.sourcePort)
        signatures[Int(values.signature)] = OfSignature(ipLength: values.ipLength, tools: values.tools)
        highestSignature = max(highestSignature, values.signature)
    }

    private static func zigzag(_ value: Int32) -> UInt32 { UInt32(bitPattern: value << 1 ^ value >> 31) }

    private static func length(_ code: UInt32, after expected: UInt32) -> UInt32? {
        let difference = Int32(bitPattern: code >> 1) ^ -Int32(bitPattern: code & 1)
        let length = Int64(expected) + Int64(difference)
        return (0...Int64(Exemplar.maximumIPLength)).contains(length) ? UInt32(length) : nil
    }
}
