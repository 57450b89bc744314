extension Migration {
    /// Evidence that an organisation's addresses show up in dark space, what is made of it, and what was told to whom.
    static let alerts = Migration(
        version: 31, name: "alerts",
        sql: """
            CREATE SCHEMA alert;
            COMMENT ON SCHEMA alert IS 'What organisations are told: evidence, alerts, notices and their delivery.';

            CREATE TABLE alert.arrival (
                organisation int4 NOT NULL,
                prefix int4 NOT NULL,
                address inet NOT NULL,
                kind text NOT NULL CHECK (kind IN ('internal', 'external', 'backscatter')),
                sensor int4 NOT NULL,
                window_start timestamptz NOT NULL,
                window_seconds int4 NOT NULL,
                received_at timestamptz NOT NULL,
                class int2 NOT NULL,
                protocol int2 NOT NULL,
                service_port int4 NOT NULL,
                packets int8 NOT NULL,
                destinations int8 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                source_port int4 NOT NULL,
                destination inet,
                ttl int2 NOT NULL,
                ip_length int4 NOT NULL,
                tcp_flags int2 NOT NULL,
                zmap int8 NOT NULL,
                masscan int8 NOT NULL,
                mirai int8 NOT NULL,
                signature int8,
                reporter inet
            );
            COMMENT ON TABLE alert.arrival IS 'Evidence that no alert has taken up yet: appended in the transaction that stores the flows, moved to alert.evidence in the one that changes the alert.';
            COMMENT ON COLUMN alert.arrival.organisation IS 'meta.organisation.id: one of those that hold the address.';
            COMMENT ON COLUMN alert.arrival.prefix IS 'meta.organisation_prefix.id: the most specific block of the organisation that holds it.';
            COMMENT ON COLUMN alert.arrival.address IS 'The organisation''s address: the source, or for ICMP errors the host that they are about.';
            COMMENT ON COLUMN alert.arrival.kind IS 'internal: it scans dark space of its own organisation; external: of others; backscatter: it answers packets with forged sources, or errors are about it.';
            COMMENT ON COLUMN alert.arrival.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN alert.arrival.window_start IS 'Start of the window.';
            COMMENT ON COLUMN alert.arrival.window_seconds IS 'Its length.';
            COMMENT ON COLUMN alert.arrival.received_at IS 'When the collector got it; long after the window''s end for what was kept by a sensor during an outage.';
            COMMENT ON COLUMN alert.arrival.class IS 'Traffic class.';
            COMMENT ON COLUMN alert.arrival.protocol IS 'IP protocol.';
            COMMENT ON COLUMN alert.arrival.service_port IS 'Service port, or type and code of ICMP.';
            COMMENT ON COLUMN alert.arrival.packets IS 'Packets.';
            COMMENT ON COLUMN alert.arrival.destinations IS 'Distinct dark addresses hit in the window.';
            COMMENT ON COLUMN alert.arrival.first_seen IS 'Time of the first packet.';
            COMMENT ON COLUMN alert.arrival.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN alert.arrival.source_port IS 'Source port of the first packet; for an ISP behind whose NAT many hosts are.';
            COMMENT ON COLUMN alert.arrival.destination IS 'Dark address of the first packet, or its permuted offset written as an address, as the site''s policy tells it; NULL when it tells nothing. To tell distinct addresses apart only: never sent to anybody.';
            COMMENT ON COLUMN alert.arrival.ttl IS 'TTL of the first packet.';
            COMMENT ON COLUMN alert.arrival.ip_length IS 'IP length of the first packet.';
            COMMENT ON COLUMN alert.arrival.tcp_flags IS 'TCP flags of the first packet.';
            COMMENT ON COLUMN alert.arrival.zmap IS 'Packets that match the test for ZMap.';
            COMMENT ON COLUMN alert.arrival.masscan IS 'Packets that match the test for masscan.';
            COMMENT ON COLUMN alert.arrival.mirai IS 'Packets that match the test for Mirai.';
            COMMENT ON COLUMN alert.arrival.signature IS 'Header signature of the first packet; NULL for none.';
            COMMENT ON COLUMN alert.arrival.reporter IS 'Who sent the ICMP error; NULL for other classes.';

            CREATE TABLE alert.alert (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                organisation int4 NOT NULL REFERENCES meta.organisation,
                address inet NOT NULL,
                kind text NOT NULL CHECK (kind IN ('internal', 'external', 'backscatter')),
                state text NOT NULL CHECK (state IN ('watching', 'open', 'ongoing', 'quiet', 'closed')),
                finding text NOT NULL CHECK (finding IN ('infection', 'misconfiguration', 'attack', 'none')),
                severity text NOT NULL CHECK (severity IN ('low', 'medium', 'high')),
                confidence text NOT NULL CHECK (confidence IN ('low', 'medium', 'high')),
                reasons text[] NOT NULL,
                label text,
                prefix int4 NOT NULL,
                episode int4 NOT NULL DEFAULT 0,
                packets int8 NOT NULL,
                flows int8 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                is_late bool NOT NULL DEFAULT false,
                created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                opened_at timestamptz,
                closed_at timestamptz,
                acknowledged_at timestamptz,
                suppressed_until timestamptz,
                is_false_positive bool NOT NULL DEFAULT false,
                note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
                news text CHECK (news IN ('opened', 'reopened', 'changed', 'grew', 'closed')),
                news_at timestamptz,
                told_at timestamptz,
                told_packets int8 NOT NULL DEFAULT 0,
                first_told_at timestamptz,
                told_evidence int8 NOT NULL DEFAULT 0,
                due_at timestamptz,
                UNIQUE (organisation, address, kind)
            );
            CREATE INDEX alert_news ON alert.alert (organisation) WHERE news IS NOT NULL;
            CREATE INDEX alert_living ON alert.alert (organisation, last_seen) WHERE state IN ('open', 'ongoing', 'quiet');
            CREATE INDEX alert_due ON alert.alert (due_at) WHERE due_at IS NOT NULL;
            CREATE INDEX alert_opened ON alert.alert (opened_at);
            COMMENT ON TABLE alert.alert IS 'One row for each organisation, address and kind: it opens, goes on, falls quiet, is closed and opens again. It stays for ever once it was opened or a person decided something of it; what only was watched goes after the clean period.';
            COMMENT ON COLUMN alert.alert.id IS 'Number of the alert.';
            COMMENT ON COLUMN alert.alert.organisation IS 'meta.organisation.id.';
            COMMENT ON COLUMN alert.alert.address IS 'The organisation''s address.';
            COMMENT ON COLUMN alert.alert.kind IS 'As alert.arrival.kind.';
            COMMENT ON COLUMN alert.alert.state IS 'watching: not enough to report; open: reported or about to be; ongoing: evidence came after the first notice; quiet: none for an hour; closed: none for the clean period, or by a person.';
            COMMENT ON COLUMN alert.alert.finding IS 'infection, misconfiguration (few destinations of a service that hosts are told to use), attack (on the address), none (not enough yet, or labelled).';
            COMMENT ON COLUMN alert.alert.severity IS 'low, medium or high.';
            COMMENT ON COLUMN alert.alert.confidence IS 'low, medium or high; high only with two sites.';
            COMMENT ON COLUMN alert.alert.reasons IS 'What confidence and finding rest on, as words for people.';
            COMMENT ON COLUMN alert.alert.label IS 'Why it is not reported: allowed (by the organisation) or the name of a known scanner; NULL otherwise.';
            COMMENT ON COLUMN alert.alert.prefix IS 'meta.organisation_prefix.id of the most specific block.';
            COMMENT ON COLUMN alert.alert.episode IS 'How often it was opened.';
            COMMENT ON COLUMN alert.alert.packets IS 'Packets of all evidence, of all episodes.';
            COMMENT ON COLUMN alert.alert.flows IS 'Flow records of all evidence.';
            COMMENT ON COLUMN alert.alert.first_seen IS 'Time of the first packet ever.';
            COMMENT ON COLUMN alert.alert.last_seen IS 'Time of the last packet.';
            COMMENT ON COLUMN alert.alert.is_late IS 'Whether the evidence that opened the episode came long after its window, after an outage.';
            COMMENT ON COLUMN alert.alert.created_at IS 'When the first evidence came.';
            COMMENT ON COLUMN alert.alert.updated_at IS 'When the row changed last.';
            COMMENT ON COLUMN alert.alert.opened_at IS 'When the episode was opened; NULL before the first.';
            COMMENT ON COLUMN alert.alert.closed_at IS 'When it was closed; NULL while it is not.';
            COMMENT ON COLUMN alert.alert.acknowledged_at IS 'When a person took note of this episode: growth is told no more.';
            COMMENT ON COLUMN alert.alert.suppressed_until IS 'Nothing is told before; NULL for no such wish.';
            COMMENT ON COLUMN alert.alert.is_false_positive IS 'Whether a person said that it is none: nothing is told.';
            COMMENT ON COLUMN alert.alert.note IS 'What that person wrote.';
            COMMENT ON COLUMN alert.alert.news IS 'What is to be told with the next notice; NULL for nothing.';
            COMMENT ON COLUMN alert.alert.news_at IS 'Since when it waits.';
            COMMENT ON COLUMN alert.alert.told_at IS 'When a notice told of it last.';
            COMMENT ON COLUMN alert.alert.told_packets IS 'Packets that it was told of.';
            COMMENT ON COLUMN alert.alert.first_told_at IS 'When the first notice of this episode was made.';

            COMMENT ON COLUMN alert.alert.told_evidence IS 'The greatest alert.evidence.id that it was told of.';
            COMMENT ON COLUMN alert.alert.due_at IS 'When the collector looks at it again though no evidence came: to let it fall quiet, close, or forget what it watched. Who changes what people decide sets it to now(). NULL for never.';

            CREATE TABLE alert.alert_sensor (
                alert int8 NOT NULL REFERENCES alert.alert ON DELETE CASCADE,
                episode int4 NOT NULL,
                sensor int4 NOT NULL,
                packets int8 NOT NULL,
                windows int8 NOT NULL,
                destinations int8 NOT NULL,
                sample inet[] NOT NULL,
                syn_packets int8 NOT NULL,
                zmap int8 NOT NULL,
                masscan int8 NOT NULL,
                mirai int8 NOT NULL,
                ttl_least int2 NOT NULL,
                ttl_most int2 NOT NULL,
                ttl int2 NOT NULL,
                ttl_near int8 NOT NULL,
                ttl_flows int8 NOT NULL,
                configured_packets int8 NOT NULL,
                amplifier_packets int8 NOT NULL,
                first_seen timestamptz NOT NULL,
                last_seen timestamptz NOT NULL,
                PRIMARY KEY (alert, episode, sensor)
            );
            COMMENT ON TABLE alert.alert_sensor IS 'What each sensor saw of an alert''s address in each episode: what the judgement rests on.';
            COMMENT ON COLUMN alert.alert_sensor.alert IS 'alert.alert.id.';
            COMMENT ON COLUMN alert.alert_sensor.episode IS 'alert.alert.episode; while watching the one to come.';
            COMMENT ON COLUMN alert.alert_sensor.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN alert.alert_sensor.packets IS 'Packets.';
            COMMENT ON COLUMN alert.alert_sensor.windows IS 'Windows with evidence, counted once for each part that came.';
            COMMENT ON COLUMN alert.alert_sensor.destinations IS 'The most distinct dark addresses of one window.';
            COMMENT ON COLUMN alert.alert_sensor.sample IS 'Distinct destinations of first packets, 64 at most, as alert.evidence.destination.';
            COMMENT ON COLUMN alert.alert_sensor.syn_packets IS 'Packets of class tcp-syn.';
            COMMENT ON COLUMN alert.alert_sensor.zmap IS 'Packets that match the test for ZMap.';
            COMMENT ON COLUMN alert.alert_sensor.masscan IS 'Packets that match the test for masscan.';
            COMMENT ON COLUMN alert.alert_sensor.mirai IS 'Packets that match the test for Mirai.';
            COMMENT ON COLUMN alert.alert_sensor.ttl_least IS 'Least TTL of first packets but those of ICMP errors, which others send; greater than ttl_most when there is none.';
            COMMENT ON COLUMN alert.alert_sensor.ttl_most IS 'Greatest TTL of first packets.';
            COMMENT ON COLUMN alert.alert_sensor.ttl IS 'TTL that most flows had, as far as is known.';
            COMMENT ON COLUMN alert.alert_sensor.ttl_near IS 'Flows whose TTL is within 2 of it, at least.';
            COMMENT ON COLUMN alert.alert_sensor.ttl_flows IS 'Flows but those of ICMP errors.';
            COMMENT ON COLUMN alert.alert_sensor.configured_packets IS 'SYNs and UDP probes to services that hosts are told to use.';
            COMMENT ON COLUMN alert.alert_sensor.amplifier_packets IS 'UDP probes to services whose answers are greater than requests.';
            COMMENT ON COLUMN alert.alert_sensor.first_seen IS 'Time of the first packet.';
            COMMENT ON COLUMN alert.alert_sensor.last_seen IS 'Time of the last packet.';

            CREATE TABLE alert.evidence (LIKE alert.arrival INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS, alert int8 NOT NULL,
                id int8 GENERATED ALWAYS AS IDENTITY);
            CREATE INDEX evidence_alert ON alert.evidence (alert, id);
            CREATE INDEX evidence_window ON alert.evidence USING brin (window_start);
            COMMENT ON TABLE alert.evidence IS 'The flows that alerts rest on, kept as long as flows are.';
            COMMENT ON COLUMN alert.evidence.alert IS 'alert.alert.id.';
            COMMENT ON COLUMN alert.evidence.id IS 'Number in the order in which evidence was taken up.';

            CREATE TABLE alert.history (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                alert int8 NOT NULL REFERENCES alert.alert ON DELETE CASCADE,
                at timestamptz NOT NULL DEFAULT clock_timestamp(),
                event text NOT NULL,
                person text,
                note text NOT NULL DEFAULT ''
            );
            CREATE INDEX history_alert ON alert.history (alert, at);
            COMMENT ON TABLE alert.history IS 'What became of alerts, and who did it.';
            COMMENT ON COLUMN alert.history.id IS 'Number of the entry.';
            COMMENT ON COLUMN alert.history.alert IS 'alert.alert.id.';
            COMMENT ON COLUMN alert.history.at IS 'When.';
            COMMENT ON COLUMN alert.history.event IS 'opened, reopened, ongoing, quiet, closed, changed, told, acknowledged, suppressed, false-positive, released.';
            COMMENT ON COLUMN alert.history.person IS 'Who did it; NULL for the collector.';
            COMMENT ON COLUMN alert.history.note IS 'What was written, or what changed.';
            """)
}
