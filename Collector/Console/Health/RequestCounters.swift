import Synchronization
import SystemCalls
import Telemetry

/// What was asked of a console since its start. Any thread may use it.
final class RequestCounters: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private let counts = Mutex<[Key: UInt64]>([:])
    private let durations = Mutex(Histogram(bounds: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]))

    /// - Parameters:
    ///   - route: its name, never what the client wrote.
    ///   - nanoseconds: until the answer was there.
    func note(route: String, status: Int, nanoseconds: Int64) {
        counts.withLock { $0[Key(route: route, status: status), default: 0] &+= 1 }
        durations.withLock { $0.observe(Double(nanoseconds) / 1e9) }
    }

    func write(to text: inout MetricsText) {
        let counts = counts.withLock { $0 }.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
        text.add(
            "darkscope_console_requests_total", .counter, "Requests to the console, by route and status.",
            counts.map { .init(Double($0.value), [("route", $0.key.route), ("status", "\($0.key.status)")]) })
        text.add(
            "darkscope_console_request_seconds", "From a request to its answer, the time on the wire apart.",
            durations.withLock { $0 })
    }
}
