/// A change of the organisations of the registry, as the audit has it.
package struct AuditEntry: Sendable, Hashable {
    /// A column that the change set, with what it was and is; nil for none.
    package struct Change: Sendable, Hashable {
        package let column: String
        package let before: String?
        package let after: String?
    }

    package let id: Int64
    /// RFC 3339 in UTC.
    package let at: String
    /// Role of the database.
    package let role: String
    /// Account on the host; empty when it was not made by the command line.
    package let person: String
    /// Table in the schema meta.
    package let relation: String
    /// `insert`, `update` or `delete`.
    package let action: String
    /// Code of the organisation; nil when it is not known.
    package let organisation: String?
    /// The block or contact that changed; nil for the organisation itself.
    package let subject: String?
    /// By column.
    package let changes: [Change]
}

extension StoreConnection {
    /// The newest changes, of one organisation unless `organisation` is nil, newest first.
    package func audit(of organisation: String? = nil, limit: Int) throws(StoreError) -> [AuditEntry] {
        let result = try query(
            """
            SELECT a.id, \(StoreConnection.timeText("a.at")), a.role, a.person, a.relation, a.action, o.code,
                coalesce(a.after, a.before) ->> CASE a.relation WHEN 'contact' THEN 'target' ELSE 'prefix' END,
                c.key, c.before, c.after
            FROM (
                SELECT * FROM meta.audit
                WHERE $1::text IS NULL OR organisation = (SELECT id FROM meta.organisation WHERE code = $1)
                ORDER BY id DESC LIMIT $2::int8) a
            LEFT JOIN meta.organisation o ON o.id = a.organisation
            LEFT JOIN LATERAL (
                SELECT key, b.value AS before, n.value AS after
                FROM jsonb_each_text(coalesce(a.before, '{}')) b
                    FULL JOIN jsonb_each_text(coalesce(a.after, '{}')) n USING (key)
                WHERE b.value IS DISTINCT FROM n.value AND key NOT IN ('id', 'organisation', 'created_at')) c ON true
            ORDER BY a.id DESC, c.key
            """, [organisation, "\(limit)"])
        var entries: [AuditEntry] = []
        var row = 0
        while row < result.rowCount {
            let first = row
            var changes: [AuditEntry.Change] = []
            while row < result.rowCount, result.text(row, 0) == result.text(first, 0) {
                if let column = result.text(row, 8) {
                    changes.append(
                        AuditEntry.Change(column: column, before: result.text(row, 9), after: result.text(row, 10)))
                }
                row += 1
            }
            entries.append(
                AuditEntry(
                    id: result.number(first, 0) ?? 0, at: result.text(first, 1) ?? "",
                    role: result.text(first, 2) ?? "",
                    person: result.text(first, 3) ?? "", relation: result.text(first, 4) ?? "",
                    action: result.text(first, 5) ?? "", organisation: result.text(first, 6),
                    subject: result.text(first, 7), changes: changes))
        }
        return entries
    }
}
