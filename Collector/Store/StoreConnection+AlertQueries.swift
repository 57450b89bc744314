/// Which alerts are asked for; nil asks for all.
package struct AlertFilter: Sendable, Hashable {
    /// Code of the organisation.
    package var organisation: String?
    package var states: [String]?
    package var kinds: [String]?
    package var findings: [String]?
    /// Last seen at or after this time, in Unix seconds.
    package var since: Int64?
    /// low, medium or high, or more.
    package var severity: String?
    /// low, medium or high, or more.
    package var confidence: String?
    /// Rows at most.
    package var limit: Int

    package init(
        organisation: String? = nil, states: [String]? = nil, kinds: [String]? = nil, findings: [String]? = nil,
        since: Int64? = nil, severity: String? = nil, confidence: String? = nil, limit: Int
    ) {
        self.organisation = organisation
        self.states = states
        self.kinds = kinds
        self.findings = findings
        self.since = since
        self.severity = severity
        self.confidence = confidence
        self.limit = limit
    }
}

/// An alert with all that is known of it; each part has the columns of its view of schema api.
package struct AlertDetail: Sendable {
    /// One row of api.alert.
    package let alert: Answer
    /// What each sensor saw in the present or last episode.
    package let sensors: Answer
    /// Evidence by class and service port, most packets first; at most 50.
    package let services: Answer
    /// Evidence by day (UTC) of the windows, the last first; at most 62.
    package let days: Answer
    /// api.alert_history, oldest first; the last 500.
    package let history: Answer
    /// What notices told of it, oldest first; the last 100.
    package let notices: Answer
    /// The messages of those notices.
    package let messages: Answer
}

extension StoreConnection {
    /// Rows of api.alert, worst first: by severity, confidence, and the time of the last packet.
    package func alerts(_ filter: AlertFilter) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT * FROM api.alert
            WHERE ($1::text IS NULL OR organisation = $1) AND ($2::text[] IS NULL OR state = ANY ($2::text[]))
                AND ($3::text[] IS NULL OR kind = ANY ($3::text[])) AND ($4::text[] IS NULL OR finding = ANY ($4::text[]))
                AND ($5::int8 IS NULL OR last_seen >= to_timestamp($5::int8))
                AND ($6::text IS NULL OR array_position($9::text[], severity) >= array_position($9::text[], $6))
                AND ($7::text IS NULL OR array_position($9::text[], confidence) >= array_position($9::text[], $7))
            ORDER BY array_position($9::text[], severity) DESC, array_position($9::text[], confidence) DESC, last_seen DESC, id
            LIMIT $8::int8
            """,
            [
                filter.organisation, filter.states.map { Literal.array($0) }, filter.kinds.map { Literal.array($0) },
                filter.findings.map { Literal.array($0) }, filter.since.map { "\($0)" }, filter.severity,
                filter.confidence, "\(filter.limit)", "{low,medium,high}",
            ])
    }

    /// One alert; nil when there is none of that number. All parts are of the same moment.
    package func alertDetail(_ id: Int64) throws(StoreError) -> AlertDetail? {
        try transaction { () throws(StoreError) in
            try query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            return try alertParts(id)
        }
    }

    /// The same in a transaction of the caller's.
    package func alertParts(_ id: Int64) throws(StoreError) -> AlertDetail? {
        let key = ["\(id)"]
        let alert = try answer("SELECT * FROM api.alert WHERE id = $1::int8", key)
        guard !alert.rows.isEmpty else { return nil }
        return AlertDetail(
            alert: alert, sensors: try answer(StoreConnection.alertSensors, key),
            services: try answer(StoreConnection.alertServices, key),
            days: try answer(StoreConnection.alertDays, key),
            history: try answer(
                """
                SELECT at, event, person, note FROM (
                    SELECT * FROM api.alert_history WHERE alert = $1::int8 ORDER BY id DESC LIMIT 500) h ORDER BY id
                """, key),
            notices: try answer(StoreConnection.alertNotices, key),
            messages: try answer(StoreConnection.alertMessages, key))
    }

    /// Rows of api.notice, newest first.
    package func notices(organisation: String?, since: Int64?, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT * FROM api.notice WHERE ($1::text IS NULL OR organisation = $1)
                AND ($2::int8 IS NULL OR made_at >= to_timestamp($2::int8))
            ORDER BY id DESC LIMIT $3::int8
            """, [organisation, since.map { "\($0)" }, "\(limit)"])
    }

    /// Rows of api.message, those first whose attempt is or was due first.
    /// - Parameters:
    ///   - states: due, delivered, dead.
    ///   - notice: only those of this notice.
    package func messages(
        states: [String]? = nil, organisation: String? = nil, notice: Int64? = nil, limit: Int
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT * FROM api.message WHERE ($1::text[] IS NULL OR state = ANY ($1::text[]))
                AND ($2::text IS NULL OR organisation = $2) AND ($3::int8 IS NULL OR notice = $3::int8)
            ORDER BY due_at, id LIMIT $4::int8
            """, [states.map { Literal.array($0) }, organisation, notice.map { "\($0)" }, "\(limit)"])
    }

    /// Rows of api.programme_year: the months that have begun, then the year.
    /// - Parameter zone: IANA name of the zone whose months are meant.
    /// - Throws: `.refused` for a zone or year that there is not.
    package func programmeYear(_ year: Int, zone: String) throws(StoreError) -> Answer {
        try answer("SELECT * FROM api.programme_year($1::int4, $2)", ["\(year)", zone])
    }

    /// Rows of api.alert_statistics of a year, by month and organisation.
    /// - Parameter organisation: only those of this code; nil for all.
    /// - Throws: `.refused` for a zone or year that there is not.
    package func alertStatistics(
        _ year: Int, zone: String, organisation: String?
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s.* FROM (SELECT make_timestamp($1::int4, 1, 1, 0, 0, 0) AS start) y,
                api.alert_statistics(y.start AT TIME ZONE $2, (y.start + interval '1 year') AT TIME ZONE $2, $2) s
            WHERE $3::text IS NULL OR s.organisation = $3
            """, ["\(year)", zone, organisation])
    }

    /// Whether the database knows a time zone of that name.
    package func hasZone(_ zone: String) throws(StoreError) -> Bool {
        if knownZones.contains(zone) { return true }
        guard try query("SELECT FROM pg_timezone_names WHERE name = $1", [zone]).rowCount == 1 else { return false }
        knownZones.insert(zone)
        return true
    }

    /// The year, by the database's clock, in a zone that there is.
    package func yearNow(zone: String) throws(StoreError) -> Int {
        try query("SELECT extract(year FROM now() AT TIME ZONE $1)::int4", [zone]).number(0, 0) ?? 1970
    }

    private static let alertSensors = """
        SELECT t.code AS site, s.name AS sensor, t.trust, r.packets, r.windows,
            greatest(r.destinations, cardinality(r.sample)) AS dark_addresses, r.ttl_least, r.ttl_most, r.first_seen,
            r.last_seen
        FROM alert.alert_sensor r JOIN alert.alert a ON a.id = r.alert AND r.episode = greatest(a.episode, 1)
        JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site
        WHERE r.alert = $1::int8 ORDER BY 1, 2
        """
    private static let alertServices = """
        SELECT class, service_port, api.port_name(class, service_port) AS name, sum(packets)::int8 AS packets,
            count(*) AS flows, count(DISTINCT site) AS sites, min(first_seen) AS first_seen, max(last_seen) AS last_seen
        FROM api.alert_evidence WHERE alert = $1::int8 GROUP BY 1, 2 ORDER BY packets DESC, 1, 2 LIMIT 50
        """
    private static let alertDays = """
        SELECT (window_start AT TIME ZONE 'UTC')::date AS day, sum(packets)::int8 AS packets, count(*) AS flows,
            count(DISTINCT site) AS sites, count(DISTINCT (class, service_port)) AS services
        FROM api.alert_evidence WHERE alert = $1::int8 GROUP BY 1 ORDER BY 1 DESC LIMIT 62
        """
    private static let alertNotices = """
        SELECT * FROM (
            SELECT n.id, n.reason, n.made_at, i.news, i.new_packets, n.items, n.messages, n.delivered, n.due, n.dead
            FROM api.notice_item i JOIN api.notice n ON n.id = i.notice WHERE i.alert = $1::int8 ORDER BY n.id DESC LIMIT 100
        ) n ORDER BY id
        """
    private static let alertMessages = """
        SELECT m.id, m.notice, m.channel, m.target, m.format, m.state, m.attempts, m.created_at, m.due_at, m.delivered_at,
            m.problem
        FROM api.message m JOIN (
            SELECT DISTINCT notice FROM api.notice_item WHERE alert = $1::int8 ORDER BY notice DESC LIMIT 100
        ) n USING (notice) ORDER BY m.notice, m.id LIMIT 1000
        """
}
