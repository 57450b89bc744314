import Alerts

extension StoreConnection {
    /// Moves evidence that arrived to the alerts that it is of, which are made where there are none.
    ///
    /// Nobody changes rows of alert.arrival: what is deleted is moved, what others store meanwhile waits for the next call.
    /// - Returns: how many rows were taken, and the alerts that they are of.
    func takeArrivals(
        _ now: Int64, _ limit: Int
    ) throws(StoreError) -> (rows: Int, evidence: [Int64: AlertLife.Evidence]) {
        // An empty table is what most calls find: the statement below is not worth planning for it.
        guard try query("SELECT FROM alert.arrival LIMIT 1").rowCount > 0 else { return (0, [:]) }
        let result = try query(
            StoreConnection.takeArrivals,
            [
                "\(now)", "\(limit)", Literal.array(Judgement.configuredTCP.sorted()),
                Literal.array(Judgement.configuredUDP.sorted()), Literal.array(Judgement.reflectors.sorted()),
            ])
        var evidence: [Int64: AlertLife.Evidence] = [:]
        for row in 1..<max(1, result.rowCount) {
            guard let alert: Int64 = result.number(row, 0) else { continue }
            evidence[alert] = result.text(row, 1) == "t" ? .late : .timely
        }
        return (result.number(0, 0) ?? 0, evidence)
    }

    /// The first row is the number of rows that were taken; the others are alerts. While an alert is watched or closed,
    /// what comes is of the episode to come; but what is older than the closing is of the one that was closed.
    /// Sums end at the greatest number there is.
    private static let takeArrivals = """
        WITH taken AS MATERIALIZED (
            DELETE FROM alert.arrival WHERE ctid = ANY (ARRAY(SELECT ctid FROM alert.arrival LIMIT $2::int8))
            RETURNING *
        ), known AS MATERIALIZED (
            SELECT t.* FROM taken t WHERE EXISTS (SELECT FROM meta.organisation o WHERE o.id = t.organisation)
        ), summed AS MATERIALIZED (
            SELECT organisation, address, kind, (array_agg(prefix ORDER BY window_start DESC, prefix DESC))[1] AS prefix,
                least(sum(packets), 9223372036854775807)::int8 AS packets, count(*) AS flows,
                min(first_seen) AS first_seen, max(last_seen) AS last_seen,
                bool_and(\(isLate)) AS is_late
            FROM known GROUP BY 1, 2, 3
        ), touched AS MATERIALIZED (
            INSERT INTO alert.alert AS a (organisation, address, kind, state, finding, severity, confidence, reasons,
                prefix, packets, flows, first_seen, last_seen, created_at, updated_at)
            SELECT organisation, address, kind, 'watching', 'none', 'low', 'low', '{}', prefix, packets, flows, first_seen,
                last_seen, to_timestamp($1::int8 / 1000.0), to_timestamp($1::int8 / 1000.0)
            FROM summed ORDER BY 1, 2, 3
            ON CONFLICT (organisation, address, kind) DO UPDATE SET prefix = excluded.prefix,
                packets = least(a.packets::numeric + excluded.packets, 9223372036854775807)::int8,
                flows = a.flows + excluded.flows, first_seen = least(a.first_seen, excluded.first_seen),
                last_seen = greatest(a.last_seen, excluded.last_seen), updated_at = excluded.updated_at
            RETURNING a.id, a.organisation, a.address, a.kind, a.state, a.episode, a.closed_at
        ), placed AS MATERIALIZED (
            SELECT k.*, t.id AS alert, t.episode + CASE t.state
                WHEN 'watching' THEN 1 WHEN 'closed' THEN (k.last_seen > t.closed_at)::int4 ELSE 0 END AS episode
            FROM known k JOIN touched t USING (organisation, address, kind)
        ), kept AS (
            INSERT INTO alert.evidence (\(arrivalColumns), alert) SELECT \(arrivalColumns), alert FROM placed
        ), common AS MATERIALIZED (
            SELECT alert, episode, sensor, mode() WITHIN GROUP (ORDER BY ttl) AS common_ttl
            FROM placed WHERE class <> 9 GROUP BY 1, 2, 3
        ), seen AS (
            INSERT INTO alert.alert_sensor AS s (alert, episode, sensor, packets, windows, destinations, sample, syn_packets,
                zmap, masscan, mirai, ttl_least, ttl_most, ttl, ttl_near, ttl_flows, configured_packets,
                amplifier_packets, first_seen, last_seen)
            SELECT alert, episode, sensor, \(total("packets")), count(DISTINCT window_start), max(destinations),
                coalesce((array_agg(DISTINCT destination) FILTER (WHERE destination IS NOT NULL))[1:64], '{}'),
                \(total("packets", "FILTER (WHERE class = 1)")), \(total("zmap")), \(total("masscan")),
                \(total("mirai")), coalesce(min(ttl) FILTER (WHERE class <> 9), 255),
                coalesce(max(ttl) FILTER (WHERE class <> 9), 0), coalesce(min(common_ttl), 0),
                count(*) FILTER (WHERE class <> 9 AND abs(ttl - common_ttl) <= \(Judgement.closeTTLs)),
                count(*) FILTER (WHERE class <> 9),
                \(total("packets", "FILTER (WHERE class = 1 AND service_port = ANY ($3::int4[]) "
                    + "OR class = 5 AND service_port = ANY ($4::int4[]))")),
                \(total("packets", "FILTER (WHERE class = 5 AND service_port = ANY ($5::int4[]))")),
                min(first_seen), max(last_seen)
            FROM placed LEFT JOIN common USING (alert, episode, sensor) GROUP BY 1, 2, 3
            ON CONFLICT (alert, episode, sensor) DO UPDATE SET \(sum("packets")), windows = s.windows + excluded.windows,
                destinations = greatest(s.destinations, excluded.destinations), \(union("sample")), \(sum("syn_packets")),
                \(sum("zmap")), \(sum("masscan")), \(sum("mirai")),
                ttl_least = least(s.ttl_least, excluded.ttl_least), ttl_most = greatest(s.ttl_most, excluded.ttl_most),
                ttl = CASE WHEN \(isOtherTTL) THEN excluded.ttl ELSE s.ttl END,
                ttl_near = CASE WHEN abs(s.ttl - excluded.ttl) <= \(Judgement.closeTTLs)
                    THEN s.ttl_near + excluded.ttl_near ELSE greatest(s.ttl_near, excluded.ttl_near) END,
                ttl_flows = s.ttl_flows + excluded.ttl_flows, \(sum("configured_packets")), \(sum("amplifier_packets")),
                first_seen = least(s.first_seen, excluded.first_seen),
                last_seen = greatest(s.last_seen, excluded.last_seen)
        )
        SELECT count(*), NULL FROM taken
        UNION ALL
        SELECT t.id, s.is_late FROM touched t JOIN summed s USING (organisation, address, kind)
        """

    /// Whether evidence came long after its window, as what a sensor kept in an outage does.
    static let isLate = "received_at > window_start + window_seconds * interval '1 s' + interval '10 min'"

    /// The columns of alert.arrival, which alert.evidence has too.
    private static let arrivalColumns = """
        organisation, prefix, address, kind, sensor, window_start, window_seconds, received_at, class, protocol,
        service_port, packets, destinations, first_seen, last_seen, source_port, destination, ttl, ip_length, tcp_flags,
        zmap, masscan, mirai, signature, reporter
        """

    /// Of no rows 0: `least` passes over what is NULL.
    private static func total(_ column: String, _ filter: String = "") -> String {
        "least(coalesce(sum(\(column)) \(filter), 0), 9223372036854775807)::int8"
    }

    private static func sum(_ column: String) -> String {
        "\(column) = least(s.\(column)::numeric + excluded.\(column), 9223372036854775807)::int8"
    }

    /// More of what came have another TTL than what was there have theirs: what was there first is not what most have.
    private static let isOtherTTL = """
        abs(s.ttl - excluded.ttl) > \(Judgement.closeTTLs) AND excluded.ttl_near > s.ttl_near
        """

    /// What is there stays; of what is new so much is added that there are 64.
    private static func union(_ column: String) -> String {
        """
        \(column) = CASE WHEN s.\(column) @> excluded.\(column) OR cardinality(s.\(column)) >= 64 THEN s.\(column)
            ELSE s.\(column) || ARRAY(SELECT n FROM unnest(excluded.\(column)) n WHERE n <> ALL (s.\(column))
                LIMIT 64 - cardinality(s.\(column))) END
        """
    }
}
