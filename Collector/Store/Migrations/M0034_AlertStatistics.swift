extension Migration {
    /// What the programme did: episodes of alerts, and figures by month.
    static let alertStatistics = Migration(
        version: 34, name: "statistics of alerts",
        sql: """
            CREATE VIEW api.alert_episode AS
            SELECT h.alert, o.code AS organisation, a.address, a.kind,
                CASE WHEN h.episode = a.episode THEN a.finding ELSE coalesce(t.finding, a.finding) END AS finding,
                h.episode::int4 AS episode, h.opened_at, h.closed_at, coalesce(s.first_seen, t.first_seen) AS first_seen,
                s.last_seen, s.packets, coalesce(s.sites, 0) AS sites, t.told_at AS first_told_at, a.is_false_positive,
                extract(epoch FROM t.told_at - coalesce(s.first_seen, t.first_seen))::float8 AS seconds_to_notify,
                CASE WHEN h.closed_at IS NOT NULL AND NOT a.is_false_positive AND s.last_seen IS NOT NULL THEN
                    extract(epoch FROM greatest(least(s.last_seen, h.closed_at), t.told_at) - t.told_at)::float8
                    END AS seconds_to_clean
            FROM (
                SELECT e.alert, e.episode, min(e.at) FILTER (WHERE e.event <> 'closed') AS opened_at,
                    min(e.at) FILTER (WHERE e.event = 'closed') AS closed_at
                FROM (
                    SELECT alert, at, event, count(*) FILTER (WHERE event <> 'closed')
                        OVER (PARTITION BY alert ORDER BY id) AS episode
                    FROM alert.history WHERE event IN ('opened', 'reopened', 'closed')
                ) e WHERE e.episode > 0 GROUP BY e.alert, e.episode
            ) h
            JOIN alert.alert a ON a.id = h.alert JOIN meta.organisation o ON o.id = a.organisation
            LEFT JOIN (
                SELECT r.alert, r.episode, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen,
                    sum(r.packets)::int8 AS packets, count(DISTINCT s.site)::int4 AS sites
                FROM alert.alert_sensor r JOIN meta.sensor s ON s.id = r.sensor GROUP BY r.alert, r.episode
            ) s ON s.alert = h.alert AND s.episode = h.episode
            LEFT JOIN (
                SELECT i.alert, i.episode, min(n.made_at) AS told_at, min(i.first_seen) AS first_seen,
                    (array_agg(i.finding ORDER BY n.id DESC))[1] AS finding
                FROM alert.notice_item i JOIN alert.notice n ON n.id = i.notice WHERE n.reason <> 'test'
                GROUP BY i.alert, i.episode
            ) t ON t.alert = h.alert AND t.episode = h.episode;
            COMMENT ON VIEW api.alert_episode IS 'Each time that an alert was opened, from api.alert_history and what was told.';
            COMMENT ON COLUMN api.alert_episode.alert IS 'api.alert.id.';
            COMMENT ON COLUMN api.alert_episode.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.alert_episode.address IS 'The organisation''s address.';
            COMMENT ON COLUMN api.alert_episode.kind IS 'As api.alert.';
            COMMENT ON COLUMN api.alert_episode.finding IS 'As it is, or was when the episode was told last.';
            COMMENT ON COLUMN api.alert_episode.episode IS 'From 1.';
            COMMENT ON COLUMN api.alert_episode.opened_at IS 'When it was opened.';
            COMMENT ON COLUMN api.alert_episode.closed_at IS 'When it was closed; NULL while it is not.';
            COMMENT ON COLUMN api.alert_episode.first_seen IS 'Time of its first packet.';
            COMMENT ON COLUMN api.alert_episode.last_seen IS 'Time of its last packet.';
            COMMENT ON COLUMN api.alert_episode.packets IS 'Packets.';
            COMMENT ON COLUMN api.alert_episode.sites IS 'How many sites saw it.';
            COMMENT ON COLUMN api.alert_episode.first_told_at IS 'When its first notice was made; NULL when it was not told.';
            COMMENT ON COLUMN api.alert_episode.is_false_positive IS 'Whether a person said of the alert that it is none.';
            COMMENT ON COLUMN api.alert_episode.seconds_to_notify IS 'From the first packet to the first notice.';
            COMMENT ON COLUMN api.alert_episode.seconds_to_clean IS 'From the first notice to the last packet, 0 when that was before; NULL unless closed, told and no false positive.';

            CREATE FUNCTION alert.figures(since timestamptz, until timestamptz, zone text) RETURNS TABLE (
                month date, organisation text, opened int8, reopened int8, internal int8, external int8, backscatter int8,
                infections int8, misconfigurations int8, attacks int8, false_positives int8, closed int8, open_at_end int8,
                told int8, cleaned int8, notices int8, messages int8, delivered int8, dead int8, organisations_told int8,
                seconds_to_notify float8, seconds_to_clean float8
            ) LANGUAGE sql STABLE SET search_path = pg_catalog SET jit = off SET work_mem = '64MB' AS $body$
                WITH episode AS MATERIALIZED (SELECT * FROM api.alert_episode), what AS MATERIALIZED (
                    SELECT e.opened_at AS at, e.organisation, 'opened' AS what, e.kind, e.finding, e.episode > 1 AS is_again,
                        e.is_false_positive, NULL::float8 AS seconds
                    FROM episode e
                    UNION ALL SELECT e.first_told_at, e.organisation, 'told', NULL, NULL, NULL, NULL, e.seconds_to_notify
                    FROM episode e
                    UNION ALL SELECT e.closed_at, e.organisation, 'closed', NULL, NULL, NULL, NULL, e.seconds_to_clean
                    FROM episode e
                    UNION ALL SELECT n.made_at, n.organisation, 'notice', NULL, NULL, NULL, NULL, NULL
                    FROM api.notice n WHERE n.reason <> 'test'
                    UNION ALL SELECT n.made_at, o.code, b.state, NULL, NULL, NULL, NULL, NULL
                    FROM alert.outbox b JOIN alert.notice n ON n.id = b.notice
                    JOIN meta.organisation o ON o.id = n.organisation WHERE n.reason <> 'test'
                ), sum AS (
                    SELECT date_trunc('month', w.at AT TIME ZONE zone)::date AS month, w.organisation,
                        count(*) FILTER (WHERE w.what = 'opened') AS opened,
                        count(*) FILTER (WHERE w.what = 'opened' AND w.is_again) AS reopened,
                        count(*) FILTER (WHERE w.kind = 'internal') AS internal,
                        count(*) FILTER (WHERE w.kind = 'external') AS external,
                        count(*) FILTER (WHERE w.kind = 'backscatter') AS backscatter,
                        count(*) FILTER (WHERE w.finding = 'infection') AS infections,
                        count(*) FILTER (WHERE w.finding = 'misconfiguration') AS misconfigurations,
                        count(*) FILTER (WHERE w.finding = 'attack') AS attacks,
                        count(*) FILTER (WHERE w.is_false_positive) AS false_positives,
                        count(*) FILTER (WHERE w.what = 'closed') AS closed,
                        count(*) FILTER (WHERE w.what = 'told') AS told,
                        count(w.seconds) FILTER (WHERE w.what = 'closed') AS cleaned,
                        count(*) FILTER (WHERE w.what = 'notice') AS notices,
                        count(*) FILTER (WHERE w.what IN ('due', 'delivered', 'dead')) AS messages,
                        count(*) FILTER (WHERE w.what = 'delivered') AS delivered,
                        count(*) FILTER (WHERE w.what = 'dead') AS dead,
                        count(DISTINCT w.organisation) FILTER (WHERE w.what = 'notice') AS organisations_told,
                        percentile_cont(0.5) WITHIN GROUP (ORDER BY w.seconds) FILTER (WHERE w.what = 'told') AS to_notify,
                        percentile_cont(0.5) WITHIN GROUP (ORDER BY w.seconds) FILTER (WHERE w.what = 'closed') AS to_clean
                    FROM what w WHERE w.at >= since AND w.at < until
                    GROUP BY GROUPING SETS ((1), (1, 2), ())
                ), span AS (
                    SELECT s::date AS month, least((s + interval '1 month') AT TIME ZONE zone, until) AS past
                    FROM generate_series(date_trunc('month', since AT TIME ZONE zone),
                        (until - interval '1 microsecond') AT TIME ZONE zone, interval '1 month') s
                    UNION ALL SELECT NULL, until
                ), left_over AS (
                    SELECT s.month, e.organisation, count(*) AS open_at_end FROM span s
                    JOIN episode e ON e.opened_at < s.past AND (e.closed_at IS NULL OR e.closed_at >= s.past)
                    GROUP BY GROUPING SETS ((1), (1, 2))
                )
                SELECT coalesce(s.month, r.month), coalesce(s.organisation, r.organisation), coalesce(s.opened, 0),
                    coalesce(s.reopened, 0), coalesce(s.internal, 0), coalesce(s.external, 0), coalesce(s.backscatter, 0),
                    coalesce(s.infections, 0), coalesce(s.misconfigurations, 0), coalesce(s.attacks, 0),
                    coalesce(s.false_positives, 0), coalesce(s.closed, 0), coalesce(r.open_at_end, 0), coalesce(s.told, 0),
                    coalesce(s.cleaned, 0), coalesce(s.notices, 0), coalesce(s.messages, 0), coalesce(s.delivered, 0),
                    coalesce(s.dead, 0), coalesce(s.organisations_told, 0), s.to_notify, s.to_clean
                FROM sum s FULL JOIN left_over r ON (coalesce(s.month, '-infinity'), coalesce(s.organisation, ''))
                    = (coalesce(r.month, '-infinity'), coalesce(r.organisation, ''))
            $body$;
            COMMENT ON FUNCTION alert.figures(timestamptz, timestamptz, text) IS 'Figures of what happened from since to before until, by month in a zone and organisation; month NULL for the whole time, organisation NULL for all. See api.alert_statistics.';

            CREATE FUNCTION api.alert_statistics(since timestamptz, until timestamptz, zone text DEFAULT 'UTC') RETURNS TABLE (
                month date, organisation text, opened int8, reopened int8, internal int8, external int8, backscatter int8,
                infections int8, misconfigurations int8, attacks int8, false_positives int8, closed int8, open_at_end int8,
                told int8, cleaned int8, notices int8, messages int8, delivered int8, dead int8,
                median_seconds_to_notify float8, median_seconds_to_clean float8
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $body$
            #variable_conflict use_column
            DECLARE
                starting timestamptz := alert_statistics.since;
                ending timestamptz := alert_statistics.until;
                clock text := alert_statistics.zone;
            BEGIN
                IF NOT coalesce(isfinite(starting) AND isfinite(ending) AND ending <= starting + interval '10 years', false) THEN
                    RAISE EXCEPTION 'at most ten years can be asked for' USING ERRCODE = 'program_limit_exceeded',
                        HINT = 'Ask for a shorter span.';
                END IF;
                RETURN QUERY
                SELECT s::date, o.code, coalesce(f.opened, 0), coalesce(f.reopened, 0), coalesce(f.internal, 0),
                    coalesce(f.external, 0), coalesce(f.backscatter, 0), coalesce(f.infections, 0),
                    coalesce(f.misconfigurations, 0), coalesce(f.attacks, 0), coalesce(f.false_positives, 0),
                    coalesce(f.closed, 0), coalesce(f.open_at_end, 0), coalesce(f.told, 0), coalesce(f.cleaned, 0),
                    coalesce(f.notices, 0), coalesce(f.messages, 0), coalesce(f.delivered, 0), coalesce(f.dead, 0),
                    f.seconds_to_notify, f.seconds_to_clean
                FROM generate_series(date_trunc('month', starting AT TIME ZONE clock),
                    (least(ending, now() + interval '1 second') - interval '1 microsecond') AT TIME ZONE clock,
                    interval '1 month') s
                JOIN meta.organisation o ON o.created_at < (s + interval '1 month') AT TIME ZONE clock
                    AND (o.ended_at IS NULL OR o.ended_at >= s AT TIME ZONE clock)
                LEFT JOIN alert.figures(starting, ending, clock) f ON f.month = s::date AND f.organisation = o.code
                ORDER BY 1, 2;
            END $body$;
            COMMENT ON FUNCTION api.alert_statistics(timestamptz, timestamptz, text) IS 'What was told to each organisation in each month (in a zone) from since to before until in which it was served: episodes opened (reopened: not the first of their alert), of them by kind and finding and those of alerts that a person called false positives; closed; open at the month''s end or now; told: first notices of episodes, with the median of api.alert_episode.seconds_to_notify; cleaned: episodes closed that had been told, with the median of seconds_to_clean; notices without tests; messages: notices times contacts, and how many of them are delivered or dead now.';

            CREATE FUNCTION api.programme_year(year int4, zone text DEFAULT 'UTC') RETURNS TABLE (
                month date, organisations int8, organisations_told int8, blocks int8, proven_blocks int8,
                ipv4_addresses numeric, ipv6_networks numeric, opened int8, reopened int8, internal int8, external int8,
                backscatter int8, infections int8, misconfigurations int8, attacks int8, false_positives int8,
                closed int8, open_at_end int8, told int8, cleaned int8, notices int8, messages int8, delivered int8,
                dead int8, median_seconds_to_notify float8, median_seconds_to_clean float8
            ) LANGUAGE plpgsql STABLE SET search_path = pg_catalog SET jit = off AS $body$
            #variable_conflict use_column
            DECLARE
                clock text := programme_year.zone;
                first timestamp;
            BEGIN
                IF NOT coalesce(programme_year.year BETWEEN 1970 AND 9998, false) THEN
                    RAISE EXCEPTION 'a year from 1970 to 9998 can be asked for' USING ERRCODE = 'program_limit_exceeded';
                END IF;
                first := make_timestamp(programme_year.year, 1, 1, 0, 0, 0);
                RETURN QUERY
                WITH span AS MATERIALIZED (
                    SELECT s::date AS month, s AT TIME ZONE clock AS since, (s + interval '1 month') AT TIME ZONE clock AS past
                    FROM generate_series(first, first + interval '11 months', interval '1 month') s
                    WHERE s AT TIME ZONE clock <= now()
                    UNION ALL SELECT NULL, first AT TIME ZONE clock, (first + interval '1 year') AT TIME ZONE clock
                    WHERE first AT TIME ZONE clock <= now()
                ), moment AS MATERIALIZED (
                    SELECT s.month, least(s.past - interval '1 microsecond', now()) AS at FROM span s
                ), block AS MATERIALIZED (
                    SELECT p.organisation, p.validity, p.proof, family(p.prefix) AS family,
                        numrange(api.address_number(host(network(p.prefix))::inet),
                            api.address_number(host(broadcast(p.prefix))::inet) + 1) AS range
                    FROM meta.organisation_prefix p
                ), served AS MATERIALIZED (
                    SELECT m.month, o.id FROM moment m JOIN meta.organisation o
                    ON o.created_at <= m.at AND (o.ended_at IS NULL OR o.ended_at > m.at)
                ), held AS MATERIALIZED (
                    SELECT m.month, b.* FROM moment m JOIN block b ON b.validity @> m.at
                    JOIN served s ON s.id = b.organisation AND s.month IS NOT DISTINCT FROM m.month
                ), room AS (
                    SELECT c.month, sum(upper(r) - lower(r)) FILTER (WHERE c.family = 4) AS four,
                        ceil(sum(upper(r) - lower(r)) FILTER (WHERE c.family = 6) / 2::numeric ^ 64) AS six
                    FROM (SELECT h.month, h.family, range_agg(h.range) AS ranges FROM held h WHERE h.proof <> 'claimed'
                        GROUP BY 1, 2) c, LATERAL unnest(c.ranges) r GROUP BY c.month
                )
                SELECT s.month, (SELECT count(*) FROM served v WHERE v.month IS NOT DISTINCT FROM s.month),
                    coalesce(f.organisations_told, 0),
                    (SELECT count(*) FROM held h WHERE h.month IS NOT DISTINCT FROM s.month),
                    (SELECT count(*) FROM held h WHERE h.month IS NOT DISTINCT FROM s.month AND h.proof <> 'claimed'),
                    coalesce(r.four, 0), coalesce(r.six, 0)::numeric, coalesce(f.opened, 0), coalesce(f.reopened, 0),
                    coalesce(f.internal, 0), coalesce(f.external, 0), coalesce(f.backscatter, 0), coalesce(f.infections, 0),
                    coalesce(f.misconfigurations, 0), coalesce(f.attacks, 0), coalesce(f.false_positives, 0),
                    coalesce(f.closed, 0), coalesce(f.open_at_end, 0), coalesce(f.told, 0), coalesce(f.cleaned, 0),
                    coalesce(f.notices, 0), coalesce(f.messages, 0), coalesce(f.delivered, 0), coalesce(f.dead, 0),
                    f.seconds_to_notify, f.seconds_to_clean
                FROM span s LEFT JOIN room r ON r.month IS NOT DISTINCT FROM s.month
                LEFT JOIN alert.figures(first AT TIME ZONE clock, (first + interval '1 year') AT TIME ZONE clock, clock) f
                    ON f.organisation IS NULL AND f.month IS NOT DISTINCT FROM s.month
                ORDER BY s.month NULLS LAST;
            END $body$;
            COMMENT ON FUNCTION api.programme_year(int4, text) IS 'The programme''s report of a year: a row for each month (in a zone) that has begun, and one for the year, month NULL. organisations, blocks and proven_blocks (proven or vouched) are those at the end of the month or now; ipv4_addresses and ipv6_networks (of /64) are in proven blocks, counted once where blocks lie in each other; organisations_told got a notice; the rest is that of api.alert_statistics over all organisations. An episode counts in the month of its opening, its first notice and its closing, each for itself.';
            """)
}
