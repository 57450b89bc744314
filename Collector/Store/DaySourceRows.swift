import Analysis
import FlowModel

/// Rows of rollup.source_day and rollup.signature_day, and what they are read from.
enum DaySourceRows {
    static let sourceCopy = """
        COPY rollup.source_day (start, sensor, chunk, family, source_min, source_max, source4, source6, packets, flows,
            syn_packets, zmap, masscan, mirai, services, services_precision, first_second, last_second)
        FROM STDIN (FORMAT binary)
        """
    static let signatureCopy = """
        COPY rollup.signature_day (start, sensor, signature, packets, flows, sources, sources_precision, sketch)
        FROM STDIN (FORMAT binary)
        """
    private static let chunkSize = 1_000

    /// Rows of raw.flow of one day, in the order of time.
    static func flows(sensor: Int32, day: Int64) -> String {
        """
        COPY (SELECT (extract(epoch FROM window_start)::int8 - \(day))::int4, records, service, source4, source6, header,
            packets, first, last_ms, signature, zmap, masscan, mirai FROM raw.flow
            WHERE \(RollupSource.condition(sensor, day, 86_400)) ORDER BY window_start) TO STDOUT (FORMAT binary)
        """
    }

    /// Adds a row of that; returns its records.
    static func add(_ bytes: UnsafeRawBufferPointer, to sources: inout DaySources) throws(StoreError) -> Int64 {
        var fields = try CopyRow(bytes, fields: 13)
        guard let second = try fields.number(as: Int32.self), let records = try fields.number(as: Int32.self) else {
            throw StoreError(.schema, "a row of raw.flow has no time")
        }
        var columns = try RollupSource.commonColumns(&fields)
        columns.first = try fields.array(null: 0)
        columns.last = try fields.array(null: FlowColumns.unset32)
        columns.signature = try fields.array(null: FlowColumns.unset)
        columns.zmap = try fields.array(null: FlowColumns.unset)
        columns.masscan = try fields.array(null: FlowColumns.unset)
        columns.mirai = try fields.array(null: FlowColumns.unset)
        guard columns.count == Int(records), columns.isConsistent, columns.hasTimes else {
            throw StoreError(.schema, "the arrays of a row of raw.flow are not of one length")
        }
        sources.add(columns, second: second)
        return Int64(records)
    }

    /// Writes all sources of a day, a thousand to a row.
    static func write(_ sources: DaySources, _ task: RollupTask, to copy: inout CopyBuffer) {
        var chunk: Int32 = 0
        for family in AddressFamily.allCases {
            let sorted = sources.sources(family)
            for start in stride(from: 0, to: sorted.count, by: chunkSize) {
                write(Array(sorted[start..<min(start + chunkSize, sorted.count)]), family, task, chunk, to: &copy)
                chunk += 1
            }
        }
        if let others = sources.others { write([others], nil, task, chunk, to: &copy) }
    }

    private static func write(
        _ sources: [DaySources.Source], _ family: AddressFamily?, _ task: RollupTask, _ chunk: Int32,
        to copy: inout CopyBuffer
    ) {
        func address(_ source: DaySources.Source?) -> Address? {
            guard let source, let family else { return nil }
            return Address(bits: source.bits, family: family)
        }
        copy.beginRow(fields: 18)
        copy.number(Timestamp.microseconds(unixSeconds: task.start))
        copy.number(task.sensor)
        copy.number(chunk)
        copy.number(family.map { Int16($0.rawValue) })
        for edge in [sources.first, sources.last] {
            if let edge = address(edge) { copy.address(edge) } else { copy.null() }
        }
        if family == .ipv4 { copy.array(.int4, sources) { FlowArrays.signed($0.bits) } } else { copy.null() }
        if family == .ipv6 { copy.addressArray(.ipv6, sources) { address($0) } } else { copy.null() }
        copy.array(.int8, sources.map(\.packets))
        sparse(.int8, sources, &copy) { $0.flows == $0.packets ? nil : $0.flows }
        sparse(.int8, sources, &copy) { $0.synPackets == $0.packets ? nil : $0.synPackets }
        sparse(.int8, sources, &copy) { $0.zmap == 0 ? nil : $0.zmap }
        sparse(.int8, sources, &copy) { $0.masscan == 0 ? nil : $0.masscan }
        sparse(.int8, sources, &copy) { $0.mirai == 0 ? nil : $0.mirai }
        sparse(.int4, sources, &copy) { $0.services.value == 1 ? nil : $0.services.value }
        sparse(.int2, sources, &copy) {
            $0.services.precision == .exact ? nil : Int16($0.services.precision.rawValue)
        }
        copy.array(.int4, sources.map(\.first))
        sparse(.int4, sources, &copy) { $0.last == $0.first ? nil : $0.last }
    }

    /// An array whose elements are NULL where `value` gives nil; NULL when it gives nothing else.
    private static func sparse<Number: FixedWidthInteger>(
        _ type: CopyBuffer.ElementType, _ sources: [DaySources.Source], _ copy: inout CopyBuffer,
        _ value: (DaySources.Source) -> Number?
    ) {
        if sources.contains(where: { value($0) != nil }) {
            copy.array(type, sources) { (source: borrowing DaySources.Source) in value(copy source) }
        } else {
            copy.null()
        }
    }

    static func write(_ signature: DaySources.Signature, _ task: RollupTask, to copy: inout CopyBuffer) {
        var sketch = signature.sketch
        copy.beginRow(fields: 8)
        copy.number(Timestamp.microseconds(unixSeconds: task.start))
        copy.number(task.sensor)
        copy.number(signature.identifier)
        copy.number(signature.packets)
        copy.number(signature.flows)
        copy.number(signature.sources)
        copy.number(Int16(signature.precision.rawValue))
        copy.raw(sketch.storedBytes())
    }
}
