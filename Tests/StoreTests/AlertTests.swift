import Alerts
import Support
import Testing

@testable import Store

/// Evidence to alerts, and alerts to notices, as the database keeps them.
@Suite struct AlertTests {
    @Test func evidenceBecomesAnAlertANoticeAndAMessageInOneStep() throws {
        let scene = try AlertScene()
        try scene.arrive(packets: 12, ttl: 52, mirai: 12)
        try scene.arrive(sensor: 2, packets: 3, destinations: 2, port: 2_323, ttl: 47, mirai: 3)
        let outcome = try scene.judge()
        #expect(outcome == JudgeOutcome(arrivals: 2, alerts: 1, notices: 1, hasMore: false))
        #expect(
            try scene.rows(
                """
                SELECT organisation, address, kind, state, finding, severity, confidence, episode, packets, flows, news,
                    told_packets, first_told_at = opened_at FROM alert.alert
                """) == ["(1,192.0.2.7,external,open,infection,medium,high,1,15,2,,15,t)"])
        #expect(try scene.value("SELECT count(*) FROM alert.arrival") == "0")
        #expect(
            try scene.rows(
                """
                SELECT number, news, kind, finding, packets, new_packets, sites, addresses, tool, prefix, is_late
                FROM alert.notice_item
                """) == ["(1,opened,external,infection,15,15,2,14,mirai,192.0.2.0/24,f)"])
        #expect(
            try scene.rows(
                "SELECT place, class, protocol, service_port, packets, source_port, ttl FROM alert.notice_evidence ORDER BY 1"
            ) == ["(1,1,6,23,12,40000,52)", "(2,1,6,2323,3,40000,47)"])
        #expect(
            try scene.rows(
                "SELECT notice, contact, state, due_at = made_at FROM alert.outbox JOIN alert.notice n ON n.id = notice"
            )
                == ["(1,1,due,t)"])
        #expect(try scene.rows("SELECT event FROM alert.history ORDER BY id") == ["(opened)", "(told)"])
        #expect(try scene.judge() == JudgeOutcome())
    }

    @Test func datagramsAreNoSYNs() throws {
        let scene = try AlertScene()
        for sensor in [1, 2] {
            try scene.arrive(sensor: sensor, packets: 10, destinations: 1, class: 5, protocol: 17, port: 123)
        }
        try scene.judge()
        #expect(try scene.rows("SELECT packets, syn_packets FROM alert.alert_sensor") == ["(10,0)", "(10,0)"])
        #expect(try scene.rows("SELECT finding FROM alert.alert") == ["(misconfiguration)"])
    }

    @Test func whatIsForgedInTheNameOfAMisconfiguredHostChangesNothing() throws {
        let scene = try AlertScene()
        // The first that came is forged.
        try scene.arrive(packets: 1, destinations: 1, destination: "198.18.0.9", ttl: 214)
        for _ in 0..<20 {
            try scene.arrive(
                packets: 1, destinations: 1, destination: "198.18.0.53", class: 5, protocol: 17, port: 53, ttl: 51)
            try scene.judge()
        }
        #expect(
            try scene.rows(
                "SELECT ttl, ttl_near, ttl_flows, configured_packets, amplifier_packets FROM alert.alert_sensor")
                == ["(51,20,21,20,20)"])
        #expect(
            try scene.rows("SELECT finding, array_to_string(reasons, '; ') FROM alert.alert") == [
                "(misconfiguration,\"seen at 1 site only; TTLs at each sensor as one host has them; "
                    + "few dark addresses, of services that hosts are told to use\")"
            ])
    }

    @Test func lateEvidenceOfTwoSensorsIsPutTogetherThoughItComesOneAfterTheOther() throws {
        let scene = try AlertScene()
        for sensor in [1, 2] {
            try scene.arrive(sensor: sensor, packets: 5, destinations: 1, ago: 3 * 86_400)
            try scene.judge()
            scene.pass(minutes: 1)
        }
        #expect(try scene.rows("SELECT finding, packets, is_late FROM alert.alert") == ["(infection,10,t)"])
    }

    @Test func countsAreThoseOfTheEvidenceAndEndAtTheGreatestNumber() throws {
        let scene = try AlertScene()
        for round in 0..<3 {
            for sensor in 1...3 {
                try scene.arrive(sensor: sensor, packets: .max, destinations: .max, port: round)
                try scene.arrive("192.0.2.8", sensor: sensor, packets: 2, destinations: 2, port: round)
            }
            try scene.judge()
            scene.pass(minutes: 1)
        }
        #expect(
            try scene.rows("SELECT packets, flows FROM alert.alert ORDER BY address")
                == ["(\(Int64.max),9)", "(18,9)"])
        #expect(
            try scene.rows(
                "SELECT sensor, packets, windows, destinations FROM alert.alert_sensor WHERE alert = 2 ORDER BY 1")
                == ["(1,6,3,2)", "(2,6,3,2)", "(3,6,3,2)"])
    }

    @Test func distinctDestinationsAreKeptToSixtyFour() throws {
        let scene = try AlertScene()
        for number in 0..<100 {
            try scene.arrive(
                packets: 1, destinations: 1, destination: "198.18.0.\(number / 2)", port: number / 2)
        }
        try scene.judge()
        let kept = "SELECT cardinality(sample), destinations FROM alert.alert_sensor"
        #expect(try scene.rows(kept) == ["(50,1)"])
        #expect(try scene.value("SELECT addresses FROM alert.notice_item") == "50")
        for number in 40..<100 {
            try scene.arrive(packets: 1, destinations: 1, destination: "198.18.0.\(number)", port: number)
            if number % 7 == 0 { try scene.judge() }
        }
        try scene.judge()
        #expect(try scene.rows(kept) == ["(64,1)"])
        #expect(
            try scene.value("SELECT count(DISTINCT d) FROM alert.alert_sensor, unnest(sample) d") == "64")
    }

    @Test func anAlertFallsQuietIsClosedWhenItsSensorsMeasuredAndIsReopened() throws {
        let scene = try AlertScene()
        try scene.arrive()
        try scene.judge()
        scene.pass(minutes: 59)
        try scene.judge()
        #expect(try scene.state() == "open")
        scene.pass(minutes: 2)
        try scene.judge()
        #expect(try scene.state() == "quiet")
        scene.pass(hours: 24)
        try scene.judge()
        #expect(try scene.state() == "quiet")
        // The sensor was away: silence says nothing. Sensor 2 did not see the address.
        try scene.connection.query(
            """
            INSERT INTO rollup.coverage
            SELECT 3600, '2026-03-02T13:00Z'::timestamptz + n * interval '1 hour', CASE WHEN n < 11 THEN 1 ELSE 2 END, 3600,
                0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0 FROM generate_series(0, 23) n
            """)
        scene.pass(hours: 1)
        try scene.judge()
        #expect(try scene.state() == "quiet")
        try scene.connection.query(
            """
            INSERT INTO rollup.coverage
            SELECT 3600, '2026-03-03T13:00Z', 1, 3600, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0
            """)
        scene.pass(hours: 1)
        try scene.judge()
        #expect(try scene.state() == "closed")
        scene.pass(minutes: 5)
        try scene.arrive(packets: 9, destinations: 9)
        try scene.judge()
        #expect(try scene.state() == "closed")
        try scene.arrive(packets: 1, destinations: 1)
        try scene.judge()
        #expect(
            try scene.rows("SELECT state, episode, packets, closed_at FROM alert.alert") == ["(open,2,22,)"])
        #expect(
            try scene.rows("SELECT event FROM alert.history ORDER BY id") == [
                "(opened)", "(told)", "(quiet)", "(closed)", "(reopened)", "(told)",
            ])
        #expect(
            try scene.rows("SELECT news, episode, packets, new_packets FROM alert.notice_item ORDER BY notice")
                == ["(opened,1,12,12)", "(reopened,2,22,10)"])
        #expect(try scene.value("SELECT count(*) FROM alert.alert WHERE due_at IS NULL") == "0")
    }

    @Test func afterSevenCleanPeriodsNobodyWaitsForSensorsThatAreGone() throws {
        let scene = try AlertScene()
        try scene.arrive()
        try scene.judge()
        for _ in 0..<7 {
            #expect(try scene.state() != "closed")
            scene.pass(hours: 24)
            try scene.judge()
        }
        #expect(try scene.state() == "closed")
    }

    @Test func whatLedToNothingDoesNotAddUpOverWeeks() throws {
        let scene = try AlertScene()
        for _ in 0..<10 {
            try scene.arrive(packets: 5, destinations: 5)
            try scene.judge()
            scene.pass(hours: 25)
            try scene.judge()
        }
        #expect(try scene.rows("SELECT FROM alert.alert") == [])
        #expect(try scene.value("SELECT count(*) FROM alert.alert_sensor") == "0")
        try scene.arrive(packets: 5, destinations: 5)
        scene.pass(hours: 23)
        try scene.arrive(packets: 5, destinations: 5)
        try scene.judge()
        #expect(try scene.state() == "open")
        #expect(
            try scene.rows("SELECT packets, new_packets FROM alert.notice_item") == ["(10,10)"]
                && scene.rows("SELECT sum(packets) FROM alert.notice_evidence") == ["(10)"])
    }

    /// Or else every source that was ever forged would have a row for ever.
    @Test func whatOnlyWasWatchedLeavesNoRowUnlessAPersonDecidedSomethingOfIt() throws {
        let scene = try AlertScene()
        for host in 1...4 { try scene.arrive("192.0.2.\(host)", packets: 5) }
        try scene.judge()
        try scene.connection.script(
            """
            UPDATE alert.alert SET suppressed_until = 'infinity' WHERE id = 1;
            UPDATE alert.alert SET is_false_positive = true WHERE id = 2;
            INSERT INTO alert.history (alert, event, person) VALUES (3, 'released', 'alice');
            """)
        scene.pass(hours: 25)
        try scene.judge()
        #expect(
            try scene.rows("SELECT id, state, due_at FROM alert.alert ORDER BY 1")
                == ["(1,watching,)", "(2,watching,)", "(3,watching,)"])
        #expect(try scene.value("SELECT count(*) FROM alert.alert_sensor") == "0")
    }

    @Test func whatIsOlderThanTheClosingIsOfTheEpisodeThatWasClosed() throws {
        let scene = try AlertScene()
        try scene.arrive()
        try scene.judge()
        scene.pass(hours: 200)
        try scene.judge()
        try scene.judge()
        #expect(try scene.state() == "closed")
        try scene.arrive(packets: 100, destinations: 100, ago: 3_600)
        try scene.judge()
        #expect(try scene.state() == "closed")
        #expect(
            try scene.rows("SELECT episode, packets FROM alert.alert_sensor ORDER BY 1") == ["(1,112)"])
        #expect(try scene.value("SELECT packets FROM alert.alert") == "112")
    }

    @Test func evidenceThatAnOutageKeptIsToldAsLate() throws {
        let scene = try AlertScene()
        try scene.arrive(ago: 2 * 86_400)
        try scene.judge()
        #expect(try scene.rows("SELECT news, is_late, state FROM alert.notice_item") == ["(opened,t,open)"])
        try scene.arrive("192.0.2.8", ago: 500)
        scene.pass(minutes: 10)
        try scene.judge()
        #expect(try scene.value("SELECT is_late FROM alert.alert WHERE address = '192.0.2.8'") == "f")
    }

    @Test func growthThatAnOutageKeptIsToldAsLateAndWhatFollowsIsNot() throws {
        let scene = try AlertScene()
        try scene.connection.query("UPDATE meta.organisation SET digest = 'hourly'")
        try scene.arrive()
        try scene.judge()
        for late in [true, false] {
            scene.pass(hours: 1)
            try scene.arrive()
            if late { try scene.arrive(sensor: 2, ago: 3_000) }
            try scene.judge()
            scene.pass(hours: 1)
            try scene.judge()
        }
        #expect(
            try scene.rows("SELECT news, is_late FROM alert.notice_item ORDER BY notice")
                == ["(opened,f)", "(changed,t)", "(grew,f)"])
    }

    @Test func whoIsAttackedIsToldSoAndNotCalledInfected() throws {
        let scene = try AlertScene()
        try scene.arrive(kind: "backscatter", packets: 20, class: 2, port: 80)
        try scene.arrive(
            kind: "backscatter", packets: 5, class: 9, protocol: 1, port: 769, ttl: 250, reporter: "203.0.113.1")
        try scene.judge()
        #expect(
            try scene.rows("SELECT kind, finding, severity, tool FROM alert.notice_item")
                == ["(backscatter,attack,medium,)"])
        #expect(
            try scene.rows("SELECT class, reporter, packets FROM alert.notice_evidence ORDER BY place")
                == ["(2,,20)", "(9,203.0.113.1,5)"])
        // Who reports an error has TTLs of its own.
        #expect(try scene.rows("SELECT ttl_least, ttl_most FROM alert.alert_sensor") == ["(50,50)"])
    }

    @Test func knownScannersAndAllowedAddressesAreLabelledAndNotToldButBehaviourHidesNobody() throws {
        let scene = try AlertScene()
        try scene.connection.script(
            """
            INSERT INTO meta.organisation_allowed (organisation, prefix) VALUES (1, '192.0.2.8/31');
            INSERT INTO enrichment.version (kind, name, data_date, rows, digest, active)
                VALUES ('scanners', 'list', '2026-01-01', 1, '', true);
            INSERT INTO enrichment.scanner VALUES (1, '192.0.2.32/27', NULL, NULL),
                (1, '192.0.2.33', E'Research\nInc.', NULL);
            INSERT INTO enrichment.behaviour_day VALUES ('2026-03-02', '192.0.2.50', 5000, 99, 256, '{1}');
            """)
        for host in [7, 9, 33, 34, 50] { try scene.arrive("192.0.2.\(host)") }
        try scene.judge()
        #expect(
            try scene.rows("SELECT address, state, finding, label FROM alert.alert ORDER BY 1") == [
                "(192.0.2.7,open,infection,)", "(192.0.2.9,watching,none,allowed)",
                "(192.0.2.33,watching,none,\"Research Inc.\")", "(192.0.2.34,watching,none,list)",
                "(192.0.2.50,watching,none,list)",
            ])
        try scene.connection.query("UPDATE enrichment.version SET active = false")
        try scene.arrive("192.0.2.50")
        try scene.judge()
        #expect(try scene.state("192.0.2.50") == "open")
    }

    @Test func evidenceOfNobodyStopsNobody() throws {
        let scene = try AlertScene()
        try scene.arrive(organisation: 99)
        try scene.arrive(sensor: 99)
        try scene.arrive()
        try scene.judge()
        #expect(try scene.value("SELECT count(*) FROM alert.arrival") == "0")
        #expect(try scene.rows("SELECT organisation, packets FROM alert.alert") == ["(1,24)"])
    }

    @Test func evidenceGoesWithTheFlowsOfItsDayAndAlertsStay() throws {
        let scene = try AlertScene()
        let day = scene.now / 86_400_000
        try scene.arrive(ago: 2 * 86_400)
        try scene.arrive()
        try scene.judge()
        _ = try scene.connection.keepPartitions(for: 86_400, now: scene.now / 1_000)
        try scene.connection.ensurePartitions([day - 2])
        #expect(try scene.value("SELECT count(*) FROM alert.evidence") == "2")
        let outcome = try scene.connection.keepPartitions(for: 86_400, now: scene.now / 1_000)
        #expect(outcome.dropped.count == 1)
        #expect(try scene.value("SELECT count(*) FROM alert.evidence") == "1")
        #expect(try scene.value("SELECT packets FROM alert.alert") == "24")
    }
}
