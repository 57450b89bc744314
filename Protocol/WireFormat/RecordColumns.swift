import FlowModel

/// The columns of a body that make up its flow records; `Number` holds an address.
struct RecordColumns<Number: FixedWidthInteger & UnsignedInteger> {
    private let groups: GroupColumns
    private let sources: [Number]
    private let places: [UInt16]
    private let packets: [UInt32]
    private let bytes: [UInt64]
    private let destinations: [UInt64]
    private let precisions: [UInt8]
    private let firsts: [UInt32]
    /// Of the records of more than one packet.
    private let spans: [UInt32]
    private let signatures: [UInt16]
    private let tools: [UInt8]
    private let toolCounts: [UInt32]
    private let ttls: [UInt8]
    private let lengths: [UInt32]
    private let sourcePorts: [UInt16]
    private let flags: [UInt8]
    private let exemplars: [Number]
    private let victims: VictimColumns<Number>

    init(_ columns: inout ColumnReader, _ counts: BodyCounts) throws(WireError) {
        let count = counts.records
        groups = try GroupColumns(&columns, counts)
        let distances = try columns.column("source", Number.self, count: counts.sources)
        guard let sources = SourceTable.sources(distances) else { throw WireError(.outOfRange, "source") }
        self.sources = sources
        places = try columns.column("place", UInt16.self, count: count)
        packets = try columns.column("packets", UInt32.self, count: count, limit: .max - 1)
        bytes = try columns.column("bytes", UInt64.self, count: count)
        destinations = try columns.column("destinations", UInt64.self, count: count)
        precisions = try columns.column("precision", UInt8.self, count: count)
        firsts = try columns.column("first", UInt32.self, count: count)
        spans = try columns.column("span", UInt32.self, count: packets.count { $0 > 0 })
        signatures = try columns.column("signature", UInt16.self, count: count)
        tools = try columns.column("tools", UInt8.self, count: count)
        toolCounts = try columns.column("tool-packets", UInt32.self, count: counts.toolCounts)
        ttls = try columns.column("ttl", UInt8.self, count: count)
        lengths = try columns.column("ip-length", UInt32.self, count: count)
        sourcePorts = try columns.column("source-port", UInt16.self, count: count)
        flags = try columns.column("tcp-flags", UInt8.self, count: count)
        exemplars = try columns.column("destination", Number.self, count: count)
        victims = try VictimColumns(&columns, counts, errors: groups.records(of: .icmpError))
    }

    /// The records, each put together from its place in every column.
    func records(_ family: AddressFamily, _ dictionary: [HeaderSignature]) throws(WireError) -> [FlowRecord] {
        var prediction = Prediction(sources: sources.count, signatures: dictionary)
        var spans = spans[...]
        var counts = toolCounts[...]
        var victims = victims
        var records: [FlowRecord] = []
        records.reserveCapacity(places.count)
        for group in groups.all {
            var place: UInt16 = 0
            for index in group.records {
                let step = place.addingReportingOverflow(places[index])
                place = step.partialValue
                guard !step.overflow, Int(place) < sources.count else {
                    throw WireError(.outOfRange, "place of record \(index)")
                }
                let number = packets[index] + 1
                let codes = Prediction.Codes(
                    signature: signatures[index], tools: tools[index], ttl: ttls[index], ipLength: lengths[index],
                    sourcePort: sourcePorts[index])
                let span = number > 1 ? spans.removeFirst() : 0
                guard let values = prediction.values(codes, source: place),
                    let matches = ToolShares.unpack(values.tools, of: number, &counts),
                    let sums = sums(index, number, values.ipLength, span)
                else { throw WireError(.outOfRange, "record \(index)") }
                records.append(
                    FlowRecord(
                        key: FlowKey(
                            source: Address(bits: UInt128(truncatingIfNeeded: sources[Int(place)]), family: family),
                            ipProtocol: group.ipProtocol, trafficClass: group.trafficClass,
                            servicePort: group.servicePort,
                            victim: group.trafficClass == .icmpError ? victims.next(family) : nil),
                        packets: number, bytes: sums.bytes,
                        destinations: DistinctCount(sums.destinations, try named(precisions[index], "precision")),
                        firstMilliseconds: firsts[index], lastMilliseconds: sums.last,
                        exemplar: Exemplar(
                            sourcePort: values.sourcePort,
                            destination: UInt128(truncatingIfNeeded: exemplars[index]), ttl: values.ttl,
                            ipLength: values.ipLength, tcpFlags: flags[index]),
                        tools: matches, signature: values.signature))
            }
        }
        guard counts.isEmpty else { throw WireError(.inconsistent, "tool counts") }
        return records
    }

    /// What is written relative to other fields; nil when it does not fit.
    private func sums(
        _ index: Int, _ packets: UInt32, _ ipLength: UInt32, _ span: UInt32
    ) -> (bytes: UInt64, destinations: UInt32, last: UInt32)? {
        let expected = Int64(packets) * Int64(ipLength)
        let (bytes, over) = expected.addingReportingOverflow(ByteReader.unzigzag(self.bytes[index]))
        let (distinct, under) = Int64(packets).subtractingReportingOverflow(
            ByteReader.unzigzag(destinations[index]))
        let (last, late) = firsts[index].addingReportingOverflow(span)
        guard !over, !under, !late, bytes >= 0, let distinct = UInt32(exactly: distinct) else { return nil }
        return (UInt64(bytes), distinct, last)
    }
}

/// Runs of records with the same class, protocol and service port.
private struct GroupColumns {
    struct Group {
        var trafficClass: TrafficClass
        var ipProtocol: UInt8
        var servicePort: UInt16
        var records: Range<Int>
    }

    private(set) var all: [Group] = []

    init(_ columns: inout ColumnReader, _ counts: BodyCounts) throws(WireError) {
        let classes = try columns.column("group-class", UInt8.self, count: counts.groups)
        let protocols = try columns.column("group-protocol", UInt8.self, count: counts.groups)
        let ports = try columns.column("group-port", UInt16.self, count: counts.groups)
        let sizes = try columns.column("group-records", UInt16.self, count: counts.groups)
        all.reserveCapacity(counts.groups)
        var end = 0
        for index in 0..<counts.groups {
            let trafficClass: TrafficClass = try named(classes[index], "class")
            var port = ports[index]
            if let before = all.last, before.trafficClass == trafficClass {
                let (sum, overflow) = before.servicePort.addingReportingOverflow(port)
                guard !overflow else { throw WireError(.outOfRange, "port of group \(index)") }
                port = sum
            }
            let start = end
            end += Int(sizes[index]) + 1
            all.append(
                Group(
                    trafficClass: trafficClass, ipProtocol: protocols[index], servicePort: port, records: start..<end))
        }
        guard end == counts.records else { throw WireError(.inconsistent, "groups do not hold the records") }
    }

    func records(of trafficClass: TrafficClass) -> Int {
        all.reduce(0) { $1.trafficClass == trafficClass ? $0 + $1.records.count : $0 }
    }
}

/// The victims of a batch's ICMP errors, in the order of the records.
private struct VictimColumns<Number: FixedWidthInteger & UnsignedInteger> {
    private let isPresent: [UInt8]
    private let addresses: [Number]
    private let protocols: [UInt8]
    private let ports: [UInt16]
    private var error = 0
    private var victim = 0

    init(_ columns: inout ColumnReader, _ counts: BodyCounts, errors: Int) throws(WireError) {
        isPresent = try columns.column("has-victim", UInt8.self, count: errors, limit: 1)
        guard isPresent.reduce(0, { $0 + Int($1) }) == counts.victims else { throw WireError(.inconsistent, "victims") }
        addresses = try columns.column("victim", Number.self, count: counts.victims)
        protocols = try columns.column("victim-protocol", UInt8.self, count: counts.victims)
        ports = try columns.column("victim-port", UInt16.self, count: counts.victims)
    }

    /// The victim of the next ICMP error.
    mutating func next(_ family: AddressFamily) -> Victim? {
        defer { error += 1 }
        guard isPresent[error] == 1 else { return nil }
        defer { victim += 1 }
        return Victim(
            address: Address(bits: UInt128(truncatingIfNeeded: addresses[victim]), family: family),
            ipProtocol: protocols[victim], port: ports[victim])
    }
}
