import Analysis

extension StoreConnection {
    /// Puts what an hour of a sensor has of scanners and altogether in the place of what it had; in the transaction of
    /// `makeRollup`. Days and the world are made from it later.
    /// - Parameters:
    ///   - all: countries and networks of the hour.
    ///   - scanners: those of labelled sources, in the same rows.
    func replaceParts(_ task: RollupTask, all: [OriginTraffic], scanners: [OriginTraffic]) throws(StoreError) {
        for part in [TrafficPart.country, .network] {
            try replace(
                PartRows(part: part, isScanner: true, isWorld: false, span: 3_600), task.start, task.sensor,
                scanners.filter { TrafficPart($0.origin) == part }.map { OriginUnion.Row($0) })
        }
        for (isScanner, rows) in [(false, all), (true, scanners)] {
            try replace(
                PartRows(part: .total, isScanner: isScanner, isWorld: false, span: 3_600), task.start, task.sensor,
                OriginUnion.total(rows).map { OriginUnion.Row($0) })
        }
    }

    /// Makes the countries, networks and totals of a sensor's day from its hours; in the transaction of `makeRollup`.
    func makeDayParts(_ task: RollupTask) throws(StoreError) {
        let end = task.start + task.span
        for isScanner in [false, true] {
            try makeTotals(task, isScanner: isScanner)
            for part in TrafficPart.allCases {
                var day = OriginUnion()
                let hours = PartRows.hours(
                    part, isScanner: isScanner, sensor: task.sensor, from: task.start, until: end)
                try copyOut(hours) { row throws(StoreError) in day.add(try PartRows.read(row, part).row) }
                try replace(
                    PartRows(part: part, isScanner: isScanner, isWorld: false, span: task.span), task.start,
                    task.sensor,
                    day.finish())
            }
        }
        try markWorld(.day, task.start, .parts)
    }

    /// Totals of hours that have none, because a program made them that did not know of totals.
    private func makeTotals(_ task: RollupTask, isScanner: Bool) throws(StoreError) {
        let label = isScanner ? "scanner_" : ""
        let missing = try query(
            """
            SELECT DISTINCT extract(epoch FROM c.start)::int8 FROM rollup.\(label)country_hour c
            WHERE c.start >= to_timestamp($1::int8) AND c.start < to_timestamp($2::int8) AND c.sensor = $3::int4
                AND NOT EXISTS (SELECT FROM rollup.\(label)total_hour t WHERE t.start = c.start AND t.sensor = c.sensor)
            """, ["\(task.start)", "\(task.start + task.span)", "\(task.sensor)"])
        for row in 0..<missing.rowCount {
            guard let hour: Int64 = missing.number(row, 0) else { continue }
            var countries: [OriginTraffic] = []
            let rows = PartRows.hours(
                .country, isScanner: isScanner, sensor: task.sensor, from: hour, until: hour + 3_600)
            try copyOut(rows) { row throws(StoreError) in countries.append(try PartRows.read(row, .country).row.traffic)
            }
            try replace(
                PartRows(part: .total, isScanner: isScanner, isWorld: false, span: 3_600), hour, task.sensor,
                OriginUnion.total(countries).map { OriginUnion.Row($0) })
            try markWorld(.hour, hour, .parts)
        }
    }

    /// Makes the parts of an hour or a day of the world from the sensors' ones, and the ports of scanners; in the transaction
    /// of `makeWorld`.
    func makeWorldParts(_ task: WorldTask) throws(StoreError) {
        for part in TrafficPart.allCases {
            for isScanner in [false, true] {
                let rows = PartRows(part: part, isScanner: isScanner, isWorld: true, span: Int64(task.span.rawValue))
                var world = OriginUnion()
                try copyOut(rows.parts(start: task.start)) { row throws(StoreError) in
                    world.add(try PartRows.read(row, part).row)
                }
                try replace(rows, task.start, 0, world.finish())
            }
        }
        try makeScannerPorts(task)
        if task.span == .day {
            try query("SELECT rollup.make_first_sources(to_timestamp($1::int8))", ["\(task.start)"])
        }
    }

    private func makeScannerPorts(_ task: WorldTask) throws(StoreError) {
        var rollup = WorldRollup()
        try copyOut(WorldRows.scannerParts(task)) { row throws(StoreError) in
            rollup.add(try WorldRows.read(row, hasOthers: true))
        }
        let rows = rollup.finish().ports.filter { $0.traffic.packets > 0 }
        let table = "world_scanner_port_\(task.span == .hour ? "hour" : "day")"
        try query("DELETE FROM rollup.\(table) WHERE start = to_timestamp($1::int8)", ["\(task.start)"])
        var copy = CopyBuffer(capacity: rows.count * 512)
        for row in rows { WorldRows.write(row, start: task.start, hasOthers: true, to: &copy) }
        try copyIn(WorldRows.scannerCopy(table), [copy.bytes])
    }

    /// Puts rows in the place of those of a span, of a sensor or of the world.
    private func replace(
        _ rows: PartRows, _ start: Int64, _ sensor: Int32, _ new: [OriginUnion.Row]
    ) throws(StoreError) {
        try query(
            """
            DELETE FROM rollup.\(rows.table) WHERE start = to_timestamp($1::int8)\(rows.isWorld ? "" : " AND sensor = $2::int4")
            """, ["\(start)"] + (rows.isWorld ? [] : ["\(sensor)"]))
        guard !new.isEmpty else { return }
        var copy = CopyBuffer(capacity: new.count * 256)
        for row in new { rows.write(row, start: start, sensor: sensor, to: &copy) }
        try copyIn(rows.copyCommand, [copy.bytes])
    }
}
