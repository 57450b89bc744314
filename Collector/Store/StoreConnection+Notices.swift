import Alerts

extension StoreConnection {
    /// Makes the notices that may be made now.
    /// - Parameter now: Unix milliseconds.
    /// - Returns: how many were made, and whether other organisations wait for nothing but their turn.
    func makeNotices(
        _ now: Int64, _ limits: JudgeLimits
    ) throws(StoreError) -> (notices: Int, hasMore: Bool) {
        let reasons = try noticeReasons(now, settling: limits.settling)
        guard !reasons.isEmpty else { return (0, false) }
        let told = reasons.prefix(limits.organisations)
        let made = try query(
            StoreConnection.makeNotices,
            [
                "\(now)", Literal.array(told.map(\.organisation)), Literal.array(told.map(\.reason.rawValue)),
                "\(limits.items)", "\(limits.evidence)",
            ])
        return (made.number(0, 0) ?? 0, reasons.count > told.count)
    }

    /// Who is to be told now, and why; who has waited longest first.
    private func noticeReasons(
        _ now: Int64, settling: Int64
    ) throws(StoreError) -> [(organisation: Int32, reason: Notice.Reason)] {
        let rows = try query(StoreConnection.paces, ["\(now)"])
        return (0..<rows.rowCount).compactMap { row in
            guard let organisation: Int32 = rows.number(row, 0),
                let digest = rows.text(row, 1).flatMap({ NoticePace.Digest(rawValue: $0) })
            else { return nil }
            let pace = NoticePace(
                digest: digest, dailyCap: rows.number(row, 2) ?? 1, isQuiet: rows.text(row, 3) == "t",
                noticesToday: rows.number(row, 4) ?? 0, digestsToday: rows.number(row, 5) ?? 0,
                lastNoticeAt: rows.number(row, 6), digestTime: rows.number(row, 7) ?? .min,
                urgentSince: rows.number(row, 8), waitingSince: rows.number(row, 9))
            return pace.reason(now: now, settling: settling).map { (organisation, $0) }
        }
    }

    /// News of alerts a with block p that may be told: nobody asked for silence, and the address is known to be the
    /// organisation's now, by whichever of its blocks. That of the alert is asked first, and is it as a rule.
    /// - Parameter condition: one without which no other block needs to be looked for.
    private static func tellable(_ condition: String = "true") -> String {
        """
        a.news IS NOT NULL AND NOT a.is_false_positive AND NOT (a.news = 'grew' AND a.acknowledged_at IS NOT NULL)
            AND coalesce(a.suppressed_until <= to_timestamp($1::int8 / 1000.0), true)
            AND (\(isKnown("p")) OR \(condition) AND EXISTS (
                SELECT FROM meta.organisation_prefix h
                WHERE h.organisation = a.organisation AND h.prefix >>= a.address AND \(isKnown("h"))))
        """
    }

    /// Whether a block is known to be its organisation's now.
    private static func isKnown(_ block: String) -> String {
        "\(block).proof <> 'claimed' AND \(block).validity @> to_timestamp($1::int8 / 1000.0)"
    }

    /// Whether an organisation o has its quiet hours at the local times l.
    static let isQuiet = """
        coalesce(CASE WHEN o.quiet_from < o.quiet_until THEN l.clock >= o.quiet_from AND l.clock < o.quiet_until
            ELSE l.clock >= o.quiet_from OR l.clock < o.quiet_until END, false)
        """

    /// Organisations that may be told something, as soon as their pace lets them. Who has no contact, or no block that is
    /// known to be theirs, costs nothing, however much news there is.
    private static let paces = """
        SELECT o.id, o.digest, o.daily_cap, \(StoreConnection.isQuiet), m.notices, m.digests,
            \(milliseconds("m.last")),
            \(milliseconds("CASE o.digest WHEN 'hourly' THEN l.hour ELSE l.morning END")), 
            \(milliseconds("n.urgent_since")), \(milliseconds("n.since"))
        FROM meta.organisation o
        CROSS JOIN LATERAL (
            -- Blocks that are not known to be the organisation's, and lie in those that are, or around them.
            SELECT EXISTS (
                SELECT FROM meta.organisation_prefix c
                JOIN meta.organisation_prefix h ON h.organisation = c.organisation AND h.prefix && c.prefix
                WHERE c.organisation = o.id AND NOT (\(isKnown("c"))) AND \(isKnown("h"))
            ) AS is_mixed
        ) k
        CROSS JOIN LATERAL (
            SELECT min(a.news_at) FILTER (WHERE a.news IN ('opened', 'reopened')) AS urgent_since, min(a.news_at) AS since
            FROM alert.alert a JOIN meta.organisation_prefix p ON p.id = a.prefix
            WHERE a.organisation = o.id AND \(tellable("k.is_mixed"))
        ) n
        CROSS JOIN LATERAL alert.local_times(to_timestamp($1::int8 / 1000.0), o.zone) l
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE made_at >= l.day) AS notices,
                count(*) FILTER (WHERE made_at >= l.day AND reason = 'digest') AS digests, max(made_at) AS last
            FROM alert.notice WHERE organisation = o.id AND reason <> 'test'
                AND made_at >= least(l.day, to_timestamp($1::int8 / 1000.0) - interval '1 hour')
        ) m
        WHERE coalesce(o.ended_at > to_timestamp($1::int8 / 1000.0), true)
            AND EXISTS (SELECT FROM alert.alert a WHERE a.organisation = o.id AND a.news IS NOT NULL)
            AND EXISTS (SELECT FROM meta.contact c WHERE c.organisation = o.id AND c.ended_at IS NULL)
            AND EXISTS (SELECT FROM meta.organisation_prefix p WHERE p.organisation = o.id AND p.proof <> 'claimed')
            AND n.since IS NOT NULL
        ORDER BY n.since, o.id
        """

    /// One notice for each organisation, with its items, the worst of what was opened first, their evidence, a message for each of its contacts, and the
    /// note that all of it was told. Nothing of the dark addresses is copied.
    private static let makeNotices = """
        WITH told AS MATERIALIZED (
            SELECT d.reason, a.*, count(*) OVER (PARTITION BY d.organisation) AS items,
                row_number() OVER (PARTITION BY d.organisation
                    ORDER BY a.news NOT IN ('opened', 'reopened'), array_position('{high,medium,low}', a.severity),
                        array_position('{high,medium,low}', a.confidence), a.news_at, a.id)::int4 AS number
            FROM unnest($2::int4[], $3::text[]) d (organisation, reason)
            CROSS JOIN LATERAL (
                SELECT a.*, p.prefix AS block FROM alert.alert a JOIN meta.organisation_prefix p ON p.id = a.prefix
                WHERE a.organisation = d.organisation AND \(tellable())
                ORDER BY a.news NOT IN ('opened', 'reopened'), a.news_at, a.id LIMIT $4::int8 FOR NO KEY UPDATE OF a
            ) a
        ), made AS (
            INSERT INTO alert.notice (organisation, reason, made_at, items)
            SELECT organisation, reason, to_timestamp($1::int8 / 1000.0), count(*) FROM told GROUP BY 1, 2
            RETURNING id, organisation
        ), item AS (
            INSERT INTO alert.notice_item (notice, number, alert, news, address, kind, finding, severity, confidence,
                reasons, state, episode, first_seen, last_seen, packets, new_packets, sites, addresses, tool, is_late,
                prefix, asn, as_name, country)
            SELECT m.id, t.number, t.id, t.news, t.address, t.kind, t.finding, t.severity, t.confidence, t.reasons, t.state,
                t.episode, coalesce(s.first_seen, t.first_seen), t.last_seen, t.packets, t.packets - t.told_packets,
                s.sites, s.addresses, CASE WHEN t.kind <> 'backscatter' THEN s.tool END,
                CASE WHEN t.news IN ('opened', 'reopened') THEN t.is_late ELSE EXISTS (
                    SELECT FROM alert.evidence e WHERE e.alert = t.id AND e.id > t.told_evidence
                        AND \(StoreConnection.isLate)
                ) END, t.block, o.asn, o.as_name, o.country
            FROM told t JOIN made m USING (organisation)
            CROSS JOIN LATERAL (
                SELECT count(*) AS sites, least(coalesce(sum(addresses), 0), 9223372036854775807)::int8 AS addresses,
                    api.tool_verdict(sum(syn_packets), sum(zmap), sum(masscan), sum(mirai)) AS tool,
                    min(first_seen) AS first_seen
                FROM (
                    SELECT max(greatest(s.destinations, cardinality(s.sample))) AS addresses,
                        sum(s.syn_packets) AS syn_packets, sum(s.zmap) AS zmap, sum(s.masscan) AS masscan,
                        sum(s.mirai) AS mirai, min(s.first_seen) AS first_seen
                    FROM alert.alert_sensor s JOIN meta.sensor n ON n.id = s.sensor
                    WHERE s.alert = t.id AND s.episode = t.episode GROUP BY n.site
                ) s
            ) s
            LEFT JOIN LATERAL api.origin(t.address) o ON true
        ), shown AS (
            INSERT INTO alert.notice_evidence (notice, number, place, class, protocol, service_port, packets, first_seen,
                last_seen, source_port, ttl, ip_length, tcp_flags, reporter)
            SELECT m.id, t.number, e.place, e.class, e.protocol, e.service_port, e.packets, e.first_seen, e.last_seen,
                e.source_port, e.ttl, e.ip_length, e.tcp_flags, e.reporter
            FROM told t JOIN made m USING (organisation)
            CROSS JOIN LATERAL (
                SELECT row_number() OVER (ORDER BY e.packets DESC, e.class, e.protocol, e.service_port) AS place, e.*
                FROM (
                    SELECT e.class, e.protocol, e.service_port, e.source_port, e.ttl, e.ip_length, e.tcp_flags, e.reporter,
                        least(sum(e.packets) OVER w, 9223372036854775807)::int8 AS packets,
                        min(e.first_seen) OVER w AS first_seen, max(e.last_seen) OVER w AS last_seen,
                        row_number() OVER (PARTITION BY e.class, e.protocol, e.service_port ORDER BY e.first_seen, e.id)
                            AS rank
                    FROM alert.evidence e WHERE e.alert = t.id AND e.id > t.told_evidence
                    WINDOW w AS (PARTITION BY e.class, e.protocol, e.service_port)
                ) e WHERE e.rank = 1 ORDER BY 1 LIMIT least(50, greatest(1, $5::int8 / t.items))
            ) e
        ), sent AS (
            INSERT INTO alert.outbox (notice, contact, due_at, created_at)
            SELECT m.id, c.id, to_timestamp($1::int8 / 1000.0), to_timestamp($1::int8 / 1000.0)
            FROM made m JOIN meta.contact c ON c.organisation = m.organisation AND c.ended_at IS NULL
        ), noted AS (
            INSERT INTO alert.history (alert, at, event, note)
            SELECT t.id, to_timestamp($1::int8 / 1000.0), 'told', concat(t.news, ' in notice ', m.id)
            FROM told t JOIN made m USING (organisation)
        ), settled AS (
            UPDATE alert.alert a SET news = NULL, news_at = NULL, told_at = to_timestamp($1::int8 / 1000.0),
                told_packets = a.packets, first_told_at = coalesce(a.first_told_at, to_timestamp($1::int8 / 1000.0)),
                told_evidence = coalesce((SELECT max(e.id) FROM alert.evidence e WHERE e.alert = a.id), a.told_evidence),
                updated_at = to_timestamp($1::int8 / 1000.0)
            FROM told t WHERE a.id = t.id
        )
        SELECT count(*) FROM made
        """
}
