public import FlowModel

/// What a batch is about, read from its header alone: nothing is decompressed. Spools use it to say what a lost record
/// held; the sums are the encoder's word.
public struct BatchSummary: Sendable, Hashable {
    /// Nil for a gap report.
    public let window: Window?
    public let part: UInt16
    public let isLastPart: Bool
    public let packets: UInt64
    public let bytes: UInt64
    /// Flow records, or the entries of a gap report.
    public let records: Int
    public let isImport: Bool
    /// Memory that the decoded batch takes, in bytes: known before it is spent.
    public let decodedBytes: Int

    /// Reads the header of an encoded batch. `bytes` may be damaged after the header, but not shorter.
    public init(_ bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes[...])
        let preamble = try BatchPreamble(&reader)
        var headerReader = ByteReader(try reader.slice(preamble.headerLength, "header"))
        let header = try FieldTable(&headerReader)
        switch preamble.kind {
        case .flows:
            let length = try header.number(HeaderTag.windowLength, "window length", as: UInt32.self)
            let start = try header.signed(HeaderTag.windowStart, "window start")
            guard Window.isValid(length: length), start.magnitude < 1 << 53 else {
                throw WireError(.outOfRange, "window")
            }
            window = Window(containing: start, length: length)
            part = try header.number(HeaderTag.part, "part", as: UInt16.self)
            isLastPart = try header.flag(HeaderTag.isLastPart, "last part")
            packets = try header.number(HeaderTag.packets, "packets")
            self.bytes = try header.number(HeaderTag.bytes, "bytes")
            records = try header.count(HeaderTag.records, "records", limit: FlowBatch.maximumRecords)
            let capture: CaptureKind = try header.choice(HeaderTag.capture, "capture kind")
            isImport = capture == .file
            let signatures = try header.count(
                HeaderTag.signatures, "signatures", limit: FlowBatch.maximumSignatures)
            let overflow = try header.count(
                HeaderTag.overflowRecords, "overflow records", limit: FlowBatch.maximumOverflowRecords)
            decodedBytes =
                records * MemoryLayout<FlowRecord>.stride + overflow * MemoryLayout<OverflowRecord>.stride
                + signatures * (MemoryLayout<HeaderSignature>.stride + BatchSummary.optionKindsBytes)
        case .gap:
            window = nil
            part = 0
            isLastPart = true
            packets = 0
            self.bytes = 0
            records = try header.count(HeaderTag.gapEntries, "gap entries", limit: GapReport.maximumEntries)
            isImport = false
            decodedBytes = records * MemoryLayout<GapEntry>.stride
        }
    }

    /// A signature's array of at most 40 option kinds, with what the heap adds.
    private static let optionKindsBytes = 96
}
