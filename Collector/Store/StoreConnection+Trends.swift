import Analysis

/// When an hour is taken into the state that surges are found with.
package struct TrendPatience: Sendable, Hashable {
    /// When it has been over for so long and none of its rollups is to be made again.
    package var quietSeconds: Int64
    /// Or when it has been over for so long.
    package var maximumSeconds: Int64

    package init(quietSeconds: Int64 = 600, maximumSeconds: Int64 = 7_200) {
        self.quietSeconds = quietSeconds
        self.maximumSeconds = maximumSeconds
    }
}

extension StoreConnection {
    /// Advisory lock of whoever looks for surges: "Darkscot" in ASCII.
    private static let trendLock: Int64 = 0x4461_726B_7363_6F74
    private static let hour: Int64 = 3_600
    private static let day: Int64 = 86_400
    /// Days whose states are kept; of those before, the first of each month.
    private static let keptDays = 40

    /// Takes the next hours whose rollups are made into the state, in one transaction, and stores the surges that are
    /// found; goes back first when an hour that it took was made again since.
    ///
    /// READ COMMITTED: the marks that are deleted belong to transactions that the later statements see.
    /// - Parameter limit: hours at most.
    /// - Returns: hours taken; fewer than `limit` when there are no more, or another connection is at it.
    package func findSurges(_ patience: TrendPatience, limit: Int = 24) throws(StoreError) -> Int {
        try transaction { () throws(StoreError) in
            guard try lockTrend() else { return 0 }
            try rewindTrend(patience)
            var model = try trendModel()
            let (since, known) = (model.next, model.openSurges)
            var (taken, surges) = (0, [SurgeKey: Surge]())
            while taken < limit, let hour = try nextTrendHour(model.next, patience) {
                if let next = model.next, StoreConnection.midnight(hour) > StoreConnection.midnight(next - 1) {
                    try keep(model, at: StoreConnection.midnight(hour))
                }
                for surge in try take(hour, &model) { surges[SurgeKey(surge)] = surge }
                taken += 1
            }
            guard taken > 0, let next = model.next else { return 0 }
            try keep(model, at: next)
            if let since, since % StoreConnection.day != 0 { try forgetState(at: since) }
            try forgetOldStates()
            try removeProvisional(known)
            try storeSurges(Array(surges.values))
            return taken
        }
    }

    /// Looks through the hours that are not ready to be taken, three at most, with the rollups as they are. What is found is
    /// provisional: the next look, or the taking of the hours, replaces it. The state stays as it is.
    package func previewSurges() throws(StoreError) {
        try transaction { () throws(StoreError) in
            guard try lockTrend() else { return }
            var model = try trendModel()
            guard let next = model.next else { return }
            try removeProvisional(model.openSurges)
            let hours = try query(
                """
                SELECT DISTINCT extract(epoch FROM date_bin('1 hour', start, '2000-01-01Z'))::int8 FROM rollup.coverage
                WHERE span = 300 AND observed_seconds > 0 AND start >= to_timestamp($1::int8)
                    AND start < to_timestamp($1::int8 + 3 * 3600)
                ORDER BY 1
                """, ["\(next)"])
            var surges: [SurgeKey: Surge] = [:]
            for row in 0..<hours.rowCount {
                guard let hour: Int64 = hours.number(row, 0) else { continue }
                // An hour that is not over says nothing about who is of its panel.
                for surge in model.add(try trendHour(hour, model.panel)) { surges[SurgeKey(surge)] = surge }
            }
            try storeSurges(Array(surges.values), isProvisional: true)
        }
    }

    private func lockTrend() throws(StoreError) -> Bool {
        try query("SELECT pg_try_advisory_xact_lock($1::int8)", ["\(StoreConnection.trendLock)"]).text(0, 0) == "t"
    }

    /// The start of the day that holds a time.
    private static func midnight(_ seconds: Int64) -> Int64 { Day(unixSeconds: seconds).firstSecond }

    /// Goes back before the oldest hour that was made again, when no more such hours come or one of them waits too long.
    private func rewindTrend(_ patience: TrendPatience) throws(StoreError) {
        let isDue = try query(
            """
            SELECT FROM trend.changed WHERE start < (SELECT max(at) FROM trend.state)
            HAVING max(marked_at) <= clock_timestamp() - $1::int8 * interval '1 s'
                OR min(marked_at) <= clock_timestamp() - $2::int8 * interval '1 s'
            """, ["\(patience.quietSeconds)", "\(patience.maximumSeconds)"])
        guard isDue.rowCount > 0 else { return }
        let changed = try query(
            """
            WITH gone AS (
                DELETE FROM trend.changed WHERE start < (SELECT max(at) FROM trend.state) RETURNING start
            )
            SELECT extract(epoch FROM min(start))::int8 FROM gone
            """)
        guard let start: Int64 = changed.number(0, 0) else { return }
        for table in ["state", "port"] {
            try query("DELETE FROM trend.\(table) WHERE at > to_timestamp($1::int8)", ["\(start)"])
        }
        try query(
            "DELETE FROM trend.surge WHERE until > coalesce((SELECT max(at) FROM trend.state), '-infinity')")
        // Those that were under way then ended later than the state, as was known.
        try storeSurges(try trendModel().openSurges)
    }

    /// The latest state that is kept.
    private func trendModel() throws(StoreError) -> TrendModel {
        let state = try query(
            """
            SELECT extract(epoch FROM at)::int8, points, array_to_string(panel, ' ') FROM trend.state
            ORDER BY at DESC LIMIT 1
            """)
        guard state.rowCount > 0, let at: Int64 = state.number(0, 0), let points: Int = state.number(0, 1) else {
            return TrendModel()
        }
        var ports: [ServicePort: TrackedPort] = [:]
        try copyOut(TrendRows.ports(at: at)) { row throws(StoreError) in
            let (port, tracked) = try TrendRows.readPort(row)
            ports[port] = tracked
        }
        let panel = state.text(0, 2)?.split(separator: " ").compactMap { Int32($0) } ?? []
        return TrendModel(next: at, points: points, panel: panel, ports: ports)
    }

    /// The next hour that anybody observed, when it is ready to be taken; its marks go.
    private func nextTrendHour(_ next: Int64?, _ patience: TrendPatience) throws(StoreError) -> Int64? {
        let found = try query(
            """
            SELECT extract(epoch FROM date_bin('1 hour', start, '2000-01-01Z'))::int8 FROM rollup.coverage
            WHERE span = 300 AND observed_seconds > 0 AND start >= coalesce(to_timestamp($1::int8), '-infinity')
            ORDER BY start LIMIT 1
            """, [next.map { "\($0)" }])
        guard found.rowCount > 0, let hour: Int64 = found.number(0, 0) else { return nil }
        let age = try query(
            """
            SELECT clock_timestamp() - to_timestamp($1::int8 + 3600) >= $2::int8 * interval '1 s',
                clock_timestamp() - to_timestamp($1::int8 + 3600) >= $3::int8 * interval '1 s'
            """, ["\(hour)", "\(patience.quietSeconds)", "\(patience.maximumSeconds)"])
        guard age.text(0, 0) == "t" else { return nil }
        if age.text(0, 1) != "t" {
            let awaited = try query(
                """
                SELECT sensor FROM rollup.dirty WHERE span = 3600 AND kind = 1 AND start = to_timestamp($1::int8) LIMIT 1
                """, ["\(hour)"])
            guard awaited.rowCount == 0 else { return nil }
        }
        // Marks before the state's time are of what it has to go back for.
        try query(
            """
            DELETE FROM trend.changed WHERE start <= to_timestamp($1::int8)
                AND start >= coalesce(to_timestamp($2::int8), '-infinity')
            """, ["\(hour)", next.map { "\($0)" }])
        return hour
    }

    /// Marks an hour of which something was observed as changed; in the transaction of `makeRollup`.
    /// - Returns: whether anything was.
    func markTrend(_ task: RollupTask) throws(StoreError) -> Bool {
        let observed = try query(
            """
            SELECT sensor FROM rollup.coverage WHERE span = 300 AND sensor = $1::int4
                AND start >= to_timestamp($2::int8) AND start < to_timestamp($2::int8 + 3600) AND observed_seconds > 0
            LIMIT 1
            """, ["\(task.sensor)", "\(task.start)"])
        guard observed.rowCount > 0 else { return false }
        try query("INSERT INTO trend.changed (start) VALUES (to_timestamp($1::int8))", ["\(task.start)"])
        return true
    }

    private func take(_ start: Int64, _ model: inout TrendModel) throws(StoreError) -> [Surge] {
        model.begin(start)
        let observed = try observedHours(start)
        // In an hour of which nobody observed half, nobody came or went.
        let panel = observed.sensors.isEmpty ? model.panel : observed.sensors
        if panel != model.panel {
            let hours = observed.common(model.panel, panel).map { start - Int64($0) * StoreConnection.hour }
            model.change(panel: panel, try compared(model.panel, panel, hours))
        }
        return model.add(try trendHour(start, panel))
    }

    /// What the sensors of a panel counted in an hour.
    private func trendHour(_ start: Int64, _ panel: [Int32]) throws(StoreError) -> TrendHour {
        var hour = TrendHour(start: start)
        let coverage = try query(
            """
            SELECT floor((extract(epoch FROM start) - $1::int8) / 600)::int4, CASE
                WHEN sum(expected_address_seconds) > 0
                    THEN sum(observed_address_seconds) / sum(expected_address_seconds)
                ELSE sum(observed_seconds) / (300 * count(*)) END
            FROM rollup.coverage
            WHERE span = 300 AND start >= to_timestamp($1::int8) AND start < to_timestamp($1::int8 + 3600)
                AND sensor = ANY ($2::int4[])
            GROUP BY 1
            """, ["\(start)", Literal.array(panel)])
        for row in 0..<coverage.rowCount {
            guard let place: Int = coverage.number(row, 0), hour.coverage.indices.contains(place) else { continue }
            hour.coverage[place] = min(1, coverage.text(row, 1).flatMap { Double($0) } ?? 0)
        }
        try copyOut(TrendRows.hour(start, panel: panel)) { row throws(StoreError) in
            try TrendRows.add(row, to: &hour)
        }
        return hour
    }

    private func observedHours(_ hour: Int64) throws(StoreError) -> TrendPanel {
        let rows = try query(
            """
            SELECT sensor, sum(1::int8 << ago) FROM (
                SELECT sensor, (($1::int8 - extract(epoch FROM date_bin('1 hour', start, '2000-01-01Z'))) / 3600)::int4
                    AS ago
                FROM rollup.coverage
                WHERE span = 300 AND start >= to_timestamp($1::int8 - $2::int8 * 3600)
                    AND start < to_timestamp($1::int8 + 3600)
                GROUP BY 1, 2 HAVING sum(observed_seconds) >= 1800
            ) h GROUP BY 1
            """, ["\(hour)", "\(TrendPanel.memory)"])
        var observed: [Int32: UInt32] = [:]
        for row in 0..<rows.rowCount {
            guard let sensor: Int32 = rows.number(row, 0), let hours: UInt32 = rows.number(row, 1) else { continue }
            observed[sensor] = hours
        }
        return TrendPanel(observed: observed)
    }

    /// What both panels counted in hours; nil when there are none.
    private func compared(
        _ old: [Int32], _ new: [Int32], _ hours: [Int64]
    ) throws(StoreError) -> [ServicePort: TrendModel.Comparison]? {
        guard !old.isEmpty, !new.isEmpty, !hours.isEmpty else { return nil }
        var comparisons: [ServicePort: TrendModel.Comparison] = [:]
        try copyOut(TrendRows.comparison(hours, old, new)) { row throws(StoreError) in
            let (port, comparison) = try TrendRows.readComparison(row)
            comparisons[port] = comparison
        }
        return comparisons
    }

    /// Keeps a state as that of a time, unless there is one.
    private func keep(_ model: TrendModel, at: Int64) throws(StoreError) {
        let kept = try query(
            """
            INSERT INTO trend.state (at, points, panel) VALUES (to_timestamp($1::int8), $2::int4, $3::int4[])
            ON CONFLICT DO NOTHING
            """, ["\(at)", "\(model.points)", Literal.array(model.panel)])
        guard kept.tag == "INSERT 0 1" else { return }
        var rows = CopyBuffer(capacity: model.ports.count * 1_600)
        for (port, tracked) in model.ports { TrendRows.write(port, tracked, at: at, to: &rows) }
        try copyIn(TrendRows.portCopy, [rows.bytes])
    }

    private func forgetState(at: Int64) throws(StoreError) {
        for table in ["state", "port"] {
            try query("DELETE FROM trend.\(table) WHERE at = to_timestamp($1::int8)", ["\(at)"])
        }
    }

    private func forgetOldStates() throws(StoreError) {
        try query(
            """
            WITH gone AS (
                DELETE FROM trend.state WHERE at < (SELECT max(at) FROM trend.state) - $1::int4 * interval '1 day'
                    AND extract(day FROM at AT TIME ZONE 'UTC') <> 1 RETURNING at
            )
            DELETE FROM trend.port p USING gone WHERE p.at = gone.at
            """, ["\(StoreConnection.keptDays)"])
    }
}

/// What tells a surge from all others.
private struct SurgeKey: Hashable {
    let port: ServicePort
    let metric: Surge.Metric
    let start: Int64

    init(_ surge: Surge) { (port, metric, start) = (surge.port, surge.metric, surge.start) }
}
