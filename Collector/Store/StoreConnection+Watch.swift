/// What a screen that is watched shows beside its sites and ports.
package struct WatchReport: Sendable, Hashable {
    /// Packets of each five minutes, the newest last; nil where nothing was observed.
    package let packets: [Int64?]
    /// What happened in the last day, the newest first.
    package let events: [WatchEvent]
}

/// An alert, an attack, or a rise of a port.
package struct WatchEvent: Sendable, Hashable {
    /// `alert`, `attack` or `surge`.
    package let kind: String
    /// `14:05`, of UTC.
    package let time: String
    package let text: String
}

extension StoreConnection {
    /// What a screen shows of now.
    /// - Parameters:
    ///   - bins: five minutes to look back, at most 500.
    ///   - sites: their codes; nil for all. Of events, all are told.
    ///   - isPartial: whether whoever asks sees what some sites saw only; alerts and rises are of all sites and not told then.
    package func watchReport(
        now: Int64, bins: Int, sites: [String]?, isPartial: Bool, most: Int, timeoutMilliseconds: Int = 10_000
    ) throws(StoreError) -> WatchReport {
        try reading(timeoutMilliseconds: timeoutMilliseconds) { () throws(StoreError) in
            let end = now - now % 300
            let series = try query(
                """
                SELECT s.packets FROM api.series(to_timestamp($1::int8), to_timestamp($2::int8), '5 minutes',
                    sites => $3::text[], with_sources => false) s ORDER BY s.time
                """,
                ["\(end - Int64(min(max(bins, 1), 500)) * 300)", "\(end)", sites.map { Literal.array($0) }])
            let packets = (0..<series.rowCount).map { series.number($0, 0, as: Int64.self) }
            let ofAllSites =
                isPartial
                ? ""
                : """
                 UNION ALL
                (SELECT 'surge', g.start, concat(g.class, ' ', g.service_port, ': ', round(g.value), ' ', g.metric, ' for ',
                    round(g.usual::numeric, 1), ' usual') FROM api.surge g WHERE g.start >= to_timestamp($1::int8)
                ORDER BY g.start DESC LIMIT $2::int8)
                UNION ALL
                (SELECT 'alert', a.opened_at, concat(host(a.address), ' ', a.finding, ' ', a.severity, ', ', a.state, ': ',
                    a.organisation) FROM api.alert a WHERE a.opened_at >= to_timestamp($1::int8)
                    AND NOT a.is_false_positive
                ORDER BY a.opened_at DESC LIMIT $2::int8)
                """
            let events = try query(
                """
                SELECT q.kind, to_char(q.at AT TIME ZONE 'UTC', 'HH24:MI'), q.text FROM (
                    (SELECT 'attack' AS kind, e.last_seen AS at, concat(host(e.victim), ' ', e.packets, ' packets to ',
                        coalesce(nullif(array_to_string(e.ports[1:3], ' '), ''), 'no port'), ' at ',
                        array_to_string(e.sites[1:4], ' ')) AS text
                    FROM api.attack_event e WHERE e.site IS \(isPartial ? "NOT NULL" : "NULL")
                        AND e.last_seen >= to_timestamp($1::int8)
                    ORDER BY e.last_seen DESC LIMIT $2::int8)\(ofAllSites)
                ) q ORDER BY q.at DESC, q.text LIMIT $2::int8
                """, ["\(now - 86_400)", "\(most)"])
            return WatchReport(
                packets: packets,
                events: (0..<events.rowCount).map {
                    WatchEvent(
                        kind: events.text($0, 0) ?? "", time: events.text($0, 1) ?? "", text: events.text($0, 2) ?? "")
                })
        }
    }
}
