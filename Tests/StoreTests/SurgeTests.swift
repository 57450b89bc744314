import Analysis
import FlowModel
import Support
import Testing
import WireFormat

@testable import Store

/// Surges that are found in the rollups.
@Suite struct SurgeTests {
    /// 2024-02-27: the month and the leap day end in what follows.
    private static let start: Int64 = 1_708_992_000
    private static let patience = TrendPatience(quietSeconds: 0, maximumSeconds: 0)

    private static func run(_ connection: StoreConnection) throws {
        while try connection.findSurges(patience, limit: 7) > 0 {}
    }

    /// Rollups of hours of a sensor: ports 0 to 19 with (port + 1) * 40 packets in ten minutes and some noise, more in the
    /// ten minutes that `rises` has, as (port, ten minutes since the start, how many, factor).
    private static func fill(
        _ scene: Scene, _ hours: Range<Int>, sensor: Int = 1, rises: [(Int, Int, Int, Int)] = [], without: [Int] = []
    ) throws {
        let list = rises.map { "(\($0.0), \($0.1), \($0.2), \($0.3))" }.joined(separator: ",")
        try scene.connection.script(
            """
            CREATE TEMP TABLE filled ON COMMIT DROP AS
            SELECT hour, place, port, (port + 1) * 20 * coalesce(r.factor, 1)
                + (hashint4(port * 100003 + (hour * 12 + place) * 31 + \(sensor)) & 1023) * (port + 1) / 200 AS packets
            FROM generate_series(\(hours.lowerBound), \(hours.upperBound - 1)) hour
                CROSS JOIN generate_series(0, 11) place CROSS JOIN generate_series(0, 19) port
                LEFT JOIN (VALUES (-1, 0, 0, 1)\(list.isEmpty ? "" : ",")\(list)) r (at, since, length, factor)
                    ON r.at = port AND hour * 6 + place / 2 >= since AND hour * 6 + place / 2 < since + length
            WHERE hour <> ALL ('\(Literal.array(without))');
            INSERT INTO rollup.coverage
            SELECT 300, to_timestamp(\(start) + hour * 3600 + place * 300), \(sensor), 300, 76800, 76800, 0, 0, 5, 0, 0, 0, 0, 0, 0
            FROM (SELECT DISTINCT hour, place FROM filled) f;
            INSERT INTO rollup.port_5m
            SELECT to_timestamp(\(start) + hour * 3600 + place * 300), \(sensor), 1, port, packets, packets * 40, packets,
                packets / 3, 0 FROM filled;
            INSERT INTO rollup.port_hour
            SELECT to_timestamp(\(start) + hour * 3600), \(sensor), 1, port, sum(packets), sum(packets) * 40, sum(packets),
                sum(packets) / 9, 0, '' FROM filled GROUP BY hour, port;
            INSERT INTO trend.changed (start) SELECT DISTINCT to_timestamp(\(start) + hour * 3600) FROM filled;
            """)
    }

    private static func surges(_ scene: Scene) throws -> [String] {
        try scene.rows("SELECT * FROM trend.surge ORDER BY start, class, service_port, metric")
    }

    /// What a run over the whole history finds.
    private static func rerun(_ scene: Scene) throws -> [String] {
        try scene.connection.query("SELECT trend.rewind('2001-01-01')")
        #expect(try scene.connection.findSurges(patience, limit: 1) == 1)
        #expect(try scene.value("SELECT count(*) FROM trend.state") == "1")
        try run(scene.connection)
        return try surges(scene)
    }

    @Test func whatIsFoundHourByHourIsWhatOneRunOverTheHistoryFinds() throws {
        let scene = try Scene()
        let rises = [(3, 200, 9, 20), (7, 290, 3, 9), (19, 430, 40, 6), (11, 440, 2, 30)]
        for hour in stride(from: 0, to: 96, by: 8) {
            try Self.fill(scene, hour..<hour + 8, rises: rises, without: [50, 51, 52])
            try Self.run(scene.connection)
            #expect(
                try scene.value(
                    "SELECT max(at) = to_timestamp(\(Self.start + Int64(hour + 8) * 3_600)) FROM trend.state")
                    == "t")
        }
        let found = try Self.surges(scene)
        for rise in rises {
            let hits = try scene.value(
                """
                SELECT count(*) FROM trend.surge WHERE service_port = \(rise.0)
                    AND start BETWEEN to_timestamp(\(Self.start) + \(rise.1) * 600)
                    AND to_timestamp(\(Self.start) + (\(rise.1) + 3) * 600)
                """)
            #expect(hits == "2", "port \(rise.0)")
        }
        #expect(try Self.rerun(scene) == found)
        #expect(try scene.value("SELECT count(*) FROM trend.changed") == "0")
        // The present state and the days' starts.
        #expect(try scene.value("SELECT count(*) FROM trend.state") == "4")
        #expect(
            try scene.value("SELECT array_agg(DISTINCT at ORDER BY at)::text FROM trend.port")
                == scene.value("SELECT array_agg(at ORDER BY at)::text FROM trend.state"))
    }

    @Test func anHourThatWasMadeAgainIsRunAgainAndReplacesWhatWasFoundSince() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<96, rises: [(3, 200, 9, 20), (5, 143, 12, 15), (7, 500, 3, 9)])
        try Self.run(scene.connection)
        // The second day loses its rise, the fourth gets another.
        for (table, time) in [("port_5m", "+ 200 * 600"), ("port_hour", "+ 198 * 600")] {
            try scene.connection.query(
                """
                UPDATE rollup.\(table) SET packets = packets / 20, sources = sources / 20 WHERE service_port = 3
                    AND start >= to_timestamp(\(Self.start) \(time)) AND start < to_timestamp(\(Self.start) + 209 * 600)
                """)
        }
        try scene.connection.query(
            """
            UPDATE rollup.port_5m SET packets = packets * 12, sources = sources * 12 WHERE service_port = 13
                AND start >= to_timestamp(\(Self.start) + 510 * 600) AND start < to_timestamp(\(Self.start) + 513 * 600)
            """)
        try scene.connection.query(
            "INSERT INTO trend.changed (start) SELECT to_timestamp(\(Self.start) + h * 3600) FROM unnest('{34,85}'::int4[]) h"
        )
        #expect(try scene.connection.findSurges(TrendPatience(quietSeconds: 600, maximumSeconds: 7_200)) == 0)
        try Self.run(scene.connection)
        let found = try Self.surges(scene)
        let ports = try scene.rows("SELECT DISTINCT service_port FROM trend.surge ORDER BY 1")
        #expect(ports == ["(5)", "(7)", "(13)"])
        #expect(try Self.rerun(scene) == found)
    }

    /// A rise at midnight that is under way in the day's state: the rest of it changes.
    @Test func aSurgeThatWasUnderWayIsGoneBackTo() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<72, rises: [(5, 286, 12, 15)])
        try Self.run(scene.connection)
        try scene.connection.query("INSERT INTO trend.changed (start) VALUES (to_timestamp(\(Self.start) + 49 * 3600))")
        let before = try Self.surges(scene)
        #expect(before.count == 2)
        try Self.run(scene.connection)
        #expect(try Self.surges(scene) == before)
        // All later rows but one hour vanish, and the surge stays as it was at midnight.
        try scene.connection.query(
            "DELETE FROM rollup.coverage WHERE start >= to_timestamp(\(Self.start) + 49 * 3600)")
        try scene.connection.query("DELETE FROM rollup.port_5m WHERE start >= to_timestamp(\(Self.start) + 48 * 3600)")
        try scene.connection.query("INSERT INTO trend.changed (start) VALUES (to_timestamp(\(Self.start) + 48 * 3600))")
        try Self.run(scene.connection)
        let left = try Self.surges(scene)
        #expect(left.count == 2 && left != before)
        #expect(try Self.rerun(scene) == left)
    }

    @Test func aSensorThatComesOrGoesMakesNoSurge() throws {
        let scene = try Scene()
        try scene.connection.query("INSERT INTO meta.sensor (site, name) VALUES (1, 'second'), (1, 'third')")
        try Self.fill(scene, 0..<120)
        try Self.fill(scene, 40..<90, sensor: 2)
        try Self.fill(scene, 0..<70, sensor: 3)
        // What they see differs by port.
        for table in ["port_5m", "port_hour"] {
            try scene.connection.query(
                """
                UPDATE rollup.\(table) SET packets = packets * (20 - service_port), sources = sources * (20 - service_port)
                WHERE sensor > 1
                """)
        }
        try Self.run(scene.connection)
        #expect(try scene.value("SELECT max(at) = to_timestamp(\(Self.start) + 120 * 3600) FROM trend.state") == "t")
        #expect(try Self.surges(scene) == [])
        #expect(try scene.value("SELECT panel::text FROM trend.state ORDER BY at DESC LIMIT 1") == "{1}")
        #expect(try scene.value("SELECT panel::text FROM trend.state WHERE at = '2024-03-01Z'") == "{1,2}")
    }

    @Test func anHourThatHardlyAnybodyObservedIsMissing() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<40)
        try scene.connection.query(
            """
            UPDATE rollup.coverage SET observed_seconds = 0, observed_address_seconds = 0
            WHERE start > to_timestamp(\(Self.start) + 30 * 3600) AND start < to_timestamp(\(Self.start) + 31 * 3600)
            """)
        try scene.connection.query(
            """
            UPDATE rollup.port_5m SET packets = 0, sources = 0
            WHERE start > to_timestamp(\(Self.start) + 30 * 3600) AND start < to_timestamp(\(Self.start) + 31 * 3600)
            """)
        try Self.run(scene.connection)
        #expect(try Self.surges(scene) == [])
        #expect(
            try scene.value("SELECT points::text || panel::text FROM trend.state ORDER BY at DESC LIMIT 1") == "144{1}")
        #expect(
            try scene.value("SELECT count(*) FROM trend.port WHERE packets[1] = 16 GROUP BY at ORDER BY at DESC")
                == "20")
    }

    @Test func hoursThatAreNotReadyGiveProvisionalSurges() throws {
        let scene = try Scene()
        // One surge ends before midnight, one is under way then, one begins in the next hour.
        let rises = [(5, 284, 9, 15), (7, 230, 3, 9), (9, 290, 3, 20)]
        try Self.fill(scene, 0..<48, rises: rises)
        try Self.run(scene.connection)
        let before = try Self.surges(scene)
        try scene.connection.previewSurges()
        #expect(try Self.surges(scene) == before && before.count == 4)
        try Self.fill(scene, 48..<50, rises: rises)
        for _ in 0..<2 {
            try scene.connection.previewSurges()
            let provisional = try scene.rows(
                "SELECT DISTINCT service_port FROM api.surge WHERE is_provisional ORDER BY 1")
            #expect(provisional == ["(5)", "(9)"])
            #expect(try scene.value("SELECT max(at) = to_timestamp(\(Self.start) + 48 * 3600) FROM trend.state") == "t")
        }
        let seen = try Self.surges(scene)
        // What was seen is not what is taken in the end.
        try scene.connection.query(
            "UPDATE rollup.port_5m SET packets = (service_port + 1) * 20, sources = service_port * 7 WHERE start >= to_timestamp(\(Self.start) + 48 * 3600)"
        )
        try Self.run(scene.connection)
        let found = try Self.surges(scene)
        #expect(found != seen && found.allSatisfy { $0.hasSuffix(",f)") })
        #expect(try scene.rows("SELECT DISTINCT service_port FROM api.surge ORDER BY 1") == ["(5)", "(7)"])
        #expect(try Self.rerun(scene) == found)
    }

    @Test func anHourIsTakenWhenItsRollupsAreMadeOrItWaitedLongEnough() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<2)
        try scene.connection.query(
            "INSERT INTO rollup.dirty (sensor, span, start) VALUES (1, 3600, to_timestamp(\(Self.start) + 3600))")
        #expect(try scene.connection.findSurges(TrendPatience(maximumSeconds: 10_000_000_000)) == 1)
        #expect(try scene.connection.findSurges(TrendPatience(maximumSeconds: 10_000_000_000)) == 0)
        #expect(try scene.connection.findSurges(TrendPatience()) == 1)
    }

    @Test func oneConnectionAtATimeLooksForSurges() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<2)
        let other = try scene.database.connect()
        try other.query("BEGIN")
        try other.query("SELECT pg_advisory_xact_lock(x'4461726B73636F74'::int8)")
        #expect(try scene.connection.findSurges(Self.patience) == 0)
        try other.query("ROLLBACK")
        #expect(try scene.connection.findSurges(Self.patience) == 2)
    }

    @Test func statesOfDaysGoAfterFortyDaysButNotThoseOfMonths() throws {
        let scene = try Scene()
        try Self.fill(scene, 0..<1)
        try scene.connection.query(
            """
            INSERT INTO trend.state SELECT at, 3, '{1}' FROM generate_series('2023-12-01Z'::timestamptz, '2024-02-27Z', '1 day') at
            """)
        try Self.run(scene.connection)
        #expect(
            try scene.rows("SELECT at AT TIME ZONE 'UTC' FROM trend.state ORDER BY at LIMIT 4")
                == ["2023-12-01", "2024-01-01", "2024-01-19", "2024-01-20"].map { "(\"\($0) 00:00:00\")" })
    }

    /// From flows to the sentence.
    @Test func aSurgeSaysWhoAndWhatItIsMadeOf() throws {
        let scene = try Scene()
        try scene.connection.query(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '198.18.0.0/24', '[2020-01-01,)')")
        var sequence: UInt64 = 0
        for hour in 0..<40 as Range<Int64> {
            var batches: [PendingBatch] = []
            for minute in 0..<6 as Range<Int64> {
                sequence += 1
                let isRise = hour == 38 && minute >= 3
                batches.append(
                    batch(scene, sequence, Self.start + hour * 3_600 + minute * 600, packets: isRise ? 4_000 : 90))
            }
            #expect(try scene.connection.store(batches) == Array(repeating: .stored, count: 6))
        }
        try RollupTests.drain(scene.connection)
        // A batch stands for the ten minutes.
        try scene.connection.query(
            "UPDATE rollup.coverage SET observed_seconds = 300, observed_address_seconds = expected_address_seconds")
        try Self.run(scene.connection)
        let found = try scene.rows(
            """
            SELECT start = to_timestamp(\(Self.start) + 38 * 3600 + 1800), class, service_port, metric, value, sources,
                sites, signatures, tools, countries
            FROM api.surge ORDER BY metric
            """)
        let sites = #""[{""name"": ""alpha"", ""share"": 1}]""#
        let signatures =
            #""[{""name"": ""syn:1024::*:*:-:255"", ""share"": 0.75}, {""name"": ""syn:65535:2,4,8,1,3:1460:7:df:64"", ""share"": 0.25}]""#
        let tools = #""[{""name"": ""mirai"", ""share"": 0.75}]""#
        #expect(found.count == 2)
        #expect(found.first == "(t,tcp-syn,23,packets,4000,40,\(sites),\(signatures),\(tools),)")
        let words = try scene.value("SELECT explanation FROM api.surge WHERE metric = 'packets'")
        #expect(
            words
                == "tcp-syn port 23: 44 times the usual packets (4,000 for 90 in 10 minutes) from 20 times the usual sources; "
                + "100 % at site alpha; 75 % with the signature syn:1024::*:*:-:255; the test for mirai matches 75 %")
    }

    /// From batches that come late, and go, to the surges.
    @Test func whatComesLateOrIsWithdrawnIsRunAgain() throws {
        let scene = try Scene()
        try scene.connection.query(
            "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '198.18.0.0/24', '[2020-01-01,)')")
        // Ten windows of a minute observe ten minutes; every batch has a window.
        func store(_ points: Range<Int64>, from sequence: UInt64, rise: Bool = false) throws {
            var next = sequence
            for point in points {
                let batches = (0..<10 as Range<Int64>).map { minute in
                    next += 1
                    return batch(
                        scene, next, Self.start + point * 600 + minute * 60, packets: rise && minute == 0 ? 4_000 : 10)
                }
                #expect(try scene.connection.store(batches) == Array(repeating: .stored, count: 10))
            }
            try RollupTests.drain(scene.connection)
            try Self.run(scene.connection)
        }
        // The 40th to 42nd ten minutes are missing, and come after the hours behind them.
        try store(0..<40, from: 0)
        try store(43..<50, from: 1_000)
        #expect(try Self.surges(scene) == [])
        try store(40..<43, from: 2_000, rise: true)
        let found = try Self.surges(scene)
        #expect(found.count == 2)
        #expect(try Self.rerun(scene) == found)
        #expect(
            try scene.value(
                "SELECT raw.withdraw(1, to_timestamp(\(Self.start) + 24000), to_timestamp(\(Self.start) + 25800))")
                == "30")
        try RollupTests.drain(scene.connection)
        try Self.run(scene.connection)
        #expect(try Self.surges(scene) == [])
        #expect(try Self.rerun(scene) == [])
    }

    @Test func aSurgeTellsCountriesWhereTheyAreKnown() throws {
        let scene = try Scene()
        try scene.connection.query(
            """
            CREATE OR REPLACE FUNCTION api.origin(address inet)
            RETURNS TABLE (country text, asn int8, as_name text, version int4) LANGUAGE sql STABLE AS $body$
                SELECT CASE WHEN address < '192.0.2.30' THEN 'BR' WHEN address < '192.0.2.38' THEN 'TH' END, 1::int8, '', 1
            $body$
            """)
        _ = try scene.connection.store([batch(scene, 1, Self.start, packets: 4_000)])
        let surge = Surge(
            port: ServicePort(trafficClass: 1, number: 23), metric: .packets, start: Self.start, end: Self.start + 600,
            peak: Self.start, score: 4, value: 4_000, usual: 0, otherValue: 40, otherUsual: 0)
        try scene.connection.transaction { () throws(StoreError) in try scene.connection.storeSurges([surge]) }
        #expect(
            try scene.value("SELECT countries::text FROM api.surge")
                == #"[{"name": "BR", "share": 0.75}, {"name": "TH", "share": 0.2}]"#)
        #expect(try scene.value("SELECT explanation FROM api.surge")?.contains("; 75 % from BR; ") == true)
        // Flows that cannot be read do not keep a surge from being stored.
        try RollupTests.drain(scene.connection)
        try scene.connection.query(
            """
            CREATE OR REPLACE FUNCTION api.origin(address inet)
            RETURNS TABLE (country text, asn int8, as_name text, version int4) LANGUAGE plpgsql STABLE AS $body$
                BEGIN RAISE EXCEPTION 'unknown'; END
            $body$
            """)
        try scene.connection.transaction { () throws(StoreError) in try scene.connection.storeSurges([surge]) }
        #expect(
            try scene.rows("SELECT sites, countries, signatures, tools FROM api.surge")
                == [#"("[{""name"": ""alpha"", ""share"": 1}]",,,)"#])
    }

    /// Packets of sources in fours, three of which look like Mirai.
    private func batch(_ scene: Scene, _ sequence: UInt64, _ start: Int64, packets: UInt32) -> PendingBatch {
        let sources: UInt32 = packets > 100 ? 40 : 2
        let signatures: [HeaderSignature] = [
            .syn(
                window: 65_535, optionKinds: [2, 4, 8, 1, 3], mss: 1_460, windowScale: 7, dontFragment: true,
                roundedTTL: 64),
            .syn(window: 1_024, optionKinds: [], mss: 0, windowScale: 255, dontFragment: false, roundedTTL: 255),
        ]
        let records = (0..<sources).map { number -> FlowRecord in
            let count = packets / sources
            var record = FlowRecord(
                key: FlowKey(
                    source: Address(ipv4: 0xC000_0200 + number), ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 23),
                packets: count, bytes: UInt64(count) * 40, destinations: DistinctCount(1), firstMilliseconds: 0,
                lastMilliseconds: 0,
                exemplar: Exemplar(sourcePort: 1, destination: 0, ttl: 64, ipLength: 40, tcpFlags: 2))
            let isPlain = sources > 2 ? number % 4 == 0 : number == 0
            record.signature = isPlain ? 1 : 2
            record.tools = ToolMatches(zmap: 0, masscan: 0, mirai: isPlain ? 0 : count)
            return record
        }
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.received = account.aggregated
        account.sensorVersion = "test"
        return scene.pending(
            .flows(
                FlowBatch(
                    window: Window(containing: start, length: 60), policy: .full, account: account, family: .ipv4,
                    signatures: signatures, records: records)), sequence: sequence)
    }
}
