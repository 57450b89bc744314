import Alerts
package import Delivery
import Runtime
import Store
import Synchronization
import SystemCalls

/// The channels of notices: a courier and its threads each.
package struct DeliveryChannel: Sendable {
    /// mail, webhook, syslog or file: as meta.contact has it.
    package let name: String
    package let courier: any Courier
    /// Shipments at a time.
    package let threads: Int

    package init(_ name: String, _ courier: any Courier, threads: Int) {
        self.name = name
        self.courier = courier
        self.threads = threads
    }
}

/// Threads that carry shipments, so that a slow receiver keeps nobody waiting but itself. Any thread may use it.
final class DeliveryCrew: Sendable {
    struct Job: Sendable {
        let row: OutboxRow
        let notice: Notice
    }

    struct Finished: Sendable {
        let row: OutboxRow
        let outcome: DeliveryOutcome
        let milliseconds: Int64
    }

    /// Threads by channel: as many jobs of it may be under way.
    let places: [String: Int]
    /// Room for everything that can be under way: giving never waits.
    let finished: BoundedQueue<Finished>
    private let queues: [String: BoundedQueue<Job>]
    private let workers: [Worker]
    private let isStopped = Flag()

    private final class Flag: Sendable {
        let value = Atomic(false)
        func read() -> Bool { value.load(ordering: .relaxed) }
    }

    init(_ channels: [DeliveryChannel], packer: NoticePacker) throws(SystemError) {
        places = Dictionary(uniqueKeysWithValues: channels.map { ($0.name, $0.threads) })
        let finished = BoundedQueue<Finished>(capacity: channels.reduce(1) { $0 + $1.threads })
        let isStopped = isStopped
        var queues: [String: BoundedQueue<Job>] = [:]
        var workers: [Worker] = []
        for channel in channels {
            let queue = BoundedQueue<Job>(capacity: channel.threads)
            queues[channel.name] = queue
            for _ in 0..<channel.threads {
                workers.append(
                    try Worker(name: channel.name) {
                        while let job = queue.pop() {
                            let start = Clock.monotonicNanoseconds()
                            let outcome =
                                packer.shipment(job.row, job.notice).map { shipment in
                                    channel.courier.deliver(shipment) { isStopped.read() }
                                } ?? .dead("there is no format \(job.row.format)")
                            let milliseconds = (Clock.monotonicNanoseconds() - start) / 1_000_000
                            finished.push(Finished(row: job.row, outcome: outcome, milliseconds: milliseconds))
                        }
                    })
            }
        }
        self.finished = finished
        self.queues = queues
        self.workers = workers
    }

    /// Hands a job over; its end is told by `finished`. Called while fewer than `places` of its channel are under way.
    func carry(_ job: Job) {
        guard queues[job.row.channel]?.tryPush(job) == true else {
            finished.push(Finished(row: job.row, outcome: .retry("the collector was stopped"), milliseconds: 0))
            return
        }
    }

    /// Breaks off what is under way, which ends within about a second.
    func stop() {
        isStopped.value.store(true, ordering: .relaxed)
        for queue in queues.values { queue.close() }
    }
}
