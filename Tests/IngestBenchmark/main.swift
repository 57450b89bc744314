import Glibc

/// Measures the collector with generated batches and the PostgreSQL of DARKSCOPE_TEST_POSTGRES:
///
///     swift run -c release ingest-benchmark [PACKETS A MINUTE] [MINUTES] [SENSORS]

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
do {
    let benchmark = try Benchmark(
        packets: arguments.first ?? 300_000, minutes: arguments.dropFirst().first ?? 8)
    try benchmark.decode()
    try benchmark.store()
    try benchmark.deliver(sensors: arguments.dropFirst(2).first ?? 4)
} catch {
    print("ingest-benchmark: \(error)")
    exit(1)
}
