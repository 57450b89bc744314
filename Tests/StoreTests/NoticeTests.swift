import Alerts
import Support
import Testing

@testable import Store

/// Who is told what, and when.
@Suite struct NoticeTests {
    @Test func everybodyWhoHoldsTheAddressIsToldOnlyIfTheBlockIsKnownToBeTheirs() throws {
        let scene = try AlertScene()
        try scene.organisation("isp", "192.0.0.0/16")
        try scene.organisation("liar", "192.0.0.0/8", proof: "claimed")
        try scene.organisation("mute", "192.0.2.0/25", contact: false)
        for number in 1...4 { try scene.arrive(organisation: number, prefix: number) }
        try scene.judge()
        #expect(try scene.rows("SELECT organisation FROM alert.notice ORDER BY 1") == ["(1)", "(2)"])
        #expect(
            try scene.rows("SELECT organisation FROM alert.alert WHERE news = 'opened' ORDER BY 1") == ["(3)", "(4)"])
        scene.pass(hours: 24)
        try scene.connection.query("UPDATE meta.organisation_prefix SET proof = 'vouched' WHERE id = 3")
        try scene.addContact("mute")
        try scene.judge()
        #expect(
            try scene.rows("SELECT organisation, reason FROM alert.notice ORDER BY 1")
                == ["(1,first)", "(2,first)", "(3,first)", "(4,first)"])
        #expect(try scene.value("SELECT count(*) FROM alert.outbox") == "4")
    }

    @Test func onlyLivingContactsOfOrganisationsThatAreServedAreWrittenTo() throws {
        let scene = try AlertScene()
        try scene.connection.script(
            """
            INSERT INTO meta.contact (organisation, channel, target, format, ended_at)
                VALUES (1, 'mail', 'a@example.org', 'text', now()), (1, 'mail', 'b@example.org', 'text', NULL);
            """)
        try scene.organisation("gone", "192.0.2.0/24", ["ended_at": "'2026-03-02T11:00Z'"])
        try scene.arrive()
        try scene.arrive(organisation: 2, prefix: 2)
        try scene.judge()
        #expect(try scene.rows("SELECT notice, contact FROM alert.outbox ORDER BY 2") == ["(1,1)", "(1,3)"])
    }

    @Test func aBlockThatIsOnlyClaimedSilencesNothingInAKnownOne() throws {
        let scene = try AlertScene()
        try scene.connection.script(
            """
            INSERT INTO meta.organisation_prefix (organisation, prefix, validity)
                VALUES (1, '192.0.2.0/25', '[2020-01-01,)'), (1, '192.0.0.0/8', '[2020-01-01,)');
            """)
        try scene.arrive(prefix: 2)
        try scene.arrive("192.0.3.7", prefix: 3)
        try scene.judge()
        #expect(try scene.rows("SELECT address FROM alert.notice_item") == ["(192.0.2.7)"])
        #expect(
            try scene.rows("SELECT address, proof FROM api.alert ORDER BY address")
                == ["(192.0.2.7,proven)", "(192.0.3.7,claimed)"])
    }

    @Test func whoHoldsTheAddressNoMoreIsToldNothingAndWhoDoesIs() throws {
        let scene = try AlertScene()
        try scene.organisation("heir", "192.0.2.0/24")
        try scene.arrive()
        try scene.judge()
        try scene.arrive("192.0.2.8")
        try scene.judge()
        // The block is moved while news of the second host waits, and later all is silent.
        try scene.connection.query(
            "UPDATE meta.organisation_prefix SET validity = tstzrange('2020-01-01', '2026-03-02T12:05Z') WHERE id = 1")
        scene.pass(minutes: 10)
        try scene.arrive("192.0.2.8", organisation: 2, prefix: 2)
        try scene.judge()
        for hours: Int64 in [60, 24 * 7, 24] {
            scene.pass(hours: hours)
            try scene.judge()
        }
        #expect(
            try scene.rows(
                """
                SELECT n.organisation, i.address, i.news FROM alert.notice n JOIN alert.notice_item i ON i.notice = n.id
                ORDER BY n.id, i.number
                """) == ["(1,192.0.2.7,opened)", "(2,192.0.2.8,opened)", "(2,192.0.2.8,closed)"])
        #expect(
            try scene.rows("SELECT organisation, address, state, proof FROM api.alert ORDER BY id") == [
                "(city,192.0.2.7,closed,ended)", "(city,192.0.2.8,closed,ended)", "(heir,192.0.2.8,closed,proven)",
            ])
    }

    @Test func organisationsAreToldAFewAtATimeAndWhoWaitedLongestFirst() throws {
        let scene = try AlertScene()
        for number in 2...25 { try scene.organisation("o\(number)", "10.\(number).0.0/16") }
        for number in (2...25).reversed() {
            try scene.arrive("10.\(number).0.1", organisation: number, prefix: number)
            _ = try scene.connection.judge(now: scene.now, tells: false)
            scene.now += 1_000
        }
        var told: [Int] = []
        var outcome = JudgeOutcome()
        repeat {
            outcome = try scene.connection.judge(now: scene.now)
            told.append(outcome.notices)
        } while outcome.hasMore
        #expect(told == [10, 10, 4])
        #expect(
            try scene.value(
                "SELECT min(organisation) FROM (SELECT organisation FROM alert.notice ORDER BY id LIMIT 10) n")
                == "16")
    }

    @Test func anOutbreakIsOneNoticeAndWhatFollowsIsTheNext() throws {
        let scene = try AlertScene()
        try scene.organisation("isp", "10.0.0.0/8")
        for host in 0..<700 {
            try scene.arrive("10.0.\(host / 256).\(host % 256)", organisation: 2, prefix: 2)
        }
        var limits = StoreConnection.JudgeLimits()
        limits.items = 600
        #expect(try scene.connection.judge(now: scene.now, limits: limits).notices == 1)
        #expect(try scene.connection.judge(now: scene.now, limits: limits).notices == 0)
        scene.pass(minutes: 5)
        try scene.arrive("10.1.0.0", organisation: 2, prefix: 2)
        try scene.judge()
        scene.pass(minutes: 5)
        try scene.judge()
        #expect(try scene.rows("SELECT reason, items FROM alert.notice ORDER BY id") == ["(first,600)", "(first,101)"])
        #expect(try scene.value("SELECT count(DISTINCT alert) FROM alert.notice_item") == "701")
        #expect(
            try scene.rows("SELECT min(number), max(number) FROM alert.notice_item GROUP BY notice ORDER BY 2")
                == ["(1,101)", "(1,600)"])
    }

    @Test func theWorstOfWhatOpenedComesFirst() throws {
        let scene = try AlertScene()
        try scene.arrive("192.0.2.1", packets: 30, destinations: 1, class: 5, protocol: 17, port: 123)
        try scene.arrive("192.0.2.2")
        for sensor in 1...2 { try scene.arrive("192.0.2.3", sensor: sensor) }
        try scene.arrive("192.0.2.4", packets: 2_000)
        try scene.judge()
        #expect(
            try scene.rows("SELECT host(address), severity, confidence FROM alert.notice_item ORDER BY number") == [
                "(192.0.2.4,high,low)", "(192.0.2.3,medium,medium)", "(192.0.2.2,medium,low)", "(192.0.2.1,low,low)",
            ])
    }

    @Test func growthIsToldInTheMorningOfItsZone() throws {
        let scene = try AlertScene()
        try scene.connection.query("UPDATE meta.organisation SET zone = 'Asia/Tokyo'")
        try scene.arrive()
        try scene.judge()
        scene.pass(hours: 1)
        try scene.arrive(packets: 30, port: 2_323)
        try scene.judge()
        // 08:00 in Tokyo is 23:00Z.
        scene.pass(hours: 9, minutes: 59)
        try scene.judge()
        #expect(try scene.told() == ["(first,opened)"])
        scene.pass(minutes: 1)
        try scene.judge()
        #expect(try scene.told() == ["(first,opened)", "(digest,grew)"])
        #expect(
            try scene.rows("SELECT packets, new_packets, first_seen FROM alert.notice_item WHERE notice = 2")
                == ["(42,30,\"2026-03-02 11:59:10+00\")"])
        #expect(
            try scene.rows("SELECT service_port, packets FROM alert.notice_evidence WHERE notice = 2") == ["(2323,30)"])
    }

    @Test func nothingIsToldInQuietHoursWhicheverZoneOverMidnightAndWhenClocksChange() throws {
        let scene = try AlertScene()
        // On 2026-03-29 the clock of Berlin goes from 02:00 to 03:00, which is 01:00Z.
        try scene.connection.query(
            """
            UPDATE meta.organisation SET zone = 'Europe/Berlin', quiet_from = '22:00', quiet_until = '06:30'
            """)
        scene.now = 1_774_731_600_000  // 2026-03-28T21:00Z, 22:00 there
        try scene.arrive()
        try scene.judge()
        #expect(try scene.told() == [])
        scene.pass(hours: 7, minutes: 29)  // 2026-03-29T04:29Z, 06:29 there
        try scene.judge()
        #expect(try scene.told() == [])
        scene.pass(minutes: 1)
        try scene.judge()
        #expect(try scene.told() == ["(first,opened)"])
        scene.now = 1_774_814_340_000  // 2026-03-29T19:59Z, 21:59 there
        try scene.arrive("192.0.2.8")
        try scene.judge()
        #expect(try scene.told().count == 2)
    }

    @Test func quietHoursOfTheDayAndZonesThatAreNoneWork() throws {
        let scene = try AlertScene()
        try scene.connection.query(
            "UPDATE meta.organisation SET zone = 'Mars/Olympus', quiet_from = '11:00', quiet_until = '13:00'")
        try scene.arrive()
        try scene.judge()
        #expect(try scene.told() == [])
        scene.pass(hours: 1)
        try scene.judge()
        #expect(try scene.told() == ["(first,opened)"])
    }

    @Test func whatIsStillOnItsWayWaitsForTheEndOfQuietHoursButATestDoesNot() throws {
        let scene = try AlertScene()
        try scene.arrive()
        try scene.judge()
        _ = try scene.connection.makeTestNotice(organisation: "city")
        func takes() throws -> [Int64] {
            try scene.connection.query("UPDATE alert.outbox SET due_at = '2026-01-01', attempts = 0")
            var taken: [OutboxRow] = []
            var rows: [OutboxRow]
            repeat {
                rows = try scene.connection.takeOutbox(["file": 10], leaseSeconds: 0)
                for row in rows { try scene.connection.recordDelivery(row, .delivered, detail: "", milliseconds: 0) }
                taken += rows
            } while !rows.isEmpty
            try scene.connection.query("UPDATE alert.outbox SET state = 'due'")
            return taken.map(\.notice).sorted()
        }
        let quiet = """
            UPDATE meta.organisation SET quiet_from = (now() AT TIME ZONE 'UTC' + $1::interval)::time,
                quiet_until = (now() AT TIME ZONE 'UTC' + $1::interval + interval '2 h')::time
            """
        try scene.connection.query(quiet, ["-1 h"])
        #expect(try takes() == [2])
        try scene.connection.query(quiet, ["1 h"])
        #expect(try takes() == [1, 2])
    }

    @Test func theCapIsOfTheOrganisationsDayAndADigestHasItsPlaceInIt() throws {
        let scene = try AlertScene()
        try scene.connection.query("UPDATE meta.organisation SET daily_cap = 3, zone = 'Pacific/Kiritimati'")
        // Noon there is 22:00Z the day before; test notices do not count.
        scene.now = 1_772_488_800_000  // 2026-03-02T22:00Z
        try scene.connection.query(
            """
            INSERT INTO alert.notice (organisation, reason, made_at, items)
            SELECT 1, 'test', '2026-03-02T21:59Z', 1 FROM generate_series(1, 5)
            """)
        for host in 1...5 {
            try scene.arrive("192.0.2.\(host)")
            try scene.judge()
            scene.pass(minutes: 20)
        }
        #expect(try scene.told() == ["(first,opened)", "(first,opened)"])
        scene.now = 1_772_488_800_000 + 12 * 3_600_000
        try scene.judge()
        #expect(
            try scene.rows("SELECT reason, items FROM alert.notice WHERE reason <> 'test' ORDER BY id").last
                == "(first,3)")
    }

    @Test func whatPeopleDecideIsKept() throws {
        let scene = try AlertScene()
        for host in 1...4 { try scene.arrive("192.0.2.\(host)") }
        try scene.connection.query("UPDATE meta.organisation SET digest = 'hourly', daily_cap = 100")
        try scene.judge()
        #expect(try scene.told().count == 4)
        let at = "to_timestamp(\(scene.now / 1_000))"
        try scene.connection.script(
            """
            UPDATE alert.alert SET acknowledged_at = \(at) WHERE address = '192.0.2.1';
            UPDATE alert.alert SET suppressed_until = \(at) + interval '3 hours' WHERE address = '192.0.2.2';
            UPDATE alert.alert SET is_false_positive = true WHERE address = '192.0.2.3';
            UPDATE alert.alert SET state = 'closed', closed_at = \(at), due_at = NULL WHERE address = '192.0.2.4';
            """)
        for _ in 0..<2 {
            scene.pass(hours: 1)
            for host in 1...3 { try scene.arrive("192.0.2.\(host)", packets: 1) }
            try scene.arrive("192.0.2.4", packets: 4)
            try scene.judge()
            #expect(try scene.value("SELECT count(*) FROM alert.notice") == "1")
        }
        scene.pass(hours: 1)
        try scene.arrive("192.0.2.4", packets: 4)
        try scene.judge()
        #expect(
            try scene.rows(
                "SELECT reason, address, i.news FROM alert.notice n JOIN alert.notice_item i ON i.notice = n.id WHERE n.id = 2 ORDER BY number"
            )
                == ["(first,192.0.2.4,reopened)", "(first,192.0.2.2,grew)"])
        // What was no news for its recipient is none later: the release tells of what comes then.
        try scene.connection.query("UPDATE alert.alert SET is_false_positive = false WHERE address = '192.0.2.3'")
        scene.pass(minutes: 30)
        try scene.arrive("192.0.2.3", packets: 1)
        scene.pass(minutes: 40)
        try scene.judge()
        scene.pass(hours: 1)
        try scene.judge()
        #expect(
            try scene.rows("SELECT address, news, new_packets FROM alert.notice_item WHERE address = '192.0.2.3'")
                == ["(192.0.2.3,opened,12)", "(192.0.2.3,grew,3)"])
        #expect(try scene.value("SELECT count(*) FROM alert.notice_item WHERE address = '192.0.2.1'") == "1")
    }

    @Test func aFalsePositiveThatIsReleasedBeforeItWasToldIsToldWhenItIsLookedAt() throws {
        let scene = try AlertScene()
        try scene.connection.query("UPDATE meta.organisation SET quiet_from = '11:00', quiet_until = '12:30'")
        try scene.arrive()
        try scene.judge()
        try scene.connection.query("UPDATE alert.alert SET is_false_positive = true")
        scene.pass(minutes: 40)
        // Its news waits until it is looked at, and is told to nobody meanwhile.
        try scene.judge()
        #expect(try scene.told() == [] && scene.value("SELECT news FROM alert.alert") == "opened")
        try scene.arrive(packets: 1)
        try scene.judge()
        #expect(try scene.told() == [] && scene.value("SELECT news FROM alert.alert") == nil)
        try scene.connection.query(
            "UPDATE alert.alert SET is_false_positive = false, due_at = to_timestamp(\(scene.now / 1_000))")
        try scene.judge()
        #expect(try scene.told() == ["(first,opened)"])
    }

    @Test func itemsSayWhereTheAddressBelongsAndNothingOfDarkAddresses() throws {
        let scene = try AlertScene()
        try scene.connection.script(
            """
            INSERT INTO enrichment.version (kind, name, data_date, rows, digest, active)
                VALUES ('origin', 'invented', '2026-01-01', 1, '', true);
            INSERT INTO enrichment.origin VALUES (1, '192.0.2.0', '192.0.2.255', 'JP', 64496);
            INSERT INTO enrichment.as_name VALUES (1, 64496, 'City of Example');
            """)
        for sensor in [1, 3, 5] { try scene.arrive(sensor: sensor, destination: "198.18.77.\(sensor)") }
        try scene.judge()
        #expect(
            try scene.rows("SELECT asn, as_name, country, sites, addresses FROM alert.notice_item")
                == ["(64496,\"City of Example\",JP,2,24)"])
        let everything = try scene.rows(
            "SELECT * FROM alert.notice_item JOIN alert.notice_evidence USING (notice, number)")
        #expect(everything.count == 1 && !everything[0].contains("198.18"))
    }

    @Test func anAlertOfASensorThatIsNoMoreHasNoSitesAndNoDarkAddresses() throws {
        let scene = try AlertScene()
        try scene.connection.query("UPDATE meta.organisation SET quiet_from = '11:00', quiet_until = '12:30'")
        try scene.arrive()
        try scene.judge()
        try scene.connection.query("DELETE FROM alert.alert_sensor")
        scene.pass(minutes: 30)
        try scene.judge()
        #expect(try scene.rows("SELECT sites, addresses, tool, packets FROM alert.notice_item") == ["(0,0,,12)"])
    }

    @Test func evidenceIsShownByServiceWithTheFirstPacketAsTheExampleAndFiftyAtMost() throws {
        let scene = try AlertScene()
        for port in 1...60 { try scene.arrive(packets: Int64(port), port: port) }
        try scene.arrive(packets: 500, port: 60, ago: 120, ttl: 44)
        try scene.judge()
        #expect(
            try scene.rows("SELECT count(*), min(place), max(place), min(service_port) FROM alert.notice_evidence")
                == ["(50,1,50,11)"])
        #expect(
            try scene.rows(
                "SELECT service_port, packets, ttl, last_seen - first_seen FROM alert.notice_evidence WHERE place = 1")
                == ["(60,560,44,00:02:49)"])
    }

    @Test func theEvidenceOfANoticeIsBoundedAndDividedAmongItsItems() throws {
        let scene = try AlertScene()
        for host in 1...3 {
            for port in 1...5 { try scene.arrive("192.0.2.\(host)", packets: Int64(10 * port), port: port) }
        }
        var limits = StoreConnection.JudgeLimits()
        limits.evidence = 8
        _ = try scene.connection.judge(now: scene.now, limits: limits)
        let shown =
            "SELECT number, array_agg(service_port ORDER BY place) FROM alert.notice_evidence GROUP BY 1 ORDER BY 1"
        #expect(try scene.rows(shown) == ["(1,\"{5,4}\")", "(2,\"{5,4}\")", "(3,\"{5,4}\")"])
        try scene.connection.script(
            "TRUNCATE alert.notice CASCADE; UPDATE alert.alert SET news = 'opened', news_at = opened_at, told_evidence = 0"
        )
        limits.evidence = 2
        _ = try scene.connection.judge(now: scene.now, limits: limits)
        #expect(try scene.rows(shown) == ["(1,{5})", "(2,{5})", "(3,{5})"])
    }
}
