import Alerts
import Delivery
package import Logging
import Runtime
import Store
import Synchronization
package import SystemCalls
package import Telemetry

/// Delivers notices: takes what is due out of the outbox, has it carried, and writes down what became of it. Several
/// collectors on one database share the work. Any thread may use it.
///
/// A notice is delivered at least once: a collector that is killed between a delivery and its writing down leaves a
/// message whose lease runs out, and the copy that comes again has the same key.
package final class DeliveryService: Sendable {
    private let worker: DatabaseWorker
    private let crew: DeliveryCrew
    private let counters = DeliveryCounters()
    private let logger: Logger

    /// - Parameters:
    ///   - channels: of different names; messages to others wait.
    ///   - leaseSeconds: until a message that a killed collector had comes again.
    package init(
        conninfo: String, channels: [DeliveryChannel], packer: NoticePacker, logger: Logger, leaseSeconds: Int = 60
    ) throws(SystemError) {
        self.logger = logger
        crew = try DeliveryCrew(channels, packer: packer)
        let log = RateLimitedLogger(logger)
        worker = try DatabaseWorker(
            conninfo: conninfo, name: "delivery", log: log,
            turn: DeliveryTurn(crew: crew, counters: counters, log: log, leaseSeconds: leaseSeconds))
    }

    /// Writes the counters to the log.
    package func report() { logger.info("notices", metadata: counters.metadata) }

    /// Adds what became of attempts since the start.
    package func write(to text: inout MetricsText) {
        func count(_ counter: borrowing Atomic<Int>) -> Double { Double(counter.load(ordering: .relaxed)) }
        text.add(
            "darkscope_notice_attempts_total", .counter,
            "Attempts of this collector to deliver a notice to a contact, by what became of them.",
            [
                .init(count(counters.delivered), [("outcome", "delivered")]),
                .init(count(counters.failed), [("outcome", "failed")]),
                .init(count(counters.dead), [("outcome", "dead")]),
            ])
        text.add(
            "darkscope_notices_underway", .gauge, "Notices that this collector is delivering now.",
            counters.underway.load(ordering: .relaxed))
    }

    /// Breaks off what is under way, which comes again at once with another collector or the next start, and ends the
    /// thread; returns at once.
    package func stop() {
        crew.stop()
        worker.stop()
    }

    /// Waits until that is written down, at most so long; what is not comes again when its lease is over.
    package func settle(within milliseconds: Int64 = 2_000) {
        let end = Clock.monotonicNanoseconds() + milliseconds * 1_000_000
        let nobody = try? EventDescriptor()
        while counters.underway.load(ordering: .acquiring) > 0, Clock.monotonicNanoseconds() < end {
            _ = nobody?.wait(milliseconds: 10)
        }
    }
}

/// What became of attempts since the start. Any thread may use it.
final class DeliveryCounters: Sendable {
    /// Messages that are taken and of which no result is written.
    let underway = Atomic(0)
    let delivered = Atomic<Int>(0)
    let failed = Atomic<Int>(0)
    let dead = Atomic<Int>(0)

    var metadata: Logger.Metadata {
        [
            "delivered": "\(delivered.load(ordering: .relaxed))", "failed": "\(failed.load(ordering: .relaxed))",
            "given_up": "\(dead.load(ordering: .relaxed))", "underway": "\(underway.load(ordering: .relaxed))",
        ]
    }
}

private struct DeliveryTurn: DatabaseTurn {
    /// Between two looks into the outbox.
    private static let idleMilliseconds: Int32 = 300
    private static let busyMilliseconds: Int32 = 200
    /// Items and pieces of evidence under way: above it nothing more is handed over, so that memory is bounded. The
    /// largest notice has 15,000.
    private static let weightLimit = 50_000

    let crew: DeliveryCrew
    let counters: DeliveryCounters
    let log: RateLimitedLogger
    let leaseSeconds: Int
    /// Taken, and not handed over yet.
    private var taken: [OutboxRow] = []
    private var carried: [Int64: (row: OutboxRow, weight: Int)] = [:]
    /// Ended, and not written down yet: what the database did not take is kept until it does.
    private var finished: [DeliveryCrew.Finished] = []
    private var renewAt: Int64 = 0
    /// The notice that was read last: several contacts are told the same.
    private var known: (id: Int64, notice: Notice)?
    private var random = SystemRandomNumberGenerator()

    init(crew: DeliveryCrew, counters: DeliveryCounters, log: RateLimitedLogger, leaseSeconds: Int) {
        self.crew = crew
        self.counters = counters
        self.log = log
        self.leaseSeconds = leaseSeconds
    }

    mutating func take(_ connection: StoreConnection, isStopped: () -> Bool) throws(StoreError) -> Int32 {
        defer { count() }
        // While something is under way the turn goes on, also after the wish to stop: it is written down then.
        while true {
            try settle(connection, isStopped: isStopped())
            if !isStopped() {
                counters.underway.add(1, ordering: .releasing)
                taken += try connection.takeOutbox(freePlaces(), leaseSeconds: leaseSeconds)
            }
            try handOver(connection)
            try renew(connection)
            count()
            if carried.isEmpty && finished.isEmpty {
                known = nil
                return DeliveryTurn.idleMilliseconds
            }
            if let ended = crew.finished.pop(milliseconds: DeliveryTurn.busyMilliseconds) { end(ended) }
        }
    }

    private func count() {
        counters.underway.store(taken.count + carried.count + finished.count, ordering: .releasing)
    }

    private mutating func end(_ ended: DeliveryCrew.Finished) {
        carried[ended.row.id] = nil
        finished.append(ended)
    }

    private func freePlaces() -> [String: Int] {
        var free = crew.places
        for entry in carried.values { free[entry.row.channel, default: 0] -= 1 }
        for row in taken { free[row.channel, default: 0] -= 1 }
        return free.filter { $0.value > 0 }
    }

    private mutating func handOver(_ connection: StoreConnection) throws(StoreError) {
        while let row = taken.last, carried.values.reduce(0, { $0 + $1.weight }) < DeliveryTurn.weightLimit {
            if row.isEnded {
                finished.append(refused(row, "the contact is served no more"))
            } else if let notice = try notice(row.notice, connection) {
                carried[row.id] = (row, notice.items.reduce(0) { $0 + 1 + $1.evidence.count })
                crew.carry(DeliveryCrew.Job(row: row, notice: notice))
            } else {
                finished.append(refused(row, "this version of the collector cannot read the notice"))
            }
            taken.removeLast()
        }
    }

    private mutating func notice(_ id: Int64, _ connection: StoreConnection) throws(StoreError) -> Notice? {
        if let known, known.id == id { return known.notice }
        let notice = try connection.notice(id)
        known = notice.map { (id, $0) }
        return notice
    }

    private func refused(_ row: OutboxRow, _ reason: String) -> DeliveryCrew.Finished {
        DeliveryCrew.Finished(row: row, outcome: .dead(reason), milliseconds: 0)
    }

    private mutating func renew(_ connection: StoreConnection) throws(StoreError) {
        let now = Clock.monotonicNanoseconds()
        guard now >= renewAt else { return }
        let held = carried.values.map(\.row) + taken
        if !held.isEmpty { try connection.renewOutbox(held, leaseSeconds: leaseSeconds) }
        renewAt = now + Int64(leaseSeconds) * 1_000_000_000 / 3
    }

    // MARK: Results

    private mutating func settle(_ connection: StoreConnection, isStopped: Bool) throws(StoreError) {
        while let ended = crew.finished.pop(milliseconds: 0) { end(ended) }
        while let ended = finished.last {
            try write(ended, connection, isStopped: isStopped)
            finished.removeLast()
        }
    }

    private mutating func write(
        _ ended: DeliveryCrew.Finished, _ connection: StoreConnection, isStopped: Bool
    ) throws(StoreError) {
        let row = ended.row
        switch ended.outcome {
        case .delivered(let detail):
            try connection.recordDelivery(
                row, .delivered, detail: Detail.line(detail), milliseconds: ended.milliseconds)
            counters.delivered.add(1, ordering: .relaxed)
        case .dead(let detail):
            try connection.recordDelivery(row, .dead, detail: Detail.line(detail), milliseconds: ended.milliseconds)
            tellDead(row, detail)
        case .retry(let detail):
            // What was only broken off is due at once.
            let wait =
                isStopped
                ? 0 : DeliveryPace.wait(failures: try connection.outboxFailures(row), using: &random)
            let written = try connection.recordDelivery(
                row, .retry, detail: Detail.line(detail), milliseconds: ended.milliseconds, waitMilliseconds: wait)
            if written == .dead { return tellDead(row, detail) }
            counters.failed.add(1, ordering: .relaxed)
            log.log(
                level: .warning, "a notice was not delivered; it is tried again", key: "\(row.contact)",
                metadata: metadata(row, detail).merging(["retry_s": "\(wait / 1_000)"]) { $1 })
        }
    }

    private func tellDead(_ row: OutboxRow, _ detail: String) {
        counters.dead.add(1, ordering: .relaxed)
        log.log(
            level: .error, "a notice was given up. Correct the cause, then: darkscope alert retry", key: "\(row.id)",
            metadata: metadata(row, detail))
    }

    private func metadata(_ row: OutboxRow, _ detail: String) -> Logger.Metadata {
        [
            "outbox": "\(row.id)", "contact": "\(row.contact)", "channel": "\(row.channel)",
            "attempt": "\(row.attempt)", "err": "\(Detail.line(detail))",
        ]
    }
}
