/// What a site tells of the dark address that a packet hit; enforced on the sensor.
public enum DestinationPolicy: UInt8, Sendable, Hashable, CaseIterable {
    /// The address itself.
    case full = 1
    /// The offset in the site's dark space under a keyed bijection: distinct stays distinct, the address is hidden.
    case permuted = 2
    /// Nothing.
    case none = 3

    /// The name in configuration and SQL.
    public var name: String {
        switch self {
        case .full: "full"
        case .permuted: "permuted"
        case .none: "none"
        }
    }
}

/// One part of one window of one sensor: the account and at most `FlowBatch.maximumRecords` records of one family.
///
/// Part 0 carries all that is not records: the frames of the other bins, kernel counters and overflow records. The
/// account of a later part holds `received = aggregated =` the sum of its own records.
public struct FlowBatch: Sendable, Hashable {
    /// Records in a batch at most.
    public static let maximumRecords = 10_000
    /// Overflow records in a batch at most.
    public static let maximumOverflowRecords = 4_096
    /// Signatures in a batch at most.
    public static let maximumSignatures = 10_000

    public var window: Window
    /// 0 for the first part of a window.
    public var part: UInt16
    /// Whether this is the window's last part.
    public var isLastPart: Bool
    public var policy: DestinationPolicy
    public var account: CaptureAccount
    /// The family of every record's source, victim and destination.
    public var family: AddressFamily
    public var signatures: [HeaderSignature]
    /// Sorted by (class, service port, source).
    public var records: [FlowRecord]
    public var overflow: [OverflowRecord]

    public init(
        window: Window, part: UInt16 = 0, isLastPart: Bool = true, policy: DestinationPolicy = .none,
        account: CaptureAccount, family: AddressFamily = .ipv4, signatures: [HeaderSignature] = [],
        records: [FlowRecord] = [], overflow: [OverflowRecord] = []
    ) {
        self.window = window
        self.part = part
        self.isLastPart = isLastPart
        self.policy = policy
        self.account = account
        self.family = family
        self.signatures = signatures
        self.records = records
        self.overflow = overflow
    }
}
