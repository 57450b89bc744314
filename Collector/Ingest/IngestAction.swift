import Messaging
import Store
import WireFormat

/// What the owner of an `IngestState` has to do.
enum IngestAction: Sendable {
    case reply(Message, to: Route)
    /// Decode these bytes and tell `decoded`.
    case decode(BatchID, [UInt8])
    /// Store the batch by this worker and tell `stored`.
    case store(BatchID, PendingBatch, worker: Int)
    /// Ask the database what it has of the stream, by this worker, and tell `lookedUp`.
    case lookUp(StreamID, worker: Int)
    /// Cut the connections of the key.
    case kick(CurveKey)
    case report(IngestReport)
}

/// Something that an operator may want to know; the same may be reported often.
struct IngestReport: Sendable, Hashable {
    enum Event: Sendable, Hashable {
        /// Messages or batches that cannot be decoded; why.
        case undecodable(String)
        /// Its connections were cut because of too many of them.
        case kickedForGarbage
        /// A batch came again under its number with other content.
        case conflict
        /// The database can never store a batch; why.
        case rejected(String)
        /// A batch's window cannot be; why.
        case outsideAdmission(String)
        /// The database knows the key no more.
        case revoked
    }

    let event: Event
    let key: CurveKey
    /// `SITE/NAME`.
    let sensor: String
    /// Which batch; nil when it is about no single one.
    let batch: BatchID?
}
