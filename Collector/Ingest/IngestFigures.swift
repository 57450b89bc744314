import Synchronization
import SystemCalls
package import Telemetry
import WireFormat

/// What an ingest tells of itself to those who watch it: as of some time in the last second while it runs.
package struct IngestFigures: Sendable {
    /// When it was told, in nanoseconds of the monotonic clock.
    package private(set) var toldAt: Int64 = 0
    private var counters = IngestCounters()
    private var sockets = SocketCounters()
    private var keys = 0
    private var flights = 0

    init() {}

    init(_ counters: IngestCounters, _ sockets: SocketCounters, keys: Int, flights: Int, at now: Int64) {
        (self.counters, self.sockets, self.keys, self.flights, toldAt) = (counters, sockets, keys, flights, now)
    }

    /// Adds what it tells, under names that begin with `darkscope_`.
    package func write(to text: inout MetricsText) {
        text.add(
            "darkscope_batches_committed_total", .counter, "Batches stored since the start of the collector.",
            counters.storedBySensor.sorted { $0.key < $1.key }.map { .init(Double($0.value), [("sensor", $0.key)]) })
        let refusals = counters.refusedBySensor.flatMap { sensor, reasons in
            reasons.map { (sensor: sensor, reason: $0.key.name, count: $0.value) }
        }.sorted { ($0.sensor, $0.reason) < ($1.sensor, $1.reason) }
        text.add(
            "darkscope_batches_rejected_total", .counter,
            "Refusals sent, busy ones too, by sensor and reason; without a sensor's name those of unknown keys.",
            refusals.map { .init(Double($0.count), [("sensor", $0.sensor), ("reason", $0.reason)]) })
        text.add("darkscope_batches_received_total", .counter, "Batches received.", counters.batches)
        text.add(
            "darkscope_duplicates_total", .counter, "Batches that came again, in flight or stored already.",
            counters.duplicates &+ counters.repeated)
        text.add("darkscope_rows_committed_total", .counter, "Flow, overflow and gap records stored.", counters.rows)
        text.add("darkscope_received_bytes_total", .counter, "Bytes of messages received.", counters.bytes)
        text.add(
            "darkscope_auth_failures_total", .counter, "Refused connections and messages, by reason.",
            [
                .init(Double(sockets.refusedHandshakes), [("reason", "unknown-key")]),
                .init(Double(counters.strangers), [("reason", "not-enrolled")]),
                .init(Double(counters.revoked), [("reason", "revoked")]),
                .init(Double(counters.undecodableMessages), [("reason", "undecodable")]),
            ])
        text.add("darkscope_connections", .gauge, "Connections of sensors now.", sockets.connections)
        text.add("darkscope_enrolled_keys", .gauge, "Keys that may send.", keys)
        text.add("darkscope_batches_in_flight", .gauge, "Batches received and neither stored nor refused.", flights)
        text.add(
            "darkscope_ingest_delay_seconds",
            "From the end of a live window to its storage, for every batch of flows.", counters.delays)
        text.add(
            "darkscope_db_commit_seconds", "Transactions that store batches, from the first statement to COMMIT.",
            counters.commits)
    }
}

/// Where the ingest thread leaves what it tells. Any thread may read it.
final class IngestBoard: Sendable {
    /// Between two figures.
    static let interval: Int64 = 1_000_000_000
    /// Without figures for so long the ingest thread does not work.
    private static let patience: Int64 = 15_000_000_000

    private let told = Mutex(IngestFigures())
    /// Store workers whose last transaction failed.
    let failing = Mutex<Set<Int>>([])

    var figures: IngestFigures { told.withLock { $0 } }

    func tell(_ figures: IngestFigures) { told.withLock { $0 = figures } }

    /// Notes whether a store worker's last transaction was committed.
    func note(worker: Int, isServed: Bool) {
        failing.withLock { failing in
            if isServed { failing.remove(worker) } else { failing.insert(worker) }
        }
    }

    /// Why batches cannot be committed now, a sentence each; empty when they can.
    func problems(at now: Int64) -> [String] {
        var problems: [String] = []
        let age = now - figures.toldAt
        if age > IngestBoard.patience {
            problems.append("the ingest thread has not answered for \(age / 1_000_000_000) s")
        }
        let count = failing.withLock { $0.count }
        if count > 0 { problems.append("\(count) of the threads that store cannot commit") }
        return problems
    }
}
