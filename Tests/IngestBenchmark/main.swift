import Glibc

/// Measures the collector with generated batches and an empty database, for ops/bench:
///
///     ingest-benchmark WAY CONNINFO PACKETS-A-MINUTE MINUTES [SENSORS]
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
    default: throw BenchmarkError("no such measurement: \(words[1])")
    }
} catch {
    print("ingest-benchmark: \(error)")
    exit(1)
}
