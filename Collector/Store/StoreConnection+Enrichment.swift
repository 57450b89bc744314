package import FlowModel

/// What is imported as one version of a table.
package struct EnrichmentImport: Sendable {
    package let name: String
    /// `2026-01-31`: the day of which the data is.
    package let date: String
    /// Of the bytes of the files.
    package let digest: UInt64

    package init(name: String, date: String, digest: UInt64) {
        self.name = name
        self.date = date
        self.digest = digest
    }
}

/// A range of addresses and where they are.
package struct OriginRow: Sendable {
    package let low: Address
    /// Of the same family and no less.
    package let high: Address
    /// Two letters of ISO 3166-1.
    package let country: String?
    package let asn: UInt32?

    package init(low: Address, high: Address, country: String?, asn: UInt32?) {
        self.low = low
        self.high = high
        self.country = country
        self.asn = asn
    }
}

/// A version of a table that was imported.
package struct EnrichmentVersion: Sendable, Hashable {
    package let id: Int32
    package let name: String
    /// `2026-01-31`.
    package let date: String
    /// RFC 3339 in UTC.
    package let loadedAt: String
    package let rows: Int64
    package let isActive: Bool
}

extension StoreConnection {
    /// Rows that are sent at a time.
    private static let rowsAtATime = 100_000

    /// Stores a table of origins as a new version, in one transaction, and uses it unless told otherwise. The active
    /// version and the two newest others stay.
    /// - Parameter ranges: ascending by family and address, none overlapping another.
    /// - Returns: the number of the version.
    /// - Throws: `.refused` when they are not.
    package func importOrigins(
        _ new: EnrichmentImport, _ ranges: some Sequence<OriginRow>, count: Int, names: [UInt32: String],
        activate: Bool = true
    ) throws(StoreError) -> Int32 {
        try allowLongStatements()
        return try transaction { () throws(StoreError) in
            let version = try addVersion(kind: "origin", new, rows: count)
            var rows = CopyBuffer(capacity: StoreConnection.rowsAtATime * 60)
            var waiting = 0
            func flush() throws(StoreError) {
                try copyIn(
                    "COPY enrichment.origin (version, lo, hi, country, asn) FROM STDIN (FORMAT binary)", [rows.bytes])
                rows = CopyBuffer(capacity: StoreConnection.rowsAtATime * 60)
                waiting = 0
            }
            var last: Address?
            for range in ranges {
                guard range.low.family == range.high.family, range.low <= range.high,
                    last.map({ $0 < range.low }) ?? true
                else {
                    throw StoreError(
                        .refused("22023"),
                        "the range \(range.low)-\(range.high) does not lie behind the ranges before it")
                }
                last = range.high
                rows.beginRow(fields: 5)
                rows.number(version)
                rows.address(range.low)
                rows.address(range.high)
                rows.text(range.country)
                rows.number(range.asn.map { Int64($0) })
                waiting += 1
                if waiting == StoreConnection.rowsAtATime { try flush() }
            }
            try flush()
            var named = CopyBuffer(capacity: names.count * 48)
            for (asn, name) in names {
                named.beginRow(fields: 3)
                named.number(version)
                named.number(Int64(asn))
                named.text(name)
            }
            try copyIn(
                "COPY enrichment.as_name (version, asn, name) FROM STDIN (FORMAT binary)", [named.bytes])
            if activate { try query("SELECT enrichment.activate($1::int4)", ["\(version)"]) }
            try query("SELECT enrichment.forget('origin', $1)", [new.name])
            return version
        }
    }

    /// Uses a version that was imported.
    /// - Returns: false when there is no such version of that kind.
    package func useVersion(_ id: Int32, kind: String) throws(StoreError) -> Bool {
        let used = try query(
            "SELECT enrichment.activate(id) FROM enrichment.version WHERE id = $1::int4 AND kind = $2",
            ["\(id)", kind])
        return used.text(0, 0) == "t"
    }

    /// The versions of a kind, the oldest first.
    package func versions(kind: String) throws(StoreError) -> [EnrichmentVersion] {
        let result = try query(
            """
            SELECT id, name, data_date, \(StoreConnection.timeText("loaded_at")), rows, active
            FROM enrichment.version WHERE kind = $1 ORDER BY id
            """, [kind])
        return (0..<result.rowCount).map { row in
            EnrichmentVersion(
                id: result.number(row, 0) ?? 0, name: result.text(row, 1) ?? "", date: result.text(row, 2) ?? "",
                loadedAt: result.text(row, 3) ?? "", rows: result.number(row, 4) ?? 0,
                isActive: result.text(row, 5) == "t")
        }
    }

    func addVersion(kind: String, _ new: EnrichmentImport, rows: Int) throws(StoreError) -> Int32 {
        // What is imported at the same time waits here, and not for each other at the end.
        try query("LOCK TABLE enrichment.version IN SHARE ROW EXCLUSIVE MODE")
        let digits = String(new.digest, radix: 16)
        let added = try query(
            """
            INSERT INTO enrichment.version (kind, name, data_date, rows, digest)
            VALUES ($1, $2, $3::date, $4::int8, $5) RETURNING id
            """,
            [kind, new.name, new.date, "\(rows)", String(repeating: "0", count: 16 - digits.count) + digits])
        guard let id = added.number(0, 0, as: Int32.self) else {
            throw StoreError(.schema, "the database gave a version no number")
        }
        return id
    }
}
