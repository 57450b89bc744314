import Analysis
import FlowModel

/// Rows of rollup.port_5m, rollup.port_hour and rollup.port_day.
enum PortTrafficRow {
    private static let columns =
        "start, sensor, class, service_port, packets, bytes, flows, sources, sources_precision"

    static func copyCommand(_ table: String, hasSketch: Bool) -> String {
        "COPY rollup.\(table) (\(columns)\(hasSketch ? ", sketch" : "")) FROM STDIN (FORMAT binary)"
    }

    /// What a query asks for that `read` takes.
    static let readColumns = "class, service_port, packets, bytes, flows, sources, sources_precision, sketch"

    /// - Parameter start: Unix seconds.
    static func write(
        _ row: PortTraffic, start: Int64, sensor: Int32, hasSketch: Bool, to copy: inout CopyBuffer
    ) {
        copy.beginRow(fields: hasSketch ? 10 : 9)
        copy.number(Timestamp.microseconds(unixSeconds: start))
        copy.number(sensor)
        copy.number(row.trafficClass)
        copy.number(row.servicePort)
        copy.number(row.packets)
        copy.number(row.bytes)
        copy.number(row.flows)
        copy.number(row.sources)
        copy.number(Int16(row.precision.rawValue))
        guard hasSketch else { return }
        var sketch = row.sketch ?? SourceSketch()
        copy.raw(sketch.storedBytes())
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> PortTraffic {
        var fields = try CopyRow(bytes, fields: 8)
        return try read(&fields)
    }

    static func read(_ fields: inout CopyRow) throws(StoreError) -> PortTraffic {
        guard let trafficClass = try fields.number(as: Int16.self), let port = try fields.number(as: Int32.self),
            let packets = try fields.number(as: Int64.self), let octets = try fields.number(as: Int64.self),
            let flows = try fields.number(as: Int64.self), let sources = try fields.number(as: Int64.self),
            let precision = try fields.number(as: Int16.self).flatMap({ Precision(rawValue: UInt8(clamping: $0)) }),
            let sketch = try fields.raw().flatMap({ SourceSketch(stored: $0) })
        else { throw StoreError(.schema, "a row of traffic by port is not one that this program writes") }
        var row = PortTraffic(trafficClass: trafficClass, servicePort: port)
        (row.packets, row.bytes, row.flows) = (packets, octets, flows)
        (row.sources, row.precision, row.sketch) = (sources, precision, sketch)
        return row
    }
}

/// Columns of raw.flow and raw.overflow that rollups are made of.
enum RollupSource {
    /// Rows of raw.flow of one hour, in the order of time.
    static func flows(sensor: Int32, hour: Int64) -> String {
        """
        COPY (SELECT ((extract(epoch FROM window_start)::int8 - \(hour)) / 300)::int4, records, service, source4, source6,
            header, packets, bytes FROM raw.flow
            WHERE \(condition(sensor, hour, 3_600)) ORDER BY window_start) TO STDOUT (FORMAT binary)
        """
    }

    /// Overflow records of one hour.
    static func overflow(sensor: Int32, hour: Int64) -> String {
        """
        COPY (SELECT ((extract(epoch FROM window_start)::int8 - \(hour)) / 300)::int4, class, service_port, family,
            packets, bytes, sources FROM raw.overflow
            WHERE \(condition(sensor, hour, 3_600))) TO STDOUT (FORMAT binary)
        """
    }

    /// What is a sensor's of the span that begins at `start`.
    static func condition(_ sensor: Int32, _ start: Int64, _ span: Int64) -> String {
        """
        sensor = \(sensor) AND window_start >= to_timestamp(\(start)) AND window_start < to_timestamp(\(start + span))
        """
    }

    /// The columns that every reader of raw.flow asks for first: service, source4, source6, header, packets.
    static func commonColumns(_ fields: inout CopyRow) throws(StoreError) -> FlowColumns {
        var columns = FlowColumns()
        columns.service = try fields.array(null: 0)
        columns.source4 = try fields.array(null: 0)
        columns.source6 = try fields.addresses6()
        columns.header = try fields.array(null: 0)
        columns.packets = try fields.array(null: FlowColumns.unset)
        return columns
    }

    /// The records of a row of `flows`, and the five minutes in which their window begins.
    static func flows(in bytes: UnsafeRawBufferPointer) throws(StoreError) -> (columns: FlowColumns, bucket: Int) {
        var fields = try CopyRow(bytes, fields: 8)
        guard let bucket = try fields.number(as: Int32.self), let records = try fields.number(as: Int32.self),
            (0..<HourRollup.bucketCount).contains(Int(bucket))
        else { throw StoreError(.schema, "a row of raw.flow has no time") }
        var columns = try commonColumns(&fields)
        columns.bytes = try fields.array(null: FlowColumns.unset)
        guard columns.count == Int(records), columns.isConsistent else {
            throw StoreError(.schema, "the arrays of a row of raw.flow are not of one length")
        }
        return (columns, Int(bucket))
    }

    /// The records of a row of `overflow`, and the five minutes in which their window begins.
    static func overflow(in bytes: UnsafeRawBufferPointer) throws(StoreError) -> (sums: [OverflowSum], bucket: Int) {
        var fields = try CopyRow(bytes, fields: 7)
        let bucket = Int(try fields.number(as: Int32.self) ?? -1)
        let classes = try fields.array(null: 0 as Int16)
        let ports = try fields.array(null: 0 as Int32)
        let families = try fields.array(null: 0 as Int16)
        let packets = try fields.array(null: 0 as Int64)
        let octets = try fields.array(null: 0 as Int64)
        let sources = try fields.array(null: 0 as Int64)
        guard (0..<HourRollup.bucketCount).contains(bucket),
            [ports.count, families.count, packets.count, octets.count, sources.count].allSatisfy({ $0 == classes.count }
            )
        else { throw StoreError(.schema, "a row of raw.overflow is not one that this program writes") }
        let sums = classes.indices.map { index in
            OverflowSum(
                trafficClass: classes[index], servicePort: ports[index], family: families[index] == 6 ? .ipv6 : .ipv4,
                packets: packets[index], bytes: octets[index], sources: sources[index])
        }
        return (sums, bucket)
    }
}
