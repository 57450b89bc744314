import Runtime
import SystemCalls
import WireFormat

/// Threads that decode batches.
final class DecodePool: Sendable {
    struct Job: Sendable {
        let id: BatchID
        let encoded: [UInt8]
    }

    private let queue: BoundedQueue<Job>
    private let workers: [Worker]

    /// - Parameter capacity: jobs that are given at a time at most.
    init(threads: Int, capacity: Int, mailbox: Mailbox) throws(SystemError) {
        let queue = BoundedQueue<Job>(capacity: capacity)
        self.queue = queue
        var workers: [Worker] = []
        for index in 0..<threads {
            workers.append(
                try Worker(name: "decode \(index)") {
                    let decoder = BatchDecoder()
                    while let job = queue.pop() {
                        let result = Result { () throws(WireError) in try decoder.decode(job.encoded) }
                        mailbox.post(.decoded(job.id, result))
                    }
                })
        }
        self.workers = workers
    }

    /// Never waits while `capacity` is kept to.
    func give(_ job: Job) { queue.push(job) }

    /// Lets the threads finish what they were given, and waits for that.
    func close() {
        queue.close()
        for worker in workers { worker.join() }
    }
}
