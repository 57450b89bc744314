import FlowModel

/// Reads the header and body of a batch of flows.
struct FlowReader {
    let batch: FlowBatch

    init(_ header: FieldTable, _ body: [UInt8]) throws(WireError) {
        let length = try header.number(HeaderTag.windowLength, "window length", as: UInt32.self)
        let start = try header.signed(HeaderTag.windowStart, "window start")
        guard Window.isValid(length: length), start.magnitude < 1 << 53, start % Int64(length) == 0 else {
            throw WireError(.outOfRange, "window")
        }
        let family: AddressFamily = try header.choice(HeaderTag.family, "family")
        let counts = Counts(
            records: try header.count(HeaderTag.records, "records", limit: FlowBatch.maximumRecords),
            signatures: try header.count(HeaderTag.signatures, "signatures", limit: FlowBatch.maximumSignatures),
            overflow: try header.count(
                HeaderTag.overflowRecords, "overflow records", limit: FlowBatch.maximumOverflowRecords),
            groups: try header.count(HeaderTag.groups, "groups", limit: FlowBatch.maximumRecords),
            victims: try header.count(HeaderTag.victims, "victims", limit: FlowBatch.maximumRecords))
        var columns = ColumnReader(body)
        let signatures = try FlowReader.signatures(&columns, counts.signatures)
        let overflow = try FlowReader.overflow(&columns, counts.overflow)
        let records =
            family == .ipv4
            ? try FlowReader.records(&columns, counts, family, UInt32.self)
            : try FlowReader.records(&columns, counts, family, UInt128.self)
        try columns.input.requireEnd("body")
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

    private struct Counts {
        var records: Int
        var signatures: Int
        var overflow: Int
        var groups: Int
        var victims: Int
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

    private static func named<Value: RawRepresentable<UInt8>>(
        _ number: UInt8, _ what: String
    ) throws(WireError) -> Value {
        guard let value = Value(rawValue: number) else { throw WireError(.outOfRange, "\(what) \(number)") }
        return value
    }

    private static func records<Number: FixedWidthInteger & UnsignedInteger>(
        _ columns: inout ColumnReader, _ counts: Counts, _ family: AddressFamily, _ type: Number.Type
    ) throws(WireError) -> [FlowRecord] {
        let count = counts.records
        let classes = try columns.column("group-class", UInt8.self, count: counts.groups)
        let protocols = try columns.column("group-protocol", UInt8.self, count: counts.groups)
        let ports = try columns.column("group-port", UInt16.self, count: counts.groups)
        let sizes = try columns.column("group-records", UInt16.self, count: counts.groups)
        guard sizes.reduce(0, { $0 + Int($1) }) == count, !sizes.contains(0) else {
            throw WireError(.inconsistent, "groups do not hold the records")
        }
        let sources = try columns.column("source", Number.self, count: count)
        let packets = try columns.column("packets", UInt32.self, count: count, limit: .max - 1)
        let bytes = try columns.column("bytes", UInt64.self, count: count)
        let destinations = try columns.column("destinations", UInt64.self, count: count)
        let precisions = try columns.column("precision", UInt8.self, count: count)
        let firsts = try columns.column("first", UInt32.self, count: count)
        let spans = try columns.column("span", UInt32.self, count: count)
        let tools = [
            try columns.column("zmap", UInt64.self, count: count),
            try columns.column("masscan", UInt64.self, count: count),
            try columns.column("mirai", UInt64.self, count: count),
        ]
        let sourcePorts = try columns.column("source-port", UInt16.self, count: count)
        let ttls = try columns.column("ttl", UInt8.self, count: count)
        let lengths = try columns.column("ip-length", UInt32.self, count: count, limit: 65_575)
        let flags = try columns.column("tcp-flags", UInt8.self, count: count)
        let marks = try columns.column("signature", UInt16.self, count: count)
        let exemplars = try columns.column("destination", Number.self, count: count)
        var victims = try Victims(&columns, counts.victims, family, type, zip(classes, sizes))

        var records: [FlowRecord] = []
        records.reserveCapacity(count)
        var index = 0
        for group in 0..<counts.groups {
            let trafficClass: TrafficClass = try named(classes[group], "class")
            var source: Number = 0
            for _ in 0..<sizes[group] {
                let (sum, overflow) = source.addingReportingOverflow(sources[index])
                let number = packets[index] + 1
                let total = Int64(bitPattern: UInt64(number) &* UInt64(lengths[index]))
                let (size, over) = total.addingReportingOverflow(ByteReader.unzigzag(bytes[index]))
                let (distinct, under) = Int64(number).subtractingReportingOverflow(
                    ByteReader.unzigzag(destinations[index]))
                let (last, late) = firsts[index].addingReportingOverflow(spans[index])
                guard !overflow, !over, !under, !late, size >= 0, let value = UInt32(exactly: distinct),
                    let zmap = FlowColumns.part(tools[0][index], of: number),
                    let masscan = FlowColumns.part(tools[1][index], of: number),
                    let mirai = FlowColumns.part(tools[2][index], of: number)
                else { throw WireError(.outOfRange, "record \(index)") }
                source = sum
                let key = FlowKey(
                    source: Address(bits: UInt128(truncatingIfNeeded: source), family: family),
                    ipProtocol: protocols[group],
                    trafficClass: trafficClass, servicePort: ports[group],
                    victim: trafficClass == .icmpError ? victims.next() : nil)
                records.append(
                    FlowRecord(
                        key: key, packets: number, bytes: UInt64(size),
                        destinations: DistinctCount(value, try named(precisions[index], "precision")),
                        firstMilliseconds: firsts[index], lastMilliseconds: last,
                        exemplar: Exemplar(
                            sourcePort: sourcePorts[index], destination: UInt128(truncatingIfNeeded: exemplars[index]),
                            ttl: ttls[index], ipLength: lengths[index], tcpFlags: flags[index]),
                        tools: ToolMatches(zmap: zmap, masscan: masscan, mirai: mirai), signature: marks[index]))
                index += 1
            }
        }
        return records
    }
}

/// The victims of a batch's ICMP errors, in the order of the records.
private struct Victims {
    private var named: [Victim?] = []
    private var at = 0

    init<Number: FixedWidthInteger & UnsignedInteger>(
        _ columns: inout ColumnReader, _ count: Int, _ family: AddressFamily, _ type: Number.Type,
        _ groups: some Sequence<(UInt8, UInt16)>
    ) throws(WireError) {
        let errors = groups.reduce(0) { $1.0 == TrafficClass.icmpError.rawValue ? $0 + Int($1.1) : $0 }
        let present = try columns.column("has-victim", UInt8.self, count: errors, limit: 1)
        guard present.reduce(0, { $0 + Int($1) }) == count else { throw WireError(.inconsistent, "victims") }
        let addresses = try columns.column("victim", Number.self, count: count)
        let protocols = try columns.column("victim-protocol", UInt8.self, count: count)
        let ports = try columns.column("victim-port", UInt16.self, count: count)
        var index = 0
        named.reserveCapacity(errors)
        for flag in present {
            guard flag == 1 else {
                named.append(nil)
                continue
            }
            named.append(
                Victim(
                    address: Address(bits: UInt128(truncatingIfNeeded: addresses[index]), family: family),
                    ipProtocol: protocols[index], port: ports[index]))
            index += 1
        }
    }

    mutating func next() -> Victim? {
        guard at < named.count else { return nil }
        defer { at += 1 }
        return named[at]
    }
}
