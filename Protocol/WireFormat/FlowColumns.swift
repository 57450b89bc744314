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
    init(_ batch: FlowBatch, _ scratch: RecordScratch) {
        let count = batch.records.count
        scratch.fill(batch.records)
        writeSignatures(batch.signatures)
        writeOverflow(batch.overflow)
        writeGroups(scratch.service.prefix(count))
        let places =
            batch.family == .ipv4
            ? writeSources(batch.records, scratch, UInt32.self) : writeSources(batch.records, scratch, UInt128.self)
        writeCounts(scratch, count)
        writeExemplars(scratch, places, batch.signatures)
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
        var bytes: [UInt8] = []
        var lengths: [UInt8] = []
        for signature in signatures {
            let start = bytes.count
            signature.appendCanonicalBytes(to: &bytes)
            lengths.append(UInt8(bytes.count - start))
        }
        writer.column("signature-length", lengths)
        writer.column("signature-bytes", bytes)
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

    /// - Parameter services: class, protocol and port of each record.
    private mutating func writeGroups(_ services: UnsafeBufferPointer<UInt32>) {
        var classes: [UInt8] = []
        var protocols: [UInt8] = []
        var steps: [UInt16] = []
        var sizes: [UInt16] = []
        var before: UInt32?
        for service in services {
            if service == before {
                sizes[sizes.count - 1] += 1
                continue
            }
            let isNewClass = before.map { $0 >> 24 } != service >> 24
            let port = UInt16(truncatingIfNeeded: service)
            classes.append(UInt8(truncatingIfNeeded: service >> 24))
            protocols.append(UInt8(truncatingIfNeeded: service >> 16))
            steps.append(isNewClass ? port : port - UInt16(truncatingIfNeeded: before ?? 0))
            sizes.append(0)
            before = service
        }
        groups = sizes.count
        writer.column("group-class", classes)
        writer.column("group-protocol", protocols)
        writer.column("group-port", steps)
        writer.column("group-records", sizes)
    }

    /// The table of sources and each record's place in it: the first of a group as it is, the others as the distance
    /// from the one before.
    /// - Returns: the places.
    private mutating func writeSources<Number: FixedWidthInteger & UnsignedInteger>(
        _ records: [FlowRecord], _ scratch: RecordScratch, _ type: Number.Type
    ) -> [UInt16] {
        let table = SourceTable<Number>(records)
        sources = table.sources.count
        writer.column("source", table.distances)
        var steps = table.places
        for index in steps.indices.dropFirst() where scratch.service[index - 1] == scratch.service[index] {
            steps[index] = table.places[index] - table.places[index - 1]
        }
        writer.column("place", steps)
        return table.places
    }

    private mutating func writeCounts(_ scratch: RecordScratch, _ count: Int) {
        writer.column("packets", scratch.packets.prefix(count))
        writer.column("bytes", scratch.bytes.prefix(count))
        writer.column("destinations", scratch.destinations.prefix(count))
        writer.column("precision", scratch.precision.prefix(count))
        writer.column("first", scratch.first.prefix(count))
        writer.column("span", scratch.spans)
    }

    private mutating func writeExemplars(
        _ scratch: RecordScratch, _ places: [UInt16], _ signatures: [HeaderSignature]
    ) {
        var prediction = Prediction(sources: sources, signatures: signatures)
        for index in places.indices {
            let values = Prediction.Values(
                signature: scratch.signature[index], tools: scratch.tools[index], ttl: scratch.ttl[index],
                ipLength: scratch.ipLength[index], sourcePort: scratch.sourcePort[index])
            let codes = prediction.codes(values, source: places[index])
            scratch.signature[index] = codes.signature
            scratch.tools[index] = codes.tools
            scratch.ttl[index] = codes.ttl
            scratch.ipLength[index] = codes.ipLength
            scratch.sourcePort[index] = codes.sourcePort
        }
        writer.column("signature", scratch.signature.prefix(places.count))
        writer.column("tools", scratch.tools.prefix(places.count))
        toolCounts = scratch.toolCounts.count
        writer.column("tool-packets", scratch.toolCounts)
        writer.column("ttl", scratch.ttl.prefix(places.count))
        writer.column("ip-length", scratch.ipLength.prefix(places.count))
        writer.column("source-port", scratch.sourcePort.prefix(places.count))
        writer.column("tcp-flags", scratch.flags.prefix(places.count))
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
