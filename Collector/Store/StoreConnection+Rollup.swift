import Analysis

/// An hour or a day of a sensor whose rollup is to be made again.
package struct RollupTask: Sendable, Hashable {
    /// What is made; the raw value is that of rollup.dirty.kind.
    package enum Kind: Int16, Sendable {
        /// Of an hour or a day.
        case portsAndCoverage = 1
        /// Of a day.
        case sources = 2
        /// Countries, networks and totals of a day; of the world of an hour, too.
        case parts = 3
    }

    package let sensor: Int32
    /// Seconds: 3,600 or 86,400.
    package let span: Int64
    /// Unix seconds.
    package let start: Int64
    /// Whether something was added of late, so that more is likely to come.
    package let isGrowing: Bool
    package let kind: Kind

    package init(
        sensor: Int32, span: Int64, start: Int64, isGrowing: Bool = false, kind: Kind = .portsAndCoverage
    ) {
        self.kind = kind
        self.sensor = sensor
        self.span = span
        self.start = start
        self.isGrowing = isGrowing
    }
}

/// When a marked hour or day is made again.
package struct RollupPatience: Sendable, Hashable {
    /// Nothing was added for so long.
    package var quietSeconds: Int64
    /// Or the oldest mark is as old as this: what is still growing is made again that often at most.
    package var maximumSeconds: Int64
    /// The sources of a day are made when nothing was added for so long after it ended, or for six times as long.
    package var sourceSeconds: Int64

    package init(quietSeconds: Int64 = 90, maximumSeconds: Int64 = 300, sourceSeconds: Int64 = 600) {
        self.sourceSeconds = sourceSeconds
        self.quietSeconds = quietSeconds
        self.maximumSeconds = maximumSeconds
    }
}

extension StoreConnection {
    /// Key of the advisory lock of a sensor's hour or day.
    private static let rollupLock =
        "hashtextextended(concat_ws(' ', 'darkscope rollup', $1::text, $2::text, $3::text, $4::text), 0)"

    /// Marks the hours that a group of batches touches, in the transaction that stores them.
    func markRollups(_ batches: [PendingBatch], _ gaps: [GapRow]) throws(StoreError) {
        let hours = RollupMarks(batches, gaps).hours
        guard !hours.isEmpty else { return }
        let ordered = hours.sorted { ($0.sensor, $0.start) < ($1.sensor, $1.start) }
        try query(
            """
            INSERT INTO rollup.dirty (sensor, span, start)
            SELECT m.sensor, 3600, to_timestamp(m.start) FROM unnest($1::int4[], $2::int8[]) m (sensor, start)
            """, [Literal.array(ordered.map(\.sensor)), Literal.array(ordered.map(\.start))])
    }

    /// Lets statements of this connection run for ten minutes: an hour of a large telescope takes long to read.
    package func allowLongStatements() throws(StoreError) { try query("SET statement_timeout = '10min'") }

    /// What is due: what grows no more first, hours before days, the longest waiting first. Sources of a day are due when
    /// the day has been over for ten minutes and nothing was added for so long, or for an hour.
    package func dueRollups(_ patience: RollupPatience, limit: Int = 1_000) throws(StoreError) -> [RollupTask] {
        let result = try query(
            """
            SELECT sensor, span, extract(epoch FROM start)::int8,
                max(marked_at) > clock_timestamp() - $1::int8 * interval '1 s', kind
            FROM rollup.dirty GROUP BY sensor, span, start, kind
            HAVING kind IN (1, 3) AND (max(marked_at) <= clock_timestamp() - $1::int8 * interval '1 s'
                    OR min(marked_at) <= clock_timestamp() - $2::int8 * interval '1 s')
                OR kind = 2 AND start + (span + $4::int8) * interval '1 s' <= clock_timestamp()
                    AND (max(marked_at) <= clock_timestamp() - $4::int8 * interval '1 s'
                        OR min(marked_at) <= clock_timestamp() - $4::int8 * interval '6 s')
            ORDER BY 4, kind, span, min(marked_at) LIMIT $3::int4
            """,
            [
                "\(patience.quietSeconds)", "\(patience.maximumSeconds)", "\(limit)", "\(patience.sourceSeconds)",
            ])
        return (0..<result.rowCount).compactMap { row in
            guard let sensor = result.number(row, 0, as: Int32.self), let span = result.number(row, 1, as: Int64.self),
                let start = result.number(row, 2, as: Int64.self),
                let kind = result.number(row, 4, as: Int16.self).flatMap({ RollupTask.Kind(rawValue: $0) })
            else { return nil }
            return RollupTask(
                sensor: sensor, span: span, start: start, isGrowing: result.text(row, 3) == "t", kind: kind)
        }
    }

    /// Makes the rollups of an hour or a day of a sensor again from everything that is stored, in one transaction.
    ///
    /// READ COMMITTED: the marks that are deleted belong to transactions that the later statements see, and a mark that
    /// comes in between stays for another time.
    /// - Returns: false when another connection is at it.
    @discardableResult
    package func makeRollup(_ task: RollupTask) throws(StoreError) -> Bool {
        try transaction { () throws(StoreError) in
            let key = ["\(task.sensor)", "\(task.span)", "\(task.start)", "\(task.kind.rawValue)"]
            let locked = try query("SELECT pg_try_advisory_xact_lock(\(StoreConnection.rollupLock))", key)
            guard locked.text(0, 0) == "t" else { return false }
            try query(
                """
                DELETE FROM rollup.dirty
                WHERE sensor = $1::int4 AND span = $2::int4 AND start = to_timestamp($3::int8) AND kind = $4::int2
                """, key)
            switch task.kind {
            case .sources: try makeSources(task)
            case .parts: try makeDayParts(task)
            case .portsAndCoverage:
                if task.span == RollupMarks.hourSeconds { try makeHour(task) } else { try makeDay(task) }
            }
            return true
        }
    }

    private func makeHour(_ task: RollupTask) throws(StoreError) {
        let isKnown = try markTrend(task)
        try makeCoverage(task)
        if !isKnown { _ = try markTrend(task) }
        try query(
            """
            INSERT INTO rollup.dirty (sensor, span, start, kind)
            SELECT $1::int4, 86400, date_bin('1 day', to_timestamp($2::int8), '2000-01-01Z'), kind
            FROM unnest('{1,2,3}'::int2[]) kind
            """, ["\(task.sensor)", "\(task.start)"])
        try markEvents(task)
        // The days of raw.flow go by age, the ledger and the rollups stay: what a removed day had is not made again. The
        // ledger is read first, so that what is stored in between is no sign of that.
        let ledger = try ledgerRecords(task)
        let table = try currentOrigins()
        var (rollup, origins) = (HourRollup(), OriginRollup(table))
        var scanners = ScannerRollup(try scannerLabels(at: task.start), table)
        var records: Int64 = 0
        try copyOut(RollupSource.flows(sensor: task.sensor, hour: task.start)) { row throws(StoreError) in
            let (columns, bucket) = try RollupSource.flows(in: row)
            rollup.add(columns, bucket: bucket)
            origins.add(columns)
            scanners.add(columns, bucket: bucket)
            records += Int64(columns.count)
        }
        guard records >= ledger else { return }
        try copyOut(RollupSource.overflow(sensor: task.sensor, hour: task.start)) { row throws(StoreError) in
            let (sums, bucket) = try RollupSource.overflow(in: row)
            for sum in sums {
                rollup.add(sum, bucket: bucket)
                origins.add(sum)
            }
        }
        let places = origins.finish()
        try replaceOrigins(task, places, version: table.version)
        try replaceParts(task, all: places, scanners: scanners.origins(like: places))
        let (hour, buckets) = rollup.finish()
        try replace("port_hour", task, hour.map { (task.start, $0) }, hasSketch: true)
        let ofScanners = scanners.finish(like: hour).map { (task.start, $0) }
        try replace("scanner_port_hour", task, ofScanners, hasSketch: true)
        let minutes = buckets.enumerated().flatMap { index, rows in
            rows.map { (task.start + Int64(index) * 300, $0) }
        }
        try replace("port_5m", task, minutes, hasSketch: false)
        try markWorld(.hour, task.start)
        try markWorld(.hour, task.start, .parts)
    }

    /// Records that the ledger knows of a task's span.
    func ledgerRecords(_ task: RollupTask) throws(StoreError) -> Int64 {
        let sum = try query(
            """
            SELECT coalesce(sum(records), 0) FROM raw.batch
            WHERE kind = 1 AND \(RollupSource.condition(task.sensor, task.start, task.span))
            """)
        return sum.number(0, 0) ?? 0
    }

    private func makeDay(_ task: RollupTask) throws(StoreError) {
        try makeCoverage(task)
        let (all, scanners) = (try hours("port_hour", of: task), try hours("scanner_port_hour", of: task))
        let rows = all.finish()
        try replace("port_day", task, rows.map { (task.start, $0) }, hasSketch: true)
        try replace("scanner_port_day", task, scanners.finish(like: rows).map { (task.start, $0) }, hasSketch: true)
        try markWorld(.day, task.start)
    }

    /// The hours of a day in a table of rollup.
    private func hours(_ table: String, of task: RollupTask) throws(StoreError) -> DayRollup {
        var day = DayRollup()
        let hours = """
            COPY (SELECT \(PortTrafficRow.readColumns) FROM rollup.\(table)
                WHERE start >= to_timestamp(\(task.start)) AND start < to_timestamp(\(task.start + 86_400))
                    AND sensor = \(task.sensor)) TO STDOUT (FORMAT binary)
            """
        try copyOut(hours) { row throws(StoreError) in day.add(try PortTrafficRow.read(row)) }
        return day
    }

    /// Puts rows in the place of those that the sensor has in the task's span.
    private func replace(
        _ table: String, _ task: RollupTask, _ rows: [(start: Int64, traffic: PortTraffic)], hasSketch: Bool
    ) throws(StoreError) {
        try query(
            """
            DELETE FROM rollup.\(table) WHERE sensor = $1::int4 AND start >= to_timestamp($2::int8)
                AND start < to_timestamp($2::int8 + $3::int8)
            """, ["\(task.sensor)", "\(task.start)", "\(task.span)"])
        var copy = CopyBuffer(capacity: rows.count * 128)
        for (start, traffic) in rows {
            PortTrafficRow.write(traffic, start: start, sensor: task.sensor, hasSketch: hasSketch, to: &copy)
        }
        try copyIn(PortTrafficRow.copyCommand(table, hasSketch: hasSketch), [copy.bytes])
    }
}
