package import Analysis
import FlowModel

extension StoreConnection {
    /// A text that is another whenever organisations, their blocks or dark blocks are others than they were. It reads those
    /// three tables, a tenth of a microsecond a row.
    ///
    /// Rows get the number of the transaction that wrote them, which is greater than those before: no change keeps both the
    /// count and the sum. With the server's start a database that was replaced is another too.
    package func organisationsState() throws(StoreError) -> String {
        // Of transaction numbers SQL has the distance only, here from a fixed one.
        let rows = "concat(count(*), '/', sum(age('1000'::xid)::int8 - age(xmin)))"
        return try query(
            """
            SELECT concat_ws(' ', pg_postmaster_start_time(),
                (SELECT oid FROM pg_database WHERE datname = current_database()),
                (SELECT \(rows) FROM meta.organisation), (SELECT \(rows) FROM meta.organisation_prefix),
                (SELECT \(rows) FROM meta.dark_prefix))
            """
        ).text(0, 0) ?? ""
    }

    /// Reads the blocks of all organisations, also those that are over, as they are at one time. Of more than
    /// `OrganisationTable.maximumBlocks` those that ended longest ago are left out.
    /// - Returns: whether none was left out.
    package func organisationTable() throws(StoreError) -> (table: OrganisationTable, isWhole: Bool) {
        var blocks: [OrganisationTable.Block] = []
        var homes: [OrganisationTable.Home] = []
        // One statement, so that blocks and homes are of one time.
        let rows = """
            COPY (
                SELECT organisation, id, prefix, masklen(prefix)::int2, lower(validity), lower_inc(validity), upper(validity),
                    upper_inc(validity)
                FROM (
                    SELECT p.organisation, p.id, p.prefix, p.validity * tstzrange(NULL, o.ended_at) AS validity
                    FROM meta.organisation_prefix p JOIN meta.organisation o ON o.id = p.organisation
                    ORDER BY upper(p.validity) DESC NULLS FIRST, p.id LIMIT \(OrganisationTable.maximumBlocks + 1)
                ) held WHERE NOT isempty(validity)
                UNION ALL
                SELECT organisation, site, NULL, NULL, lower(validity), lower_inc(validity), upper(validity),
                    upper_inc(validity)
                FROM (
                    SELECT p.organisation, d.site,
                        unnest(range_agg(p.validity * tstzrange(NULL, o.ended_at) * d.validity)) AS validity
                    FROM meta.dark_prefix d
                    JOIN meta.organisation_prefix p ON p.prefix && d.prefix AND p.validity && d.validity
                    JOIN meta.organisation o ON o.id = p.organisation
                    GROUP BY 1, 2
                ) home
            ) TO STDOUT (FORMAT binary)
            """
        try copyOut(rows) { row throws(StoreError) in
            var fields = try CopyRow(row, fields: 8)
            let (organisation, number) = (try fields.number(as: Int32.self), try fields.number(as: Int32.self))
            let (network, length) = (try fields.address(), try fields.number(as: Int16.self))
            let from = StoreConnection.second(
                try fields.number(), isAfter: try fields.number(as: UInt8.self) == 0, open: .min)
            let until = StoreConnection.second(
                try fields.number(), isAfter: try fields.number(as: UInt8.self) == 1, open: .max)
            guard let organisation, let number else {
                throw StoreError(.schema, "a block of an organisation has no number")
            }
            let validity = OrganisationTable.Validity(from: from, until: until)
            if let network, let length, let addresses = Prefix(network, length: Int(length)) {
                blocks.append(
                    .init(organisation: organisation, prefix: number, addresses: addresses, validity: validity))
            } else {
                homes.append(.init(organisation: organisation, site: number, validity: validity))
            }
        }
        let isWhole = blocks.count <= OrganisationTable.maximumBlocks
        return (OrganisationTable(blocks, homes: homes), isWhole)
    }

    /// The first whole second that is not before a bound of a range; for one that itself lies on the other side, the first
    /// after it. Windows begin on whole seconds.
    /// - Parameter microseconds: since 2000, the greatest and least number for infinity; nil for an open end.
    private static func second(_ microseconds: Int64?, isAfter: Bool, open: Int64) -> Int64 {
        guard let microseconds else { return open }
        if microseconds == .min || microseconds == .max { return microseconds }
        let (whole, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        // The quotient of a negative number is rounded up already.
        return whole + (rest > 0 || rest == 0 && isAfter ? 1 : 0) + 946_684_800
    }
}
