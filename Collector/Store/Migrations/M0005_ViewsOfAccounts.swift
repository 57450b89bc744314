extension Migration {
    /// Views that tell what was measured, what is missing, and how the sensors are.
    static let viewsOfAccounts = Migration(
        version: 5, name: "views of accounts",
        sql: """
            CREATE VIEW api.stream AS
            SELECT r.id, t.code AS site, s.name AS sensor, r.sensor AS sensor_id, replace(r.epoch::text, '-', '') AS epoch,
                r.is_import, r.first_seen_at AS first_seen, r.last_committed_at AS last_commit, r.last_window_end,
                (SELECT coalesce(sum(upper(c) - lower(c)), 0) FROM unnest(r.committed) c) AS sequences,
                upper(r.committed) - 1 AS last_sequence,
                coalesce(upper(r.committed) - 1, 0)
                    - (SELECT coalesce(sum(upper(c) - lower(c)), 0) FROM unnest(r.committed) c) AS missing,
                r.conflicts, r.last_conflict_at AS last_conflict, r.last_conflict_sequence
            FROM raw.stream r JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.stream IS 'Runs of live sensors and imported files.';
            COMMENT ON COLUMN api.stream.id IS 'Number of the stream.';
            COMMENT ON COLUMN api.stream.site IS 'Code of the site.';
            COMMENT ON COLUMN api.stream.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.stream.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.stream.epoch IS 'How the sensor names it: 32 hexadecimal digits.';
            COMMENT ON COLUMN api.stream.is_import IS 'Whether it is an imported file.';
            COMMENT ON COLUMN api.stream.first_seen IS 'When the first of it arrived.';
            COMMENT ON COLUMN api.stream.last_commit IS 'When the last batch of it was stored.';
            COMMENT ON COLUMN api.stream.last_window_end IS 'End of the newest window stored.';
            COMMENT ON COLUMN api.stream.sequences IS 'Batches stored or declared lost.';
            COMMENT ON COLUMN api.stream.last_sequence IS 'Greatest number among them.';
            COMMENT ON COLUMN api.stream.missing IS 'Lower numbers that have neither arrived nor been declared lost: still at the sensor.';
            COMMENT ON COLUMN api.stream.conflicts IS 'Batches refused because their number was used with other content: a cloned sensor.';
            COMMENT ON COLUMN api.stream.last_conflict IS 'When the last such batch came.';
            COMMENT ON COLUMN api.stream.last_conflict_sequence IS 'Its number.';

            CREATE VIEW api.account AS
            SELECT t.code AS site, s.name AS sensor, b.sensor AS sensor_id, b.stream AS stream_id, b.window_start,
                b.window_seconds,
                count(*) AS parts,
                coalesce(count(*) = max(b.part) FILTER (WHERE b.is_last_part) + 1
                    AND count(DISTINCT b.part) = count(*), false) AS is_complete,
                CASE max(b.capture) WHEN 1 THEN 'live' ELSE 'file' END AS capture,
                b.window_start + max(b.observed_from_ms) FILTER (WHERE b.part = 0) * interval '1 ms' AS observed_from,
                b.window_start + max(b.observed_to_ms) FILTER (WHERE b.part = 0) * interval '1 ms' AS observed_to,
                max(b.shift_seconds) FILTER (WHERE b.part = 0) AS shift_seconds,
                ('{unknown,up,down,gone}'::text[])[max(b.link) FILTER (WHERE b.part = 0) + 1] AS link,
                sum(b.kernel_received) AS kernel_received, sum(b.kernel_dropped) AS kernel_dropped,
                sum(b.interface_dropped) AS interface_dropped,
                sum(b.received) AS received, sum(b.aggregated) AS aggregated, sum(b.filtered) AS filtered,
                sum(b.non_ip) AS non_ip,
                sum(b.malformed[1]) AS ip4_short, sum(b.malformed[2]) AS ip4_badversion,
                sum(b.malformed[3]) AS ip4_badihl, sum(b.malformed[4]) AS ip4_optcut,
                sum(b.malformed[5]) AS ip4_badlen, sum(b.malformed[6]) AS ip6_short,
                sum(b.malformed[7]) AS ip6_badversion,
                sum(b.late) AS late, sum(b.overflowed) AS overflowed,
                ('{unknown,synchronised,unsynchronised,file}'::text[])[max(b.clock) FILTER (WHERE b.part = 0) + 1] AS clock,
                max(b.clock_offset_us) FILTER (WHERE b.part = 0) AS clock_offset_us,
                max(b.sensor_version) FILTER (WHERE b.part = 0) AS sensor_version,
                lpad(to_hex(max(b.configuration_digest) FILTER (WHERE b.part = 0)), 16, '0') AS configuration,
                sum(b.records) AS records, sum(b.overflow_records) AS overflow_records,
                sum(b.encoded_bytes) AS encoded_bytes, max(b.received_at) AS received_at,
                max(b.committed_at) AS committed_at
            FROM raw.batch b JOIN meta.sensor s ON s.id = b.sensor JOIN meta.site t ON t.id = s.site
            WHERE b.kind = 1
            GROUP BY t.code, s.name, b.sensor, b.stream, b.window_start, b.window_seconds;
            COMMENT ON VIEW api.account IS 'What each sensor measured in each window, its parts summed; a row per stream, so a window in which a sensor restarted has two. A window without a row was not measured: no data is not no traffic.';
            COMMENT ON COLUMN api.account.site IS 'Code of the site.';
            COMMENT ON COLUMN api.account.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.account.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.account.stream_id IS 'The run or file: api.stream.id.';
            COMMENT ON COLUMN api.account.window_start IS 'Start of the window.';
            COMMENT ON COLUMN api.account.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN api.account.parts IS 'Parts of the window that are stored.';
            COMMENT ON COLUMN api.account.is_complete IS 'Whether every part of the window is stored.';
            COMMENT ON COLUMN api.account.capture IS 'live or file.';
            COMMENT ON COLUMN api.account.observed_from IS 'When observation began in this window; NULL while part 0 is missing, as are link, clock and what describes the sensor.';
            COMMENT ON COLUMN api.account.observed_to IS 'When it ended, exclusive.';
            COMMENT ON COLUMN api.account.shift_seconds IS 'Seconds by which times of a file were moved.';
            COMMENT ON COLUMN api.account.link IS 'Capture interface: unknown, up, down, gone.';
            COMMENT ON COLUMN api.account.kernel_received IS 'Frames the kernel counted for the capture.';
            COMMENT ON COLUMN api.account.kernel_dropped IS 'Frames it dropped for want of buffer.';
            COMMENT ON COLUMN api.account.interface_dropped IS 'Frames the interface dropped.';
            COMMENT ON COLUMN api.account.received IS 'Frames handed to the sensor: aggregated + filtered + non_ip + the malformed of all reasons.';
            COMMENT ON COLUMN api.account.aggregated IS 'Packets that are in flows or overflow.';
            COMMENT ON COLUMN api.account.filtered IS 'IP packets to addresses outside the dark prefixes.';
            COMMENT ON COLUMN api.account.non_ip IS 'Frames without IP.';
            COMMENT ON COLUMN api.account.ip4_short IS 'Malformed: fewer than 20 bytes of the IPv4 header.';
            COMMENT ON COLUMN api.account.ip4_badversion IS 'Malformed: the version of an announced IPv4 header is not 4.';
            COMMENT ON COLUMN api.account.ip4_badihl IS 'Malformed: IPv4 header length under 5 words.';
            COMMENT ON COLUMN api.account.ip4_optcut IS 'Malformed: IPv4 options not captured completely.';
            COMMENT ON COLUMN api.account.ip4_badlen IS 'Malformed: IPv4 total length shorter than the header.';
            COMMENT ON COLUMN api.account.ip6_short IS 'Malformed: fewer than 40 bytes of the IPv6 header.';
            COMMENT ON COLUMN api.account.ip6_badversion IS 'Malformed: the version of an announced IPv6 header is not 6.';
            COMMENT ON COLUMN api.account.late IS 'Aggregated packets whose own window had been closed.';
            COMMENT ON COLUMN api.account.overflowed IS 'Aggregated packets that found the flow table full.';
            COMMENT ON COLUMN api.account.clock IS 'Sensor clock: unknown, synchronised, unsynchronised, file.';
            COMMENT ON COLUMN api.account.clock_offset_us IS 'Estimated error of the clock in microseconds.';
            COMMENT ON COLUMN api.account.sensor_version IS 'Version of the sensor program.';
            COMMENT ON COLUMN api.account.configuration IS 'Digest of the sensor''s configuration.';
            COMMENT ON COLUMN api.account.records IS 'Flow records.';
            COMMENT ON COLUMN api.account.overflow_records IS 'Overflow records.';
            COMMENT ON COLUMN api.account.encoded_bytes IS 'Bytes of the batches as sent.';
            COMMENT ON COLUMN api.account.received_at IS 'When the last part was received.';
            COMMENT ON COLUMN api.account.committed_at IS 'When the last part was stored.';

            CREATE VIEW api.malformed AS
            SELECT site, sensor, sensor_id, window_start, window_seconds, reason, sum(frames) AS frames
            FROM (
                SELECT t.code AS site, s.name AS sensor, b.sensor AS sensor_id, b.window_start, b.window_seconds,
                    unnest('{ip4-short,ip4-badversion,ip4-badihl,ip4-optcut,ip4-badlen,ip6-short,ip6-badversion}'::text[]) AS reason,
                    unnest(b.malformed) AS frames
                FROM raw.batch b JOIN meta.sensor s ON s.id = b.sensor JOIN meta.site t ON t.id = s.site
                WHERE b.kind = 1
            ) r
            WHERE frames > 0
            GROUP BY site, sensor, sensor_id, window_start, window_seconds, reason;
            COMMENT ON VIEW api.malformed IS 'Frames that announced IP and could not be read, by reason; reasons without frames have no row.';
            COMMENT ON COLUMN api.malformed.site IS 'Code of the site.';
            COMMENT ON COLUMN api.malformed.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.malformed.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.malformed.window_start IS 'Start of the window.';
            COMMENT ON COLUMN api.malformed.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN api.malformed.reason IS 'What is wrong with them.';
            COMMENT ON COLUMN api.malformed.frames IS 'Frames.';

            CREATE VIEW api.gap AS
            SELECT t.code AS site, s.name AS sensor, g.sensor AS sensor_id, g.stream AS stream_id, g.sequence,
                g.lost_from, g.lost_to, g.packets, g.bytes,
                ('{dropped,corrupt,stopped,rejected,unwritable}'::text[])[g.reason] AS reason, g.reported_at
            FROM raw.gap g JOIN meta.sensor s ON s.id = g.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.gap IS 'Data that sensors had and lost: stored packets + lost packets = captured packets, where the number lost is known.';
            COMMENT ON COLUMN api.gap.site IS 'Code of the site.';
            COMMENT ON COLUMN api.gap.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.gap.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.gap.stream_id IS 'The run or file: api.stream.id.';
            COMMENT ON COLUMN api.gap.sequence IS 'Number of the lost batch; NULL when a span of time is lost.';
            COMMENT ON COLUMN api.gap.lost_from IS 'Start of the lost time; NULL when unknown.';
            COMMENT ON COLUMN api.gap.lost_to IS 'End of the lost time, exclusive.';
            COMMENT ON COLUMN api.gap.packets IS 'Packets lost; NULL when unknown.';
            COMMENT ON COLUMN api.gap.bytes IS 'Bytes lost; NULL when unknown.';
            COMMENT ON COLUMN api.gap.reason IS 'dropped: the spool was full; corrupt: the spool was damaged; stopped: not running; rejected: refused by the collector; unwritable: the spool could not be written.';
            COMMENT ON COLUMN api.gap.reported_at IS 'When the loss was reported.';

            CREATE VIEW api.sensor_status AS
            SELECT t.code AS site, s.name AS sensor, s.id AS sensor_id, s.state AS registration,
                CASE
                    WHEN r.last_commit IS NULL OR now() - r.last_commit > r.patience + interval '5 minutes' THEN 'silent'
                    WHEN now() - r.live_end > r.patience THEN 'late'
                    ELSE 'ok'
                END AS state,
                r.last_commit, r.live_end AS last_window_end,
                extract(epoch FROM now() - r.live_end)::int8 AS lag_seconds,
                coalesce(d.dropped, 0) AS dropped_24h, coalesce(g.gaps, 0) AS gaps_24h, g.packets AS gap_packets_24h,
                coalesce(r.conflicts, 0) AS conflicts, coalesce(k.keys, 0) AS keys
            FROM meta.sensor s JOIN meta.site t ON t.id = s.site
            LEFT JOIN (
                SELECT sensor, max(last_committed_at) AS last_commit,
                    max(last_window_end) FILTER (WHERE NOT is_import) AS live_end,
                    coalesce((array_agg(last_window_seconds ORDER BY last_window_end DESC)
                            FILTER (WHERE NOT is_import AND last_window_end IS NOT NULL))[1], 60)
                        * interval '2 seconds' + interval '30 seconds' AS patience,
                    sum(conflicts)::int8 AS conflicts
                FROM raw.stream GROUP BY sensor
            ) r ON r.sensor = s.id
            LEFT JOIN (
                SELECT sensor, sum(kernel_dropped) + sum(interface_dropped) AS dropped FROM raw.batch
                WHERE window_start > now() - interval '1 day' GROUP BY sensor
            ) d ON d.sensor = s.id
            LEFT JOIN (
                SELECT sensor, count(*) AS gaps, sum(packets) AS packets FROM raw.gap
                WHERE reported_at > now() - interval '1 day' GROUP BY sensor
            ) g ON g.sensor = s.id
            LEFT JOIN (
                SELECT sensor, count(*) AS keys FROM meta.sensor_key WHERE revoked_at IS NULL GROUP BY sensor
            ) k ON k.sensor = s.id;
            COMMENT ON VIEW api.sensor_status IS 'How each sensor is now.';
            COMMENT ON COLUMN api.sensor_status.site IS 'Code of the site.';
            COMMENT ON COLUMN api.sensor_status.sensor IS 'Name of the sensor.';
            COMMENT ON COLUMN api.sensor_status.sensor_id IS 'Number of the sensor.';
            COMMENT ON COLUMN api.sensor_status.registration IS 'active or retired.';
            COMMENT ON COLUMN api.sensor_status.state IS 'silent: nothing stored for 5 minutes beyond two windows and 30 seconds, or never; late: the newest live window ended more than two windows and 30 seconds ago; else ok.';
            COMMENT ON COLUMN api.sensor_status.last_commit IS 'When the last batch was stored; NULL: never.';
            COMMENT ON COLUMN api.sensor_status.last_window_end IS 'End of the newest live window; NULL when only files were imported.';
            COMMENT ON COLUMN api.sensor_status.lag_seconds IS 'Seconds since that end.';
            COMMENT ON COLUMN api.sensor_status.dropped_24h IS 'Frames dropped by kernel and interface in windows of the last 24 hours.';
            COMMENT ON COLUMN api.sensor_status.gaps_24h IS 'Gaps reported in the last 24 hours.';
            COMMENT ON COLUMN api.sensor_status.gap_packets_24h IS 'Packets known to be lost in them; NULL when no gap tells.';
            COMMENT ON COLUMN api.sensor_status.conflicts IS 'Batches refused as of a cloned sensor, ever.';
            COMMENT ON COLUMN api.sensor_status.keys IS 'Keys under which it may send.';
            """)
}
