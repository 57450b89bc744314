extension Migration {
    /// Organisations, alerts and notices as people ask for them. Partners of sites see none of it: schema alert has no rule
    /// for them, nor have the tables of organisations.
    static let alertViews = Migration(
        version: 33, name: "views of alerts",
        sql: """
            CREATE INDEX organisation_prefix_organisation ON meta.organisation_prefix (organisation);
            CREATE INDEX notice_item_alert ON alert.notice_item (nullif(alert, 0::int8));

            CREATE VIEW api.organisation AS
            SELECT o.code, o.name, o.kind, o.country, o.language, o.tlp, o.zone, o.quiet_from, o.quiet_until, o.digest,
                o.daily_cap, o.least_packets, o.least_addresses, o.clean_hours, o.created_at, o.ended_at,
                (SELECT count(*) FROM meta.organisation_prefix p WHERE p.organisation = o.id AND p.validity @> now()) AS blocks,
                (SELECT count(*) FROM meta.organisation_prefix p
                    WHERE p.organisation = o.id AND p.validity @> now() AND p.proof <> 'claimed') AS proven_blocks,
                (SELECT count(*) FROM meta.contact c WHERE c.organisation = o.id AND c.ended_at IS NULL) AS contacts
            FROM meta.organisation o;
            COMMENT ON VIEW api.organisation IS 'Organisations that are told when addresses of theirs show up in dark space.';
            COMMENT ON COLUMN api.organisation.code IS 'Short name.';
            COMMENT ON COLUMN api.organisation.name IS 'Name for people.';
            COMMENT ON COLUMN api.organisation.kind IS 'local-government, national-cert, isp or other.';
            COMMENT ON COLUMN api.organisation.country IS 'ISO 3166-1 alpha-2 code; NULL when not told.';
            COMMENT ON COLUMN api.organisation.language IS 'ISO 639-1 code of the language of its mail.';
            COMMENT ON COLUMN api.organisation.tlp IS 'Traffic Light Protocol 2.0 label of what it is sent.';
            COMMENT ON COLUMN api.organisation.zone IS 'IANA time zone of its days and hours.';
            COMMENT ON COLUMN api.organisation.quiet_from IS 'Start of the hours in which nothing is sent, in its zone; NULL for none.';
            COMMENT ON COLUMN api.organisation.quiet_until IS 'End of those hours.';
            COMMENT ON COLUMN api.organisation.digest IS 'How often what is no first notice is told: hourly or daily.';
            COMMENT ON COLUMN api.organisation.daily_cap IS 'Notices on a day of its zone at most.';
            COMMENT ON COLUMN api.organisation.least_packets IS 'Packets of scan classes without which no infection is reported.';
            COMMENT ON COLUMN api.organisation.least_addresses IS 'Distinct dark addresses without which one site''s evidence is no infection.';
            COMMENT ON COLUMN api.organisation.clean_hours IS 'Hours without evidence after which an alert is closed.';
            COMMENT ON COLUMN api.organisation.created_at IS 'When it was registered.';
            COMMENT ON COLUMN api.organisation.ended_at IS 'When it ceased to be served; NULL while it is.';
            COMMENT ON COLUMN api.organisation.blocks IS 'Blocks that are its own now.';
            COMMENT ON COLUMN api.organisation.proven_blocks IS 'Those of them that are proven or vouched: alerts of the others are told to nobody.';
            COMMENT ON COLUMN api.organisation.contacts IS 'Contacts to which its notices go now.';

            CREATE VIEW api.organisation_block AS
            SELECT o.code AS organisation, p.prefix, lower(p.validity) AS valid_from, upper(p.validity) AS valid_until,
                p.validity @> now() AS is_valid, p.proof, p.proof_by, p.proof_at
            FROM meta.organisation_prefix p JOIN meta.organisation o ON o.id = p.organisation;
            COMMENT ON VIEW api.organisation_block IS 'Address space of organisations. Blocks may lie in each other.';
            COMMENT ON COLUMN api.organisation_block.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.organisation_block.prefix IS 'The block.';
            COMMENT ON COLUMN api.organisation_block.valid_from IS 'Since when it is the organisation''s; NULL for ever.';
            COMMENT ON COLUMN api.organisation_block.valid_until IS 'Until when it was; NULL while it is.';
            COMMENT ON COLUMN api.organisation_block.is_valid IS 'Whether it is the organisation''s now.';
            COMMENT ON COLUMN api.organisation_block.proof IS 'claimed: alerts are kept but told to nobody; proven: by a token; vouched: by an operator.';
            COMMENT ON COLUMN api.organisation_block.proof_by IS 'Who vouched, or where the token was sent.';
            COMMENT ON COLUMN api.organisation_block.proof_at IS 'When it was proven or vouched.';

            CREATE VIEW api.alert AS
            SELECT a.id, o.code AS organisation, o.name AS organisation_name, a.address, a.kind, a.finding, a.severity,
                a.confidence, a.reasons, a.state, a.label, p.prefix, coalesce(
                    CASE WHEN p.proof <> 'claimed' AND p.validity @> now() THEN p.proof END,
                    (SELECT h.proof FROM meta.organisation_prefix h
                        WHERE h.organisation = a.organisation AND h.prefix >>= a.address AND h.validity @> now()
                        ORDER BY h.proof = 'claimed', masklen(h.prefix) DESC LIMIT 1), 'ended') AS proof,
                a.episode, a.packets, a.flows, a.first_seen, a.last_seen, e.first_seen AS episode_first_seen,
                e.last_seen AS episode_last_seen, coalesce(e.packets, 0) AS episode_packets, coalesce(e.sites, '{}') AS sites,
                coalesce(e.sensors, 0) AS sensors, coalesce(e.dark_addresses, 0) AS dark_addresses, e.tool, a.is_late,
                a.created_at, a.updated_at, a.opened_at, a.closed_at, a.acknowledged_at, a.suppressed_until,
                a.is_false_positive, a.note, a.news, a.told_at, a.told_packets, a.first_told_at,
                extract(epoch FROM a.first_told_at - e.first_seen)::float8 AS seconds_to_notify,
                CASE WHEN a.state = 'closed' AND NOT a.is_false_positive AND e.last_seen IS NOT NULL THEN
                    extract(epoch FROM greatest(least(e.last_seen, a.closed_at), a.first_told_at) - a.first_told_at)::float8
                    END AS seconds_to_clean
            FROM alert.alert a JOIN meta.organisation o ON o.id = a.organisation
            LEFT JOIN meta.organisation_prefix p ON p.id = a.prefix
            LEFT JOIN LATERAL (
                SELECT min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen, sum(r.packets)::int8 AS packets,
                    array_agg(r.code ORDER BY r.code) AS sites, sum(r.sensors)::int8 AS sensors,
                    sum(r.dark_addresses)::int8 AS dark_addresses,
                    api.tool_verdict(sum(r.syn_packets), sum(r.zmap), sum(r.masscan), sum(r.mirai)) AS tool
                FROM (
                    SELECT t.code, count(*) AS sensors, min(r.first_seen) AS first_seen, max(r.last_seen) AS last_seen,
                        sum(r.packets) AS packets, max(greatest(r.destinations, cardinality(r.sample))) AS dark_addresses,
                        sum(r.syn_packets) AS syn_packets, sum(r.zmap) AS zmap, sum(r.masscan) AS masscan,
                        sum(r.mirai) AS mirai
                    FROM alert.alert_sensor r JOIN meta.sensor s ON s.id = r.sensor JOIN meta.site t ON t.id = s.site
                    WHERE r.alert = a.id AND r.episode = greatest(a.episode, 1) GROUP BY t.code
                ) r HAVING count(*) > 0
            ) e ON true;
            COMMENT ON VIEW api.alert IS 'Alerts: one row for each organisation, address and kind, for ever, with what was seen in its present or last episode.';
            COMMENT ON COLUMN api.alert.id IS 'Number of the alert.';
            COMMENT ON COLUMN api.alert.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.alert.organisation_name IS 'Its name.';
            COMMENT ON COLUMN api.alert.address IS 'The organisation''s address.';
            COMMENT ON COLUMN api.alert.kind IS 'internal: it scans dark space of its own organisation; external: of others; backscatter: it is attacked, not infected.';
            COMMENT ON COLUMN api.alert.finding IS 'infection, misconfiguration, attack (on the address), none (not enough yet, or labelled).';
            COMMENT ON COLUMN api.alert.severity IS 'low, medium or high.';
            COMMENT ON COLUMN api.alert.confidence IS 'low, medium or high; high only with two sites.';
            COMMENT ON COLUMN api.alert.reasons IS 'What confidence and finding rest on, as words for people.';
            COMMENT ON COLUMN api.alert.state IS 'watching: not enough to report; open: reported or about to be; ongoing: evidence came after the first notice; quiet: none for an hour; closed.';
            COMMENT ON COLUMN api.alert.label IS 'Why it is not reported: allowed (by the organisation) or the name of a known scanner; NULL otherwise.';
            COMMENT ON COLUMN api.alert.prefix IS 'The organisation''s most specific block that holds the address.';
            COMMENT ON COLUMN api.alert.proof IS 'proven or vouched: a block of the organisation that holds the address now is; claimed: none of them is, and nothing is told; ended: none holds it any more, and nothing is told.';
            COMMENT ON COLUMN api.alert.episode IS 'How often it was opened.';
            COMMENT ON COLUMN api.alert.packets IS 'Packets of all evidence, of all episodes.';
            COMMENT ON COLUMN api.alert.flows IS 'Flow records of all evidence.';
            COMMENT ON COLUMN api.alert.first_seen IS 'Time of the first packet ever.';
            COMMENT ON COLUMN api.alert.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN api.alert.episode_first_seen IS 'Time of the first packet of the episode.';
            COMMENT ON COLUMN api.alert.episode_last_seen IS 'Time of its last packet.';
            COMMENT ON COLUMN api.alert.episode_packets IS 'Packets of the episode.';
            COMMENT ON COLUMN api.alert.sites IS 'Codes of the sites that saw it in the episode.';
            COMMENT ON COLUMN api.alert.sensors IS 'How many sensors did.';
            COMMENT ON COLUMN api.alert.dark_addresses IS 'Distinct dark addresses that it hit in the episode, at least.';
            COMMENT ON COLUMN api.alert.tool IS 'Tool that made the packets of the episode (api.tool_verdict); NULL for unknown.';
            COMMENT ON COLUMN api.alert.is_late IS 'Whether the evidence that opened the episode came long after its window, after an outage.';
            COMMENT ON COLUMN api.alert.created_at IS 'When the first evidence came.';
            COMMENT ON COLUMN api.alert.updated_at IS 'When the alert changed last.';
            COMMENT ON COLUMN api.alert.opened_at IS 'When the episode was opened; NULL before the first.';
            COMMENT ON COLUMN api.alert.closed_at IS 'When it was closed; NULL while it is not.';
            COMMENT ON COLUMN api.alert.acknowledged_at IS 'When a person took note of this episode: growth is told no more.';
            COMMENT ON COLUMN api.alert.suppressed_until IS 'Nothing is told before; NULL for no such wish.';
            COMMENT ON COLUMN api.alert.is_false_positive IS 'Whether a person said that it is none: nothing is told.';
            COMMENT ON COLUMN api.alert.note IS 'What that person wrote.';
            COMMENT ON COLUMN api.alert.news IS 'What is to be told with the next notice; NULL for nothing.';
            COMMENT ON COLUMN api.alert.told_at IS 'When a notice told of it last.';
            COMMENT ON COLUMN api.alert.told_packets IS 'Packets that it was told of.';
            COMMENT ON COLUMN api.alert.first_told_at IS 'When the first notice of this episode was made; NULL before.';
            COMMENT ON COLUMN api.alert.seconds_to_notify IS 'From the first packet of the episode to its first notice; long after an outage (is_late).';
            COMMENT ON COLUMN api.alert.seconds_to_clean IS 'From the first notice of the episode to its last packet, 0 when that was before; NULL unless the episode is closed, was told and is no false positive.';

            CREATE VIEW api.alert_evidence AS
            SELECT e.alert, o.code AS organisation, e.address, e.kind, t.code AS site, s.name AS sensor, e.window_start,
                e.window_seconds, e.received_at, api.class_name(e.class) AS class, e.protocol, e.service_port, e.packets,
                e.destinations, e.first_seen, e.last_seen, e.source_port, e.ttl, e.ip_length, e.tcp_flags, e.zmap,
                e.masscan, e.mirai, e.signature AS signature_id, e.reporter
            FROM alert.evidence e JOIN meta.organisation o ON o.id = e.organisation
            JOIN meta.sensor s ON s.id = e.sensor JOIN meta.site t ON t.id = s.site;
            COMMENT ON VIEW api.alert_evidence IS 'The flows that alerts rest on, as long as flows are kept. Dark addresses are not in it. Ask by alert.';
            COMMENT ON COLUMN api.alert_evidence.alert IS 'api.alert.id.';
            COMMENT ON COLUMN api.alert_evidence.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.alert_evidence.address IS 'The organisation''s address.';
            COMMENT ON COLUMN api.alert_evidence.kind IS 'As api.alert.';
            COMMENT ON COLUMN api.alert_evidence.site IS 'Code of the site that saw it.';
            COMMENT ON COLUMN api.alert_evidence.sensor IS 'Name of its sensor.';
            COMMENT ON COLUMN api.alert_evidence.window_start IS 'Start of the window.';
            COMMENT ON COLUMN api.alert_evidence.window_seconds IS 'Its length.';
            COMMENT ON COLUMN api.alert_evidence.received_at IS 'When the collector got it.';
            COMMENT ON COLUMN api.alert_evidence.class IS 'Traffic class.';
            COMMENT ON COLUMN api.alert_evidence.protocol IS 'IP protocol.';
            COMMENT ON COLUMN api.alert_evidence.service_port IS 'Service port, or type * 256 + code of ICMP.';
            COMMENT ON COLUMN api.alert_evidence.packets IS 'Packets.';
            COMMENT ON COLUMN api.alert_evidence.destinations IS 'Distinct dark addresses hit in the window.';
            COMMENT ON COLUMN api.alert_evidence.first_seen IS 'Time of the first packet.';
            COMMENT ON COLUMN api.alert_evidence.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN api.alert_evidence.source_port IS 'Source port of the first packet: which host it was behind a NAT.';
            COMMENT ON COLUMN api.alert_evidence.ttl IS 'TTL of the first packet.';
            COMMENT ON COLUMN api.alert_evidence.ip_length IS 'IP length of the first packet.';
            COMMENT ON COLUMN api.alert_evidence.tcp_flags IS 'TCP flags of the first packet.';
            COMMENT ON COLUMN api.alert_evidence.zmap IS 'Packets that match the test for ZMap.';
            COMMENT ON COLUMN api.alert_evidence.masscan IS 'Packets that match the test for masscan.';
            COMMENT ON COLUMN api.alert_evidence.mirai IS 'Packets that match the test for Mirai.';
            COMMENT ON COLUMN api.alert_evidence.signature_id IS 'Header signature of the first packet (api.signature); NULL for none.';
            COMMENT ON COLUMN api.alert_evidence.reporter IS 'Who sent the ICMP error; NULL for other classes.';

            CREATE VIEW api.alert_history AS
            SELECT h.id, h.alert, o.code AS organisation, a.address, a.kind, h.at, h.event, h.person, h.note
            FROM alert.history h JOIN alert.alert a ON a.id = h.alert JOIN meta.organisation o ON o.id = a.organisation;
            COMMENT ON VIEW api.alert_history IS 'What became of alerts, and who did it.';
            COMMENT ON COLUMN api.alert_history.id IS 'Number of the entry: of one alert, the later the greater.';
            COMMENT ON COLUMN api.alert_history.alert IS 'api.alert.id.';
            COMMENT ON COLUMN api.alert_history.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.alert_history.address IS 'The organisation''s address.';
            COMMENT ON COLUMN api.alert_history.kind IS 'As api.alert.';
            COMMENT ON COLUMN api.alert_history.at IS 'When.';
            COMMENT ON COLUMN api.alert_history.event IS 'opened, reopened, ongoing, quiet, closed, changed, told, acknowledged, suppressed, false-positive, released.';
            COMMENT ON COLUMN api.alert_history.person IS 'Who did it; NULL for the collector.';
            COMMENT ON COLUMN api.alert_history.note IS 'What was written, or what changed.';

            CREATE VIEW api.notice AS
            SELECT n.id, n.key, o.code AS organisation, n.reason, n.made_at, n.items, m.messages, m.delivered, m.due, m.dead,
                m.delivered_at
            FROM alert.notice n JOIN meta.organisation o ON o.id = n.organisation
            CROSS JOIN LATERAL (
                SELECT count(*) AS messages, count(*) FILTER (WHERE b.state = 'delivered') AS delivered,
                    count(*) FILTER (WHERE b.state = 'due') AS due, count(*) FILTER (WHERE b.state = 'dead') AS dead,
                    min(b.delivered_at) AS delivered_at
                FROM alert.outbox b WHERE b.notice = n.id
            ) m;
            COMMENT ON VIEW api.notice IS 'What organisations were told, and whether it arrived.';
            COMMENT ON COLUMN api.notice.id IS 'Number of the notice.';
            COMMENT ON COLUMN api.notice.key IS 'Its name to the outside.';
            COMMENT ON COLUMN api.notice.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.notice.reason IS 'first: at once, for what was opened; digest: what gathered; test: a marked test.';
            COMMENT ON COLUMN api.notice.made_at IS 'When it was made.';
            COMMENT ON COLUMN api.notice.items IS 'Items.';
            COMMENT ON COLUMN api.notice.messages IS 'Contacts that it goes to.';
            COMMENT ON COLUMN api.notice.delivered IS 'Messages that were delivered.';
            COMMENT ON COLUMN api.notice.due IS 'Messages that wait for an attempt.';
            COMMENT ON COLUMN api.notice.dead IS 'Messages that were given up.';
            COMMENT ON COLUMN api.notice.delivered_at IS 'When the first of them was delivered; NULL while none is.';

            CREATE VIEW api.notice_item AS
            SELECT i.notice, i.number, nullif(i.alert, 0::int8) AS alert, i.news, i.address, i.kind, i.finding, i.severity,
                i.confidence, i.reasons, i.state, i.episode, i.first_seen, i.last_seen, i.packets, i.new_packets, i.sites,
                i.addresses AS dark_addresses, i.tool, i.is_late, i.prefix, i.asn, i.as_name, i.country
            FROM alert.notice_item i;
            COMMENT ON VIEW api.notice_item IS 'Alerts as notices told them.';
            COMMENT ON COLUMN api.notice_item.notice IS 'api.notice.id.';
            COMMENT ON COLUMN api.notice_item.number IS 'From 1.';
            COMMENT ON COLUMN api.notice_item.alert IS 'api.alert.id; NULL in a test.';
            COMMENT ON COLUMN api.notice_item.news IS 'opened, reopened, changed, grew or closed.';
            COMMENT ON COLUMN api.notice_item.address IS 'The organisation''s address.';
            COMMENT ON COLUMN api.notice_item.kind IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.finding IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.severity IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.confidence IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.reasons IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.state IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.episode IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.first_seen IS 'Time of the first packet of the episode.';
            COMMENT ON COLUMN api.notice_item.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN api.notice_item.packets IS 'Packets of the alert so far.';
            COMMENT ON COLUMN api.notice_item.new_packets IS 'Packets since the notice before.';
            COMMENT ON COLUMN api.notice_item.sites IS 'How many sites saw it in this episode.';
            COMMENT ON COLUMN api.notice_item.dark_addresses IS 'Distinct dark addresses that it hit in this episode, at least.';
            COMMENT ON COLUMN api.notice_item.tool IS 'Tool that made the packets; NULL for unknown.';
            COMMENT ON COLUMN api.notice_item.is_late IS 'As api.alert.';
            COMMENT ON COLUMN api.notice_item.prefix IS 'The organisation''s block that holds the address.';
            COMMENT ON COLUMN api.notice_item.asn IS 'Autonomous system of the address; NULL for unknown.';
            COMMENT ON COLUMN api.notice_item.as_name IS 'Its name.';
            COMMENT ON COLUMN api.notice_item.country IS 'Country of the address.';

            CREATE VIEW api.message AS
            SELECT b.id, b.notice, o.code AS organisation, n.reason, c.id AS contact, c.channel, c.target, c.format, b.key,
                b.state, b.attempts, b.created_at, b.due_at, b.delivered_at, b.problem
            FROM alert.outbox b JOIN alert.notice n ON n.id = b.notice JOIN meta.organisation o ON o.id = n.organisation
            JOIN meta.contact c ON c.id = b.contact;
            COMMENT ON VIEW api.message IS 'Notices on their way: one row for each notice and contact.';
            COMMENT ON COLUMN api.message.id IS 'Number of the message.';
            COMMENT ON COLUMN api.message.notice IS 'api.notice.id.';
            COMMENT ON COLUMN api.message.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.message.reason IS 'As api.notice.';
            COMMENT ON COLUMN api.message.contact IS 'Number of the contact.';
            COMMENT ON COLUMN api.message.channel IS 'mail, webhook, syslog or file.';
            COMMENT ON COLUMN api.message.target IS 'Where it goes.';
            COMMENT ON COLUMN api.message.format IS 'What is sent.';
            COMMENT ON COLUMN api.message.key IS 'Idempotency key: the same in every attempt.';
            COMMENT ON COLUMN api.message.state IS 'due, delivered, or dead: given up after many attempts.';
            COMMENT ON COLUMN api.message.attempts IS 'Attempts so far.';
            COMMENT ON COLUMN api.message.created_at IS 'When it was made.';
            COMMENT ON COLUMN api.message.due_at IS 'When the next attempt may be made.';
            COMMENT ON COLUMN api.message.delivered_at IS 'When it was delivered; NULL while it is not.';
            COMMENT ON COLUMN api.message.problem IS 'Why the last attempt failed.';

            CREATE VIEW api.delivery AS
            SELECT d.id, d.outbox AS message, b.notice, o.code AS organisation, c.channel, c.target, d.at, d.attempt,
                d.outcome, d.detail, d.milliseconds
            FROM alert.delivery d JOIN alert.outbox b ON b.id = d.outbox JOIN alert.notice n ON n.id = b.notice
            JOIN meta.organisation o ON o.id = n.organisation JOIN meta.contact c ON c.id = b.contact;
            COMMENT ON VIEW api.delivery IS 'Every attempt to deliver a notice.';
            COMMENT ON COLUMN api.delivery.id IS 'Number of the attempt.';
            COMMENT ON COLUMN api.delivery.message IS 'api.message.id.';
            COMMENT ON COLUMN api.delivery.notice IS 'api.notice.id.';
            COMMENT ON COLUMN api.delivery.organisation IS 'Code of the organisation.';
            COMMENT ON COLUMN api.delivery.channel IS 'As api.message.';
            COMMENT ON COLUMN api.delivery.target IS 'As api.message.';
            COMMENT ON COLUMN api.delivery.at IS 'When.';
            COMMENT ON COLUMN api.delivery.attempt IS 'From 1; 0 when a person made a message due again.';
            COMMENT ON COLUMN api.delivery.outcome IS 'delivered, retry or dead.';
            COMMENT ON COLUMN api.delivery.detail IS 'What the receiver said, or what failed.';
            COMMENT ON COLUMN api.delivery.milliseconds IS 'How long it took.';
            """)
}
