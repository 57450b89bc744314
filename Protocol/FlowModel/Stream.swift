/// A sensor's stream: one run of a live sensor (random), or one capture file under one configuration (a digest, so
/// that the same file read again gives the same stream and is not counted twice).
public struct Epoch: Sendable, Hashable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String { Epoch.hex(high) + Epoch.hex(low) }

    /// Reads what `description` gives.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }),
            let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Why data that a sensor should have delivered will not come.
public enum GapReason: UInt8, Sendable, Hashable, CaseIterable {
    /// The spool reached its bound and dropped its oldest batches.
    case dropped = 1
    /// A record of the spool was damaged.
    case corrupt = 2
    /// The sensor stopped without closing its window, or was not running.
    case stopped = 3
    /// The collector refused the batch for good.
    case rejected = 4
    /// The spool could not be written.
    case unwritable = 5

    /// The name in SQL and in text output.
    public var name: String {
        switch self {
        case .dropped: "dropped"
        case .corrupt: "corrupt"
        case .stopped: "stopped"
        case .rejected: "rejected"
        case .unwritable: "unwritable"
        }
    }
}

/// One batch, or one span of time, that is lost.
public struct GapEntry: Sendable, Hashable {
    /// The lost batch's sequence number; 0 when the loss is a span of time without a batch.
    public var sequence: UInt64
    /// Unix seconds `[from, to)` that the loss covers; both 0 when unknown.
    public var from: Int64
    public var to: Int64
    /// Lost packets and bytes; nil when unknown.
    public var packets: UInt64?
    public var bytes: UInt64?

    public init(sequence: UInt64, from: Int64 = 0, to: Int64 = 0, packets: UInt64? = nil, bytes: UInt64? = nil) {
        self.sequence = sequence
        self.from = from
        self.to = to
        self.packets = packets
        self.bytes = bytes
    }
}

/// A sensor's statement of what is lost, itself delivered as a batch.
public struct GapReport: Sendable, Hashable {
    /// Entries in a report at most.
    public static let maximumEntries = 10_000

    public var reason: GapReason
    /// The stream that the entries' sequence numbers belong to; not always the stream that carries the report.
    public var epoch: Epoch
    public var entries: [GapEntry]

    public init(reason: GapReason, epoch: Epoch, entries: [GapEntry]) {
        self.reason = reason
        self.epoch = epoch
        self.entries = entries
    }
}
