import FlowModel

/// The row of raw.flow that holds a batch's records.
enum FlowRow {
    static let copyCommand = """
        COPY raw.flow (window_start, window_seconds, sensor, stream, sequence, family, policy, records, port_min,
            port_max, source_min, source_max, class, service_port, source4, source6, protocol, victim4, victim6,
            victim_protocol, victim_port, packets, bytes, destinations, destinations_precision, first_ms, last_ms,
            source_port, destination4, destination6, ttl, ip_length, tcp_flags, zmap, masscan, mirai, signature)
        FROM STDIN (FORMAT binary)
        """
    private static let fields = 37

    /// Writes the row; nothing when the batch has no records.
    static func write(_ batch: FlowBatch, sensor: Int32, place: Place, to copy: inout CopyBuffer) {
        let records = batch.records
        guard let first = records.first else { return }
        var ports = first.key.servicePort...first.key.servicePort
        var sources = first.key.source...first.key.source
        var present = Present()
        for record in records {
            let port = record.key.servicePort
            ports = min(ports.lowerBound, port)...max(ports.upperBound, port)
            let source = record.key.source
            sources = min(sources.lowerBound, source)...max(sources.upperBound, source)
            present.note(record)
        }
        let isIPv4 = batch.family == .ipv4
        copy.beginRow(fields: fields)
        copy.number(Timestamp.microseconds(unixSeconds: batch.window.start))
        copy.number(Int32(clamping: batch.window.length))
        copy.number(sensor)
        copy.number(place.stream)
        copy.number(Int64(clamping: place.sequence))
        copy.number(Int16(batch.family.rawValue))
        copy.number(Int16(batch.policy.rawValue))
        copy.number(Int32(clamping: records.count))
        copy.number(Int32(ports.lowerBound))
        copy.number(Int32(ports.upperBound))
        copy.address(sources.lowerBound)
        copy.address(sources.upperBound)
        copy.array(.int2, records) { Int16($0.key.trafficClass.rawValue) }
        copy.array(.int4, records) { Int32($0.key.servicePort) }
        if isIPv4 {
            copy.array(.int4, records) { signed($0.key.source.bits) }
            copy.null()
        } else {
            copy.null()
            copy.addressArray(.ipv6, records) { $0.key.source }
        }
        copy.array(.int2, records) { Int16($0.key.ipProtocol) }
        writeVictims(records, isIPv4: isIPv4, when: present.victim, to: &copy)
        copy.array(.int8, records) { Int64($0.packets) }
        copy.array(.int8, records) { Int64(clamping: $0.bytes) }
        copy.array(.int8, records) { Int64($0.destinations.value) }
        optional(present.precision, &copy) { $0.array(.int2, records) { Int16($0.destinations.precision.rawValue) } }
        copy.array(.int4, records) { Int32(clamping: $0.firstMilliseconds) }
        copy.array(.int4, records) { Int32(clamping: $0.lastMilliseconds) }
        optional(present.sourcePort, &copy) { $0.array(.int4, records) { Int32($0.exemplar.sourcePort) } }
        optional(present.destination && isIPv4, &copy) { $0.array(.int4, records) { signed($0.exemplar.destination) } }
        optional(present.destination && !isIPv4, &copy) {
            $0.addressArray(.ipv6, records) { Address(ipv6: $0.exemplar.destination) }
        }
        copy.array(.int2, records) { Int16($0.exemplar.ttl) }
        copy.array(.int4, records) { Int32(clamping: $0.exemplar.ipLength) }
        optional(present.tcpFlags, &copy) { $0.array(.int2, records) { Int16($0.exemplar.tcpFlags) } }
        optional(present.zmap, &copy) { $0.array(.int8, records) { Int64($0.tools.zmap) } }
        optional(present.masscan, &copy) { $0.array(.int8, records) { Int64($0.tools.masscan) } }
        optional(present.mirai, &copy) { $0.array(.int8, records) { Int64($0.tools.mirai) } }
        let identifiers = present.signature ? batch.signatures.map { Int64(bitPattern: $0.identifier) } : []
        optional(present.signature, &copy) {
            $0.sparseArray(.int8, records) { record -> Int64? in
                record.signature == 0 ? nil : identifiers[Int(record.signature) - 1]
            }
        }
    }

    private static func writeVictims(
        _ records: [FlowRecord], isIPv4: Bool, when present: Bool, to copy: inout CopyBuffer
    ) {
        optional(present && isIPv4, &copy) {
            $0.sparseArray(.int4, records) { $0.key.victim.map { signed($0.address.bits) } }
        }
        optional(present && !isIPv4, &copy) { $0.addressArray(.ipv6, records) { $0.key.victim?.address } }
        optional(present, &copy) { $0.sparseArray(.int2, records) { $0.key.victim.map { Int16($0.ipProtocol) } } }
        optional(present, &copy) { $0.sparseArray(.int4, records) { $0.key.victim.map { Int32($0.port) } } }
    }

    /// 32 bits as a number whose signed order is their unsigned order.
    private static func signed(_ bits: UInt128) -> Int32 {
        Int32(bitPattern: UInt32(truncatingIfNeeded: bits) ^ 0x8000_0000)
    }

    private static func optional(_ isPresent: Bool, _ copy: inout CopyBuffer, _ write: (inout CopyBuffer) -> Void) {
        if isPresent { write(&copy) } else { copy.null() }
    }

    /// Which of the columns that are NULL when every record has the default have another value somewhere.
    private struct Present {
        var victim = false
        var precision = false
        var sourcePort = false
        var destination = false
        var tcpFlags = false
        var zmap = false
        var masscan = false
        var mirai = false
        var signature = false

        mutating func note(_ record: FlowRecord) {
            if record.key.victim != nil { victim = true }
            if record.destinations.precision != .exact { precision = true }
            if record.exemplar.sourcePort != 0 { sourcePort = true }
            if record.exemplar.destination != 0 { destination = true }
            if record.exemplar.tcpFlags != 0 { tcpFlags = true }
            if record.tools.zmap != 0 { zmap = true }
            if record.tools.masscan != 0 { masscan = true }
            if record.tools.mirai != 0 { mirai = true }
            if record.signature != 0 { signature = true }
        }
    }
}
