extension StoreConnection {
    /// The sites that whoever asks may see, and that have an active sensor: their names, the state of the worst of their
    /// sensors, since when nothing is observed of those that are late or silent (stored, where only files were imported), and their dark IPv4 addresses.
    /// - Parameter site: code of the only site that is asked for; nil asks for all.
    package func consoleSites(site: String? = nil) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT t.site, t.name, t.country, t.zone, t.destinations, t.registered_at, count(*) AS sensors,
                count(*) FILTER (WHERE s.state <> 'ok') AS sensors_not_ok,
                CASE WHEN bool_and(s.state = 'silent') THEN 'silent' WHEN bool_and(s.state = 'ok') THEN 'ok'
                    WHEN bool_or(s.state = 'silent') AND bool_or(s.state = 'ok') THEN 'degraded' ELSE 'late' END AS state,
                min(coalesce(s.last_observed, s.last_commit)) FILTER (WHERE s.state <> 'ok') AS silent_since, max(s.last_commit) AS last_commit,
                max(s.last_observed) AS last_observed, min(s.lag_seconds) AS lag_seconds,
                (SELECT sum(d.addresses) FROM api.dark_space d WHERE d.site = t.site AND d.family = 4
                    AND now() >= d.valid_from AND now() < d.valid_to) AS addresses
            FROM api.site t JOIN api.sensor_status s ON s.site = t.site AND s.registration = 'active'
            WHERE $1::text IS NULL OR t.site = $1
            GROUP BY t.site, t.name, t.country, t.zone, t.destinations, t.registered_at ORDER BY t.site
            """, [site])
    }

    /// How each active sensor is: rows of api.sensor_status with what its newest window says of it, what waits at it as far
    /// as it is known here, since when it has its newest key, and the dark IPv4 addresses of its site.
    /// - Parameter site: code of the only site that is asked for; nil asks for all.
    package func consoleSensors(site: String? = nil) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT s.site, s.sensor, s.state, s.last_commit, s.last_window_end, s.last_observed,
                CASE WHEN s.state <> 'ok' THEN coalesce(s.last_observed, s.last_commit) END AS silent_since, s.lag_seconds, s.received_24h,
                s.dropped_24h, s.kernel_dropped_24h, s.interface_dropped_24h, s.overflowed_24h, s.gaps_24h,
                s.gap_packets_24h, s.conflicts, s.keys, k.key_since, a.sensor_version AS version, a.clock,
                -- A file has no clock, and of a clock of which nothing is known the error is 0.
                CASE WHEN a.clock IN ('synchronised', 'unsynchronised') OR a.clock = 'unknown' AND a.clock_offset_us <> 0
                    THEN a.clock_offset_us / 1e6 END::float8 AS clock_offset_seconds,
                a.link, a.configuration, w.batches AS waiting_batches, w.since AS waiting_since,
                (SELECT sum(d.addresses) FROM api.dark_space d WHERE d.site = s.site
                    AND d.family = 4 AND now() >= d.valid_from AND now() < d.valid_to) AS site_addresses
            FROM api.sensor_status s
            LEFT JOIN (
                SELECT c.sensor_id, max(c.enrolled_at) AS key_since FROM api.sensor_key c WHERE c.revoked_at IS NULL
                GROUP BY c.sensor_id
            ) k ON k.sensor_id = s.sensor_id
            LEFT JOIN (
                SELECT r.sensor_id, sum(r.missing)::int8 AS batches, min(r.missing_since) AS since, max(r.last_window_end) AS newest
                FROM api.stream r WHERE r.last_commit > now() - interval '14 days' GROUP BY r.sensor_id
            ) w ON w.sensor_id = s.sensor_id
            LEFT JOIN LATERAL (
                SELECT c.sensor_version, c.clock, c.clock_offset_us, c.link, c.configuration FROM api.account c
                WHERE c.sensor_id = s.sensor_id AND c.window_start >= coalesce(s.last_window_end, w.newest) - interval '5 minutes'
                    AND c.window_start < coalesce(s.last_window_end, w.newest) AND c.sensor_version IS NOT NULL
                ORDER BY c.window_start DESC LIMIT 1
            ) a ON true
            WHERE s.registration = 'active' AND ($1::text IS NULL OR s.site = $1)
            ORDER BY s.site, s.sensor
            """, [site])
    }

    /// Whether whoever asks knows a site of that code.
    package func hasSite(_ code: String) throws(StoreError) -> Bool {
        try query("SELECT FROM api.sensor_status WHERE site = $1 LIMIT 1", [code]).rowCount == 1
    }

    /// Which part of each site's time was observed, in whole spans of a length (UTC) from the first to before the last.
    ///
    /// `place` counts them from the first. `coverage` is of the dark addresses and of the time that is over; `packets` are
    /// NULL where nothing was observed. Spans of which nothing is known have no row.
    /// - Parameters:
    ///   - first: Unix seconds, a multiple of the length.
    ///   - length: 3,600 or 86,400.
    ///   - site: code of the only site that is asked for; nil asks for all.
    package func consoleStrips(
        from first: Int64, to last: Int64, length: Int64, site: String? = nil
    ) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT c.site, ((extract(epoch FROM c.start) - $1::int8) / $3::int8)::int8 AS place,
                CASE WHEN bool_or(c.state = 'late') THEN 'late'
                    WHEN bool_and(c.state IN ('complete', 'quiet')) THEN CASE WHEN sum(c.packets) = 0 THEN 'quiet' ELSE 'complete' END
                    WHEN sum(c.observed_seconds) = 0 THEN 'missing' ELSE 'partial' END AS state,
                least(coalesce(sum(c.observed_address_seconds) / nullif(sum(c.expected_address_seconds), 0),
                    sum(c.observed_seconds) / sum(c.span)) / greatest(least(extract(epoch FROM now() - c.start) / c.span, 1), 0.01),
                    1)::float8 AS coverage,
                CASE WHEN sum(c.observed_seconds) > 0 THEN sum(c.packets)::int8 END AS packets
            FROM api.coverage c
            WHERE c.span = $3::int4 AND c.start >= to_timestamp($1::int8) AND c.start < to_timestamp($2::int8)
                AND ($4::text IS NULL OR c.site = $4)
            GROUP BY c.site, c.start, c.span ORDER BY c.site, c.start
            """, ["\(first)", "\(last)", "\(length)", site])
    }

    /// What a site observed in each hour (UTC) of a span.
    package func consoleSiteHours(_ times: ConsoleTimes, site: String) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT c.start, c.sensor, c.state, c.coverage, CASE WHEN c.observed_seconds > 0 THEN c.packets END AS packets,
                c.packets_per_address_day, CASE WHEN c.observed_seconds > 0 THEN c.dropped END AS dropped, c.gaps,
                c.lost_packets
            FROM api.coverage c WHERE c.span = 3600 AND c.start > \(ConsoleTimes.since) - interval '1 hour'
                AND c.start < \(ConsoleTimes.until) AND c.site = $3 ORDER BY c.start, c.sensor
            """, times.parameters + [site])
    }

    /// The windows of the last hours of each sensor of a site: packets, frames dropped, the time from the end of the window
    /// to its storage, and the clock.
    package func consoleSiteWindows(hours: Int, site: String) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT a.window_start AS start, a.sensor, max(a.window_seconds) AS seconds, sum(a.aggregated)::int8 AS packets,
                (sum(a.kernel_dropped) + sum(a.interface_dropped))::int8 AS dropped,
                extract(epoch FROM max(a.committed_at) - a.window_start)::float8 - max(a.window_seconds) AS delay_seconds,
                (max(a.clock_offset_us) / 1e6)::float8 AS clock_offset_seconds
            FROM api.account a WHERE a.site = $2 AND a.window_start > now() - $1::int4 * interval '1 hour' AND a.capture = 'live'
            GROUP BY a.window_start, a.sensor ORDER BY a.window_start, a.sensor
            """, ["\(hours)", site])
    }

    /// Times in which a sensor of a site did not observe, the newest first, one second or longer.
    ///
    /// `stop` is NULL of what goes on. `reason` is `awaited` when the sensor has batches of then that have not come, what a
    /// gap says (see api.gap), or NULL when nothing is known. Edges are those of the windows; of hours that are observed in
    /// part, the newest 200 are looked at, and what is before them is left out: `since` tells from when silences are known.
    package func consoleSilences(
        _ times: ConsoleTimes, site: String, limit: Int
    ) throws(StoreError) -> (since: String?, silences: Answer) {
        let hours = """
            hour AS MATERIALIZED (
                SELECT c.sensor_id, c.sensor, c.start, c.observed_seconds >= c.span AS is_whole,
                    c.observed_seconds > 0 AND c.observed_seconds < c.span AS is_partial
                FROM api.coverage c WHERE c.span = 3600 AND c.start > \(ConsoleTimes.since) - interval '1 hour'
                    AND c.start < \(ConsoleTimes.until) AND c.site = $3
                UNION ALL
                -- Hours that are not summed yet.
                SELECT s.sensor_id, s.sensor, h.start, false, true FROM api.sensor_status s
                CROSS JOIN LATERAL (
                    SELECT max(c.start) AS newest FROM api.coverage c WHERE c.span = 3600 AND c.sensor_id = s.sensor_id
                        AND c.start > now() - interval '2 days'
                ) n
                CROSS JOIN LATERAL generate_series(n.newest + interval '1 hour', now(), interval '1 hour') h (start)
                WHERE s.site = $3 AND s.registration = 'active' AND h.start > \(ConsoleTimes.since) - interval '1 hour'
                    AND h.start < \(ConsoleTimes.until)
            ), known AS (
                SELECT coalesce((SELECT h.start FROM hour h WHERE h.is_partial ORDER BY h.start DESC OFFSET 199 LIMIT 1),
                    (SELECT min(h.start) FROM hour h)) AS since
            )
            """
        let since = try answer(
            "WITH \(hours) SELECT greatest(k.since, \(ConsoleTimes.since)) AS since FROM known k WHERE k.since IS NOT NULL",
            times.parameters + [site])
        let silences = try answer(
            """
            WITH \(hours), watched AS (
                SELECT h.sensor_id, tstzrange(h.start, h.start + interval '1 hour') AS time FROM hour h WHERE h.is_whole
                UNION ALL
                SELECT h.sensor_id, tstzrange(a.observed_from, greatest(a.observed_from, a.observed_to)) FROM hour h
                CROSS JOIN LATERAL (
                    SELECT c.observed_from, c.observed_to FROM api.account c
                    WHERE c.sensor_id = h.sensor_id AND c.window_start > h.start - interval '5 minutes'
                        AND c.window_start < h.start + interval '1 hour' AND c.observed_from IS NOT NULL
                ) a WHERE h.is_partial AND h.start >= (SELECT k.since FROM known k)
            ), asked AS (
                SELECT h.sensor_id, h.sensor, range_agg(tstzrange(h.start, h.start + interval '1 hour')) AS times FROM hour h
                WHERE h.start >= (SELECT k.since FROM known k) GROUP BY h.sensor_id, h.sensor
            ), seen AS (
                SELECT a.sensor_id, a.sensor, a.times, coalesce(w.times, '{}') AS watched, (
                        SELECT min(k.enrolled_at) FROM api.sensor_key k WHERE k.sensor_id = a.sensor_id
                    ) AS registered
                FROM asked a LEFT JOIN (
                    SELECT r.sensor_id, range_agg(r.time) AS times FROM watched r GROUP BY r.sensor_id
                ) w ON w.sensor_id = a.sensor_id
            ), silence AS (
                SELECT a.sensor_id, a.sensor, s.state, t.time,
                    s.state <> 'ok' AND upper(t.time) = least(now(), \(ConsoleTimes.until))
                        AND \(ConsoleTimes.until) >= now() - interval '1 minute' AS is_open
                FROM seen a JOIN api.sensor_status s ON s.sensor_id = a.sensor_id
                CROSS JOIN LATERAL (
                    -- Who was not there yet is not silent; of what was captured before, files may tell.
                    SELECT CASE WHEN a.registered BETWEEN \(ConsoleTimes.since) AND now() AND lower(a.watched) >= a.registered
                        THEN a.registered ELSE \(ConsoleTimes.since) END AS since,
                        least(\(ConsoleTimes.until),
                            CASE WHEN s.state = 'ok' AND s.last_observed IS NOT NULL THEN s.last_observed ELSE now() END) AS until
                ) p
                CROSS JOIN LATERAL unnest(a.times * tstzmultirange(tstzrange(p.since, greatest(p.since, p.until), '[)'))
                    - a.watched) t (time)
            )
            SELECT s.sensor, lower(s.time) AS start, CASE WHEN NOT s.is_open THEN upper(s.time) END AS stop,
                extract(epoch FROM upper(s.time) - lower(s.time))::float8 AS seconds,
                coalesce((
                    SELECT 'awaited' FROM api.stream r WHERE r.sensor_id = s.sensor_id AND r.missing > 0
                        AND r.last_commit > now() - interval '14 days' AND r.missing_since < upper(s.time)
                        AND r.last_window_end > lower(s.time) LIMIT 1
                ), (
                    SELECT g.reason FROM api.gap g WHERE g.sensor_id = s.sensor_id AND g.lost_from < upper(s.time)
                        AND g.lost_to > lower(s.time) ORDER BY g.lost_from LIMIT 1
                )) AS reason
            FROM silence s WHERE upper(s.time) - lower(s.time) >= interval '1 second'
            ORDER BY lower(s.time) DESC, s.sensor LIMIT $4::int8
            """, times.parameters + [site, "\(limit)"])
        return (since.text(0, "since"), silences)
    }

    /// What the sensors of a site declared lost, of a time in the span or reported in it, the newest first.
    package func consoleSiteLosses(_ times: ConsoleTimes, site: String, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT g.sensor, g.reason, g.lost_from, g.lost_to, g.packets, g.bytes, g.reported_at FROM api.gap g
            WHERE g.site = $3 AND (g.lost_from < \(ConsoleTimes.until) AND g.lost_to > \(ConsoleTimes.since)
                OR g.reported_at >= \(ConsoleTimes.since) AND g.reported_at < \(ConsoleTimes.until))
            ORDER BY coalesce(g.lost_from, g.reported_at) DESC, g.sensor LIMIT $4::int8
            """, times.parameters + [site, "\(limit)"])
    }

    /// The ports at which a site gets more or less than the other sites let expect: rows of api.site_against_pool.
    package func consoleSiteAgainstPool(_ times: ConsoleTimes, site: String, limit: Int) throws(StoreError) -> Answer {
        try answer(
            """
            SELECT p.finding, p.class, p.service_port, api.port_name(p.class, p.service_port) AS name, p.packets, p.expected,
                p.packets_per_address_day, p.pool_packets_per_address_day, p.pool_packets, p.pool_sites,
                p.pool_sites_observing, p.sources, p.pool_sources
            FROM api.site_against_pool($3, \(ConsoleTimes.since), \(ConsoleTimes.until), $4::int4) p
            """, times.parameters + [site, "\(limit)"])
    }

    /// How many sensors and sites whoever asks may see.
    package func visibleSensors() throws(StoreError) -> (sensors: Int64, sites: Int64) {
        let row = try query("SELECT count(*), count(DISTINCT s.site) FROM meta.sensor s")
        return (row.number(0, 0) ?? 0, row.number(0, 1) ?? 0)
    }

    /// Since when nothing is observed of sites whose sensors are late or silent now, when that is before a moment (Unix
    /// seconds): by their codes.
    package func silentSites(before end: Int64) throws(StoreError) -> [String: String] {
        let rows = try answer(
            """
            SELECT s.site, min(coalesce(s.last_observed, s.last_commit)) AS since FROM api.sensor_status s
            WHERE s.registration = 'active' AND s.state <> 'ok'
                AND coalesce(s.last_observed, s.last_commit) < to_timestamp($1::int8)
            GROUP BY s.site
            """, ["\(end)"])
        return Dictionary(
            rows.rows.indices.map { (rows.text($0, "site") ?? "", rows.text($0, "since") ?? "") },
            uniquingKeysWith: { first, _ in first })
    }
}
