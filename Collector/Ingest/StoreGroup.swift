import FlowModel
import Store
import WireFormat

/// A batch on its way to the database.
struct StoreJob: Sendable {
    let id: BatchID
    let batch: PendingBatch

    /// Flow records, overflow records and gap entries.
    var rows: Int {
        switch batch.content {
        case .flows(let flows): return flows.records.count + flows.overflow.count
        case .gap(let report): return report.entries.count
        }
    }
}

/// Batches that are stored in one transaction: many, because a transaction of few costs several times as much a row, and
/// soon, because sensors wait.
struct StoreGroup {
    static let maximumRows = 50_000
    static let maximumBatches = 64
    static let maximumEncodedBytes = 32 << 20
    /// From the first batch until the group is closed at the latest.
    static let longest: Int64 = 200_000_000
    /// From the last batch until the group is closed because no more seems to come.
    static let quiet: Int64 = 10_000_000

    private(set) var jobs: [StoreJob] = []
    private var rows = 0
    private var encodedBytes = 0
    private var opened: Int64 = 0
    private var latest: Int64 = 0

    var isEmpty: Bool { jobs.isEmpty }

    /// - Parameter now: nanoseconds of a monotonic clock.
    mutating func add(_ job: StoreJob, at now: Int64) {
        if jobs.isEmpty { opened = now }
        latest = now
        jobs.append(job)
        rows += job.rows
        encodedBytes += job.batch.encoded.count
    }

    /// Nanoseconds to wait for one more batch; 0 when the group is to be stored now.
    func wait(at now: Int64) -> Int64 {
        let isFull =
            rows >= StoreGroup.maximumRows || jobs.count >= StoreGroup.maximumBatches
            || encodedBytes >= StoreGroup.maximumEncodedBytes
        return isFull ? 0 : max(0, min(opened + StoreGroup.longest, latest + StoreGroup.quiet) - now)
    }
}
