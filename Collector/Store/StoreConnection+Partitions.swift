extension StoreConnection {
    /// Makes sure that raw.flow has a partition for each day, in transactions of their own.
    ///
    /// A day's table is made like the parent, with the constraint that proves its range, and then attached: unlike
    /// CREATE TABLE … PARTITION OF this takes no lock that readers or writers of raw.flow wait for, and nobody queues
    /// behind us. There is no default partition: it would have to be locked and searched for every new day.
    func ensurePartitions(_ days: Set<Int64>) throws(StoreError) {
        for number in days.subtracting(knownDays).sorted() {
            let day = Day(unixSeconds: number * 86_400)
            try retryingContention { () throws(StoreError) in try transaction { () throws(StoreError) in try make(day) }
            }
            knownDays.insert(number)
        }
    }

    private func make(_ day: Day) throws(StoreError) {
        let table = "raw.flow_\(day.compactDate)"
        try query("SET LOCAL lock_timeout = '2s'")
        // Two collectors may make the same day: the later one waits here and then finds it made.
        try query("SELECT pg_advisory_xact_lock(hashtext('darkscope raw.flow partitions'))")
        let attached = try query(
            "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = 'raw.flow'::regclass",
            [table])
        if attached.rowCount > 0 {
            guard attached.text(0, 0) == "t" else { return }
            // Half detached it takes no rows, and can be attached again only when it is off altogether.
            try query("ALTER TABLE raw.flow DETACH PARTITION \(table) FINALIZE")
        }
        let range = (from: "to_timestamp(\(day.firstSecond))", to: "to_timestamp(\(day.firstSecond + 86_400))")
        // One at a time: Citus, which hands them on to its workers, takes no several.
        for statement in [
            "CREATE TABLE IF NOT EXISTS \(table) (LIKE raw.flow INCLUDING ALL)",
            "COMMENT ON TABLE \(table) IS 'raw.flow of one day (UTC).'",
            "ALTER TABLE \(table) DROP CONSTRAINT IF EXISTS day",
            """
            ALTER TABLE \(table) ADD CONSTRAINT day
                CHECK (window_start >= \(range.from) AND window_start < \(range.to))
            """,
            "ALTER TABLE raw.flow ATTACH PARTITION \(table) FOR VALUES FROM (\(range.from)) TO (\(range.to))",
        ] { try query(statement) }
    }

    /// Runs `body` again, up to five times in all, when another transaction was in its way.
    func retryingContention<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        for _ in 1..<5 {
            do throws(StoreError) {
                return try body()
            } catch {
                guard isAlive, error.kind == .unavailable, StoreError.isContention(sqlState: lastState) else {
                    throw error
                }
            }
        }
        return try body()
    }
}
