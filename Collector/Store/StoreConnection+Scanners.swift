import Analysis
package import FlowModel

/// An address or block from which an organisation scans.
package struct ScannerRow: Sendable {
    package let block: Prefix
    package let organisation: String?
    /// `2026-01-31`.
    package let lastSeen: String?

    package init(block: Prefix, organisation: String?, lastSeen: String?) {
        self.block = block
        self.organisation = organisation
        self.lastSeen = lastSeen
    }
}

extension StoreConnection {
    /// Stores a list of scanners as the new version of its name, in one transaction, and uses it. The two newest others of
    /// the name stay.
    /// - Parameter rows: of equal blocks the last stands.
    /// - Returns: the number of the version.
    package func importScanners(_ new: EnrichmentImport, _ rows: [ScannerRow]) throws(StoreError) -> Int32 {
        var last: [Prefix: ScannerRow] = [:]
        for row in rows { last[row.block] = row }
        let blocks = Array(last.values)
        try allowLongStatements()
        return try transaction { () throws(StoreError) in
            let version = try addVersion(kind: "scanners", new, rows: blocks.count)
            try query(
                """
                INSERT INTO enrichment.scanner
                SELECT $1::int4, r.block, nullif(r.organisation, ''), nullif(r.last_seen, '')::date
                FROM unnest($2::cidr[], $3::text[], $4::text[]) r (block, organisation, last_seen)
                """,
                [
                    "\(version)", Literal.array(blocks.map(\.block.description)),
                    Literal.array(blocks.map { $0.organisation ?? "" }),
                    Literal.array(blocks.map { $0.lastSeen ?? "" }),
                ])
            try query("SELECT enrichment.activate($1::int4)", ["\(version)"])
            try query("SELECT enrichment.forget('scanners', $1)", [new.name])
            return version
        }
    }

    /// Uses no version of a list any more.
    /// - Returns: false when none was used.
    package func endScanners(name: String) throws(StoreError) -> Bool {
        try transaction { () throws(StoreError) in
            let ended = try query(
                """
                UPDATE enrichment.version SET active = false WHERE kind = 'scanners' AND name = $1 AND active RETURNING 1
                """, [name])
            guard ended.rowCount == 1 else { return false }
            try query("SELECT enrichment.mark_recent()")
            return true
        }
    }

    /// The sources that are labelled for an hour: those of the lists in use, and those that behaved like scanners in the 30
    /// days before its day. Read from the database when there are others than at the last call.
    func scannerLabels(at hour: Int64) throws(StoreError) -> AddressRanges {
        let day = Day(unixSeconds: hour).firstSecond
        let behaviour = "start >= to_timestamp(\(day - 30 * 86_400)) AND start < to_timestamp(\(day))"
        let state =
            try query(
                """
                SELECT concat_ws(' ',
                    (SELECT string_agg(id::text, ',' ORDER BY id) FROM enrichment.version
                        WHERE kind = 'scanners' AND active),
                    (SELECT md5(string_agg(concat_ws(' ', start, made_at), ',' ORDER BY start))
                        FROM enrichment.behaviour_made WHERE \(behaviour)))
                """
            ).text(0, 0) ?? ""
        if let known = knownScanners, known.state == state { return known.labels }
        var labels = AddressRanges()
        let blocks = """
            COPY (
                SELECT host(network(block))::inet AS lo, host(broadcast(block))::inet AS hi
                FROM enrichment.scanner s JOIN enrichment.version v ON v.id = s.version WHERE v.active
                UNION SELECT source, source FROM enrichment.behaviour_day WHERE \(behaviour)
                ORDER BY 1, 2
            ) TO STDOUT (FORMAT binary)
            """
        try copyOut(blocks) { row throws(StoreError) in
            var fields = try CopyRow(row, fields: 2)
            guard let low = try fields.address(), let high = try fields.address(), labels.unite(low, high) else {
                throw StoreError(.schema, "the blocks of enrichment.scanner are not in order")
            }
        }
        labels.close()
        knownScanners = (state, labels)
        return labels
    }
}
