import Analysis

extension StoreConnection {
    /// Stores surges, in the place of what was stored of them, with what they are made of.
    func storeSurges(_ surges: [Surge], isProvisional: Bool = false) throws(StoreError) {
        // One pass over the flows of each ten minutes.
        for (peak, surges) in Dictionary(grouping: surges, by: \.peak).sorted(by: { $0.key < $1.key }) {
            let details = try surgeDetails(peak, surges.map(\.port))
            for surge in surges { try store(surge, details[surge.port] ?? SurgeDetail(), isProvisional) }
        }
    }

    /// Removes what was found in hours that were not taken yet.
    /// - Parameter known: the surges that were under way before; rows that stood in their place are put right.
    func removeProvisional(_ known: [Surge]) throws(StoreError) {
        let removed = try query("DELETE FROM trend.surge WHERE is_provisional")
        if removed.tag != "DELETE 0" { try storeSurges(known) }
    }

    private func store(_ surge: Surge, _ detail: SurgeDetail, _ isProvisional: Bool) throws(StoreError) {
        try query(
            """
            INSERT INTO trend.surge (start, class, service_port, metric, until, peak, score, value, usual, other_value,
                other_usual, sites, countries, signatures, tools, explanation, is_provisional)
            VALUES (to_timestamp($1::int8), $2::int2, $3::int4, $4::int2, to_timestamp($5::int8), to_timestamp($6::int8),
                $7::float8, $8::float8, $9::float8, $10::float8, $11::float8,
                \(shares(12)), \(shares(14)), \(shares(16)), \(shares(18)), $20, $21::bool)
            ON CONFLICT (start, class, service_port, metric) DO UPDATE SET until = excluded.until, peak = excluded.peak,
                score = excluded.score, value = excluded.value, usual = excluded.usual,
                other_value = excluded.other_value, other_usual = excluded.other_usual, sites = excluded.sites,
                countries = excluded.countries, signatures = excluded.signatures, tools = excluded.tools,
                explanation = excluded.explanation, is_provisional = excluded.is_provisional
            """,
            [
                "\(surge.start)", "\(surge.port.trafficClass)", "\(surge.port.number)", "\(surge.metric.rawValue)",
                "\(surge.end)", "\(surge.peak)", "\(surge.score)", "\(surge.value)", "\(surge.usual)",
                "\(surge.otherValue)", "\(surge.otherUsual)",
            ] + [detail.sites, detail.countries, detail.signatures, detail.tools].flatMap(arrays)
                + [detail.words(for: surge), "\(isProvisional)"])
    }

    /// A list of names and shares from two parameters; NULL when they are.
    private func shares(_ parameter: Int) -> String {
        """
        CASE WHEN $\(parameter)::text[] IS NOT NULL THEN coalesce((
            SELECT jsonb_agg(jsonb_build_object('name', name, 'share', share) ORDER BY place)
            FROM unnest($\(parameter)::text[], $\(parameter + 1)::float8[]) WITH ORDINALITY r (name, share, place)), '[]') END
        """
    }

    private func arrays(_ shares: [SurgeDetail.Share]?) -> [String?] {
        guard let shares else { return [nil, nil] }
        let numbers = shares.map { String($0.share) }.joined(separator: ",")
        return [Literal.array(shares.map(\.name)), "{\(numbers)}"]
    }

    /// What came at ports in ten minutes: sites from the rollups, the rest from the flows, as long as they are there.
    private func surgeDetails(_ start: Int64, _ ports: [ServicePort]) throws(StoreError) -> [ServicePort: SurgeDetail] {
        let keys = Set(ports).sorted()
        let parameters = [
            "\(start)", Literal.array(keys.map(\.trafficClass)), Literal.array(keys.map(\.number)),
        ]
        var details: [ServicePort: SurgeDetail] = [:]
        for rows in [try query(StoreConnection.siteShares, parameters), try flowShares(parameters)].compactMap(\.self) {
            for row in 0..<rows.rowCount {
                guard let trafficClass: Int16 = rows.number(row, 0), let number: Int32 = rows.number(row, 1) else {
                    continue
                }
                let port = ServicePort(trafficClass: trafficClass, number: number)
                let share = rows.text(row, 4).flatMap { Double($0) } ?? 0
                details[port, default: SurgeDetail()].add(
                    rows.text(row, 2) ?? "", rows.text(row, 3).map { SurgeDetail.Share(name: $0, share: share) })
            }
        }
        return details
    }

    /// What the flows tell; nil when they cannot be read in a minute or at all: a surge is worth storing all the same.
    private func flowShares(_ parameters: [String]) throws(StoreError) -> QueryResult? {
        try query("SAVEPOINT flows")
        var rows: QueryResult?
        do throws(StoreError) {
            try query("SET LOCAL statement_timeout = '60s'")
            rows = try query(StoreConnection.flowShares, parameters)
        } catch {
            guard isAlive else { throw error }
        }
        // It only read; this ends the setting, too.
        try query("ROLLBACK TO SAVEPOINT flows")
        try query("RELEASE SAVEPOINT flows")
        return rows
    }

    private static let siteShares = """
        SELECT class, service_port, 'site', code, round(packets / nullif(all_packets, 0), 4)
        FROM (
            SELECT r.class, r.service_port, t.code, sum(r.packets) AS packets,
                sum(sum(r.packets)) OVER (PARTITION BY r.class, r.service_port) AS all_packets,
                row_number() OVER (PARTITION BY r.class, r.service_port ORDER BY sum(r.packets) DESC, t.code) AS rank
            FROM unnest($2::int2[], $3::int4[]) w (class, service_port)
            JOIN rollup.port_5m r USING (class, service_port)
            JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site
            WHERE r.start >= to_timestamp($1::int8) AND r.start < to_timestamp($1::int8 + 600)
            GROUP BY 1, 2, 3
        ) s WHERE rank <= 10 ORDER BY class, service_port, rank
        """

    /// A row without a name says that there are flows.
    private static let flowShares = """
        WITH record AS MATERIALIZED (
            SELECT w.class, w.service_port, r.signature, coalesce(r.packets, 1) AS packets, r.header, r.zmap, r.masscan,
                r.mirai, CASE r.family WHEN 4 THEN '0.0.0.0'::inet + (r.source4::int8 + 2147483648) ELSE r.source6 END
                    AS source
            FROM (
                SELECT family, unnest(service) AS service, unnest(source4) AS source4, unnest(source6) AS source6,
                    unnest(packets) AS packets, unnest(header) AS header, unnest(signature) AS signature,
                    unnest(zmap) AS zmap, unnest(masscan) AS masscan, unnest(mirai) AS mirai
                FROM raw.flow
                WHERE window_start >= to_timestamp($1::int8) AND window_start < to_timestamp($1::int8 + 600)
                    AND port_min <= (SELECT max(p) FROM unnest($3::int4[]) p)
                    AND port_max >= (SELECT min(p) FROM unnest($3::int4[]) p)
            ) r JOIN (
                SELECT class, service_port, (class::int4 << 24) + service_port AS key
                FROM unnest($2::int2[], $3::int4[]) w (class, service_port)
            ) w ON w.key = r.service & 251723775
        ), sum AS (
            SELECT class, service_port, sum(packets) AS packets,
                sum(coalesce(zmap, (header >> 25 & 1) * packets)) AS zmap,
                sum(coalesce(masscan, (header >> 27 & 1) * packets)) AS masscan,
                sum(coalesce(mirai, (header >> 29 & 1) * packets)) AS mirai
            FROM record GROUP BY 1, 2
        ), part AS (
            SELECT r.class, r.service_port, 'signature' AS kind, coalesce(g.signature, r.signature::text) AS name, r.packets
            FROM (
                SELECT class, service_port, signature, sum(packets) AS packets FROM record
                WHERE signature IS NOT NULL GROUP BY 1, 2, 3
            ) r LEFT JOIN raw.signature g ON g.id = r.signature
            UNION ALL
            SELECT class, service_port, 'country', name, sum(packets)
            FROM (
                SELECT class, service_port, trend.country(source) AS name, packets
                FROM (
                    SELECT class, service_port, source, sum(packets) AS packets,
                        row_number() OVER (PARTITION BY class, service_port ORDER BY sum(packets) DESC, source) AS rank
                    FROM record GROUP BY 1, 2, 3
                ) r WHERE rank <= 10000 OFFSET 0
            ) r WHERE name IS NOT NULL GROUP BY 1, 2, 4
            UNION ALL
            SELECT class, service_port, 'tool', t.name, t.packets
            FROM sum, LATERAL (VALUES ('zmap', zmap), ('masscan', masscan), ('mirai', mirai)) t (name, packets)
            WHERE t.packets > 0
        )
        SELECT class, service_port, NULL, NULL, NULL FROM sum
        UNION ALL (
            SELECT class, service_port, kind, name, round(p.packets / s.packets, 4)
            FROM (
                SELECT *, row_number() OVER (PARTITION BY class, service_port, kind ORDER BY packets DESC, name) AS rank
                FROM part
            ) p JOIN sum s USING (class, service_port)
            WHERE rank <= 5 ORDER BY class, service_port, kind, rank
        )
        """
}

extension SurgeDetail {
    /// - Parameter share: nil says that there are flows, whatever they say.
    fileprivate mutating func add(_ kind: String, _ share: Share?) {
        guard let share else {
            (signatures, tools) = (signatures ?? [], tools ?? [])
            return
        }
        switch kind {
        case "site": sites = (sites ?? []) + [share]
        case "country": countries = (countries ?? []) + [share]
        case "signature": signatures = (signatures ?? []) + [share]
        case "tool": tools = (tools ?? []) + [share]
        default: break
        }
    }
}
