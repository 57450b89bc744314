/// Which alerts a page of the queue holds; nil asks for all.
package struct AlertQueue: Sendable, Hashable {
    package var states: [String]?
    /// low, medium or high, or more.
    package var severity: String?
    package var organisation: String?
    package var kind: String?
    package var finding: String?
    /// Addresses of this block, in CIDR notation.
    package var block: String?
    /// Whether a person took note of the present episode.
    package var isAcknowledged: Bool?
    /// Those behind this alert, by its number.
    package var after: Int?
    /// Rows at most.
    package var limit: Int

    package init(limit: Int) { self.limit = limit }

    /// What all questions about the queue share, as `$1` to `$6`.
    fileprivate var parameters: [String?] {
        [severity, organisation, kind, finding, block, isAcknowledged.map { $0 ? "t" : "f" }]
    }
    fileprivate static let condition = """
        ($1::text IS NULL OR array_position('{low,medium,high}'::text[], a.severity)
                >= array_position('{low,medium,high}'::text[], $1))
            AND ($2::text IS NULL OR a.organisation = $2) AND ($3::text IS NULL OR a.kind = $3)
            AND ($4::text IS NULL OR a.finding = $4) AND ($5::inet IS NULL OR a.address <<= $5::inet)
            AND ($6::bool IS NULL OR (a.acknowledged_at IS NOT NULL) = $6)
        """
    /// The worst first; numbers tell the rest apart.
    fileprivate static func place(_ row: String) -> String {
        """
        array_position('{low,medium,high}'::text[], \(row).severity),
            array_position('{low,medium,high}'::text[], \(row).confidence), \(row).last_seen, -\(row).id
        """
    }
}

extension StoreConnection {
    /// How an alert goes on: periodic when it was opened again after it was closed, new in the first day of its only
    /// episode, then continued; NULL for what is not open.
    private static let course = """
        CASE WHEN a.state NOT IN ('open', 'ongoing', 'quiet') THEN NULL WHEN a.episode > 1 THEN 'periodic'
            WHEN a.opened_at > now() - interval '1 day' THEN 'new' ELSE 'continued' END AS course
        """

    /// Rows of api.alert with their course, the worst first: by severity, confidence, and the time of the last packet.
    package func consoleAlerts(_ queue: AlertQueue) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT a.*, \(StoreConnection.course) FROM api.alert a
            WHERE \(AlertQueue.condition) AND ($7::text[] IS NULL OR a.state = ANY ($7::text[]))
                AND ($8::int8 IS NULL OR (\(AlertQueue.place("a"))) < (
                    SELECT \(AlertQueue.place("b")) FROM api.alert b WHERE b.id = $8::int8))
            ORDER BY (\(AlertQueue.place("a"))) DESC LIMIT $9::int8
            """,
            queue.parameters + [
                queue.states.map { Literal.array($0) }, queue.after.map { "\($0)" }, "\(queue.limit)",
            ])
    }

    /// How many alerts are in each state, whatever states the queue asks for, without those that are none.
    package func consoleAlertStates(_ queue: AlertQueue) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT n.state, count(a.id) AS alerts, count(a.id) FILTER (WHERE a.severity = 'high') AS high,
                count(a.id) FILTER (WHERE a.acknowledged_at IS NOT NULL) AS acknowledged
            FROM unnest('{open,ongoing,quiet,watching,closed}'::text[]) WITH ORDINALITY n (state, place)
            LEFT JOIN api.alert a ON a.state = n.state AND \(AlertQueue.condition)
            GROUP BY n.state, n.place ORDER BY n.place
            """, queue.parameters)
    }

    /// Organisations with their alerts that go on, whatever the queue asks for, those with the most first.
    package func consoleAlertOrganisations() throws(StoreError) -> Answer {
        try answer(
            """
            SELECT a.organisation, a.organisation_name AS name, count(*) FILTER (WHERE a.state IN ('open', 'ongoing', 'quiet'))
                AS alerts
            FROM api.alert a GROUP BY 1, 2 ORDER BY 3 DESC, 1 LIMIT 500
            """)
    }

    /// Whether whoever asks knows an alert of that number.
    package func hasAlert(_ id: Int) throws(StoreError) -> Bool {
        try query("SELECT FROM api.alert WHERE id = $1::int8", ["\(id)"]).rowCount == 1
    }

    /// One row as `consoleAlerts` has it; empty when there is none of that number.
    package func consoleAlert(_ id: Int) throws(StoreError) -> Answer {
        try answer("SELECT a.*, \(StoreConnection.course) FROM api.alert a WHERE a.id = $1::int8", ["\(id)"])
    }

    /// What is known of the organisation of an alert: how and when it is told.
    package func consoleAlertOrganisation(_ id: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT o.code, o.name, o.kind, o.country, o.language, o.tlp, o.zone, o.digest, o.contacts, o.clean_hours, o.ended_at
            FROM api.organisation o JOIN api.alert a ON a.organisation = o.code WHERE a.id = $1::int8
            """, ["\(id)"])
    }

    /// The newest flows that an alert rests on, as long as flows are kept.
    package func consoleAlertEvidence(_ id: Int, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT e.window_start, e.site, e.sensor, e.class, e.service_port, api.port_name(e.class, e.service_port) AS name,
                e.packets, e.destinations, e.first_seen, e.last_seen, e.source_port, e.ttl, e.ip_length, e.zmap, e.masscan,
                e.mirai, e.reporter
            FROM api.alert_evidence e WHERE e.alert = $1::int8 ORDER BY e.last_seen DESC, e.packets DESC, e.site, e.service_port
            LIMIT $2::int8
            """, ["\(id)", "\(limit)"])
    }

    /// Packets of the evidence in each hour (UTC) of the last fortnight of it: 0 where sites observed and nothing came, NULL
    /// where no site did. The share is of the sites that were known in the hour; state as in api.series.
    package func consoleAlertHours(_ id: Int) throws(StoreError) -> Answer {
        try answer(
            """
            WITH found AS (
                SELECT date_trunc('hour', greatest(a.first_seen, a.last_seen - interval '14 days'), 'UTC') AS since,
                    date_trunc('hour', least(a.last_seen + interval '1 hour', now()), 'UTC') AS until
                FROM api.alert a WHERE a.id = $1::int8
            ), watched AS (
                SELECT c.start, sum(c.observed_seconds) / nullif(sum(c.span), 0)::float8 AS coverage
                FROM found f JOIN api.coverage c ON c.span = 3600 AND c.start BETWEEN f.since AND f.until GROUP BY 1
            ), seen AS (
                SELECT date_trunc('hour', e.window_start, 'UTC') AS start, sum(e.packets)::int8 AS packets
                FROM api.alert_evidence e WHERE e.alert = $1::int8 GROUP BY 1
            )
            SELECT h AS start, h + interval '1 hour' AS stop,
                coalesce(s.packets, CASE WHEN w.coverage > 0 THEN 0 END) AS packets, least(w.coverage, 1) AS coverage,
                CASE WHEN s.packets IS NULL AND coalesce(w.coverage, 0) = 0 THEN 'missing' WHEN w.coverage >= 1 THEN 'complete'
                    ELSE 'partial' END AS state
            FROM found f CROSS JOIN generate_series(f.since, f.until, interval '1 hour') h
            LEFT JOIN watched w ON w.start = h LEFT JOIN seen s ON s.start = h ORDER BY h
            """, ["\(id)"])
    }

    /// Every attempt to deliver the messages of a notice, the oldest first; the last 200.
    package func consoleDeliveries(notice: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT d.message, d.channel, d.target, d.at, d.attempt, d.outcome, d.detail, d.milliseconds FROM (
                SELECT * FROM api.delivery WHERE notice = $1::int8 ORDER BY id DESC LIMIT 200) d ORDER BY d.id
            """, ["\(notice)"])
    }

    /// One row of api.notice; empty when there is none of that number.
    package func consoleNotice(_ id: Int) throws(StoreError) -> Answer {
        try answer("SELECT * FROM api.notice WHERE id = $1::int8", ["\(id)"])
    }
}
