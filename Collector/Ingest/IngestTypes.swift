import FlowModel
import Messaging

/// Both clocks at one moment: the monotonic one for intervals, the wall's for the times in batches.
struct Moment: Sendable, Hashable {
    var monotonicNanoseconds: Int64
    var unixMicroseconds: Int64
}

/// Where an answer goes: a connection of one of the collector's sockets.
struct Route: Sendable, Hashable {
    /// Which of the sockets.
    let socket: Int
    let peer: RouterSocket.Route
}

/// Who sent something, and where an answer to it goes.
struct Carrier: Sendable, Hashable {
    let key: CurveKey
    let route: Route
}

/// A stream as it is named in messages.
struct StreamID: Sendable, Hashable {
    let sensor: Int32
    let epoch: Epoch
}

/// A number of a stream.
struct Place: Sendable, Hashable {
    let stream: StreamID
    let sequence: UInt64
}

/// A batch in flight. The digest is part of it: other content under the same number is another batch, and the database
/// decides which of them is the stream's.
struct BatchID: Sendable, Hashable {
    let stream: StreamID
    let sequence: UInt64
    let digest: UInt64

    var place: Place { Place(stream: stream, sequence: sequence) }
}
