public import FlowModel

/// What sensor and collector say to each other (SPEC.md §3); each is one ZeroMQ frame.
public enum Message: Sendable, Hashable {
    case hello(Hello)
    case welcome(Welcome)
    case batch(BatchMessage)
    case ack(Ack)
    case nak(Nak)
    case bye(Bye)
}

/// Sensor: I have a stream to deliver. Answered by `Welcome` or `Nak` with sequence 0.
public struct Hello: Sendable, Hashable {
    /// Message versions the sensor speaks.
    public var versions: ClosedRange<UInt8>
    public var epoch: Epoch
    /// Whether the stream is a capture file's, and not a live run's.
    public var isImport: Bool
    /// The oldest sequence that the sensor still holds, and the next it will give out.
    public var firstSequence: UInt64
    public var nextSequence: UInt64
    /// ASCII, at most `WireLimits.versionBytes`.
    public var sensorVersion: String

    public init(
        versions: ClosedRange<UInt8> = MessageCoding.supported, epoch: Epoch, isImport: Bool, firstSequence: UInt64,
        nextSequence: UInt64, sensorVersion: String
    ) {
        self.versions = versions
        self.epoch = epoch
        self.isImport = isImport
        self.firstSequence = firstSequence
        self.nextSequence = nextSequence
        self.sensorVersion = sensorVersion
    }
}

/// Collector: this is what I have of the stream.
public struct Welcome: Sendable, Hashable {
    /// The message version both will use.
    public var version: UInt8
    public var serverUnixMilliseconds: Int64
    /// Batches that may be unacknowledged at a time; at least 1.
    public var credit: UInt16
    public var epoch: Epoch
    /// Sequences that are stored for good: ascending, disjoint, not adjacent. When there are more ranges than fit, the
    /// highest are left out: what is sent again is recognised.
    public var committed: [ClosedRange<UInt64>]

    public init(
        version: UInt8, serverUnixMilliseconds: Int64, credit: UInt16, epoch: Epoch, committed: [ClosedRange<UInt64>]
    ) {
        self.version = version
        self.serverUnixMilliseconds = serverUnixMilliseconds
        self.credit = credit
        self.epoch = epoch
        self.committed = committed
    }
}

/// Sensor: one record of a stream.
public struct BatchMessage: Sendable, Hashable {
    public var epoch: Epoch
    /// From 1.
    public var sequence: UInt64
    /// What `BatchEncoder` made; at most `WireLimits.batchBytes`.
    public var content: [UInt8]

    public init(epoch: Epoch, sequence: UInt64, content: [UInt8]) {
        self.epoch = epoch
        self.sequence = sequence
        self.content = content
    }
}

/// Collector: these are stored for good.
public struct Ack: Sendable, Hashable {
    public var epoch: Epoch
    /// Ascending, disjoint, at least one, at most `WireLimits.ranges`.
    public var sequences: [ClosedRange<UInt64>]

    public init(epoch: Epoch, sequences: [ClosedRange<UInt64>]) {
        self.epoch = epoch
        self.sequences = sequences
    }
}

/// Why a collector does not store a batch or does not welcome a stream.
public enum NakReason: UInt8, Sendable, Hashable, CaseIterable {
    case busy = 1
    case undecodable = 2
    case outsideAdmission = 3
    case overLimit = 4
    case unsupportedVersion = 5
    case conflictingDigest = 6
    case storage = 7
    case alreadyImported = 8
    case notWelcome = 9

    /// The name in logs and SQL.
    public var name: String {
        switch self {
        case .busy: "busy"
        case .undecodable: "undecodable"
        case .outsideAdmission: "outside-admission"
        case .overLimit: "over-limit"
        case .unsupportedVersion: "unsupported-version"
        case .conflictingDigest: "conflicting-digest"
        case .storage: "storage"
        case .alreadyImported: "already-imported"
        case .notWelcome: "not-welcome"
        }
    }
}

/// Collector: not stored.
public struct Nak: Sendable, Hashable {
    public var epoch: Epoch
    /// The batch, or 0 for the stream as a whole.
    public var sequence: UInt64
    public var reason: NakReason
    /// Whether the same batch may be accepted later; otherwise the sensor gives it up and records a gap.
    public var isRetryable: Bool
    public var retryAfterMilliseconds: UInt32
    /// For a person; at most `WireLimits.textBytes`, cut there when longer.
    public var text: String

    public init(
        epoch: Epoch, sequence: UInt64, reason: NakReason, isRetryable: Bool, retryAfterMilliseconds: UInt32 = 0,
        text: String = ""
    ) {
        self.epoch = epoch
        self.sequence = sequence
        self.reason = reason
        self.isRetryable = isRetryable
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.text = text
    }
}

/// Sensor: I stop for now; nothing of this stream is in flight.
public struct Bye: Sendable, Hashable {
    public var epoch: Epoch

    public init(epoch: Epoch) { self.epoch = epoch }
}
