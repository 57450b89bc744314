import Analysis
import FlowModel

/// Rows of rollup.world_port_hour, rollup.world_port_day, rollup.world_port_month and rollup.world_total.
enum WorldRows {
    static func table(_ span: WorldTask.Span) -> String {
        switch span {
        case .hour: "world_port_hour"
        case .day: "world_port_day"
        case .month: "world_port_month"
        }
    }

    /// The rows that a span is made of. Those of ports beyond the first `WorldRollup.portLimit` of their class by packets
    /// come as rows of no port, so that what a program keeps of them is bounded.
    static func parts(_ task: WorldTask) -> String {
        let (table, sites, condition) =
            switch task.span {
            case .hour: ("port_hour", "ARRAY[site]", "start = to_timestamp(\(task.start))")
            case .day: ("port_day", "ARRAY[site]", "start = to_timestamp(\(task.start))")
            case .month:
                (
                    "world_port_day", "sites",
                    """
                    start >= to_timestamp(\(task.start))
                        AND start < rollup.world_end(\(task.span.rawValue), to_timestamp(\(task.start)))
                    """
                )
            }
        let sensor = task.span == .month ? "" : "JOIN meta.sensor s ON s.id = r.sensor"
        return """
            COPY (
                SELECT r.class, coalesce(k.service_port, \(PortTraffic.otherPorts)), packets, bytes, flows, sources,
                    sources_precision, sketch, \(sites)
                FROM rollup.\(table) r \(sensor)
                LEFT JOIN (
                    SELECT class, service_port, row_number() OVER (
                        PARTITION BY class ORDER BY sum(packets) DESC, service_port) AS place
                    FROM rollup.\(table) WHERE \(condition) AND service_port >= 0 GROUP BY 1, 2
                ) k ON k.class = r.class AND k.service_port = r.service_port AND k.place <= \(WorldRollup.portLimit)
                WHERE \(condition)
            ) TO STDOUT (FORMAT binary)
            """
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> WorldRollup.Row {
        var fields = try CopyRow(bytes, fields: 9)
        let traffic = try PortTrafficRow.read(&fields)
        return WorldRollup.Row(traffic, sites: SiteSet(try fields.array(null: 0 as Int32)))
    }

    private static let figures = "packets, bytes, flows, sources, sources_precision, sites, sketch"

    static func copyCommand(_ span: WorldTask.Span) -> String {
        "COPY rollup.\(table(span)) (start, class, service_port, \(figures)) FROM STDIN (FORMAT binary)"
    }

    static let totalCopy = "COPY rollup.world_total (span, start, \(figures)) FROM STDIN (FORMAT binary)"

    /// - Parameter start: Unix seconds.
    static func write(_ row: WorldRollup.Row, start: Int64, to copy: inout CopyBuffer) {
        copy.beginRow(fields: 10)
        copy.number(Timestamp.microseconds(unixSeconds: start))
        copy.number(row.traffic.trafficClass)
        copy.number(row.traffic.servicePort)
        writeFigures(row, to: &copy)
    }

    static func writeTotal(_ row: WorldRollup.Row, _ task: WorldTask, to copy: inout CopyBuffer) {
        copy.beginRow(fields: 9)
        copy.number(task.span.rawValue)
        copy.number(Timestamp.microseconds(unixSeconds: task.start))
        writeFigures(row, to: &copy)
    }

    private static func writeFigures(_ row: WorldRollup.Row, to copy: inout CopyBuffer) {
        copy.number(row.traffic.packets)
        copy.number(row.traffic.bytes)
        copy.number(row.traffic.flows)
        copy.number(row.traffic.sources)
        copy.number(Int16(row.traffic.precision.rawValue))
        copy.array(.int4, row.sites.sites)
        var sketch = row.traffic.sketch ?? SourceSketch()
        copy.raw(sketch.storedBytes())
    }
}
