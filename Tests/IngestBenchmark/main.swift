import Glibc

/// Measures the collector with generated batches and an empty database, for ops/bench:
///
///     ingest-benchmark MEASUREMENT CONNINFO PACKETS-A-MINUTE MINUTES [SENSORS]
///
/// with a MEASUREMENT of store, rollup, rollup-origins, sources, events, deliver, deliver-rollups.

do {
    let words = CommandLine.arguments
    guard words.count >= 5, let packets = Int(words[3]), let minutes = Int(words[4]) else {
        throw BenchmarkError(
            "usage: ingest-benchmark MEASUREMENT CONNINFO PACKETS-A-MINUTE MINUTES [SENSORS]; see main.swift"
        )
    }
    let benchmark = try Benchmark(conninfo: words[2], packets: packets, minutes: minutes)
    switch words[1] {
    case "store": try benchmark.store()
    case "rollup": try benchmark.rollup()
    case "rollup-origins":
        try benchmark.importOrigins()
        try benchmark.rollup()
    case "sources": try benchmark.sources()
    case "events": try benchmark.events()
    case "deliver", "deliver-rollups":
        try benchmark.deliver(
            sensors: words.dropFirst(5).first.flatMap { Int($0) } ?? 4, rollups: words[1] == "deliver-rollups")
    default: throw BenchmarkError("no such measurement: \(words[1])")
    }
} catch {
    print("ingest-benchmark: \(error)")
    exit(1)
}
