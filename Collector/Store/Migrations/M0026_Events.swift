extension Migration {
    /// Scans and attacks, by site and over all sites together.
    static let events = Migration(
        version: 26, name: "events",
        sql: """
            CREATE SCHEMA event;
            COMMENT ON SCHEMA event IS 'Scans and attacks that collectors find in raw; read them through api.';

            -- Append-only, as rollup.dirty is, for the same reason.
            CREATE TABLE event.dirty (
                telescope int4 NOT NULL,
                start timestamptz NOT NULL,
                id int8 GENERATED ALWAYS AS IDENTITY,
                marked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (telescope, start, id)
            );
            COMMENT ON TABLE event.dirty IS 'Hours of telescopes whose events do not follow from everything that is stored. Whoever makes events deletes the marks first and reads then.';
            COMMENT ON COLUMN event.dirty.telescope IS 'meta.site.id; 0 for all sites together.';
            COMMENT ON COLUMN event.dirty.start IS 'Start of the hour (UTC).';
            COMMENT ON COLUMN event.dirty.id IS 'Number of the mark.';
            COMMENT ON COLUMN event.dirty.marked_at IS 'When something changed.';

            CREATE TABLE event.telescope (
                telescope int4 NOT NULL,
                start timestamptz NOT NULL,
                addresses int8 NOT NULL,
                observed_share float8 NOT NULL,
                scan_timeout_seconds int4 NOT NULL,
                scan_destinations int8 NOT NULL,
                attack_peak int8 NOT NULL,
                smallest_scan float8,
                smallest_attack float8,
                left_out int8 NOT NULL,
                left_out_packets int8 NOT NULL,
                PRIMARY KEY (telescope, start)
            );
            COMMENT ON TABLE event.telescope IS 'What each telescope was in each hour (UTC), and what it could see of scans and attacks.';
            COMMENT ON COLUMN event.telescope.telescope IS 'meta.site.id; 0 for all sites together.';
            COMMENT ON COLUMN event.telescope.start IS 'Start of the hour.';
            COMMENT ON COLUMN event.telescope.addresses IS 'Dark IPv4 addresses of the sites that observed anything.';
            COMMENT ON COLUMN event.telescope.observed_share IS 'Share of the hour in which they were observed, 0 to 1.';
            COMMENT ON COLUMN event.telescope.scan_timeout_seconds IS 'A scan ends with a silence of more.';
            COMMENT ON COLUMN event.telescope.scan_destinations IS 'Distinct dark addresses that a scan hits at least.';
            COMMENT ON COLUMN event.telescope.attack_peak IS 'Packets that an attack has at least in some 60 seconds.';
            COMMENT ON COLUMN event.telescope.smallest_scan IS 'Packets a second, Internet-wide, of the slowest scan that is seen with a probability of 95 % within a day; NULL when nothing was observed.';
            COMMENT ON COLUMN event.telescope.smallest_attack IS 'Answers a second, Internet-wide, of the weakest attack that is seen so within five minutes.';
            COMMENT ON COLUMN event.telescope.left_out IS 'Activities that were too many to be kept.';
            COMMENT ON COLUMN event.telescope.left_out_packets IS 'The most packets that one of them had in the hour.';

            -- What follows from other columns is NULL.
            CREATE TABLE event.segment (
                telescope int4 NOT NULL,
                kind int2 NOT NULL,
                address inet NOT NULL,
                service int4 NOT NULL,
                start timestamptz NOT NULL,
                first_ms int4 NOT NULL,
                last_ms int4,
                packets int8 NOT NULL,
                destinations_maximum int8,
                destinations_sum int8,
                destination_bits int8 NOT NULL,
                records int8,
                peak int8,
                head_last_ms int4,
                head_packets int8,
                tail_first_ms int4,
                tail_packets int8,
                ports int4[],
                port_packets int8[],
                has_more_ports bool,
                sites int4[],
                PRIMARY KEY (telescope, kind, address, service, start, first_ms)
            );
            CREATE INDEX segment_start ON event.segment USING brin (start) WITH (pages_per_range = 16);
            COMMENT ON TABLE event.segment IS 'What scanners and victims did in each hour, between silences, as far as it can be part of an event: what episodes are joined of. Kept while there are flows of the week.';
            COMMENT ON COLUMN event.segment.telescope IS 'meta.site.id; 0 for all sites together.';
            COMMENT ON COLUMN event.segment.kind IS '1 scan, 2 attack.';
            COMMENT ON COLUMN event.segment.address IS 'The scanner or the victim.';
            COMMENT ON COLUMN event.segment.service IS 'Of a scan class * 2^24 + service port, of an attack the protocol of the attacked packets.';
            COMMENT ON COLUMN event.segment.start IS 'Start of the hour (UTC) in which the windows begin.';
            COMMENT ON COLUMN event.segment.first_ms IS 'First packet, in milliseconds from the start.';
            COMMENT ON COLUMN event.segment.last_ms IS 'Last packet; NULL for the same as the first.';
            COMMENT ON COLUMN event.segment.packets IS 'Packets.';
            COMMENT ON COLUMN event.segment.destinations_maximum IS 'The most dark addresses in one minute; NULL for as many as packets.';
            COMMENT ON COLUMN event.segment.destinations_sum IS 'Sum over the minutes; NULL for the same.';
            COMMENT ON COLUMN event.segment.destination_bits IS 'A bit for each of 64 classes of addresses, by a hash, that hold the first destination of a record; all when a site does not tell.';
            COMMENT ON COLUMN event.segment.records IS 'Flow records; NULL for 1.';
            COMMENT ON COLUMN event.segment.peak IS 'The most packets in 60 seconds; NULL for all.';
            COMMENT ON COLUMN event.segment.head_last_ms IS 'Last packet of the first minute; NULL for last_ms.';
            COMMENT ON COLUMN event.segment.head_packets IS 'Packets of the first minute; NULL for all.';
            COMMENT ON COLUMN event.segment.tail_first_ms IS 'First packet of the last minute; NULL for first_ms.';
            COMMENT ON COLUMN event.segment.tail_packets IS 'Packets of the last minute; NULL for all.';
            COMMENT ON COLUMN event.segment.ports IS 'Attacked ports, the first 16 that were seen; NULL for none.';
            COMMENT ON COLUMN event.segment.port_packets IS 'Their packets.';
            COMMENT ON COLUMN event.segment.has_more_ports IS 'Whether there were more; NULL for no.';
            COMMENT ON COLUMN event.segment.sites IS 'meta.site.id of the sites that saw it; NULL for the telescope''s own.';

            CREATE TABLE event.episode (
                telescope int4 NOT NULL,
                kind int2 NOT NULL,
                address inet NOT NULL,
                service int4 NOT NULL,
                week timestamptz NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                timeout_seconds int4 NOT NULL,
                packets int8 NOT NULL,
                destinations int8 NOT NULL,
                destinations_least int8 NOT NULL,
                destinations_most int8 NOT NULL,
                peak int8 NOT NULL,
                ports int4[] NOT NULL,
                port_packets int8[] NOT NULL,
                has_more_ports bool NOT NULL,
                sites int4[] NOT NULL,
                PRIMARY KEY (telescope, kind, address, service, week, first_seen)
            );
            CREATE INDEX episode_last_seen ON event.episode (telescope, kind, last_seen);
            CREATE INDEX episode_address ON event.episode (address, kind);
            COMMENT ON TABLE event.episode IS 'Scans and attacks; kept for ever. They are joined within weeks (UTC, from Monday): what goes on over the end of one is two.';
            COMMENT ON COLUMN event.episode.telescope IS 'meta.site.id; 0 for all sites together.';
            COMMENT ON COLUMN event.episode.kind IS '1 scan, 2 attack.';
            COMMENT ON COLUMN event.episode.address IS 'The scanner or the victim.';
            COMMENT ON COLUMN event.episode.service IS 'As in event.segment.';
            COMMENT ON COLUMN event.episode.week IS 'Start of the week.';
            COMMENT ON COLUMN event.episode.first_seen IS 'First packet.';
            COMMENT ON COLUMN event.episode.last_seen IS 'Last packet.';
            COMMENT ON COLUMN event.episode.timeout_seconds IS 'A silence of more would have ended it where it was seen last.';
            COMMENT ON COLUMN event.episode.packets IS 'Packets.';
            COMMENT ON COLUMN event.episode.destinations IS 'Distinct dark addresses, an estimate between the next two.';
            COMMENT ON COLUMN event.episode.destinations_least IS 'Distinct dark addresses at least.';
            COMMENT ON COLUMN event.episode.destinations_most IS 'Distinct dark addresses at most.';
            COMMENT ON COLUMN event.episode.peak IS 'The most packets in 60 seconds.';
            COMMENT ON COLUMN event.episode.ports IS 'Attacked ports, 16 at most; empty for scans.';
            COMMENT ON COLUMN event.episode.port_packets IS 'Their packets.';
            COMMENT ON COLUMN event.episode.has_more_ports IS 'Whether there were more.';
            COMMENT ON COLUMN event.episode.sites IS 'meta.site.id of the sites that saw it.';

            INSERT INTO event.dirty (telescope, start)
            SELECT DISTINCT t.telescope, c.start
            FROM rollup.coverage c JOIN meta.sensor s ON s.id = c.sensor, LATERAL (VALUES (0), (s.site)) t (telescope)
            WHERE c.span = 3600;

            CREATE FUNCTION event.rate_bound(gaps int8, z float8) RETURNS float8
            LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
                SELECT CASE WHEN gaps > 0
                    THEN power(greatest(1 - 1 / (9.0::float8 * gaps) + z / (3 * sqrt(gaps::float8)), 0), 3) END
            $body$;
            COMMENT ON FUNCTION event.rate_bound(int8, float8) IS 'By what the rate of a Poisson process, known from the time that so many gaps took, is multiplied to give a bound of its confidence interval: the quantile z of chi-square with two degrees of freedom for each gap, after Wilson and Hilferty; within 1 % from 9 gaps on.';

            CREATE FUNCTION event.site_codes(sites int4[]) RETURNS text[]
            LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $body$
                SELECT coalesce(array_agg(t.code ORDER BY t.code), '{}') FROM meta.site t WHERE t.id = ANY (sites)
            $body$;
            COMMENT ON FUNCTION event.site_codes(int4[]) IS 'Codes of sites, in order.';

            CREATE VIEW api.telescope AS
            SELECT h.site, h.start, h.addresses, h.observed_share, h.scan_timeout_seconds, h.scan_destinations,
                25 AS attack_packets, 60 AS attack_seconds, h.attack_peak, 300 AS attack_timeout_seconds,
                h.smallest_scan, h.smallest_attack, h.left_out, h.left_out_packets
            FROM (
                SELECT NULL::text AS site, * FROM event.telescope WHERE telescope = 0
                UNION ALL SELECT t.code, h.* FROM event.telescope h JOIN meta.site t ON t.id = h.telescope
            ) h;
            COMMENT ON VIEW api.telescope IS 'What each site, and all together, was as a telescope in each hour (UTC): what makes packets there a scan or an attack, and the smallest of them that it could have seen.';
            COMMENT ON COLUMN api.telescope.site IS 'Code of the site; NULL for all sites together.';
            COMMENT ON COLUMN api.telescope.start IS 'Start of the hour.';
            COMMENT ON COLUMN api.telescope.addresses IS 'Dark IPv4 addresses of the sites that observed anything in the hour.';
            COMMENT ON COLUMN api.telescope.observed_share IS 'Share of the hour in which they were observed, 0 to 1.';
            COMMENT ON COLUMN api.telescope.scan_timeout_seconds IS 'A scan ends with a silence of more: ln(1000) * 2^32 / (addresses * 100), so that one of 100 packets a second is not cut in 999 of 1,000 silences; within 600 and 21600.';
            COMMENT ON COLUMN api.telescope.scan_destinations IS 'Distinct dark addresses that a scan hits at least: 10, or half of the telescope.';
            COMMENT ON COLUMN api.telescope.attack_packets IS 'Packets that an attack has at least, at a telescope of any size.';
            COMMENT ON COLUMN api.telescope.attack_seconds IS 'Seconds that an attack lasts at least.';
            COMMENT ON COLUMN api.telescope.attack_peak IS 'Packets that an attack has at least in some 60 seconds: 30 at a /8, in proportion to the addresses below, but 5 at least.';
            COMMENT ON COLUMN api.telescope.attack_timeout_seconds IS 'An attack ends with a silence of more.';
            COMMENT ON COLUMN api.telescope.smallest_scan IS 'Packets a second, Internet-wide, of the slowest scan that such a telescope sees with a probability of 95 % when it goes on for a day.';
            COMMENT ON COLUMN api.telescope.smallest_attack IS 'Answers a second, Internet-wide, of the weakest attack that it sees with a probability of 95 % when it lasts five minutes.';
            COMMENT ON COLUMN api.telescope.left_out IS 'Activities of scanners and victims in the hour that were too many to be kept: the 10,000 with the most packets are kept, or one for 64 flow records, 50,000 at most.';
            COMMENT ON COLUMN api.telescope.left_out_packets IS 'The most packets that one of them had in the hour: what had more was kept.';

            CREATE VIEW api.scan_event AS
            SELECT e.site, e.address AS source, api.class_name((e.service >> 24)::int2) AS class,
                e.service & 65535 AS service_port, e.first_seen, e.last_seen, e.packets, e.destinations,
                e.destinations_least, e.destinations_most, e.peak AS packets_a_minute, h.addresses, r.rate AS rate_pps,
                r.rate * event.rate_bound(e.packets - 1, -1.96) AS rate_low,
                r.rate * event.rate_bound(e.packets - 1, 1.96) AS rate_high, event.site_codes(e.sites) AS sites,
                e.last_seen + e.timeout_seconds * interval '1 s' >= now() AS is_open, h.smallest AS smallest_rate
            FROM (
                SELECT NULL::text AS site, * FROM event.episode WHERE telescope = 0 AND kind = 1
                UNION ALL
                SELECT t.code, e.* FROM event.episode e JOIN meta.site t ON t.id = e.telescope WHERE e.kind = 1
            ) e
            CROSS JOIN LATERAL (
                SELECT avg(w.addresses)::float8 AS addresses, min(w.smallest_scan) AS smallest FROM event.telescope w
                WHERE w.telescope = e.telescope AND w.start > e.first_seen - interval '1 hour' AND w.start <= e.last_seen
            ) h
            CROSS JOIN LATERAL (
                SELECT (e.packets - 1) * 2::float8 ^ 32
                    / nullif(h.addresses * extract(epoch FROM e.last_seen - e.first_seen)::float8, 0) AS rate
            ) r;
            COMMENT ON VIEW api.scan_event IS 'Scans: one IPv4 source at one class and port, without a silence of more than the telescope''s timeout, at enough dark addresses (after ORION). Ask for one site, or for site IS NULL: all sites together as one telescope.';
            COMMENT ON COLUMN api.scan_event.site IS 'Code of the site; NULL for all sites together.';
            COMMENT ON COLUMN api.scan_event.source IS 'Source address, which may be forged.';
            COMMENT ON COLUMN api.scan_event.class IS 'tcp-syn, tcp-other, udp-probe or icmp-request.';
            COMMENT ON COLUMN api.scan_event.service_port IS 'Destination port, or type * 256 + code.';
            COMMENT ON COLUMN api.scan_event.first_seen IS 'First packet. A scan that goes on over the end of a week (Monday, UTC) begins anew.';
            COMMENT ON COLUMN api.scan_event.last_seen IS 'Last packet.';
            COMMENT ON COLUMN api.scan_event.packets IS 'Packets.';
            COMMENT ON COLUMN api.scan_event.destinations IS 'Distinct dark addresses. Flows tell their number by the minute, and which of them was the first; this estimate, between the next two, takes as many of all to be distinct as of the first ones.';
            COMMENT ON COLUMN api.scan_event.destinations_least IS 'At least so many: those of the best minute, or those that are known by themselves. What a sensor tells of a minute is exact to 64 and an estimate beyond.';
            COMMENT ON COLUMN api.scan_event.destinations_most IS 'At most so many: the sum over the minutes, or all addresses.';
            COMMENT ON COLUMN api.scan_event.packets_a_minute IS 'The most packets in 60 seconds, when those of a window lie evenly between its first and last.';
            COMMENT ON COLUMN api.scan_event.addresses IS 'Dark IPv4 addresses of the telescope, on the mean of the event''s hours.';
            COMMENT ON COLUMN api.scan_event.rate_pps IS 'Packets a second over all of the IPv4 Internet, were it scanned evenly: (packets - 1) * 2^32 / (addresses * seconds). NULL when there was only one time, or no address is known.';
            COMMENT ON COLUMN api.scan_event.rate_low IS 'Lower bound of its 95 % interval, of a Poisson process.';
            COMMENT ON COLUMN api.scan_event.rate_high IS 'Upper bound.';
            COMMENT ON COLUMN api.scan_event.sites IS 'Codes of the sites that saw it.';
            COMMENT ON COLUMN api.scan_event.is_open IS 'Whether a packet of now would belong to it.';
            COMMENT ON COLUMN api.scan_event.smallest_rate IS 'Packets a second of the slowest scan that this telescope could have seen: api.telescope.smallest_scan.';

            CREATE VIEW api.attack_event AS
            SELECT e.site, e.address AS victim, e.service::int2 AS protocol, e.ports, e.port_packets,
                e.has_more_ports, e.first_seen, e.last_seen, e.packets, e.destinations_least, e.destinations_most,
                e.peak AS packets_a_minute, h.addresses, r.rate AS rate_pps,
                r.rate * event.rate_bound(e.packets - 1, -1.96) AS rate_low,
                r.rate * event.rate_bound(e.packets - 1, 1.96) AS rate_high,
                e.peak * 2::float8 ^ 32 / nullif(h.addresses * 60, 0) AS peak_pps, e.peak >= 30 AS meets_moore,
                event.site_codes(e.sites) AS sites,
                e.last_seen + e.timeout_seconds * interval '1 s' >= now() AS is_open, h.smallest AS smallest_rate
            FROM (
                SELECT NULL::text AS site, * FROM event.episode WHERE telescope = 0 AND kind = 2
                UNION ALL
                SELECT t.code, e.* FROM event.episode e JOIN meta.site t ON t.id = e.telescope WHERE e.kind = 2
            ) e
            CROSS JOIN LATERAL (
                SELECT avg(w.addresses)::float8 AS addresses, min(w.smallest_attack) AS smallest FROM event.telescope w
                WHERE w.telescope = e.telescope AND w.start > e.first_seen - interval '1 hour' AND w.start <= e.last_seen
            ) h
            CROSS JOIN LATERAL (
                SELECT (e.packets - 1) * 2::float8 ^ 32
                    / nullif(h.addresses * extract(epoch FROM e.last_seen - e.first_seen)::float8, 0) AS rate
            ) r;
            COMMENT ON VIEW api.attack_event IS 'Attacks with forged senders, known by the answers that came to dark addresses (after Moore et al. and RSDoS): one IPv4 victim and protocol without five minutes of silence, with at least 25 packets, 60 seconds, and api.telescope.attack_peak packets in some 60 seconds. Ask for one site, or for site IS NULL: all sites together as one telescope.';
            COMMENT ON COLUMN api.attack_event.site IS 'Code of the site; NULL for all sites together.';
            COMMENT ON COLUMN api.attack_event.victim IS 'Who was attacked: the sender of TCP, UDP and ICMP answers, of ICMP errors the destination of the packet that they quote.';
            COMMENT ON COLUMN api.attack_event.protocol IS 'IP protocol of the attacking packets.';
            COMMENT ON COLUMN api.attack_event.ports IS 'Attacked ports: of TCP and UDP, the first 16 that were seen.';
            COMMENT ON COLUMN api.attack_event.port_packets IS 'Packets of each of them.';
            COMMENT ON COLUMN api.attack_event.has_more_ports IS 'Whether there were more.';
            COMMENT ON COLUMN api.attack_event.first_seen IS 'First packet. An attack that goes on over the end of a week (Monday, UTC) begins anew.';
            COMMENT ON COLUMN api.attack_event.last_seen IS 'Last packet.';
            COMMENT ON COLUMN api.attack_event.packets IS 'Packets.';
            COMMENT ON COLUMN api.attack_event.destinations_least IS 'Distinct dark addresses at least.';
            COMMENT ON COLUMN api.attack_event.destinations_most IS 'Distinct dark addresses at most.';
            COMMENT ON COLUMN api.attack_event.packets_a_minute IS 'The most packets in 60 seconds, when those of a window lie evenly between its first and last.';
            COMMENT ON COLUMN api.attack_event.addresses IS 'Dark IPv4 addresses of the telescope, on the mean of the event''s hours.';
            COMMENT ON COLUMN api.attack_event.rate_pps IS 'Answers a second over all of the IPv4 Internet, when the forged senders were drawn evenly from it: (packets - 1) * 2^32 / (addresses * seconds).';
            COMMENT ON COLUMN api.attack_event.rate_low IS 'Lower bound of its 95 % interval, of a Poisson process.';
            COMMENT ON COLUMN api.attack_event.rate_high IS 'Upper bound.';
            COMMENT ON COLUMN api.attack_event.peak_pps IS 'The same of the 60 seconds with the most packets.';
            COMMENT ON COLUMN api.attack_event.meets_moore IS 'Whether it has 30 packets in some 60 seconds, as Moore et al. want of a telescope of a /8.';
            COMMENT ON COLUMN api.attack_event.sites IS 'Codes of the sites that saw it.';
            COMMENT ON COLUMN api.attack_event.is_open IS 'Whether a packet of now would belong to it.';
            COMMENT ON COLUMN api.attack_event.smallest_rate IS 'Answers a second of the weakest attack that this telescope could have seen: api.telescope.smallest_attack.';
            """)
}
