import Logging
import Runtime
import Store
import SystemCalls
import Telemetry

/// Threads with a connection each that answer questions: libpq blocks, so it is never called on a thread of NIO or of
/// Swift's concurrency. Any thread may use it.
final class QueryPool: Sendable {
    private let queue: BoundedQueue<Inquiry>
    /// Statements that are to be ended: that blocks too.
    private let unwanted: BoundedQueue<QueryCanceller>
    private let workers: [Worker]

    /// - Parameters:
    ///   - name: of the threads and connections, as pg_stat_activity shows it.
    ///   - waiting: questions that wait at most.
    ///   - prepare: done with each new connection.
    init(
        name: String, conninfo: String, connections: Int, waiting: Int, log: RateLimitedLogger,
        prepare: @escaping @Sendable (StoreConnection) throws(StoreError) -> Void
    ) throws(SystemError) {
        let queue = BoundedQueue<Inquiry>(capacity: waiting)
        let unwanted = BoundedQueue<QueryCanceller>(capacity: waiting + connections)
        self.queue = queue
        self.unwanted = unwanted
        var workers = [
            try Worker(name: "\(name) cancel") {
                while true {
                    if let canceller = unwanted.pop() { canceller.cancel() } else if unwanted.isFinished { return }
                }
            }
        ]
        for number in 0..<connections {
            workers.append(
                try Worker(name: "\(name) \(number)") {
                    let asker = Asker(
                        KeptConnection(conninfo: conninfo, name: "\(name) \(number)", prepare: prepare), log: log)
                    while true {
                        if let inquiry = queue.pop() { asker.answer(inquiry) } else if queue.isFinished { return }
                    }
                })
        }
        self.workers = workers
    }

    /// What a thread does. Owned by: that thread.
    private final class Asker {
        private let log: RateLimitedLogger
        private var kept: KeptConnection

        init(_ kept: KeptConnection, log: RateLimitedLogger) {
            self.kept = kept
            self.log = log
        }

        func answer(_ inquiry: Inquiry) {
            do throws(StoreError) {
                kept.dropIfEnded()
                let connection = try kept.open()
                // After a cancellation the server may still end the statement that comes next: make a new one.
                if !inquiry.ask(connection) || !connection.isAlive { kept.drop() }
            } catch {
                log.log(
                    level: .warning, "the console cannot ask the database", metadata: ["err": "\(error.message)"])
                inquiry.fail(error)
            }
        }
    }

    /// Has a question answered.
    /// - Parameter body: runs on a thread of the pool; its connection is good during the call.
    /// - Throws: what `body` does; a `Problem` when too many wait already; `CancellationError` when the task was cancelled,
    ///   which also ends its statement at the server.
    func ask<Value: Sendable>(
        _ body: @escaping @Sendable (StoreConnection) throws -> Value
    ) async throws -> Value {
        let box = InquiryBox()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                let inquiry = Inquiry(
                    work: { connection in
                        continuation.resume(with: Result { try body(connection) })
                    }, failure: { continuation.resume(throwing: $0) })
                // A cancellation that came before finds nothing to cancel, and is made up for.
                let isUnwanted = box.hold(inquiry)
                if !isUnwanted, !queue.tryPush(inquiry) {
                    inquiry.fail(
                        queue.isClosed
                            ? CancellationError()
                            : Problem.unavailable("too many questions wait for an answer", retryAfter: 2) as any Error)
                }
                if isUnwanted { inquiry.fail(CancellationError()) }
            }
        } onCancel: {
            if let canceller = box.cancel()?.cancel() { _ = unwanted.tryPush(canceller) }
        }
    }

    /// Ends the threads after what they are at.
    func stop() {
        queue.close()
        unwanted.close()
    }
}
