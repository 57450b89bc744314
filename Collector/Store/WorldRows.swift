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

    /// What sensors saw of scanners in a span, each port in the row that the world has it in, and beside it which sites saw
    /// something else of it.
    static func scannerParts(_ task: WorldTask) -> String {
        let span = task.span == .hour ? "hour" : "day"
        var sketch = SourceSketch()
        let empty = sketch.storedBytes()
        let condition = "start = to_timestamp(\(task.start))"
        return """
            COPY (
                SELECT a.class, coalesce(k.service_port, \(PortTraffic.otherPorts)), coalesce(o.packets, 0),
                    coalesce(o.bytes, 0), coalesce(o.flows, 0), coalesce(o.sources, 0),
                    coalesce(o.sources_precision, 0::int2), coalesce(o.sketch, '\(Literal.bytes(empty))'::bytea), CASE WHEN o.packets > 0 THEN ARRAY[s.site] END,
                    CASE WHEN a.packets > coalesce(o.packets, 0) THEN ARRAY[s.site] END
                FROM rollup.port_\(span) a
                LEFT JOIN rollup.scanner_port_\(span) o
                    ON (o.start, o.sensor, o.class, o.service_port) = (a.start, a.sensor, a.class, a.service_port)
                JOIN meta.sensor s ON s.id = a.sensor
                LEFT JOIN (
                    SELECT class, service_port, row_number() OVER (
                        PARTITION BY class ORDER BY sum(packets) DESC, service_port) AS place
                    FROM rollup.port_\(span) WHERE \(condition) AND service_port >= 0 GROUP BY 1, 2
                ) k ON k.class = a.class AND k.service_port = a.service_port AND k.place <= \(WorldRollup.portLimit)
                WHERE a.\(condition)
            ) TO STDOUT (FORMAT binary)
            """
    }

    /// - Parameter hasOthers: whether the row is one of `scannerParts`.
    static func read(_ bytes: UnsafeRawBufferPointer, hasOthers: Bool = false) throws(StoreError) -> WorldRollup.Row {
        var fields = try CopyRow(bytes, fields: hasOthers ? 10 : 9)
        let traffic = try PortTrafficRow.read(&fields)
        let sites = SiteSet(try fields.array(null: 0 as Int32))
        return WorldRollup.Row(
            traffic, sites: sites, others: hasOthers ? SiteSet(try fields.array(null: 0 as Int32)) : SiteSet())
    }

    private static let figures = "packets, bytes, flows, sources, sources_precision, sites, sketch"

    static func copyCommand(_ span: WorldTask.Span) -> String {
        "COPY rollup.\(table(span)) (start, class, service_port, \(figures)) FROM STDIN (FORMAT binary)"
    }

    static func scannerCopy(_ table: String) -> String {
        "COPY rollup.\(table) (start, class, service_port, other_sites, \(figures)) FROM STDIN (FORMAT binary)"
    }

    static let totalCopy = "COPY rollup.world_total (span, start, \(figures)) FROM STDIN (FORMAT binary)"

    /// - Parameter start: Unix seconds.
    static func write(_ row: WorldRollup.Row, start: Int64, hasOthers: Bool = false, to copy: inout CopyBuffer) {
        copy.beginRow(fields: hasOthers ? 11 : 10)
        copy.number(Timestamp.microseconds(unixSeconds: start))
        copy.number(row.traffic.trafficClass)
        copy.number(row.traffic.servicePort)
        if hasOthers { copy.array(.int4, row.others.sites) }
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
