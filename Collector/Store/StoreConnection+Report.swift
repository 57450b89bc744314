package import FlowModel
package import Query

/// Rows with the names of their columns, as text; nil is NULL.
package struct NamedRows: Sendable, Hashable {
    package let columns: [String]
    package let rows: [[String?]]

    /// A field of a row by its column's name; nil when there is none.
    package func field(_ row: [String?], _ name: String) -> String? {
        columns.firstIndex(of: name).flatMap { row[$0] }
    }
}

/// What is known of an address or a block of sources.
package struct SourceReport: Sendable, Hashable {
    /// One row: where the address, or the first of the block, belongs; its label as a scanner, and why nothing can come from it.
    package let identity: NamedRows
    /// A row for each day (UTC) of the span, as api.block_history tells.
    package let days: NamedRows
    /// A row for each site that it reached in these days.
    package let sites: NamedRows
    /// The newest scans of an address, of all sites together; of whoever sees some sites only, of those.
    package let scans: NamedRows
    /// The newest attacks on an address, in the same way.
    package let attacks: NamedRows
}

/// How the sites are, and what came to them.
package struct SiteReport: Sendable, Hashable {
    /// A row for each site.
    package let sites: NamedRows
    /// By the site's code, a value for each hour of the span: packets, or nil where nothing was observed.
    package let activity: [String: [Int64?]]
    /// Start of the first hour, RFC 3339 in UTC.
    package let start: String
}

extension StoreConnection {
    /// What is known of an address or a block.
    /// - Parameters:
    ///   - block: at most an IPv4 /8 or an IPv6 /16.
    ///   - span: widened to days (UTC); at most 3,660 of them.
    ///   - isPartial: whether whoever asks sees what some sites saw only.
    ///   - most: scans and attacks at most.
    /// - Throws: `.refused` when it takes longer than the time that each statement has.
    package func sourceReport(
        _ block: Prefix, _ span: TimeSpan, isPartial: Bool, most: Int, timeoutMilliseconds: Int = 30_000
    ) throws(StoreError) -> SourceReport {
        try reading(timeoutMilliseconds: timeoutMilliseconds) { () throws(StoreError) in
            let days =
                "(date '1970-01-01' + ($2::int8 / 86400)::int4), (date '1970-01-01' + (($3::int8 + 86399) / 86400)::int4)"
            let values = ["\(block)", "\(span.start)", "\(span.end)"]
            let isAddress = block.length == block.family.bitWidth
            let identity = try named(
                """
                SELECT o.country, o.asn, o.as_name, CASE WHEN $2::bool THEN api.scanner_label(p.address) END AS scanner,
                    api.bogon(p.address) AS bogon
                FROM (SELECT host($1::inet)::inet AS address) p CROSS JOIN LATERAL api.origin(p.address) o
                """, ["\(block)", "\(isAddress)"])
            let history = try named(
                """
                SELECT h.day, h.sources, h.packets, h.flows, h.syn_packets, h.sites, h.zmap_sources, h.masscan_sources,
                    h.mirai_sources, \(Self.timeText("h.first_seen")) AS first_seen,
                    \(Self.timeText("h.last_seen")) AS last_seen, h.coverage, h.state
                FROM api.block_history($1::inet, \(days)) h ORDER BY h.day
                """, values)
            let sites = try named(
                """
                SELECT h.site, sum(h.packets) AS packets, count(DISTINCT h.source) AS sources, count(DISTINCT h.day) AS days,
                    \(Self.timeText("min(h.first_seen)")) AS first_seen, \(Self.timeText("max(h.last_seen)")) AS last_seen
                FROM api.source_history($1::inet, \(days)) h GROUP BY h.site ORDER BY 2 DESC, 1
                """, values)
            return SourceReport(
                identity: identity, days: history, sites: sites,
                scans: try events("scan_event", "e.source", isAddress, isPartial, values, most),
                attacks: try events("attack_event", "e.victim", isAddress, isPartial, values, most))
        }
    }

    private func events(
        _ view: String, _ column: String, _ isAddress: Bool, _ isPartial: Bool, _ values: [String], _ most: Int
    ) throws(StoreError) -> NamedRows {
        guard isAddress else { return NamedRows(columns: [], rows: []) }
        let own =
            view == "scan_event"
            ? "e.class, e.service_port" : "e.protocol, array_to_string(e.ports[1:8], ' ') AS ports"
        return try named(
            """
            SELECT \(own), \(Self.timeText("e.first_seen")) AS first_seen, \(Self.timeText("e.last_seen")) AS last_seen,
                e.packets, round(e.rate_pps::numeric, 3) AS rate_pps, array_to_string(e.sites, ' ') AS seen_at
            FROM api.\(view) e
            WHERE \(column) = host($1::inet)::inet AND e.site IS \(isPartial ? "NOT NULL" : "NULL")
                AND e.last_seen >= to_timestamp($2::int8) AND e.first_seen < to_timestamp($3::int8)
            ORDER BY e.last_seen DESC LIMIT $4::int8
            """, values + ["\(most)"])
    }

    /// How the sites are now, and what came to them in the hours (UTC) of a span.
    /// - Parameter sites: their codes; nil for all that whoever asks may see.
    package func siteReport(
        _ span: TimeSpan, sites: [String]?, timeoutMilliseconds: Int = 30_000
    ) throws(StoreError) -> SiteReport {
        try reading(timeoutMilliseconds: timeoutMilliseconds) { () throws(StoreError) in
            let first = span.start - (span.start % 3_600 + 3_600) % 3_600
            let values = ["\(first)", "\(span.end)", sites.map { Literal.array($0) }]
            let rows = try named(
                """
                WITH traffic AS (
                    SELECT c.site, sum(c.packets) AS packets, sum(c.observed_address_seconds) AS observed,
                        sum(c.expected_address_seconds) AS expected, sum(c.observed_seconds) / sum(c.span) AS share,
                        sum(c.span) / count(DISTINCT c.sensor_id) AS seconds
                    FROM api.coverage c WHERE c.span = 3600 AND c.start >= to_timestamp($1::int8)
                        AND c.start < to_timestamp($2::int8) GROUP BY c.site
                )
                SELECT s.site, CASE WHEN bool_or(s.state = 'silent') THEN 'silent' WHEN bool_or(s.state = 'late') THEN 'late'
                        ELSE 'ok' END AS state, count(*) AS sensors, \(Self.timeText("max(s.last_commit)")) AS last_commit,
                    max(s.lag_seconds) AS lag_seconds, sum(s.dropped_24h) AS dropped_24h, sum(s.gaps_24h) AS gaps_24h,
                    (SELECT sum(d.addresses) FROM api.dark_space d WHERE d.site = s.site AND d.family = 4
                        AND now() >= d.valid_from AND now() < d.valid_to) AS addresses, max(t.packets) AS packets,
                    max(least(coalesce(t.observed / nullif(t.expected, 0), t.share)
                        * t.seconds / ($2::float8 - $1::float8), 1)) AS coverage
                FROM api.sensor_status s LEFT JOIN traffic t ON t.site = s.site
                WHERE s.registration = 'active' AND ($3::text[] IS NULL OR s.site = ANY ($3::text[]))
                GROUP BY s.site ORDER BY s.site
                """, values)
            let hours = try query(
                """
                SELECT c.site, (extract(epoch FROM c.start)::int8 - $1::int8) / 3600,
                    CASE WHEN sum(c.observed_seconds) > 0 THEN sum(c.packets) END
                FROM api.coverage c WHERE c.span = 3600 AND c.start >= to_timestamp($1::int8)
                    AND c.start < to_timestamp($2::int8) AND ($3::text[] IS NULL OR c.site = ANY ($3::text[]))
                GROUP BY 1, 2
                """, values)
            let count = Int(min(max((span.end - first + 3_599) / 3_600, 0), 90_000))
            var activity = Dictionary(
                uniqueKeysWithValues: rows.rows.map { ($0[0] ?? "", [Int64?](repeating: nil, count: count)) })
            for row in 0..<hours.rowCount {
                guard let site = hours.text(row, 0), let place: Int = hours.number(row, 1), (0..<count).contains(place)
                else {
                    continue
                }
                activity[site]?[place] = hours.number(row, 2)
            }
            let start = try query("SELECT \(Self.timeText("to_timestamp($1::int8)"))", ["\(first)"]).text(0, 0) ?? ""
            return SiteReport(sites: rows, activity: activity, start: start)
        }
    }

    func named(_ sql: String, _ parameters: [String?]) throws(StoreError) -> NamedRows {
        let result = try query(sql, parameters)
        return NamedRows(
            columns: (0..<result.columnCount).map { result.columnName($0) },
            rows: (0..<result.rowCount).map { row in (0..<result.columnCount).map { result.text(row, $0) } })
    }
}
