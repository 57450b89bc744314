import FlowModel

/// Reads the header and body of a batch of flows of format version 1.
struct FlowReader {
    let batch: FlowBatch
    /// Where each column ends in the body.
    let columnEnds: [(name: String, end: Int)]

    init(_ header: FieldTable, _ body: [UInt8]) throws(WireError) {
        let length = try header.number(HeaderTag.windowLength, "window length", as: UInt32.self)
        let start = try header.signed(HeaderTag.windowStart, "window start")
        guard Window.isValid(length: length), start.magnitude < 1 << 53, start % Int64(length) == 0 else {
            throw WireError(.outOfRange, "window")
        }
        let family: AddressFamily = try header.choice(HeaderTag.family, "family")
        let counts = try BodyCounts(header)
        var columns = ColumnReader(body)
        let signatures = try FlowReader.signatures(&columns, counts.signatures)
        let overflow = try FlowReader.overflow(&columns, counts.overflow)
        let records =
            family == .ipv4
            ? try RecordColumns<UInt32>(&columns, counts).records(family, signatures)
            : try RecordColumns<UInt128>(&columns, counts).records(family, signatures)
        try columns.input.requireEnd("body")
        columnEnds = columns.ends
        batch = FlowBatch(
            window: Window(containing: start, length: length),
            part: try header.number(HeaderTag.part, "part", as: UInt16.self),
            isLastPart: try header.flag(HeaderTag.isLastPart, "last part"),
            policy: try header.choice(HeaderTag.policy, "policy"), account: try CaptureAccount(header), family: family,
            signatures: signatures, records: records, overflow: overflow)
        try BatchRules.check(batch)
        let packets = try header.number(HeaderTag.packets, "packets")
        let bytes = try header.number(HeaderTag.bytes, "bytes")
        guard packets == batch.account.aggregated, bytes == batch.ipBytes else {
            throw WireError(.inconsistent, "header sums")
        }
    }

    private static func signatures(
        _ columns: inout ColumnReader, _ count: Int
    ) throws(WireError) -> [HeaderSignature] {
        let lengths = try columns.column("signature-length", UInt8.self, count: count, limit: 48)
        let bytes = try columns.column(
            "signature-bytes", UInt8.self, count: lengths.reduce(0) { $0 + Int($1) })
        var signatures: [HeaderSignature] = []
        signatures.reserveCapacity(count)
        var at = 0
        for length in lengths {
            guard let signature = HeaderSignature(canonicalBytes: bytes[at..<(at + Int(length))]) else {
                throw WireError(.outOfRange, "signature \(signatures.count)")
            }
            signatures.append(signature)
            at += Int(length)
        }
        return signatures
    }

    private static func overflow(_ columns: inout ColumnReader, _ count: Int) throws(WireError) -> [OverflowRecord] {
        let families = try columns.column("overflow-family", UInt8.self, count: count)
        let protocols = try columns.column("overflow-protocol", UInt8.self, count: count)
        let classes = try columns.column("overflow-class", UInt8.self, count: count)
        let ports = try columns.column("overflow-port", UInt16.self, count: count)
        let packets = try columns.column("overflow-packets", UInt64.self, count: count)
        let bytes = try columns.column("overflow-bytes", UInt64.self, count: count)
        let sources = try columns.column("overflow-sources", UInt32.self, count: count)
        let precisions = try columns.column("overflow-precision", UInt8.self, count: count)
        var records: [OverflowRecord] = []
        records.reserveCapacity(count)
        for index in 0..<count {
            records.append(
                OverflowRecord(
                    family: try named(families[index], "overflow family"), ipProtocol: protocols[index],
                    trafficClass: try named(classes[index], "overflow class"), servicePort: ports[index],
                    packets: packets[index], bytes: bytes[index],
                    sources: DistinctCount(sources[index], try named(precisions[index], "overflow precision"))))
        }
        return records
    }
}

/// How many values the columns of a body have, as its header says.
struct BodyCounts {
    var records: Int
    var signatures: Int
    var overflow: Int
    var groups: Int
    var sources: Int
    var toolCounts: Int
    var victims: Int

    init(_ header: FieldTable) throws(WireError) {
        let most = FlowBatch.maximumRecords
        records = try header.count(HeaderTag.records, "records", limit: most)
        signatures = try header.count(HeaderTag.signatures, "signatures", limit: FlowBatch.maximumSignatures)
        overflow = try header.count(
            HeaderTag.overflowRecords, "overflow records", limit: FlowBatch.maximumOverflowRecords)
        groups = try header.count(HeaderTag.groups, "groups", limit: most)
        sources = try header.count(HeaderTag.sources, "sources", limit: most)
        toolCounts = try header.count(HeaderTag.toolCounts, "tool counts", limit: 3 * most)
        victims = try header.count(HeaderTag.victims, "victims", limit: most)
    }
}

/// The value that a number of a column names.
func named<Value: RawRepresentable<UInt8>>(_ number: UInt8, _ what: String) throws(WireError) -> Value {
    guard let value = Value(rawValue: number) else { throw WireError(.outOfRange, "\(what) \(number)") }
    return value
}
