import Glibc
import Messaging

/// Measures the collector with generated batches and an empty database, for ops/bench:
///
///     ingest-benchmark WAY CONNINFO PACKETS-A-MINUTE MINUTES [SENSORS]
///     ingest-benchmark load CONNINFO PACKETS-A-MINUTE MINUTES SENSORS RECORDS-A-SECOND ENDPOINT SERVER-KEY
///     ingest-benchmark fill CONNINFO PACKETS-A-DAY DAYS SITES
///     ingest-benchmark matching CONNINFO PACKETS-A-MINUTE MINUTES [ROUNDS [LENGTH]]
///
/// The ways: store, rollup, rollup-enriched, sources, events, deliver, deliver-rollups, deliver-enriched.

do {
    let words = CommandLine.arguments
    guard words.count >= 5, let packets = Int(words[3]), let minutes = Int(words[4]) else {
        throw BenchmarkError(
            "usage: ingest-benchmark WAY CONNINFO PACKETS-A-MINUTE MINUTES [SENSORS], or fill CONNINFO PACKETS-A-DAY DAYS SITES"
        )
    }
    if words[1] == "fill" {
        var fill = try TrendsFill(
            conninfo: words[2], packetsADay: packets, days: minutes,
            sites: words.dropFirst(5).first.flatMap { Int($0) } ?? 6)
        try fill.run()
        exit(0)
    }
    let benchmark = try Benchmark(conninfo: words[2], packets: packets, minutes: minutes)
    switch words[1] {
    case "store": try benchmark.store()
    case "matching":
        let more = words.dropFirst(5).compactMap { Int($0) }
        try MatchingRun(benchmark, length: more.dropFirst().first ?? 20).run(rounds: more.first ?? 5)
    case "rollup": try benchmark.rollup()
    case "rollup-enriched":
        try benchmark.enrich()
        try benchmark.rollup()
    case "sources": try benchmark.sources()
    case "events": try benchmark.events()
    case "deliver", "deliver-rollups", "deliver-enriched":
        if words[1] == "deliver-enriched" { try benchmark.enrich() }
        try benchmark.deliver(
            sensors: words.dropFirst(5).first.flatMap { Int($0) } ?? 4, rollups: words[1] != "deliver")
    case "load":
        guard words.count == 9, let sensors = Int(words[5]), let rate = Int(words[6]), sensors > 0, rate > 0,
            let key = CurveKey(words[8])
        else { throw BenchmarkError("load wants SENSORS RECORDS-A-SECOND ENDPOINT SERVER-KEY") }
        try benchmark.load(sensors: sensors, rate: rate, endpoint: words[7], server: key)
    default: throw BenchmarkError("no such measurement: \(words[1])")
    }
} catch {
    print("ingest-benchmark: \(error)")
    exit(1)
}
