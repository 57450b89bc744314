import FlowModel

/// The row of raw.flow that holds a batch's records.
enum FlowRow {
    static let copyCommand = """
        COPY raw.flow (window_start, window_seconds, sensor, stream, sequence, family, policy, records, port_min,
            port_max, source_min, source_max, service, source4, source6, first, header, source_port, destination4,
            destination6, packets, bytes, destinations, destinations_precision, last_ms, signature, zmap, masscan,
            mirai, victim4, victim6, victim_protocol, victim_port)
        FROM STDIN (FORMAT binary)
        """
    private static let fields = 33

    /// - Parameter arrays: those of the batch.
    static func write(
        _ batch: FlowBatch, _ arrays: FlowArrays, sensor: Int32, place: Place, to copy: inout CopyBuffer
    ) {
        let isIPv4 = batch.family == .ipv4
        let records = batch.records
        copy.beginRow(fields: fields)
        copy.number(Timestamp.microseconds(unixSeconds: batch.window.start))
        copy.number(Int32(clamping: batch.window.length))
        copy.number(sensor)
        copy.number(place.stream)
        copy.number(Int64(clamping: place.sequence))
        copy.number(Int16(batch.family.rawValue))
        copy.number(Int16(batch.policy.rawValue))
        copy.number(Int32(clamping: records.count))
        copy.number(Int32(arrays.ports.lowerBound))
        copy.number(Int32(arrays.ports.upperBound))
        copy.address(arrays.sources.lowerBound)
        copy.address(arrays.sources.upperBound)
        copy.array(.int4, arrays.service)
        optional(isIPv4, &copy) { $0.array(.int4, arrays.source) }
        optional(!isIPv4, &copy) { $0.addressArray(.ipv6, records) { $0.key.source } }
        copy.array(.int4, arrays.first)
        copy.array(.int4, arrays.header)
        optional(arrays.hasSourcePort, &copy) { $0.array(.int2, arrays.sourcePort) }
        optional(arrays.hasDestination && isIPv4, &copy) { $0.array(.int4, arrays.destination) }
        optional(arrays.hasDestination && !isIPv4, &copy) {
            $0.addressArray(.ipv6, records) { Address(ipv6: $0.exemplar.destination) }
        }
        func sparse<Number: FixedWidthInteger>(_ type: CopyBuffer.ElementType, _ array: SparseArray<Number>) {
            optional(!array.isEmpty, &copy) { $0.array(type, array, count: records.count) }
        }
        sparse(.int8, arrays.packets)
        sparse(.int8, arrays.bytes)
        sparse(.int8, arrays.destinations)
        sparse(.int2, arrays.precision)
        sparse(.int4, arrays.last)
        sparse(.int8, arrays.signature)
        sparse(.int8, arrays.zmap)
        sparse(.int8, arrays.masscan)
        sparse(.int8, arrays.mirai)
        writeVictims(records, isIPv4: isIPv4, when: arrays.hasVictim, to: &copy)
    }

    private static func writeVictims(
        _ records: [FlowRecord], isIPv4: Bool, when present: Bool, to copy: inout CopyBuffer
    ) {
        optional(present && isIPv4, &copy) {
            $0.array(.int4, records) { $0.key.victim.map { FlowArrays.signed($0.address.bits) } }
        }
        optional(present && !isIPv4, &copy) { $0.addressArray(.ipv6, records) { $0.key.victim?.address } }
        optional(present, &copy) { $0.array(.int2, records) { $0.key.victim.map { Int16($0.ipProtocol) } } }
        optional(present, &copy) { $0.array(.int4, records) { $0.key.victim.map { Int32($0.port) } } }
    }

    private static func optional(_ isPresent: Bool, _ copy: inout CopyBuffer, _ write: (inout CopyBuffer) -> Void) {
        if isPresent { write(&copy) } else { copy.null() }
    }
}
