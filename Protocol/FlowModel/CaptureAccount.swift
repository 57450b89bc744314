/// Why a frame that claims to carry IP could not be read (../captures CONVENTION D1, section IP). The raw value is
/// the number on the wire.
public enum MalformedReason: UInt8, Sendable, Hashable, CaseIterable {
    /// Fewer than 20 bytes of the IPv4 header were captured.
    case ipv4Short = 1
    /// The version nibble of an announced IPv4 header is not 4.
    case ipv4BadVersion = 2
    /// The header length is under 5 words.
    case ipv4BadHeaderLength = 3
    /// The options were not captured completely.
    case ipv4OptionsCut = 4
    /// The total length is shorter than the header.
    case ipv4BadTotalLength = 5
    /// Fewer than 40 bytes of the IPv6 header were captured.
    case ipv6Short = 6
    /// The version nibble of an announced IPv6 header is not 6.
    case ipv6BadVersion = 7

    /// The name in SQL and in text output.
    public var name: String {
        switch self {
        case .ipv4Short: "ip4-short"
        case .ipv4BadVersion: "ip4-badversion"
        case .ipv4BadHeaderLength: "ip4-badihl"
        case .ipv4OptionsCut: "ip4-optcut"
        case .ipv4BadTotalLength: "ip4-badlen"
        case .ipv6Short: "ip6-short"
        case .ipv6BadVersion: "ip6-badversion"
        }
    }
}

/// Frames per malformed reason.
public struct MalformedCounts: Sendable, Hashable {
    private var counts: [UInt64] = Array(repeating: 0, count: MalformedReason.allCases.count)

    public init() {}

    public subscript(reason: MalformedReason) -> UInt64 {
        get { counts[Int(reason.rawValue) - 1] }
        set { counts[Int(reason.rawValue) - 1] = newValue }
    }

    /// Sum over all reasons; saturates.
    public var total: UInt64 {
        counts.reduce(0) { $0.addingReportingOverflow($1).overflow ? .max : $0 + $1 }
    }
}

/// Where frames came from.
public enum CaptureKind: UInt8, Sendable, Hashable {
    case live = 1
    case file = 2
}

/// The capture interface as the kernel reports it; the later, the worse.
public enum LinkState: UInt8, Sendable, Hashable {
    case unknown = 0
    case up = 1
    /// It is down, or has no carrier.
    case down = 2
    /// The interface does not exist at the moment.
    case gone = 3
}

/// Whether the sensor's clock is disciplined (adjtimex(2): `STA_UNSYNC`).
public enum ClockState: UInt8, Sendable, Hashable {
    case unknown = 0
    case synchronised = 1
    case unsynchronised = 2
    /// Times are those of a capture file.
    case file = 3
}

/// What was measured in one batch, so that nobody mistakes *no data* for *no traffic*.
///
/// Law: `received = aggregated + filtered + nonIP + malformed.total`, and `aggregated` is the sum of the packets of
/// the batch's records. The parts of one window add up to the window's account.
public struct CaptureAccount: Sendable, Hashable {
    /// Milliseconds from the window's start at which observation began and ended in this window.
    public var observedFromMilliseconds: UInt32 = 0
    public var observedToMilliseconds: UInt32 = 0
    public var capture: CaptureKind = .file
    /// Seconds by which capture times were moved into the present; 0 = as captured.
    public var shiftSeconds: Int64 = 0
    /// The worst state that was seen in the window.
    public var link: LinkState = .unknown
    /// pcap_stats(3PCAP) differences over this window: ps_recv, ps_drop, ps_ifdrop. Zero for files.
    public var kernelReceived: UInt64 = 0
    public var kernelDropped: UInt64 = 0
    public var interfaceDropped: UInt64 = 0
    /// Frames handed to the sensor.
    public var received: UInt64 = 0
    public var aggregated: UInt64 = 0
    /// IP packets whose destination is outside the site's dark prefixes.
    public var filtered: UInt64 = 0
    public var nonIP: UInt64 = 0
    public var malformed = MalformedCounts()
    /// Aggregated packets of the whole window whose own window had been closed when they came; in part 0 alone.
    public var late: UInt64 = 0
    /// Aggregated packets that are in overflow records because the flow table was full.
    public var overflowed: UInt64 = 0
    public var clock: ClockState = .unknown
    /// Estimated error of the sensor's clock in microseconds, as adjtimex(2) gives it; 0 when unknown.
    public var clockOffsetMicroseconds: Int64 = 0
    /// At most 32 bytes of ASCII.
    public var sensorVersion: String = ""
    /// FNV-1a 64 of the effective configuration.
    public var configurationDigest: UInt64 = 0

    public init() {}

    /// Whether the frames of every bin add up to the frames received.
    public var isConserved: Bool {
        var sum = aggregated
        for part in [filtered, nonIP, malformed.total] {
            let (next, overflow) = sum.addingReportingOverflow(part)
            if overflow { return false }
            sum = next
        }
        return sum == received
    }
}
