import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

@Suite struct RegistryTests {
    @Test func everyChangeOfTheRegistryNotifies() throws {
        let scene = try Scene()
        let listener = try scene.database.connect()
        try listener.listen()
        #expect(try !listener.waitForNotification(timeoutMilliseconds: 0))
        for change in [
            "INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta')", "UPDATE meta.sensor SET state = 'retired'",
            "UPDATE meta.sensor_key SET revoked_at = now()", "DELETE FROM meta.sensor_key",
            "INSERT INTO meta.dark_prefix (site, prefix) VALUES (1, '192.0.2.0/24')", "TRUNCATE meta.dark_prefix",
        ] {
            try scene.connection.query(change)
            #expect(try listener.waitForNotification(timeoutMilliseconds: 20_000), "\(change)")
        }
        #expect(try !listener.waitForNotification(timeoutMilliseconds: 0))
    }

    @Test func aListenerWhoseConnectionIsLostHearsIt() throws {
        let scene = try Scene()
        let listener = try scene.database.connect()
        try listener.listen()
        try scene.connection.query("SELECT pg_terminate_backend($1::int4, 20000)", ["\(listener.serverProcess)"])
        let error = #expect(throws: StoreError.self) {
            while try !listener.waitForNotification(timeoutMilliseconds: 20_000) {}
        }
        #expect(error?.kind == .unavailable)
    }

    @Test func darkSpaceIsCountedByPeriod() throws {
        let scene = try Scene()
        try scene.connection.query(
            """
            INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES
                (1, '192.0.2.0/24', '[2026-01-01 00:00+00,2026-03-01 00:00+00)'),
                (1, '198.51.100.0/25', '[2026-02-01 00:00+00,)'),
                (1, '2001:db8::/48', '(,)')
            """)
        #expect(
            try scene.rows("SELECT family, valid_from, valid_to, addresses FROM api.dark_space ORDER BY 1, 2") == [
                "(4,\"2026-01-01 00:00:00+00\",\"2026-02-01 00:00:00+00\",256)",
                "(4,\"2026-02-01 00:00:00+00\",\"2026-03-01 00:00:00+00\",384)",
                "(4,\"2026-03-01 00:00:00+00\",infinity,128)",
                "(6,-infinity,infinity,1208925819614629174706176)",
            ])
    }

    @Test func overlappingBlocksOfOneSiteAtOneTimeAreRefused() throws {
        let scene = try Scene()
        try scene.connection.query("INSERT INTO meta.site (code, name) VALUES ('beta', 'Beta')")
        try scene.connection.query(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '192.0.2.0/24', '[2026-01-01,2026-02-01)')"
        )
        let error = #expect(throws: StoreError.self) {
            try scene.connection.query(
                "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '192.0.2.128/25', '[2026-01-15,)')")
        }
        #expect(error?.kind == .refused("23P01"))
        try scene.connection.query(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '192.0.2.128/25', '[2026-02-01,)'), (2, '192.0.2.0/24', '(,)')"
        )
    }

    @Test func statusTellsOkLateAndSilent() throws {
        let scene = try Scene()
        func state() throws -> String? { try scene.value("SELECT state FROM api.sensor_status") }
        #expect(try state() == "silent")
        let now = try #require(Int64(try scene.value("SELECT extract(epoch FROM now())::int8") ?? ""))
        #expect(try scene.connection.store([scene.flows(1, start: now - 3_600)]) == [.stored])
        #expect(try state() == "late")
        #expect(try scene.connection.store([scene.flows(2, start: now - 60)]) == [.stored])
        #expect(try state() == "ok")
        #expect(
            try scene.rows(
                "SELECT site, sensor, registration, dropped_24h, gaps_24h, conflicts, keys FROM api.sensor_status") == [
                    "(alpha,edge,active,0,0,0,1)"
                ])
        try scene.connection.query("UPDATE raw.stream SET last_committed_at = now() - interval '1 hour'")
        #expect(try state() == "silent")
    }

    @Test func aSensorThatStoppedIsLateTwoWindowsAfterWhatItObservedLast() throws {
        let scene = try Scene()
        let now = try #require(Int64(try scene.value("SELECT extract(epoch FROM now())::int8") ?? ""))
        let window = Window(containing: now - 90, length: 60)
        var account = CaptureAccount()
        // It stopped in its last window, whose end is not yet two windows ago.
        account.observedToMilliseconds = 1_000
        let batch = FlowBatch(window: window, account: account)
        #expect(try scene.connection.store([scene.pending(.flows(batch), sequence: 1)]) == [.stored])
        let stopped = window.start + 1
        #expect(
            try scene.value("SELECT extract(epoch FROM last_observed)::int8 FROM api.sensor_status") == "\(stopped)")
        let states = """
            SELECT state = CASE WHEN now() - last_observed > interval '2 minutes' THEN 'late' ELSE 'ok' END
            FROM api.sensor_status
            """
        #expect(try scene.value(states) == "t")
        try scene.connection.query("UPDATE raw.stream SET last_committed_at = now() - interval '121 seconds'")
        #expect(try scene.value("SELECT state FROM api.sensor_status") == "silent")
    }

    @Test func whatIsMissingIsLaterThanTheWindowBeforeIt() throws {
        let scene = try Scene()
        func missing() throws -> [String] {
            try scene.rows(
                "SELECT missing, extract(epoch FROM missing_since)::int8 FROM api.stream WHERE missing_since IS NOT NULL"
            )
        }
        let start: Int64 = 1_760_000_040
        for sequence: UInt64 in [1, 2, 5] {
            _ = try scene.connection.store([scene.flows(sequence, start: start + 60 * Int64(sequence))])
        }
        #expect(try missing() == ["(2,\(start + 180))"])
        _ = try scene.connection.store([scene.flows(3, start: start), scene.flows(4, start: start + 60)])
        #expect(try missing().isEmpty)
    }

    @Test func noCounterOfASensorBreaksTheViewsForAll() throws {
        let scene = try Scene()
        let now = try #require(Int64(try scene.value("SELECT extract(epoch FROM now())::int8") ?? ""))
        var account = CaptureAccount()
        account.observedToMilliseconds = .max
        (account.kernelReceived, account.kernelDropped) = (UInt64(Int64.max), UInt64(Int64.max))
        (account.interfaceDropped, account.nonIP, account.received) = (
            UInt64(Int64.max), UInt64(Int64.max), UInt64(Int64.max)
        )
        for reason in MalformedReason.allCases { account.malformed[reason] = UInt64(Int64.max) }
        let lost = GapEntry(sequence: 0, packets: UInt64(Int64.max), bytes: UInt64(Int64.max))
        let group = (0..<4).map { index in
            let window = Window(containing: now - 60 * Int64(index), length: 60)
            return scene.pending(.flows(FlowBatch(window: window, account: account)), sequence: UInt64(index) + 1)
        }
        let report = GapReport(reason: .dropped, epoch: scene.epoch, entries: [lost, lost])
        _ = try scene.connection.store(group + [scene.pending(.gap(report), sequence: UInt64(Int64.max) - 1)])
        let status = try #require(try scene.connection.sensorStatus().first)
        #expect(status.dropped == "73786976294838206456" && status.gapPackets == "18446744073709551614")
        for view in ["account", "malformed", "gap", "stream", "flow", "overflow", "signature", "dark_space"] {
            _ = try scene.rows("SELECT * FROM api.\(view)")
        }
    }
}
