import Analysis
import FlowModel
import Glibc
import Store
import Support
import SystemCalls

/// What matching against the blocks of organisations costs: everything in turn without and with 10,000 random blocks, so
/// that what disturbs the machine disturbs both alike.
struct MatchingRun {
    private let benchmark: Benchmark
    private let blocks: [OrganisationTable.Block]

    /// - Parameter length: of the blocks in bits; 20 hold about 1 % of random sources.
    init(_ benchmark: Benchmark, length: Int) {
        self.benchmark = benchmark
        blocks = MatchingRun.blocks(10_000) { _ in length }
    }

    private static func blocks(_ count: Int, length: (Int) -> Int) -> [OrganisationTable.Block] {
        var random = Numbers(state: 1)
        return (0..<count).compactMap { number in
            Prefix(Address(ipv4: UInt32(truncatingIfNeeded: random.next())), length: length(number)).map {
                OrganisationTable.Block(
                    organisation: Int32(number % 500 + 1), prefix: Int32(number + 1), addresses: $0)
            }
        }
    }

    /// Prints lines of words for: decoding and storing over one connection; the whole collector; the table alone.
    /// - Parameters:
    ///   - rounds: of both ways; one more goes before and does not count.
    ///   - sensors: of the whole collector.
    func run(rounds: Int, sensors: Int = 2) throws {
        try compareStores(rounds)
        try compareCollectors(rounds, sensors)
        try lookUps()
    }

    /// Group by group in turn, and in the next round the other way round; what decoding takes is added to both.
    private func compareStores(_ rounds: Int) throws {
        let key = [UInt8](repeating: 7, count: 32)
        let sensor = try benchmark.register([key])[0]
        let tables = [OrganisationTable(), OrganisationTable(blocks)]
        var (backend, program, decoding) = ([0.0, 0.0], [0.0, 0.0], 0.0)
        for round in 0..<(rounds + 1) / 2 * 2 {
            var (group, stored) = (round, 0.0)
            let start = benchmark.clientSeconds()
            try benchmark.decodeAll(sensor: sensor, key: key, epoch: UInt64(round + 1)) { batches in
                let (way, before, client) = (group % 2, backendSeconds(), benchmark.clientSeconds())
                try benchmark.store(batches, matching: tables[way])
                let spent = benchmark.clientSeconds() - client
                backend[way] += backendSeconds() - before
                program[way] += spent
                stored += spent
                group += 1
            }
            decoding += benchmark.clientSeconds() - start - stored
        }
        let records = Double(benchmark.records * ((rounds + 1) / 2 * 2)) / 2
        let sums = (0..<2).map { (backend[$0] + program[$0] + decoding / 2) / records * 1e6 }
        print(
            "store: without=\(sums[0]) with=\(sums[1]) ratio=\(sums[1] / sums[0])",
            "backend=\(backend.map { $0 / records * 1e6 }) program=\(program.map { $0 / records * 1e6 })",
            "decoding=\(decoding / 2 / records * 1e6)")
    }

    /// Processor time of the connection's backend to the nanosecond, where the kernel tells it (/proc/PID/sched).
    private func backendSeconds() -> Double {
        let file = "/proc/\(benchmark.connection.serverProcess)/sched"
        guard let bytes = try? readFile(file, limit: 65_536),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first(where: {
                $0.hasPrefix("se.sum_exec_runtime")
            }), let milliseconds = line.split(separator: " ").last.flatMap({ Double($0) })
        else { return benchmark.seconds(benchmark.ticks()) }
        return milliseconds / 1e3
    }

    /// Without the thread that sends, which does not rest. What encrypts for it is counted.
    private func compareCollectors(_ rounds: Int, _ sensors: Int) throws {
        let session = try SQLSession(conninfo: benchmark.conninfo)
        try session.run(
            "INSERT INTO meta.organisation (code, name) SELECT 'o' || n, 'O' FROM generate_series(1, 500) n")
        try session.run("SET synchronous_commit = off")
        let values = blocks.map { "(\($0.organisation), '\($0.addresses)', '(,)')" }.joined(separator: ",")
        try compare("deliver", rounds, records: benchmark.records * sensors) { _, way in
            try session.run("TRUNCATE meta.organisation_prefix")
            if way == 1 {
                try session.run(
                    """
                    INSERT INTO meta.organisation_prefix (organisation, prefix, validity) VALUES \(values)
                    ON CONFLICT DO NOTHING
                    """)
            }
            var (client, known, cost) = (0.0, [Int32: Int](), (backend: 0.0, program: 0.0))
            func backends() throws -> [Int32: Int] {
                let processes = try session.run(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'darkscope-collector %'
                    """)
                return Dictionary(
                    uniqueKeysWithValues: processes.compactMap { Int32($0[0]) }.map { ($0, benchmark.ticks(of: $0)) })
            }
            try benchmark.deliver(sensors: sensors, rollups: false) {
                // What a collector reads once, at its start, is over then.
                while try session.value(
                    """
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'
                        AND application_name = 'darkscope-collector organisations'
                        AND backend_start < clock_timestamp() - interval '1 s'
                    """) == "0"
                { usleep(50_000) }
                known = try backends()
                client = benchmark.otherSeconds()
            } end: {
                cost.program = benchmark.otherSeconds() - client
                let ticks = try backends().reduce(0) { $0 + $1.value - (known[$1.key] ?? 0) }
                cost.backend = benchmark.seconds(ticks)
            }
            return cost
        }
        let arrivals = try session.value("SELECT count(*) FROM alert.arrival")
        print("arrivals=\(arrivals)")
    }

    /// Prints CPU microseconds a record without and with, and the ratios of the sums, of the least of each way, and the
    /// median of the rounds'.
    private func compare(
        _ name: String, _ rounds: Int, records: Int,
        _ measure: (_ round: Int, _ way: Int) throws -> (backend: Double, program: Double)
    ) throws {
        var spent: [[(backend: Double, program: Double)]] = [[], []]
        for round in 0...rounds {
            for way in round % 2 == 0 ? [0, 1] : [1, 0] {
                let cost = try measure(round, way)
                if round > 0 { spent[way].append(cost) }
            }
        }
        let sums = spent.map { $0.map { $0.backend + $0.program } }
        let ratios = zip(sums[0], sums[1]).map { $1 / $0 }.sorted()
        func each(_ costs: [Double]) -> Double { costs.reduce(0, +) / Double(costs.count * records) * 1e6 }
        print(
            "\(name): without=\(each(sums[0])) program=\(each(spent[0].map(\.program)))",
            "with=\(each(sums[1])) program=\(each(spent[1].map(\.program)))",
            "ratio=\(each(sums[1]) / each(sums[0])) least=\((sums[1].min() ?? 0) / (sums[0].min() ?? 1))",
            "median=\(ratios[ratios.count / 2])")
    }

    /// Nanoseconds of one look-up of a random address, of one record's part of a batch, and milliseconds to make a table;
    /// then look-up and making with a million blocks of /8 to /32, many of them in each other.
    private func lookUps() throws {
        let batches = try benchmark.decodedBatches().filter { $0.family == .ipv4 }
        let columns = batches.map { batch in
            (
                service: batch.records.map { Int32($0.key.trafficClass.rawValue) << 24 },
                source: batch.records.map { Int32(bitPattern: UInt32($0.key.source.bits) ^ 0x8000_0000) }
            )
        }
        for blocks in [blocks, MatchingRun.blocks(1_000_000) { 8 + $0 % 25 }] {
            var start = Clock.monotonicNanoseconds()
            let table = OrganisationTable(blocks)
            let making = Double(Clock.monotonicNanoseconds() - start) / 1e6
            let (single, found) = lookUp(table)
            start = Clock.monotonicNanoseconds()
            var matched = 0
            for (batch, column) in zip(batches, columns) {
                let candidates = table.candidates(service: column.service, source: column.source)
                if blocks.count == 10_000 { matched += table.matches(in: batch, site: 1, among: candidates).count }
            }
            let together = Double(Clock.monotonicNanoseconds() - start) / Double(benchmark.records)
            print(
                "blocks=\(table.count) making_ms=\(making) lookup_ns=\(single) found=\(found) record_ns=\(together)",
                "matched=\(matched) of \(benchmark.records)")
        }
    }

    private func lookUp(_ table: OrganisationTable) -> (nanoseconds: Double, found: Int) {
        var random = Numbers(state: 2)
        let addresses = (0..<1_000_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        let start = Clock.monotonicNanoseconds()
        let found = addresses.reduce(0) { table.place(ipv4: $1) == nil ? $0 : $0 + 1 }
        return (Double(Clock.monotonicNanoseconds() - start) / Double(addresses.count), found)
    }

    /// The same numbers in every run (SplitMix64).
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }
}
