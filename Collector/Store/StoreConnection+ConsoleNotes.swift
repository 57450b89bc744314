extension StoreConnection {
    /// Runs a statement that is part of the program in the transaction there is.
    /// - Parameters:
    ///   - sql: one SELECT without a semicolon.
    ///   - limit: rows that are handed back at most.
    /// - Returns: the rows, and whether there are more.
    /// - Throws: `.refused("42501")` when whoever asks may not read what it reads.
    package func consoleNote(
        _ sql: String, _ parameters: [String], limit: Int
    ) throws(StoreError) -> (answer: Answer, hasMore: Bool) {
        let found: Answer
        do throws(StoreError) {
            found = try answer(
                "SELECT * FROM (\n\(sql)\n) note LIMIT $\(parameters.count + 1)::int8",
                parameters + ["\(limit + 1)"])
        } catch {
            // insufficient_privilege (PostgreSQL manual, appendix A).
            guard isAlive, lastState == "42501" else { throw error }
            throw StoreError(.refused("42501"), error.message)
        }
        return (Answer(columns: found.columns, rows: Array(found.rows.prefix(limit))), found.rows.count > limit)
    }

    /// What unites the sets of sources of several rows, in SQL of ours: as defaults.psql has it.
    package func consoleUnionOfSources() throws(StoreError) -> String {
        let schema = try query(
            """
            SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
            WHERE e.extname = 'hll'
            """)
        guard schema.rowCount == 1, let hll = schema.text(0, 0) else { return "max(sources)" }
        return "round(\(hll).hll_cardinality(\(hll).hll_union_agg(sources_sketch::\(hll).hll)))::int8"
    }

    /// The start of the last hour of which something is measured; of the last that is over when there is none.
    package func consoleLastHour() throws(StoreError) -> String {
        try answer(
            """
            SELECT coalesce((
                    SELECT max(c.start) FROM api.coverage c WHERE c.span = 3600 AND c.observed_seconds > 0
                        AND c.start <= now() - interval '75 minutes' AND c.start > now() - interval '31 days'),
                date_trunc('hour', now() - interval '75 minutes')) AS at
            """
        ).text(0, "at") ?? ""
    }

    /// Yesterday, this year (both UTC), and the code of the first site; empty when there is none.
    package func consoleNoteStandards() throws(StoreError) -> (day: String, year: String, site: String) {
        let row = try answer(
            """
            SELECT ((now() AT TIME ZONE 'UTC')::date - 1)::text AS day,
                extract(year FROM now() AT TIME ZONE 'UTC')::int4 AS year,
                (SELECT coalesce(min(d.site), '') FROM api.dark_space d) AS site
            """)
        return (row.text(0, "day") ?? "", row.text(0, "year") ?? "", row.text(0, "site") ?? "")
    }

    /// The moment so many seconds (as PostgreSQL reads an interval) after another one; both RFC 3339 in UTC.
    package func consoleMoment(_ moment: String, after length: String) throws(StoreError) -> String {
        try answer("SELECT $1::text::timestamptz + $2::text::interval AS at", [moment, length]).text(0, "at") ?? ""
    }
}
