import Analysis
import FlowModel

/// An hour, day or month of all sensors together whose rollup is to be made again.
package struct WorldTask: Sendable, Hashable {
    /// The raw value is that of rollup.world_dirty.span.
    package enum Span: Int32, Sendable {
        case hour = 3_600
        case day = 86_400
        /// Whatever its length.
        case month = 2_678_400
    }

    package let span: Span
    /// Unix seconds.
    package let start: Int64
    /// Whether something was added of late, so that more is likely to come.
    package let isGrowing: Bool
    /// What is made; sources of days only, parts of hours and days.
    package let kind: RollupTask.Kind

    package init(span: Span, start: Int64, isGrowing: Bool = false, kind: RollupTask.Kind = .portsAndCoverage) {
        self.span = span
        self.start = start
        self.isGrowing = isGrowing
        self.kind = kind
    }
}

extension StoreConnection {
    /// Has the world's span made again, in the transaction that makes a part of it: what many sensors deliver of one span
    /// leaves as many marks, and the worker waits for the last of them.
    func markWorld(
        _ span: WorldTask.Span, _ start: Int64, _ kind: RollupTask.Kind = .portsAndCoverage
    ) throws(StoreError) {
        try query(
            "INSERT INTO rollup.world_dirty (span, start, kind) VALUES ($1::int4, to_timestamp($2::int8), $3::int2)",
            ["\(span.rawValue)", "\(start)", "\(kind.rawValue)"])
    }

    /// What is due of the world: what grows no more first, the newest first; months when they are over.
    package func dueWorld(_ patience: RollupPatience, limit: Int = 60) throws(StoreError) -> [WorldTask] {
        let result = try query(
            """
            SELECT span, extract(epoch FROM start)::int8,
                max(marked_at) > clock_timestamp() - $1::int8 * interval '1 s', kind
            FROM rollup.world_dirty GROUP BY span, start, kind
            HAVING (max(marked_at) <= clock_timestamp() - $1::int8 * interval '1 s'
                    OR min(marked_at) <= clock_timestamp() - $2::int8 * interval '1 s')
                AND (span <= 86400 OR rollup.world_end(span, start) <= clock_timestamp())
            ORDER BY 3, start DESC, span, kind LIMIT $3::int4
            """, ["\(patience.quietSeconds)", "\(patience.maximumSeconds)", "\(limit)"])
        return (0..<result.rowCount).compactMap { row in
            guard let span = result.number(row, 0, as: Int32.self).flatMap({ WorldTask.Span(rawValue: $0) }),
                let start = result.number(row, 1, as: Int64.self),
                let kind = result.number(row, 3, as: Int16.self).flatMap({ RollupTask.Kind(rawValue: $0) })
            else { return nil }
            return WorldTask(span: span, start: start, isGrowing: result.text(row, 2) == "t", kind: kind)
        }
    }

    /// Makes an hour, day or month of the world again from the sensors' hours or days, or from the world's days, in one
    /// transaction under the rules of `makeRollup`.
    /// - Returns: false when another connection is at it.
    @discardableResult
    package func makeWorld(_ task: WorldTask) throws(StoreError) -> Bool {
        try transaction { () throws(StoreError) in
            let key = ["\(task.span.rawValue)", "\(task.start)", "\(task.kind.rawValue)"]
            let locked = try query(
                """
                SELECT pg_try_advisory_xact_lock(
                    hashtextextended(concat_ws(' ', 'darkscope world', $1::text, $2::text, $3::text), 0))
                """, key)
            guard locked.text(0, 0) == "t" else { return false }
            try query(
                """
                DELETE FROM rollup.world_dirty WHERE span = $1::int4 AND start = to_timestamp($2::int8) AND kind = $3::int2
                """, key)
            switch task.kind {
            case .sources: try makeWorldSources(day: task.start)
            case .portsAndCoverage: try makeWorldPorts(task)
            case .parts: try makeWorldParts(task)
            }
            return true
        }
    }

    private func makeWorldPorts(_ task: WorldTask) throws(StoreError) {
        var rollup = WorldRollup()
        try copyOut(WorldRows.parts(task)) { row throws(StoreError) in rollup.add(try WorldRows.read(row)) }
        let (ports, total) = rollup.finish()
        try query(
            "DELETE FROM rollup.\(WorldRows.table(task.span)) WHERE start = to_timestamp($1::int8)", ["\(task.start)"])
        try query(
            "DELETE FROM rollup.world_total WHERE span = $1::int4 AND start = to_timestamp($2::int8)",
            ["\(task.span.rawValue)", "\(task.start)"])
        var copy = CopyBuffer(capacity: ports.count * 512)
        for row in ports { WorldRows.write(row, start: task.start, to: &copy) }
        try copyIn(WorldRows.copyCommand(task.span), [copy.bytes])
        if !ports.isEmpty {
            copy = CopyBuffer(capacity: 4_096)
            WorldRows.writeTotal(total, task, to: &copy)
            try copyIn(WorldRows.totalCopy, [copy.bytes])
        }
        guard task.span == .day else { return }
        try query(
            """
            INSERT INTO rollup.world_dirty (span, start)
            SELECT 2678400, date_trunc('month', to_timestamp($1::int8), 'UTC')
            """, ["\(task.start)"])
    }

    private func makeWorldSources(day: Int64) throws(StoreError) {
        try query("DELETE FROM rollup.world_source_day WHERE start = to_timestamp($1::int8)", ["\(day)"])
        var chunk: Int32 = 0
        for family in AddressFamily.allCases {
            var world = WorldSources()
            try copyOut(WorldSourceRows.sensors(day: day, family)) { row throws(StoreError) in
                try WorldSourceRows.add(row, to: &world)
            }
            world.finish()
            try WorldSourceRows.write(world, family, day: day, chunk: &chunk) { bytes throws(StoreError) in
                try copyIn(WorldSourceRows.copyCommand, [bytes])
            }
        }
        try query("SELECT rollup.make_first_sources(to_timestamp($1::int8))", ["\(day)"])
    }
}
