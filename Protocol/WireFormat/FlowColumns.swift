import FlowModel

/// The body of a batch of flows: signatures, overflow records, groups, sources, then one column per field
/// (SPEC.md §5).
struct FlowColumns {
    private(set) var writer = ColumnWriter()
    private(set) var groups = 0
    private(set) var sources = 0
    private(set) var toolCounts = 0
    private(set) var victims = 0

    /// - Precondition: the batch keeps `BatchRules`.
    init(_ batch: FlowBatch) {
        writeSignatures(batch.signatures)
        writeOverflow(batch.overflow)
        writeGroups(batch.records)
        let places =
            batch.family == .ipv4
            ? writeSources(batch.records, UInt32.self) : writeSources(batch.records, UInt128.self)
        writeCounts(batch.records)
        writeExemplars(batch, places)
        if batch.family == .ipv4 {
            writeAddresses(batch.records, UInt32.self)
        } else {
            writeAddresses(batch.records, UInt128.self)
        }
    }

    private mutating func column<Number: FixedWidthInteger & UnsignedInteger>(
        _ name: String, _ records: [FlowRecord], _ value: (FlowRecord) -> Number
    ) {
        writer.column(name, records.map(value))
    }

    private mutating func writeSignatures(_ signatures: [HeaderSignature]) {
        let all = signatures.map(\.canonicalBytes)
        writer.column("signature-length", all.map { UInt8($0.count) })
        writer.column("signature-bytes", Array(all.joined()))
    }

    private mutating func writeOverflow(_ records: [OverflowRecord]) {
        writer.column("overflow-family", records.map { $0.family.rawValue })
        writer.column("overflow-protocol", records.map(\.ipProtocol))
        writer.column("overflow-class", records.map { $0.trafficClass.rawValue })
        writer.column("overflow-port", records.map(\.servicePort))
        writer.column("overflow-packets", records.map(\.packets))
        writer.column("overflow-bytes", records.map(\.bytes))
        writer.column("overflow-sources", records.map(\.sources.value))
        writer.column("overflow-precision", records.map { $0.sources.precision.rawValue })
    }

    private mutating func writeGroups(_ records: [FlowRecord]) {
        var classes: [UInt8] = []
        var protocols: [UInt8] = []
        var steps: [UInt16] = []
        var sizes: [UInt16] = []
        var before: FlowKey?
        for record in records {
            let key = record.key
            if let last = before, FlowColumns.isSameGroup(last, key) {
                sizes[sizes.count - 1] += 1
            } else {
                let isNewClass = before?.trafficClass != key.trafficClass
                classes.append(key.trafficClass.rawValue)
                protocols.append(key.ipProtocol)
                steps.append(isNewClass ? key.servicePort : key.servicePort - (before?.servicePort ?? 0))
                sizes.append(0)
            }
            before = key
        }
        groups = sizes.count
        writer.column("group-class", classes)
        writer.column("group-protocol", protocols)
        writer.column("group-port", steps)
        writer.column("group-records", sizes)
    }

    private static func isSameGroup(_ left: FlowKey, _ right: FlowKey) -> Bool {
        left.trafficClass == right.trafficClass && left.servicePort == right.servicePort
            && left.ipProtocol == right.ipProtocol
    }

    /// The table of sources and each record's place in it: the first of a group as it is, the others as the distance
    /// from the one before.
    /// - Returns: the places.
    private mutating func writeSources<Number: FixedWidthInteger & UnsignedInteger>(
        _ records: [FlowRecord], _ type: Number.Type
    ) -> [UInt16] {
        let table = SourceTable<Number>(records)
        sources = table.sources.count
        writer.column("source", table.distances)
        var steps = table.places
        for index in records.indices.dropFirst()
        where FlowColumns.isSameGroup(records[index - 1].key, records[index].key) {
            steps[index] = table.places[index] - table.places[index - 1]
        }
        writer.column("place", steps)
        return table.places
    }

    private mutating func writeCounts(_ records: [FlowRecord]) {
        column("packets", records) { $0.packets - 1 }
        column("bytes", records) {
            ByteWriter.zigzag(Int64(bitPattern: $0.bytes &- UInt64($0.packets) &* UInt64($0.exemplar.ipLength)))
        }
        column("destinations", records) { ByteWriter.zigzag(Int64($0.packets) - Int64($0.destinations.value)) }
        column("precision", records) { $0.destinations.precision.rawValue }
        column("first", records) { $0.firstMilliseconds }
        column("span", records.filter { $0.packets > 1 }) { $0.lastMilliseconds - $0.firstMilliseconds }
    }

    private mutating func writeExemplars(_ batch: FlowBatch, _ places: [UInt16]) {
        var prediction = Prediction(sources: sources, signatures: batch.signatures)
        var codes: [Prediction.Codes] = []
        var counts: [UInt32] = []
        codes.reserveCapacity(batch.records.count)
        for (record, place) in zip(batch.records, places) {
            let values = Prediction.Values(
                signature: record.signature,
                tools: ToolShares.pack(record.tools, of: record.packets, &counts), ttl: record.exemplar.ttl,
                ipLength: record.exemplar.ipLength, sourcePort: record.exemplar.sourcePort)
            codes.append(prediction.codes(values, source: place))
        }
        writer.column("signature", codes.map(\.signature))
        writer.column("tools", codes.map(\.tools))
        toolCounts = counts.count
        writer.column("tool-packets", counts)
        writer.column("ttl", codes.map(\.ttl))
        writer.column("ip-length", codes.map(\.ipLength))
        writer.column("source-port", codes.map(\.sourcePort))
        column("tcp-flags", batch.records) { $0.exemplar.tcpFlags }
    }

    private mutating func writeAddresses<Number: FixedWidthInteger & UnsignedInteger>(
        _ records: [FlowRecord], _ type: Number.Type
    ) {
        column("destination", records) { Number(truncatingIfNeeded: $0.exemplar.destination) }
        let errors = records.filter { $0.key.trafficClass == .icmpError }
        column("has-victim", errors) { $0.key.victim == nil ? UInt8(0) : 1 }
        let named = errors.compactMap(\.key.victim)
        victims = named.count
        writer.column("victim", named.map { Number(truncatingIfNeeded: $0.address.bits) })
        writer.column("victim-protocol", named.map(\.ipProtocol))
        writer.column("victim-port", named.map(\.port))
    }
}
