import Analysis

/// An hour of a telescope whose events are to be made again.
package struct EventTask: Sendable, Hashable {
    /// The telescope that all sites are together.
    package static let allSites: Int32 = 0
    static let hourSeconds: Int64 = 3_600
    static let weekSeconds: Int64 = 604_800

    /// meta.site.id, or `allSites`.
    package let telescope: Int32
    /// Unix seconds.
    package let start: Int64
    /// Whether something was added of late, so that more is likely to come.
    package let isGrowing: Bool

    package init(telescope: Int32, start: Int64, isGrowing: Bool = false) {
        self.telescope = telescope
        self.start = start
        self.isGrowing = isGrowing
    }

    var end: Int64 { start + EventTask.hourSeconds }

    /// Start of the week from Monday, UTC: 1970-01-05 was one.
    var week: Int64 {
        let rest = (start - 4 * 86_400) % EventTask.weekSeconds
        return start - (rest < 0 ? rest + EventTask.weekSeconds : rest)
    }
}

extension StoreConnection {
    /// Marks an hour whose events may have changed, for its site and for all sites; in the transaction of `makeRollup`.
    func markEvents(_ task: RollupTask) throws(StoreError) {
        try query(
            """
            INSERT INTO event.dirty (telescope, start)
            SELECT t.telescope, to_timestamp($2::int8)
            FROM meta.sensor s, LATERAL (VALUES (0), (s.site)) t (telescope) WHERE s.id = $1::int4
            """, ["\(task.sensor)", "\(task.start)"])
    }

    /// What is due: what grows no more first, the longest waiting first.
    package func dueEvents(_ patience: RollupPatience, limit: Int = 1_000) throws(StoreError) -> [EventTask] {
        let result = try query(
            """
            SELECT telescope, extract(epoch FROM start)::int8,
                max(marked_at) > clock_timestamp() - $1::int8 * interval '1 s'
            FROM event.dirty GROUP BY telescope, start
            HAVING max(marked_at) <= clock_timestamp() - $1::int8 * interval '1 s'
                OR min(marked_at) <= clock_timestamp() - $2::int8 * interval '1 s'
            ORDER BY 3, min(marked_at) LIMIT $3::int4
            """, ["\(patience.quietSeconds)", "\(patience.maximumSeconds)", "\(limit)"])
        return (0..<result.rowCount).compactMap { row in
            guard let telescope = result.number(row, 0, as: Int32.self),
                let start = result.number(row, 1, as: Int64.self)
            else { return nil }
            return EventTask(telescope: telescope, start: start, isGrowing: result.text(row, 2) == "t")
        }
    }

    /// Finds again what scanners and victims did in an hour of a telescope, and joins anew the events of those that did
    /// something else than what is kept, in one transaction.
    ///
    /// Events of one key are joined within weeks, so what a change can change is bounded. READ COMMITTED, as for rollups.
    /// - Returns: false when another connection is at this telescope.
    @discardableResult
    package func makeEvents(_ task: EventTask) throws(StoreError) -> Bool {
        try transaction { () throws(StoreError) in
            let lock = "SELECT pg_try_advisory_xact_lock(hashtextextended('darkscope events ' || $1::text, 0))"
            guard try query(lock, ["\(task.telescope)"]).text(0, 0) == "t" else { return false }
            try query(
                "DELETE FROM event.dirty WHERE telescope = $1::int4 AND start = to_timestamp($2::int8)",
                ["\(task.telescope)", "\(task.start)"])
            let (size, share) = try telescopeSize(task)
            guard try isJoinable(task), let result = try activities(task, size) else { return true }
            var before: [ActivityKey: [Activity]] = [:]
            let hour = "event.segment s WHERE s.telescope = \(task.telescope) AND s.start = to_timestamp(\(task.start))"
            try copyOut(EventRows.segments(hour)) { row throws(StoreError) in
                let segment = try EventRows.read(row, telescope: task.telescope)
                before[segment.key, default: []].append(segment.activity)
            }
            var after: [ActivityKey: [Activity]] = [:]
            for (key, activity) in result.activities { after[key, default: []].append(activity) }
            let keys = Set(before.keys).union(after.keys)
            let changed = keys.filter { before[$0] != after[$0] }.sorted()
            try replaceSegments(task, changed, before, after)
            let isResized = try replaceTelescope(task, size, share, result)
            try join(task, isResized ? keys.sorted() : changed)
            return true
        }
    }

    /// The dark IPv4 addresses of the telescope's sites that observed anything in the hour, and the share of it.
    private func telescopeSize(_ task: EventTask) throws(StoreError) -> (TelescopeSize, share: Double) {
        let result = try query(
            """
            SELECT round(coalesce(sum(addresses), 0))::int8,
                coalesce(sum(addresses * share) / nullif(sum(addresses), 0), 0)
            FROM (
                SELECT s.site, max(c.expected_address_seconds) / 3600 AS addresses, max(c.observed_seconds) / 3600 AS share
                FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor
                WHERE c.span = 3600 AND c.start = to_timestamp($2::int8) AND c.observed_seconds > 0
                    AND $1::int4 IN (0, s.site)
                GROUP BY s.site
            ) t
            """, ["\(task.telescope)", "\(task.start)"])
        return (
            TelescopeSize(addresses: result.number(0, 0) ?? 0), result.text(0, 1).flatMap { Double($0) } ?? 0
        )
    }

    /// Whether what the week's events are made of is still there: segments go with their flows, and what arrives for the
    /// week after that would stand in the place of its events.
    private func isJoinable(_ task: EventTask) throws(StoreError) -> Bool {
        let state = try query(
            """
            SELECT to_timestamp($2::int8) > now() - interval '14 days'
                OR NOT EXISTS (SELECT FROM event.episode WHERE telescope = $1::int4 AND kind IN (1, 2)
                    AND week = to_timestamp($2::int8) AND last_seen >= to_timestamp($2::int8))
                OR EXISTS (SELECT FROM event.segment WHERE telescope = $1::int4 AND start >= to_timestamp($2::int8)
                    AND start < to_timestamp($2::int8 + $3::int8))
            """, ["\(task.telescope)", "\(task.week)", "\(EventTask.weekSeconds)"])
        return state.text(0, 0) == "t"
    }

    /// What the flows of the hour have; nil when the ledger knows more records than there are: days of raw.flow go by
    /// age, and events stay.
    private func activities(_ task: EventTask, _ size: TelescopeSize) throws(StoreError) -> ActivityHour.Result? {
        let ledger = try query(
            "SELECT coalesce(sum(b.records), 0) FROM raw.batch b WHERE b.kind = 1 AND \(EventRows.condition(task, "b"))"
        )
        var hour = ActivityHour(start: task.start, size: size)
        try copyOut(EventRows.flows(task)) { row throws(StoreError) in try EventRows.add(row, to: &hour) }
        let there = try query(
            "SELECT coalesce(sum(f.records), 0) FROM raw.flow f WHERE \(EventRows.condition(task, "f"))")
        guard (there.number(0, 0) ?? 0) >= (ledger.number(0, 0) ?? 0 as Int64) else { return nil }
        return hour.finish()
    }

    private func replaceSegments(
        _ task: EventTask, _ keys: [ActivityKey], _ before: [ActivityKey: [Activity]],
        _ after: [ActivityKey: [Activity]]
    ) throws(StoreError) {
        let gone = keys.filter { before[$0] != nil }
        if !gone.isEmpty {
            try query(
                """
                DELETE FROM event.segment s USING \(StoreConnection.list(gone)) k
                WHERE s.telescope = $1::int4 AND s.start = to_timestamp($2::int8)
                    AND s.kind = k.kind AND s.address = k.address AND s.service = k.service
                """, ["\(task.telescope)", "\(task.start)"])
        }
        var rows = CopyBuffer(capacity: keys.count * 160)
        for key in keys { for activity in after[key] ?? [] { EventRows.write(key, activity, task, to: &rows) } }
        try copyIn(EventRows.segmentCopy, [rows.bytes])
    }

    /// - Returns: whether the number of addresses is another than it was.
    private func replaceTelescope(
        _ task: EventTask, _ size: TelescopeSize, _ share: Double, _ result: ActivityHour.Result
    ) throws(StoreError) -> Bool {
        let smallestScan = size.smallestScan(observedShare: share, leftOutPackets: result.leftOutPackets)
        let key = ["\(task.telescope)", "\(task.start)"]
        let known = try query(
            "DELETE FROM event.telescope WHERE telescope = $1::int4 AND start = to_timestamp($2::int8) RETURNING addresses",
            key)
        try query(
            """
            INSERT INTO event.telescope
            SELECT $1::int4, to_timestamp($2::int8), $3::int8, $4::float8, $5::int4, $6::int8, $7::int8, $8::float8,
                $9::float8, $10::int8, $11::int8
            """,
            key + [
                "\(size.addresses)", "\(share)", "\(size.scanTimeoutSeconds)", "\(size.leastScanDestinations)",
                "\(size.leastAttackPeak)", smallestScan.map { "\($0)" },
                size.smallestAttack.map { "\($0)" }, "\(result.leftOut)", "\(result.leftOutPackets)",
            ])
        return known.rowCount > 0 && known.number(0, 0) != size.addresses
    }

    /// Joins the segments of these keys in the week anew.
    private func join(_ task: EventTask, _ keys: [ActivityKey]) throws(StoreError) {
        guard !keys.isEmpty else { return }
        let list = StoreConnection.list(keys)
        let week = "to_timestamp(\(task.week)) AND s.start < to_timestamp(\(task.week + EventTask.weekSeconds))"
        let sizes = try sizes(task)
        try query(
            """
            DELETE FROM event.episode e USING \(list) k
            WHERE e.telescope = $1::int4 AND e.week = to_timestamp($2::int8)
                AND e.kind = k.kind AND e.address = k.address AND e.service = k.service
            """, ["\(task.telescope)", "\(task.week)"])
        let source = """
            event.segment s JOIN \(list) k ON s.kind = k.kind AND s.address = k.address AND s.service = k.service
            WHERE s.telescope = \(task.telescope) AND s.start >= \(week)
            """
        // One key after the other, as they come: the week of all of them would take much memory.
        var rows = CopyBuffer(capacity: 1 << 16)
        var (key, parts): (ActivityKey?, [(activity: Activity, size: TelescopeSize)]) = (nil, [])
        func finish() {
            guard let key else { return }
            for event in EventJoin.events(of: key.kind, parts) { EventRows.write(key, event, task, to: &rows) }
            parts.removeAll(keepingCapacity: true)
        }
        try copyOut(EventRows.segments(source)) { row throws(StoreError) in
            let segment = try EventRows.read(row, telescope: task.telescope)
            if segment.key != key { finish() }
            key = segment.key
            parts.append((segment.activity, sizes[segment.start] ?? TelescopeSize(addresses: 0)))
        }
        finish()
        try copyIn(EventRows.episodeCopy, [rows.bytes])
    }

    /// What the telescope was in each hour of the week, by the hour's start.
    private func sizes(_ task: EventTask) throws(StoreError) -> [Int64: TelescopeSize] {
        let result = try query(
            """
            SELECT extract(epoch FROM start)::int8, addresses FROM event.telescope
            WHERE telescope = $1::int4 AND start >= to_timestamp($2::int8) AND start < to_timestamp($2::int8 + $3::int8)
            """, ["\(task.telescope)", "\(task.week)", "\(EventTask.weekSeconds)"])
        var sizes: [Int64: TelescopeSize] = [:]
        for row in 0..<result.rowCount {
            guard let start = result.number(row, 0, as: Int64.self) else { continue }
            sizes[start] = TelescopeSize(addresses: result.number(row, 1) ?? 0)
        }
        return sizes
    }

    /// Keys as a table of kind, address and service.
    private static func list(_ keys: [ActivityKey]) -> String {
        """
        (SELECT u.kind, '0.0.0.0'::inet + u.number AS address, u.service
            FROM unnest('\(Literal.array(keys.map(\.kind.rawValue)))'::int2[],
                '\(Literal.array(keys.map { Int64($0.address) }))'::int8[],
                '\(Literal.array(keys.map(\.service)))'::int4[]) u (kind, number, service))
        """
    }

    /// Removes segments of weeks of which there are no flows any more: no event of them is joined anew.
    package func dropOldSegments() throws(StoreError) {
        try query(
            """
            DELETE FROM event.segment WHERE start < date_bin('7 days', least(now() - interval '7 days', (
                SELECT min(to_date(right(relname, 8), 'YYYYMMDD'))::timestamptz FROM pg_class
                WHERE relnamespace = 'raw'::regnamespace AND relkind = 'r' AND relname ~ '^flow_[0-9]{8}$'
            )), '2000-01-03Z')
            """)
    }
}
