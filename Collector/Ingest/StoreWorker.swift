import FlowModel
import Logging
import Runtime
import Store
import SystemCalls
import Telemetry
import WireFormat

/// A thread with a connection to the database: it stores batches in groups and looks streams up.
final class StoreWorker: Sendable {
    enum Work: Sendable {
        case store(StoreJob)
        case lookUp(StreamID)
    }

    private let queue: BoundedQueue<Work>
    private let worker: Worker

    /// - Parameters:
    ///   - number: from 0.
    ///   - capacity: what it is given at a time at most, look-ups apart.
    ///   - organisations: whose addresses the batches are matched against.
    init(
        number: Int, conninfo: String, capacity: Int, organisations: Organisations, mailbox: Mailbox,
        board: IngestBoard, log: RateLimitedLogger
    ) throws(SystemError) {
        let queue = BoundedQueue<Work>(capacity: capacity + StoreWorker.lookUps)
        self.queue = queue
        worker = try Worker(name: "store \(number)") {
            var loop = StoreLoop(
                number: number, board: board, queue: queue,
                database: Database(conninfo: conninfo, name: "store \(number)", log: log),
                organisations: organisations, mailbox: mailbox)
            loop.run()
        }
    }

    /// Places in the queue for look-ups.
    private static let lookUps = 1_024

    /// Never waits while `capacity` is kept to.
    func store(_ job: StoreJob) { queue.push(.store(job)) }

    /// False when too many wait already.
    func lookUp(_ stream: StreamID) -> Bool { queue.tryPush(.lookUp(stream)) }

    /// Lets the thread store what it was given, if the database lets it, and end.
    func close() { queue.close() }
}

/// What the thread of a `StoreWorker` does. Owned by: that thread.
private struct StoreLoop {
    /// Failures of one group on a good connection before its batches are stored one by one.
    private static let patience = 3

    private let number: Int
    private let board: IngestBoard
    private let queue: BoundedQueue<StoreWorker.Work>
    private var database: Database
    private let organisations: Organisations
    private let mailbox: Mailbox
    /// What came while the database was away, and what a failed group left; oldest first.
    private var backlog: ArraySlice<StoreJob> = []
    /// How many of the backlog are to be stored one by one.
    private var singly = 0

    init(
        number: Int, board: IngestBoard, queue: BoundedQueue<StoreWorker.Work>, database: Database,
        organisations: Organisations, mailbox: Mailbox
    ) {
        self.number = number
        self.board = board
        self.queue = queue
        self.database = database
        self.organisations = organisations
        self.mailbox = mailbox
    }

    mutating func run() {
        while let group = nextGroup() {
            guard store(group) else { return }
        }
    }

    /// The next group; nil when there is none and none will come.
    private mutating func nextGroup() -> [StoreJob]? {
        if singly > 0, let job = backlog.popFirst() {
            singly -= 1
            return [job]
        }
        var group = StoreGroup()
        while true {
            let now = Clock.monotonicNanoseconds()
            let wait = group.isEmpty ? -1 : group.wait(at: now)
            if wait == 0 { return group.jobs }
            if let job = backlog.popFirst() {
                group.add(job, at: now)
            } else if let work = queue.pop(milliseconds: milliseconds(wait)) {
                switch work {
                case .store(let job): group.add(job, at: now)
                case .lookUp(let stream): lookUp(stream)
                }
            } else if queue.isFinished {
                return group.isEmpty ? nil : group.jobs
            }
        }
    }

    /// Stores a group, however long the database is away; false when it is away and the collector stops.
    private mutating func store(_ jobs: [StoreJob]) -> Bool {
        var failures = 0
        while true {
            waitForDatabase()
            let start = Clock.monotonicNanoseconds()
            do throws(StoreError) {
                let outcomes = try database.use { connection throws(StoreError) in
                    try connection.store(jobs.map(\.batch), matching: try organisations.current(connection))
                }
                let stored = zip(jobs, outcomes).map { StoredBatch(id: $0.id, outcome: $1, rows: $0.rows) }
                board.note(worker: number, isServed: true)
                mailbox.post(
                    .stored(
                        stored,
                        GroupFacts(
                            nanoseconds: Clock.monotonicNanoseconds() - start, delays: delays(jobs, outcomes))))
                return true
            } catch {
                board.note(worker: number, isServed: false)
                // What the database did before the error is known to it: all is sent again, nothing is stored twice.
                if queue.isClosed { return false }
                guard database.isConnected else { continue }
                failures += 1
                // One batch on which the database fails again and again must not keep back the others for ever.
                if jobs.count == 1 {
                    backlog.append(jobs[0])
                    return true
                }
                if failures == StoreLoop.patience {
                    backlog = jobs[...] + backlog
                    singly = jobs.count
                    return true
                }
            }
        }
    }

    /// Seconds from the end of each live window that was stored to now.
    private func delays(_ jobs: [StoreJob], _ outcomes: [StoreOutcome]) -> [Double] {
        let now = Double(Clock.wallNanoseconds()) / 1e9
        return zip(jobs, outcomes).compactMap { job, outcome in
            guard case .stored = outcome, !job.batch.isImport else { return nil }
            guard case .flows(let flows) = job.batch.content else { return nil }
            return max(0, now - Double(flows.window.end))
        }
    }

    /// Waits until the database may be tried again, and takes what comes meanwhile.
    private mutating func waitForDatabase() {
        while true {
            let left = database.retryAt - Clock.monotonicNanoseconds()
            guard left > 0, let work = queue.pop(milliseconds: milliseconds(left)) else { return }
            switch work {
            case .store(let job): backlog.append(job)
            case .lookUp(let stream): mailbox.post(.lookedUp(stream, nil))
            }
        }
    }

    private mutating func lookUp(_ stream: StreamID) {
        guard database.retryAt <= Clock.monotonicNanoseconds() else { return mailbox.post(.lookedUp(stream, nil)) }
        let committed = try? database.use { connection throws(StoreError) in
            try connection.committed(sensor: stream.sensor, epoch: stream.epoch)
        }
        mailbox.post(.lookedUp(stream, committed))
    }

    /// For a wait: rounded up, or else it would end early and be repeated without rest.
    private func milliseconds(_ nanoseconds: Int64) -> Int32 {
        nanoseconds < 0 ? -1 : Int32(clamping: (nanoseconds + 999_999) / 1_000_000)
    }
}
