import Alerts

/// An alert as it is judged.
private struct JudgedAlert {
    let id: Int64
    let kind: AlertKind
    let thresholds: Thresholds
    let cleanMilliseconds: Int64
    /// Why it is not reported.
    let label: String?
    let isObserved: Bool
    let life: AlertLife
}

extension StoreConnection {
    /// The alerts that are to be looked at though no evidence came, the longest due first; not those that a person is at.
    func dueAlerts(
        _ now: Int64, _ limit: Int, besides touched: [Int64: AlertLife.Evidence]
    ) throws(StoreError) -> [Int64] {
        let result = try query(
            """
            SELECT id FROM alert.alert WHERE due_at <= to_timestamp($1::int8 / 1000.0) ORDER BY due_at
            LIMIT $2::int8 FOR UPDATE SKIP LOCKED
            """, ["\(now)", "\(limit)"])
        return (0..<result.rowCount).compactMap { result.number($0, 0) }.filter { touched[$0] == nil }
    }

    /// Judges alerts and stores what becomes of them.
    func proceed(_ evidence: [Int64: AlertLife.Evidence], _ due: [Int64], _ now: Int64) throws(StoreError) {
        let ids = (Array(evidence.keys) + due).sorted()
        guard !ids.isEmpty else { return }
        let alerts = try judgedAlerts(ids, now)
        let sights = try sights(ids)
        var changes = AlertChanges(now: now)
        for alert in alerts {
            var life = alert.life
            let verdict = Judgement.verdict(
                alert.kind, sights[alert.id] ?? [], alert.thresholds, label: alert.label)
            let step = life.proceed(
                verdict, evidence[alert.id] ?? .none, now: now, cleanMilliseconds: alert.cleanMilliseconds,
                isObserved: alert.isObserved)
            if life != alert.life { changes.add(alert.id, life) }
            changes.add(alert.id, step)
        }
        try changes.store(self)
    }

    private func judgedAlerts(_ ids: [Int64], _ now: Int64) throws(StoreError) -> [JudgedAlert] {
        let rows = try query(StoreConnection.judgedAlerts, [Literal.array(ids), "\(now)"])
        var alerts: [JudgedAlert] = []
        alerts.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let id: Int64 = rows.number(row, 0),
                let kind = rows.text(row, 1).flatMap({ AlertKind(rawValue: $0) }), let life = life(rows, row)
            else { throw StoreError(.schema, "a row of alert.alert is none that this program stores") }
            alerts.append(
                JudgedAlert(
                    id: id, kind: kind,
                    thresholds: Thresholds(
                        leastPackets: rows.number(row, 2) ?? 10, leastAddresses: rows.number(row, 3) ?? 3),
                    cleanMilliseconds: (rows.number(row, 4) ?? 24) * 3_600_000, label: rows.text(row, 5),
                    isObserved: rows.text(row, 6) != "f", life: life))
        }
        return alerts
    }

    private func life(_ rows: QueryResult, _ row: Int) -> AlertLife? {
        guard let lastSeen: Int64 = rows.number(row, 7),
            let state = rows.text(row, 8).flatMap({ AlertState(rawValue: $0) }),
            let finding = rows.text(row, 9).flatMap({ Finding(rawValue: $0) }),
            let severity = rows.text(row, 10).flatMap({ Grade(rawValue: $0) }),
            let confidence = rows.text(row, 11).flatMap({ Grade(rawValue: $0) })
        else { return nil }
        var life = AlertLife(lastSeen: lastSeen)
        (life.state, life.finding, life.severity, life.confidence) = (state, finding, severity, confidence)
        life.reasons = (rows.text(row, 12) ?? "").split(separator: "\n").map { String($0) }
        life.label = rows.text(row, 13)
        life.episode = rows.number(row, 14) ?? 0
        life.isLate = rows.text(row, 15) == "t"
        life.openedAt = rows.number(row, 16)
        life.closedAt = rows.number(row, 17)
        life.isAcknowledged = rows.text(row, 18) == "t"
        life.isFalsePositive = rows.text(row, 19) == "t"
        life.news = rows.text(row, 20).flatMap { News(rawValue: $0) }
        life.newsAt = rows.number(row, 21)
        life.firstToldAt = rows.number(row, 22)
        life.dueAt = rows.number(row, 23)
        return life
    }

    /// Who behaves like a scanner is no known scanner: an infected host does just that. An alert's silence is observed when
    /// one of its sensors measured for half of the clean period; after seven periods nobody waits for that any more.
    private static let judgedAlerts = """
        SELECT a.id, a.kind, o.least_packets, o.least_addresses, o.clean_hours, CASE
                WHEN a.kind = 'backscatter' THEN NULL
                WHEN EXISTS (
                    SELECT FROM meta.organisation_allowed w WHERE w.organisation = a.organisation AND w.prefix >>= a.address
                ) THEN 'allowed' ELSE (
                    SELECT left(translate(coalesce(s.organisation, v.name), E'\\n\\r', '  '), 200)
                    FROM enrichment.scanner s JOIN enrichment.version v ON v.id = s.version
                    WHERE v.active AND s.block >>= a.address ORDER BY masklen(s.block) DESC, v.name LIMIT 1
                ) END,
            CASE WHEN a.state IN ('open', 'ongoing', 'quiet')
                AND a.last_seen + o.clean_hours * interval '1 hour' <= to_timestamp($2::int8 / 1000.0)
                AND a.last_seen + 7 * o.clean_hours * interval '1 hour' > to_timestamp($2::int8 / 1000.0)
            THEN EXISTS (
                SELECT FROM alert.alert_sensor s WHERE s.alert = a.id AND s.episode = a.episode AND o.clean_hours * 1800 <= (
                    SELECT sum(c.observed_seconds) FROM generate_series(date_trunc('hour', greatest(a.last_seen,
                        to_timestamp($2::int8 / 1000.0) - 2 * o.clean_hours * interval '1 hour')),
                        to_timestamp($2::int8 / 1000.0), interval '1 hour') h (start)
                    JOIN rollup.coverage c ON c.span = 3600 AND c.start = h.start AND c.sensor = s.sensor)
            ) ELSE true END,
            \(milliseconds("a.last_seen")), a.state, a.finding, a.severity, a.confidence,
            array_to_string(a.reasons, E'\\n'), a.label, a.episode, a.is_late, \(milliseconds("a.opened_at")),
            \(milliseconds("a.closed_at")), a.acknowledged_at IS NOT NULL, a.is_false_positive, a.news,
            \(milliseconds("a.news_at")), \(milliseconds("a.first_told_at")), \(milliseconds("a.due_at"))
        FROM alert.alert a JOIN meta.organisation o ON o.id = a.organisation
        WHERE a.id = ANY ($1::int8[]) ORDER BY a.id FOR NO KEY UPDATE OF a
        """

    /// What sensors saw of the episodes that alerts are in, or that are to come.
    private func sights(_ ids: [Int64]) throws(StoreError) -> [Int64: [Sight]] {
        let rows = try query(
            """
            SELECT a.id, t.id, t.trust, s.packets, s.windows, greatest(s.destinations, cardinality(s.sample)),
                cardinality(s.sample), s.syn_packets, s.zmap, s.masscan, s.mirai, s.ttl_near, s.ttl_flows,
                s.configured_packets, s.amplifier_packets
            FROM alert.alert a
            JOIN alert.alert_sensor s ON s.alert = a.id AND s.episode = a.episode + (a.state IN ('watching', 'closed'))::int4
            JOIN meta.sensor n ON n.id = s.sensor JOIN meta.site t ON t.id = n.site
            WHERE a.id = ANY ($1::int8[])
            """, [Literal.array(ids)])
        var sights: [Int64: [Sight]] = [:]
        for row in 0..<rows.rowCount {
            guard let alert: Int64 = rows.number(row, 0), let site: Int32 = rows.number(row, 1) else { continue }
            func number(_ column: Int) -> Int64 { max(0, rows.number(row, column) ?? 0) }
            sights[alert, default: []].append(
                Sight(
                    site: site, trust: rows.text(row, 2).flatMap { Grade($0) } ?? .low, packets: number(3),
                    windows: number(4), addresses: number(5), knowsAddresses: number(6) > 0, synPackets: number(7),
                    zmap: number(8), masscan: number(9), mirai: number(10), nearFlows: number(11),
                    flows: number(12), configuredPackets: number(13), amplifierPackets: number(14)))
        }
        return sights
    }
}

extension Grade {
    /// The trust of a site, of which `normal` lies in the middle.
    fileprivate init?(_ trust: String) {
        if trust == "normal" { self = .medium } else { self.init(rawValue: trust) }
    }
}
