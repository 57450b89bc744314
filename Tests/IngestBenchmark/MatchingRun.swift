import Analysis
import FlowModel
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
        var random = Numbers(state: 1)
        blocks = (0..<10_000).compactMap { number in
            Prefix(Address(ipv4: UInt32(truncatingIfNeeded: random.next())), length: length).map {
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

    private func compareStores(_ rounds: Int) throws {
        let key = [UInt8](repeating: 7, count: 32)
        let sensor = try benchmark.register([key])[0]
        let tables = [OrganisationTable(), OrganisationTable(blocks)]
        try compare("store", rounds, records: benchmark.records) { round, way in
            let (before, client) = (benchmark.ticks(), benchmark.clientSeconds())
            try benchmark.storeAll(
                sensor: sensor, key: key, epoch: UInt64(round * 2 + way + 1), matching: tables[way])
            return (benchmark.seconds(benchmark.ticks() - before), benchmark.clientSeconds() - client)
        }
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
            var (client, cost) = (0.0, (backend: 0.0, program: 0.0))
            try benchmark.deliver(sensors: sensors, rollups: false) {
                client = benchmark.otherSeconds()
            } end: {
                cost.program = benchmark.otherSeconds() - client
                let processes = try session.run(
                    """
                    SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name LIKE 'darkscope-collector %'
                    """
                ).compactMap { Int32($0[0]) }
                cost.backend = benchmark.seconds(processes.reduce(0) { $0 + benchmark.ticks(of: $1) })
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

    /// Nanoseconds of one look-up of a random address, and of one record's part of a batch.
    private func lookUps() throws {
        let table = OrganisationTable(blocks)
        var random = Numbers(state: 2)
        let addresses = (0..<1_000_000).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        var start = Clock.monotonicNanoseconds()
        let found = addresses.reduce(0) { table.place(ipv4: $1) == nil ? $0 : $0 + 1 }
        let single = Double(Clock.monotonicNanoseconds() - start) / Double(addresses.count)
        let batches = try benchmark.decodedBatches().filter { $0.family == .ipv4 }
        let columns = batches.map { batch in
            (
                service: batch.records.map { Int32($0.key.trafficClass.rawValue) << 24 },
                source: batch.records.map { Int32(bitPattern: UInt32($0.key.source.bits) ^ 0x8000_0000) }
            )
        }
        start = Clock.monotonicNanoseconds()
        var matched = 0
        for (batch, column) in zip(batches, columns) {
            let candidates = table.candidates(service: column.service, source: column.source)
            matched += table.matches(in: batch, site: 1, among: candidates).count
        }
        let together = Double(Clock.monotonicNanoseconds() - start) / Double(benchmark.records)
        start = Clock.monotonicNanoseconds()
        let count = OrganisationTable(blocks).count
        let building = Double(Clock.monotonicNanoseconds() - start) / 1e6
        print("lookup_ns=\(single) found=\(found) record_ns=\(together) matched=\(matched) of \(benchmark.records)")
        print("build_ms=\(building) blocks=\(count)")
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
