import FlowModel

/// The body of a batch of flows: signatures, overflow records, groups, then one column per field (SPEC.md §5).
struct FlowColumns {
    private(set) var writer = ColumnWriter()
    private(set) var groups = 0
    private(set) var victims = 0

    init(_ batch: FlowBatch) {
        writeSignatures(batch.signatures)
        writeOverflow(batch.overflow)
        writeGroups(batch.records)
        if batch.family == .ipv4 {
            writeSources(batch.records, UInt32.self)
        } else {
            writeSources(batch.records, UInt128.self)
        }
        writeCounts(batch.records)
        writeExemplars(batch.records)
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
        var ports: [UInt16] = []
        var counts: [UInt16] = []
        var before: FlowKey?
        for record in records {
            let key = record.key
            if let last = before, last.trafficClass == key.trafficClass, last.servicePort == key.servicePort,
                last.ipProtocol == key.ipProtocol
            {
                counts[counts.count - 1] += 1
            } else {
                classes.append(key.trafficClass.rawValue)
                protocols.append(key.ipProtocol)
                ports.append(key.servicePort)
                counts.append(1)
            }
            before = key
        }
        groups = counts.count
        writer.column("group-class", classes)
        writer.column("group-protocol", protocols)
        writer.column("group-port", ports)
        writer.column("group-records", counts)
    }

    /// Distance from the source of the record before in the same group; the first of a group as it is.
    private mutating func writeSources<Number: FixedWidthInteger & UnsignedInteger>(
        _ records: [FlowRecord], _ type: Number.Type
    ) {
        var values: [Number] = []
        values.reserveCapacity(records.count)
        var before: FlowKey?
        for record in records {
            let source = Number(truncatingIfNeeded: record.key.source.bits)
            if let last = before, last.trafficClass == record.key.trafficClass,
                last.servicePort == record.key.servicePort, last.ipProtocol == record.key.ipProtocol
            {
                values.append(source &- Number(truncatingIfNeeded: last.source.bits))
            } else {
                values.append(source)
            }
            before = record.key
        }
        writer.column("source", values)
    }

    private mutating func writeCounts(_ records: [FlowRecord]) {
        column("packets", records) { $0.packets &- 1 }
        column("bytes", records) {
            ByteWriter.zigzag(Int64(bitPattern: $0.bytes &- UInt64($0.packets) &* UInt64($0.exemplar.ipLength)))
        }
        column("destinations", records) { ByteWriter.zigzag(Int64($0.packets) - Int64($0.destinations.value)) }
        column("precision", records) { $0.destinations.precision.rawValue }
        column("first", records) { $0.firstMilliseconds }
        column("span", records) { $0.lastMilliseconds &- $0.firstMilliseconds }
        column("zmap", records) { FlowColumns.share($0.tools.zmap, of: $0.packets) }
        column("masscan", records) { FlowColumns.share($0.tools.masscan, of: $0.packets) }
        column("mirai", records) { FlowColumns.share($0.tools.mirai, of: $0.packets) }
    }

    private mutating func writeExemplars(_ records: [FlowRecord]) {
        column("source-port", records) { $0.exemplar.sourcePort }
        column("ttl", records) { $0.exemplar.ttl }
        column("ip-length", records) { $0.exemplar.ipLength }
        column("tcp-flags", records) { $0.exemplar.tcpFlags }
        column("signature", records) { $0.signature }
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

    /// None, all, or a number between: 0, 1, else the number plus one.
    static func share(_ part: UInt32, of packets: UInt32) -> UInt64 {
        part == 0 ? 0 : part == packets ? 1 : UInt64(part) + 1
    }

    static func part(_ share: UInt64, of packets: UInt32) -> UInt32? {
        share == 0 ? 0 : share == 1 ? packets : UInt32(exactly: share - 1)
    }
}
