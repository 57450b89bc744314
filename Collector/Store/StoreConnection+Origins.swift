import Analysis
import FlowModel

extension StoreConnection {
    /// The active table of origins; read from the database when it is another than at the last call.
    func currentOrigins() throws(StoreError) -> OriginTable {
        let active = try query("SELECT id FROM enrichment.version WHERE kind = 'origin' AND active")
        let version = active.rowCount == 1 ? active.number(0, 0, as: Int32.self) : nil
        if let known = knownOrigins, known.version == version { return known }
        var table = OriginTable(version: version)
        if let version {
            let rows = """
                COPY (SELECT lo, hi, country, asn FROM enrichment.origin WHERE version = \(version) ORDER BY lo)
                TO STDOUT (FORMAT binary)
                """
            try copyOut(rows) { row throws(StoreError) in
                var fields = try CopyRow(row, fields: 4)
                guard let low = try fields.address(), let high = try fields.address() else {
                    throw StoreError(.schema, "a row of enrichment.origin has no addresses")
                }
                // What somebody wrote by hand over another range is left out: it must not keep hours from being made.
                _ = table.append(
                    low, high, country: try fields.raw().map { String(decoding: $0, as: UTF8.self) },
                    network: try fields.number(as: Int64.self).flatMap { UInt32(exactly: $0) })
            }
            table.close()
        }
        knownOrigins = table
        return table
    }

    /// Puts rows in the place of those that the sensor has in the task's hour.
    func replaceOrigins(_ task: RollupTask, _ rows: [OriginTraffic], version: Int32?) throws(StoreError) {
        var (countries, networks) = (CopyBuffer(capacity: rows.count * 128), CopyBuffer(capacity: rows.count * 128))
        for row in rows {
            switch row.origin {
            case .country(let country):
                StoreConnection.write(row, task, version, to: &countries) { $0.text(country ?? "") }
            case .network(let asn):
                StoreConnection.write(row, task, version, to: &networks) { $0.number(Int64(asn ?? 0)) }
            case .otherNetworks: StoreConnection.write(row, task, version, to: &networks) { $0.number(Int64(-1)) }
            case .everything: break
            }
        }
        for (table, key, buffer) in [("country_hour", "country", countries), ("as_hour", "asn", networks)] {
            try query(
                "DELETE FROM rollup.\(table) WHERE sensor = $1::int4 AND start = to_timestamp($2::int8)",
                ["\(task.sensor)", "\(task.start)"])
            try copyIn(
                """
                COPY rollup.\(table) (start, sensor, \(key), is_backscatter, packets, flows, sources, sources_precision,
                    version, sketch) FROM STDIN (FORMAT binary)
                """, [buffer.bytes])
        }
    }

    private static func write(
        _ row: OriginTraffic, _ task: RollupTask, _ version: Int32?, to copy: inout CopyBuffer,
        origin: (inout CopyBuffer) -> Void
    ) {
        var sketch = row.sketch
        copy.beginRow(fields: 10)
        copy.number(Timestamp.microseconds(unixSeconds: task.start))
        copy.number(task.sensor)
        origin(&copy)
        copy.bool(row.isBackscatter)
        copy.number(row.packets)
        copy.number(row.flows)
        copy.number(row.sources)
        copy.number(Int16(row.precision.rawValue))
        copy.number(version)
        copy.raw(sketch.storedBytes())
    }
}
