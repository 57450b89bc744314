import Analysis

/// Rows of trend.port, and what a trend model takes from the rollups.
enum TrendRows {
    static let portCopy =
        "COPY trend.port (at, class, service_port, weight, packets, sources) FROM STDIN (FORMAT binary)"

    /// The ports of the state of a time, in Unix seconds.
    static func ports(at: Int64) -> String {
        """
        COPY (SELECT class, service_port, weight, packets, sources FROM trend.port WHERE at = to_timestamp(\(at)))
            TO STDOUT (FORMAT binary)
        """
    }

    static func write(_ port: ServicePort, _ tracked: TrackedPort, at: Int64, to copy: inout CopyBuffer) {
        let numbers = tracked.numbers
        copy.beginRow(fields: 6)
        copy.number(Timestamp.microseconds(unixSeconds: at))
        copy.number(port.trafficClass)
        copy.number(port.number)
        copy.number(tracked.weight.bitPattern)
        copy.array(.float8, numbers.packets.map(\.bitPattern))
        copy.array(.float8, numbers.sources.map(\.bitPattern))
    }

    static func readPort(_ bytes: UnsafeRawBufferPointer) throws(StoreError) -> (ServicePort, TrackedPort) {
        var fields = try CopyRow(bytes, fields: 5)
        guard let port = try servicePort(&fields), let weight = try fields.number(as: UInt64.self) else {
            throw malformed("trend.port")
        }
        let packets = try fields.array(null: 0 as UInt64).map(Double.init(bitPattern:))
        let sources = try fields.array(null: 0 as UInt64).map(Double.init(bitPattern:))
        guard
            let tracked = TrackedPort(weight: Double(bitPattern: weight), packets: packets, sources: sources)
        else { throw malformed("trend.port") }
        return (port, tracked)
    }

    /// What the sensors of a panel counted in an hour: by port and ten minutes, and in rows of port -1 what a port without
    /// a row of its own may have had at most. A port that an hour folds has no more packets in it than the least that has
    /// a row, and in ten minutes no more than all that share the row.
    static func hour(_ start: Int64, panel: [Int32]) -> String {
        let span = "start >= to_timestamp(\(start)) AND start < to_timestamp(\(start + 3_600))"
        return """
            COPY (
                WITH five AS (
                    SELECT sensor, class, service_port, floor((extract(epoch FROM start) - \(start)) / 600)::int4 AS place, packets, sources
                    FROM rollup.port_5m WHERE \(span) AND sensor = ANY ('\(Literal.array(panel))')
                ), edge AS (
                    SELECT sensor, class, min(packets) AS least FROM rollup.port_hour
                    WHERE start = to_timestamp(\(start)) AND service_port >= 0
                        AND sensor = ANY ('\(Literal.array(panel))')
                    GROUP BY 1, 2
                ), folded AS (
                    SELECT sensor, class, place, least(sum(packets), coalesce(min(least), 0)) AS most
                    FROM five LEFT JOIN edge USING (sensor, class) WHERE service_port = -1 GROUP BY 1, 2, 3
                )
                SELECT class, service_port, place, \(number("sum(packets)")), \(number("sum(sources)")),
                    \(number("sum(known)"))
                FROM (
                    SELECT class, service_port, place, packets::numeric, sources::numeric, 0::numeric AS known
                    FROM five WHERE service_port >= 0
                    UNION ALL
                    SELECT p.class, p.service_port, f.place, 0, 0, f.most
                    FROM rollup.port_hour p JOIN folded f USING (sensor, class)
                    WHERE p.start = to_timestamp(\(start)) AND p.service_port >= 0
                    UNION ALL
                    SELECT class, -1, place, most, 0, 0 FROM folded
                ) r GROUP BY 1, 2, 3
            ) TO STDOUT (FORMAT binary)
            """
    }

    static func add(_ bytes: UnsafeRawBufferPointer, to hour: inout TrendHour) throws(StoreError) {
        var fields = try CopyRow(bytes, fields: 6)
        guard let port = try servicePort(&fields), let place = try fields.number(as: Int32.self),
            let packets = try fields.double(), let sources = try fields.double(), let known = try fields.double(),
            (0..<TrendModel.pointCount).contains(Int(place))
        else { throw malformed("rollup.port_5m") }
        if port.number < 0 {
            hour.add(unknown: packets, class: port.trafficClass, Int(place))
        } else {
            hour.add(port, Int(place), packets: packets, sources: sources, known: known)
        }
    }

    /// What two panels counted of each port in the same hours.
    static func comparison(_ hours: [Int64], _ old: [Int32], _ new: [Int32]) -> String {
        func sum(_ column: String, _ panel: [Int32]) -> String {
            number("coalesce(sum(\(column)) FILTER (WHERE sensor = ANY ('\(Literal.array(panel))')), 0)")
        }
        return """
            COPY (
                SELECT class, service_port, \(sum("packets", old)), \(sum("packets", new)), \(sum("sources", old)),
                    \(sum("sources", new))
                FROM rollup.port_hour
                WHERE start IN (SELECT to_timestamp(t) FROM unnest('\(Literal.array(hours))'::int8[]) t)
                    AND service_port >= 0 AND sensor = ANY ('\(Literal.array(old + new))')
                GROUP BY 1, 2
            ) TO STDOUT (FORMAT binary)
            """
    }

    static func readComparison(
        _ bytes: UnsafeRawBufferPointer
    ) throws(StoreError) -> (ServicePort, TrendModel.Comparison) {
        var fields = try CopyRow(bytes, fields: 6)
        guard let port = try servicePort(&fields), let oldPackets = try fields.double(),
            let newPackets = try fields.double(), let oldSources = try fields.double(),
            let newSources = try fields.double()
        else { throw malformed("rollup.port_hour") }
        var comparison = TrendModel.Comparison()
        (comparison.oldPackets, comparison.newPackets) = (oldPackets, newPackets)
        (comparison.oldSources, comparison.newSources) = (oldSources, newSources)
        return (port, comparison)
    }

    /// A sum as a float8, of exact whole numbers: a sensor can say any number, and sums must not depend on their order.
    private static func number(_ sum: String) -> String { "least(\(sum), 1e15)::float8" }

    private static func servicePort(_ fields: inout CopyRow) throws(StoreError) -> ServicePort? {
        guard let trafficClass = try fields.number(as: Int16.self), let number = try fields.number(as: Int32.self)
        else { return nil }
        return ServicePort(trafficClass: trafficClass, number: number)
    }

    private static func malformed(_ table: String) -> StoreError {
        StoreError(.schema, "a row of \(table) is not one that this program writes")
    }
}
