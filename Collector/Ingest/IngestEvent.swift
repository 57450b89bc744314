import Messaging
import Store
import Synchronization
import WireFormat

/// What other threads tell the ingest thread.
enum IngestEvent: Sendable {
    case decoded(BatchID, Result<BatchContent, WireError>)
    case stored([StoredBatch], GroupFacts)
    case lookedUp(StreamID, [ClosedRange<UInt64>]?)
    case keys([CurveKey: EnrolledKey])
    /// Say in the log what was counted.
    case report
    /// End, at the latest at this time of the monotonic clock.
    case stop(deadline: Int64)
}

/// Events for the ingest thread. Any thread may post; nobody waits. Not bounded by itself: what is posted answers what
/// the `IngestState` let out, which is bounded.
final class Mailbox: Sendable {
    private let events = Mutex<[IngestEvent]>([])
    let waker: Waker

    init() throws(MessagingError) { waker = try Waker() }

    func post(_ event: IngestEvent) {
        events.withLock { $0.append(event) }
        waker.wake()
    }

    /// All events so far, oldest first.
    func take() -> [IngestEvent] {
        events.withLock { events in
            defer { events = [] }
            return events
        }
    }
}
