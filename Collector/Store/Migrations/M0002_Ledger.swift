extension Migration {
    /// What was delivered, what was lost, and what the database would not take.
    static let ledger = Migration(
        version: 2, name: "ledger",
        sql: """
            -- The set of sequence numbers is what refuses duplicates. Its size is bounded because a sensor that leaves
            -- a hole between every two numbers would otherwise make each later batch dearer.
            CREATE TABLE raw.stream (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                sensor int4 NOT NULL REFERENCES meta.sensor,
                epoch uuid NOT NULL,
                is_import bool NOT NULL,
                first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                last_committed_at timestamptz,
                last_window_end timestamptz,
                last_window_seconds int4,
                committed int8multirange NOT NULL DEFAULT '{}' CHECK (pg_column_size(committed) < 131072),
                conflicts int8 NOT NULL DEFAULT 0,
                last_conflict_at timestamptz,
                last_conflict_sequence int8,
                UNIQUE (sensor, epoch)
            ) WITH (fillfactor = 50);
            COMMENT ON TABLE raw.stream IS 'Runs of live sensors and imported files; sequence numbers count within one of them.';
            COMMENT ON COLUMN raw.stream.id IS 'Number of the stream in this database.';
            COMMENT ON COLUMN raw.stream.sensor IS 'The sensor whose key sent it.';
            COMMENT ON COLUMN raw.stream.epoch IS 'The 128 bits by which the sensor names the run or the file.';
            COMMENT ON COLUMN raw.stream.is_import IS 'Whether it is an imported file rather than a live run.';
            COMMENT ON COLUMN raw.stream.first_seen_at IS 'When the first of it arrived.';
            COMMENT ON COLUMN raw.stream.last_committed_at IS 'When the last batch of it was stored; NULL when only gaps speak of it.';
            COMMENT ON COLUMN raw.stream.last_window_end IS 'End of the newest window stored.';
            COMMENT ON COLUMN raw.stream.last_window_seconds IS 'Length of that window in seconds.';
            COMMENT ON COLUMN raw.stream.committed IS 'Sequence numbers that are stored or declared lost; each is accepted once.';
            COMMENT ON COLUMN raw.stream.conflicts IS 'Batches that came under a used number with other content: a cloned sensor.';
            COMMENT ON COLUMN raw.stream.last_conflict_at IS 'When the last such batch came.';
            COMMENT ON COLUMN raw.stream.last_conflict_sequence IS 'Its number.';

            CREATE TABLE raw.batch (
                sensor int4 NOT NULL,
                stream int8 NOT NULL,
                sequence int8 NOT NULL,
                digest int8 NOT NULL,
                kind int2 NOT NULL,
                window_start timestamptz,
                window_seconds int4,
                part int4,
                is_last_part bool,
                policy int2,
                family int2,
                capture int2,
                observed_from_ms int8,
                observed_to_ms int8,
                shift_seconds int8,
                link int2,
                kernel_received int8,
                kernel_dropped int8,
                interface_dropped int8,
                received int8,
                aggregated int8,
                filtered int8,
                non_ip int8,
                malformed int8[],
                late int8,
                overflowed int8,
                clock int2,
                clock_offset_us int8,
                sensor_version text,
                configuration_digest int8,
                records int4 NOT NULL,
                overflow_records int4 NOT NULL,
                signatures int4 NOT NULL,
                encoded_bytes int4 NOT NULL,
                received_at timestamptz NOT NULL,
                committed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (sensor, stream, sequence)
            );
            CREATE INDEX batch_window ON raw.batch (window_start, sensor);
            COMMENT ON TABLE raw.batch IS 'The ledger: one row for each batch stored, with the account of what was measured.';
            COMMENT ON COLUMN raw.batch.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN raw.batch.stream IS 'raw.stream.id.';
            COMMENT ON COLUMN raw.batch.sequence IS 'Number of the batch in its stream, from 1.';
            COMMENT ON COLUMN raw.batch.digest IS 'FNV-1a 64 of the encoded batch, its bits as a signed number.';
            COMMENT ON COLUMN raw.batch.kind IS '1: flows; 2: gap report.';
            COMMENT ON COLUMN raw.batch.window_start IS 'Start of the window; NULL for a gap report, as is all that follows up to configuration_digest.';
            COMMENT ON COLUMN raw.batch.window_seconds IS 'Length of the window.';
            COMMENT ON COLUMN raw.batch.part IS 'Place of this batch among the parts of its window, from 0.';
            COMMENT ON COLUMN raw.batch.is_last_part IS 'Whether no part follows.';
            COMMENT ON COLUMN raw.batch.policy IS 'What the site tells of its dark addresses: 1 full, 2 permuted, 3 none.';
            COMMENT ON COLUMN raw.batch.family IS 'IP version of the records: 4 or 6.';
            COMMENT ON COLUMN raw.batch.capture IS '1: live; 2: file.';
            COMMENT ON COLUMN raw.batch.observed_from_ms IS 'Milliseconds from the window''s start at which observation began.';
            COMMENT ON COLUMN raw.batch.observed_to_ms IS 'Milliseconds from the window''s start at which it ended.';
            COMMENT ON COLUMN raw.batch.shift_seconds IS 'Seconds by which the times of a file were moved; 0 = as captured.';
            COMMENT ON COLUMN raw.batch.link IS 'Capture interface: 0 unknown, 1 up, 2 down, 3 gone.';
            COMMENT ON COLUMN raw.batch.kernel_received IS 'Frames the kernel counted for the capture in this window (pcap_stats ps_recv).';
            COMMENT ON COLUMN raw.batch.kernel_dropped IS 'Frames it dropped for want of buffer (ps_drop).';
            COMMENT ON COLUMN raw.batch.interface_dropped IS 'Frames the interface dropped (ps_ifdrop).';
            COMMENT ON COLUMN raw.batch.received IS 'Frames handed to the sensor: aggregated + filtered + non_ip + all malformed.';
            COMMENT ON COLUMN raw.batch.aggregated IS 'Packets that are in flow or overflow records.';
            COMMENT ON COLUMN raw.batch.filtered IS 'IP packets to addresses outside the dark prefixes.';
            COMMENT ON COLUMN raw.batch.non_ip IS 'Frames without IP.';
            COMMENT ON COLUMN raw.batch.malformed IS 'Unreadable IP frames by reason 1 to 7; api.malformed names them.';
            COMMENT ON COLUMN raw.batch.late IS 'Aggregated packets whose own window had been closed.';
            COMMENT ON COLUMN raw.batch.overflowed IS 'Aggregated packets that are in overflow records because the flow table was full.';
            COMMENT ON COLUMN raw.batch.clock IS 'Sensor clock: 0 unknown, 1 synchronised, 2 unsynchronised, 3 times of a file.';
            COMMENT ON COLUMN raw.batch.clock_offset_us IS 'Estimated error of the clock in microseconds (adjtimex); 0 when unknown.';
            COMMENT ON COLUMN raw.batch.sensor_version IS 'Version of the sensor program.';
            COMMENT ON COLUMN raw.batch.configuration_digest IS 'FNV-1a 64 of the sensor''s configuration, its bits as a signed number.';
            COMMENT ON COLUMN raw.batch.records IS 'Flow records, or entries of a gap report.';
            COMMENT ON COLUMN raw.batch.overflow_records IS 'Overflow records.';
            COMMENT ON COLUMN raw.batch.signatures IS 'Header signatures in the batch.';
            COMMENT ON COLUMN raw.batch.encoded_bytes IS 'Bytes of the batch as it was sent.';
            COMMENT ON COLUMN raw.batch.received_at IS 'When a collector received it, by the collector''s clock.';
            COMMENT ON COLUMN raw.batch.committed_at IS 'When it was written, by the database''s clock.';

            CREATE TABLE raw.gap (
                id int8 GENERATED ALWAYS AS IDENTITY,
                sensor int4 NOT NULL,
                stream int8 NOT NULL,
                sequence int8,
                lost_from timestamptz,
                lost_to timestamptz,
                packets int8,
                bytes int8,
                reason int2 NOT NULL,
                report_stream int8 NOT NULL,
                report_sequence int8 NOT NULL,
                reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                PRIMARY KEY (sensor, id)
            );
            CREATE INDEX gap_reported ON raw.gap (reported_at);
            COMMENT ON TABLE raw.gap IS 'What sensors declared lost. A batch declared lost is refused if it still arrives, so stored + lost = captured.';
            COMMENT ON COLUMN raw.gap.id IS 'Number of the row.';
            COMMENT ON COLUMN raw.gap.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN raw.gap.stream IS 'raw.stream.id of what is lost.';
            COMMENT ON COLUMN raw.gap.sequence IS 'Number of the lost batch; NULL when a span of time is lost.';
            COMMENT ON COLUMN raw.gap.lost_from IS 'Start of the time that is lost; NULL when unknown.';
            COMMENT ON COLUMN raw.gap.lost_to IS 'End of the time that is lost, exclusive; NULL when unknown.';
            COMMENT ON COLUMN raw.gap.packets IS 'Packets lost; NULL when unknown.';
            COMMENT ON COLUMN raw.gap.bytes IS 'Bytes lost; NULL when unknown.';
            COMMENT ON COLUMN raw.gap.reason IS '1 dropped, 2 corrupt, 3 stopped, 4 rejected, 5 unwritable; api.gap names and explains them.';
            COMMENT ON COLUMN raw.gap.report_stream IS 'raw.stream.id of the gap report.';
            COMMENT ON COLUMN raw.gap.report_sequence IS 'Number of the gap report in its stream.';
            COMMENT ON COLUMN raw.gap.reported_at IS 'When the report was stored.';

            CREATE TABLE raw.dead_letter (
                id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                sensor int4 NOT NULL,
                epoch uuid NOT NULL,
                sequence numeric(20) NOT NULL,
                digest int8 NOT NULL,
                received_at timestamptz NOT NULL,
                refused_at timestamptz NOT NULL DEFAULT clock_timestamp(),
                sqlstate text NOT NULL,
                reason text NOT NULL,
                encoded bytea NOT NULL,
                UNIQUE (sensor, epoch, sequence, digest)
            );
            COMMENT ON TABLE raw.dead_letter IS 'Batches that could not be stored, for inspection; at most 1,000 for each sensor.';
            COMMENT ON COLUMN raw.dead_letter.id IS 'Number of the row.';
            COMMENT ON COLUMN raw.dead_letter.sensor IS 'meta.sensor.id.';
            COMMENT ON COLUMN raw.dead_letter.epoch IS 'The stream''s epoch.';
            COMMENT ON COLUMN raw.dead_letter.sequence IS 'Number of the batch in its stream.';
            COMMENT ON COLUMN raw.dead_letter.digest IS 'FNV-1a 64 of the encoded batch, its bits as a signed number.';
            COMMENT ON COLUMN raw.dead_letter.received_at IS 'When a collector received it.';
            COMMENT ON COLUMN raw.dead_letter.refused_at IS 'When it was refused.';
            COMMENT ON COLUMN raw.dead_letter.sqlstate IS 'SQLSTATE of the refusal; empty when the collector refused it before the database saw it.';
            COMMENT ON COLUMN raw.dead_letter.reason IS 'Why.';
            COMMENT ON COLUMN raw.dead_letter.encoded IS 'The batch as it was sent.';
            """)
}
