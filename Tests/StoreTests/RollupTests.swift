import FlowModel
import Glibc
import Support
import Testing
import WireFormat

@testable import Store

/// Rollups hold what plain SQL finds in the flows.
@Suite struct RollupTests {
    /// 2024-02-28T22:00Z: the days after it are a leap day and a month's end.
    private static let start: Int64 = 1_709_157_600
    private static let marked = RollupPatience(quietSeconds: 0, maximumSeconds: 0, sourceSeconds: 0)

    /// Makes everything again that is marked, the world and the events too; returns how many hours and days of sensors
    /// that were.
    @discardableResult
    static func drain(_ connection: StoreConnection, events: Bool = true) throws -> Int {
        var count = 0
        while case let tasks = try connection.dueRollups(marked), !tasks.isEmpty {
            for task in tasks where try connection.makeRollup(task) { count += 1 }
        }
        while case let tasks = try connection.dueWorld(marked), !tasks.isEmpty {
            for task in tasks { try connection.makeWorld(task) }
        }
        while events, case let tasks = try connection.dueEvents(marked), !tasks.isEmpty {
            for task in tasks { try connection.makeEvents(task) }
        }
        return count
    }

    /// Rows of a rollup that differ from a plain recomputation over api.flow and api.overflow.
    private static func differences(_ scene: Scene, span: Int) throws -> [String] {
        let plain = """
            SELECT date_bin('\(span) s', window_start, '2000-01-01Z') AS start, sensor_id, class, service_port,
                sum(packets)::int8 AS packets, sum(bytes)::int8 AS bytes, sum(flows)::int8 AS flows,
                CASE WHEN bool_or(flows = 0) THEN NULL ELSE count(DISTINCT source) END AS sources
            FROM (
                SELECT window_start, sensor_id, class, service_port, packets, bytes, 1 AS flows, source FROM api.flow
                UNION ALL
                SELECT window_start, sensor_id, class, service_port, packets, bytes, 0, NULL FROM api.overflow
            ) f GROUP BY 1, 2, 3, 4
            """
        let kept = """
            SELECT start, sensor_id, class, service_port, packets, bytes, flows,
                CASE sources_precision WHEN 'exact' THEN sources END AS sources
            FROM api.port_traffic WHERE span = \(span)
            """
        return try scene.rows("(\(plain) EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL \(plain)) LIMIT 3")
    }

    private static func differencesOfSources(_ scene: Scene) throws -> [String] {
        let plain = """
            SELECT (window_start AT TIME ZONE 'UTC')::date AS day, sensor_id, source, sum(packets)::int8 AS packets,
                count(*) AS flows, coalesce(sum(packets) FILTER (WHERE class = 'tcp-syn'), 0)::int8 AS syn,
                sum(zmap)::int8 AS zmap, sum(masscan)::int8 AS masscan, sum(mirai)::int8 AS mirai,
                date_trunc('second', min(first_seen)) AS since, date_trunc('second', max(last_seen)) AS until,
                nullif(least(count(DISTINCT (class, service_port)), 5), 5) AS services
            FROM api.flow GROUP BY 1, 2, 3
            """
        let kept = """
            SELECT day, sensor_id, source, packets, flows, syn_packets, zmap, masscan, mirai, first_seen, last_seen,
                CASE services_precision WHEN 'exact' THEN services END
            FROM api.source_day
            """
        return try scene.rows("(\(plain) EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL \(plain)) LIMIT 3")
    }

    private static func differencesOfSignatures(_ scene: Scene) throws -> [String] {
        let plain = """
            SELECT (window_start AT TIME ZONE 'UTC')::date AS day, sensor_id, signature_id, sum(packets)::int8 AS packets,
                count(*) AS flows, count(DISTINCT source) AS sources
            FROM api.flow WHERE signature_id IS NOT NULL GROUP BY 1, 2, 3
            """
        let kept = "SELECT day, sensor_id, signature_id, packets, flows, sources FROM api.signature_day"
        return try scene.rows("(\(plain) EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL \(plain)) LIMIT 3")
    }

    /// Where addresses are in these tests: the halves of the IPv4 space but for one address, and some of IPv6.
    private static let origins: [(String, String, String?, UInt32?)] = [
        ("0.0.0.0", "127.255.255.255", "TH", 1), ("128.0.0.1", "200.0.0.0", nil, 2),
        ("200.0.0.1", "255.255.255.255", "JP", nil),
        ("::", "::1", "TH", 3), ("8000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "JP", 1),
    ]

    private static func differencesOfOrigins(_ scene: Scene) throws -> [String] {
        let table = origins.map {
            "('\($0.0)'::inet, '\($0.1)'::inet, \($0.2.map { "'\($0)'" } ?? "NULL"), \($0.3.map { "\($0)" } ?? "NULL"))"
        }
        .joined(separator: ", ")
        return try [("country", "country_traffic"), ("asn", "as_traffic")].flatMap { column, view in
            let plain = """
                SELECT date_bin('1 h', window_start, '2000-01-01Z') AS start, sensor_id, \(column), is_backscatter,
                    sum(packets)::int8 AS packets, sum(flows)::int8 AS flows,
                    CASE WHEN bool_or(flows = 0) THEN NULL ELSE count(DISTINCT source) END AS sources
                FROM (
                    SELECT window_start, sensor_id, is_backscatter, packets, 1 AS flows, source FROM api.flow
                    UNION ALL SELECT window_start, sensor_id, is_backscatter, packets, 0, NULL FROM api.overflow
                ) f LEFT JOIN (VALUES \(table)) t (lo, hi, country, asn) ON source >= lo AND source <= hi
                GROUP BY 1, 2, 3, 4
                """
            let kept = """
                SELECT start, sensor_id, \(column), is_backscatter, packets, flows,
                    CASE sources_precision WHEN 'exact' THEN sources END AS sources FROM api.\(view)
                """
            return try scene.rows("(\(plain) EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL \(plain)) LIMIT 3")
        }
    }

    /// Labelled in these tests.
    private static let scanners = ["0.0.0.0/32", "127.255.255.255/32", "128.0.0.0/2", "::/127", "fe00::/8"]

    private static func differencesOfScanners(_ scene: Scene, span: Int) throws -> [String] {
        func plain(_ condition: String) -> String {
            """
            SELECT date_bin('\(span) s', window_start, '2000-01-01Z') AS start, sensor_id, class, service_port,
                sum(packets)::int8 AS packets, sum(bytes)::int8 AS bytes, sum(flows)::int8 AS flows,
                CASE WHEN bool_or(flows = 0) THEN NULL ELSE count(DISTINCT source) END AS sources
            FROM (
                SELECT window_start, sensor_id, class, service_port, packets, bytes, 1 AS flows, source FROM api.flow
                UNION ALL
                SELECT window_start, sensor_id, class, service_port, packets, bytes, 0, NULL FROM api.overflow
            ) f WHERE \(condition) GROUP BY 1, 2, 3, 4
            """
        }
        let labelled = scanners.map { "source <<= '\($0)'" }.joined(separator: " OR ")
        return try [("only", "(\(labelled))"), ("without", "coalesce((\(labelled)), false) IS FALSE")]
            .flatMap {
                choice, condition in
                let kept = """
                    SELECT start, sensor_id, class, service_port, packets, bytes, flows,
                        CASE sources_precision WHEN 'exact' THEN sources END AS sources
                    FROM api.port_traffic_by('-infinity', 'infinity', '\(choice)', \(span))
                    """
                let plain = plain(condition)
                return try scene.rows("(\(plain) EXCEPT ALL \(kept)) UNION ALL (\(kept) EXCEPT ALL \(plain)) LIMIT 3")
            }
    }

    private static func expectEquality(_ scene: Scene) throws {
        for span in [300, 3_600, 86_400] { #expect(try differences(scene, span: span) == [], "\(span) s") }
        #expect(try differencesOfSources(scene) == [])
        #expect(try differencesOfSignatures(scene) == [])
        #expect(try differencesOfOrigins(scene) == [])
        for span in [3_600, 86_400] { #expect(try differencesOfScanners(scene, span: span) == [], "\(span) s") }
    }

    private func random(_ scene: Scene, _ sequence: UInt64, _ random: inout some RandomNumberGenerator) -> PendingBatch
    {
        var batch = Sample.batch(
            family: Bool.random(using: &random) ? .ipv4 : .ipv6, records: .random(in: 0...12, using: &random),
            start: Self.start + .random(in: 0..<3 * 86_400, using: &random), using: &random)
        if Int.random(in: 0..<4, using: &random) == 0 {
            batch.overflow = [443, 0].map { port in
                OverflowRecord(
                    family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: port,
                    packets: .random(in: 1...1_000, using: &random), bytes: .random(in: 40...90_000, using: &random),
                    sources: DistinctCount(.random(in: 1...100, using: &random), .estimate))
            }
        }
        return scene.pending(.flows(batch), sequence: sequence)
    }

    @Test(arguments: ["UTC", "Asia/Kathmandu", "America/St_Johns"])
    func rollupsEqualARecomputationWhateverCameLateTwiceOutOfOrderOrWasWithdrawn(zone: String) throws {
        let scene = try Scene()
        try OriginTests.load(scene.connection, Self.origins)
        try ScannerTests.load(scene.connection, Self.scanners)
        try scene.connection.query("SET TimeZone = '\(zone)'")
        var generator = SystemRandomNumberGenerator()
        let batches = (1...120).map { random(scene, UInt64($0), &generator) }
        for (round, half) in [batches[..<60], batches[40...]].enumerated() {
            for group in 0..<6 {
                let shuffled = half.shuffled(using: &generator).prefix(12)
                for outcome in try scene.connection.store(Array(shuffled)) {
                    #expect(outcome == .stored || outcome == .duplicate)
                }
                if group % 2 == 0 { try Self.drain(scene.connection) }
            }
            _ = try scene.connection.store(Array(half))
            let from = Self.start + Int64.random(in: 0..<2 * 86_400, using: &generator)
            if round == 1 {
                let gone = try scene.value(
                    "SELECT raw.withdraw(1, to_timestamp(\(from)), to_timestamp(\(from + 40_000)))")
                #expect(try #require(Int(gone ?? "")) > 0)
            }
            #expect(try Self.drain(scene.connection) > 0)
            try Self.expectEquality(scene)
        }
        // Of the first day there are two hours only.
        let days = try scene.value("SELECT count(DISTINCT start) FROM rollup.port_day")
        #expect(["3", "4"].contains(days))
        // What was withdrawn does not come again.
        for outcome in try scene.connection.store(batches) { #expect(outcome == .duplicate) }
        #expect(try Self.drain(scene.connection) == 0)
    }

    @Test func nothingIsMadeAgainThatNobodyTouched() throws {
        let scene = try Scene()
        _ = try scene.connection.store([scene.flows(1), scene.flows(2)])
        #expect(try Self.drain(scene.connection) == 4)
        #expect(try scene.connection.store([scene.flows(1)]) != [.stored])
        #expect(try Self.drain(scene.connection) == 0)
    }

    @Test func whatIsStillGrowingWaitsForItsPatience() throws {
        let scene = try Scene()
        _ = try scene.connection.store([scene.flows(1)])
        #expect(try scene.connection.dueRollups(RollupPatience(quietSeconds: 60, maximumSeconds: 300)) == [])
        let growing = try scene.connection.dueRollups(RollupPatience(quietSeconds: 60, maximumSeconds: 0))
        #expect(growing.map(\.isGrowing) == [true])
        let quiet = try scene.connection.dueRollups(Self.marked)
        #expect(quiet.map(\.isGrowing) == [false] && quiet.map(\.span) == [3_600])
    }

    /// A writer whose transaction is open while the worker deletes the mark of the same hour.
    @Test func theMarkOfATransactionThatIsNotCommittedYetIsNotLost() throws {
        let scene = try Scene()
        try OriginTests.load(scene.connection, Self.origins)
        try ScannerTests.load(scene.connection, Self.scanners)
        _ = try scene.connection.store([scene.flows(1)])
        let writer = try scene.database.connect()
        try writer.query("BEGIN")
        try writer.query(
            """
            INSERT INTO raw.batch (sensor, stream, sequence, digest, kind, window_start, window_seconds, records,
                overflow_records, signatures, encoded_bytes, received_at)
            SELECT sensor, stream, 2, digest, kind, window_start, window_seconds, records, 0, 0, 1, now() FROM raw.batch
            """)
        try writer.query("CREATE TEMP TABLE f AS SELECT * FROM raw.flow")
        try writer.query("UPDATE f SET sequence = 2")
        try writer.query("INSERT INTO raw.flow SELECT * FROM f")
        try writer.query("INSERT INTO rollup.dirty (sensor, span, start) SELECT sensor, span, start FROM rollup.dirty")
        #expect(try Self.drain(scene.connection) == 4)
        try Self.expectEquality(scene)
        try writer.query("COMMIT")
        #expect(try Self.differences(scene, span: 3_600) != [])
        #expect(try Self.drain(scene.connection) == 4)
        try Self.expectEquality(scene)
    }

    @Test func severalWritersAndWorkersLoseNothing() async throws {
        let scene = try Scene()
        try OriginTests.load(scene.connection, Self.origins)
        try ScannerTests.load(scene.connection, Self.scanners)
        let conninfo = scene.database.conninfo
        var generator = SystemRandomNumberGenerator()
        let batches = (1...80).map { random(scene, UInt64($0), &generator) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<2 {
                group.addTask {
                    let connection = try StoreConnection(conninfo: conninfo, applicationName: "writer")
                    for index in stride(from: part, to: batches.count, by: 2) {
                        _ = try connection.store([batches[index]])
                    }
                }
                group.addTask {
                    let connection = try StoreConnection(conninfo: conninfo, applicationName: "worker")
                    for _ in 0..<20 {
                        for task in try connection.dueRollups(Self.marked) { try connection.makeRollup(task) }
                    }
                }
            }
            try await group.waitForAll()
        }
        try Self.drain(scene.connection)
        try Self.expectEquality(scene)
    }

    @Test func rollupsOutliveTheirFlows() throws {
        let scene = try Scene()
        _ = try scene.connection.store([scene.flows(1)])
        try Self.drain(scene.connection)
        let before = try scene.rows("SELECT * FROM api.port_traffic ORDER BY 1, 2, 6, 8")
        #expect(before.count >= 3)
        let later: Int64 = 1_760_000_040 + 40 * 86_400
        #expect(try scene.connection.keepPartitions(for: 30 * 86_400, now: later).dropped == ["20251009"])
        try scene.connection.query("SELECT rollup.mark(1, '2025-10-09', '2025-10-10')")
        try Self.drain(scene.connection)
        #expect(try scene.rows("SELECT * FROM api.port_traffic ORDER BY 1, 2, 6, 8") == before)
    }

    @Test func aGapMarksTheHoursThatItCoversAndNoMoreThanAMonth() {
        func hours(_ from: Int64, _ to: Int64) -> Int {
            let entry = GapEntry(sequence: 0, from: from, to: to, packets: nil, bytes: nil)
            let gap = GapRow(
                sensor: 1, stream: 1, entry: entry, reason: .stopped, report: Place(stream: 1, sequence: 1))
            return RollupMarks([], [gap]).hours.count
        }
        #expect(hours(7_199, 7_200) == 1 && hours(7_200, 7_200) == 1 && hours(7_199, 7_201) == 2)
        #expect(hours(-1, 1) == 2 && hours(0, 0) == 0)
        #expect(hours(Timestamp.representable.lowerBound, Timestamp.representable.upperBound) <= 745)
    }

    /// In CI the extension is installed.
    static var hasHLL: Bool {
        if getenv("CI") != nil { return true }
        guard let database = try? TestDatabase(migrated: false), let session = try? database.session() else {
            return true
        }
        return (try? session.value("SELECT count(*) FROM pg_available_extensions WHERE name = 'hll'")) != "0"
    }

    @Test(.enabled(if: hasHLL)) func postgresqlHLLReadsTheSketches() throws {
        let scene = try Scene()
        var generator = SystemRandomNumberGenerator()
        try scene.connection.query("CREATE EXTENSION hll SCHEMA public")
        try scene.connection.query("SET search_path = public, pg_catalog")
        for (number, records) in [3, 400, 3_000].enumerated() {
            var batch = Sample.batch(family: .ipv4, records: records, using: &generator)
            for index in batch.records.indices {
                let key = batch.records[index].key
                batch.records[index].key = FlowKey(
                    source: Address(ipv4: .random(in: 0 ... .max)), ipProtocol: 6, trafficClass: .tcpSyn,
                    servicePort: UInt16(number), victim: key.victim)
            }
            _ = try scene.connection.store([scene.pending(.flows(batch), sequence: UInt64(number) + 1)])
        }
        try Self.drain(scene.connection)
        let different = try scene.rows(
            """
            SELECT service_port, k.sources, p.sources FROM (
                SELECT service_port, hll_send(hll_add_agg(hll_hash_bigint(source - '0.0.0.0'), 12, 5, 256, 1)) AS sketch,
                    count(DISTINCT source) AS sources
                FROM api.flow GROUP BY 1
            ) p FULL JOIN (SELECT * FROM api.port_traffic WHERE span = 3600) k USING (service_port)
            WHERE p.sketch IS DISTINCT FROM k.sources_sketch
            """)
        #expect(different == [])
        let united = try scene.value(
            "SELECT (# hll_union_agg(sources_sketch::hll))::int8 FROM api.port_traffic WHERE span = 86400")
        #expect(try #require(Int(united ?? "")).magnitude > 3_200)
    }

    /// What a collector of schema 12 stored and did not sum yet, before it was replaced.
    @Test func aDatabaseOfAnOlderSchemaIsSummedLikeANewOne() throws {
        var generator = SystemRandomNumberGenerator()
        let (older, newer) = (try Scene(schema: 12), try Scene())
        let start = Self.start
        let batches = (0..<30).map { number in
            Sample.batch(family: .ipv4, records: 40, start: start + Int64(number) * 3_600, using: &generator)
        }
        for scene in [older, newer] {
            try scene.connection.query(
                "INSERT INTO meta.dark_prefix (site, prefix, validity) VALUES (1, '198.18.0.0/20', '(,)')")
            let pending = batches.enumerated().map { scene.pending(.flows($1), sequence: UInt64($0 + 1)) }
            #expect(try scene.connection.store(pending) == pending.map { _ in .stored })
        }
        #expect(try older.connection.migrate() == (12, Migration.current))
        for scene in [older, newer] { try Self.drain(scene.connection) }
        for view in [
            "port_traffic", "world_port_traffic", "world_traffic", "coverage", "source_day", "country_traffic",
            "scan_event", "telescope",
        ] {
            let rows = "SELECT to_jsonb(v) - 'sources_sketch' FROM api.\(view) v ORDER BY 1"
            let (upgraded, fresh) = (try older.rows(rows), try newer.rows(rows))
            #expect(upgraded == fresh, "\(view)")
            #expect(!fresh.isEmpty || view == "scan_event", "\(view)")
        }
        // What was summed before scanners were told apart is told of all sources.
        for function in ["country_traffic_by", "as_traffic_by", "sensor_traffic_by"].flatMap({ [$0, "world_" + $0] })
        where function != "world_sensor_traffic_by" {
            for span in [3_600, 86_400] {
                let rows = """
                    SELECT to_jsonb(v) - 'sources_sketch' FROM api.\(function)('-infinity', 'infinity', 'all', \(span)) v ORDER BY 1
                    """
                let (upgraded, fresh) = (try older.rows(rows), try newer.rows(rows))
                #expect(upgraded == fresh && !fresh.isEmpty, "\(function) \(span)")
            }
        }
    }
}
