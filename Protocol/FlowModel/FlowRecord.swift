/// Whom an ICMP error is about: the destination of the packet that the error quotes, which is the host that
/// somebody attacked with forged dark sources.
public struct Victim: Sendable, Hashable {
    public var address: Address
    /// Protocol number of the quoted packet (IPv4 protocol, or the IPv6 next header, extensions not walked).
    public var ipProtocol: UInt8
    /// Destination port of the quoted packet; 0 when it is neither TCP nor UDP or its ports are not quoted.
    public var port: UInt16

    public init(address: Address, ipProtocol: UInt8, port: UInt16) {
        self.address = address
        self.ipProtocol = ipProtocol
        self.port = port
    }
}

/// What makes two packets of one window the same flow.
public struct FlowKey: Sendable, Hashable {
    public var source: Address
    /// IPv4 protocol number, or the last IPv6 next header after the extension headers.
    public var ipProtocol: UInt8
    public var trafficClass: TrafficClass
    /// Which port this is depends on the class; see `TrafficClass`.
    public var servicePort: UInt16
    /// Only for class icmp-error, and only when enough of the quoted packet was captured.
    public var victim: Victim?

    public init(
        source: Address, ipProtocol: UInt8, trafficClass: TrafficClass, servicePort: UInt16, victim: Victim? = nil
    ) {
        self.source = source
        self.ipProtocol = ipProtocol
        self.trafficClass = trafficClass
        self.servicePort = servicePort
        self.victim = victim
    }
}

/// How a number of distinct things is to be read.
public enum Precision: UInt8, Sendable, Hashable {
    /// Counted exactly.
    case exact = 0
    /// A HyperLogLog estimate; the sensor's documentation states its standard error.
    case estimate = 1
    /// A lower bound: the memory for counting was used up.
    case atLeast = 2
}

/// A number of distinct things and how it is to be read.
public struct DistinctCount: Sendable, Hashable {
    public var value: UInt32
    public var precision: Precision

    public init(_ value: UInt32, _ precision: Precision = .exact) {
        self.value = value
        self.precision = precision
    }
}

/// Facts of a flow's first packet, kept as evidence.
public struct Exemplar: Sendable, Hashable {
    /// An IPv6 header with the longest payload that its length field can say.
    public static let maximumIPLength: UInt32 = 65_575

    /// UDP or TCP source port; for class icmp-error and other classes without ports 0.
    public var sourcePort: UInt16
    /// As the site's `DestinationPolicy` says: the address as a number (`full`), the permuted offset in the dark
    /// space (`permuted`), or 0 (`none`).
    public var destination: UInt128
    public var ttl: UInt8
    /// IPv4 total length, or IPv6 payload length + 40, of that packet; at most `maximumIPLength`.
    public var ipLength: UInt32
    /// The low eight bits of the TCP flags field (CWR ECE URG ACK PSH RST SYN FIN); 0 for other protocols.
    public var tcpFlags: UInt8

    public init(sourcePort: UInt16, destination: UInt128, ttl: UInt8, ipLength: UInt32, tcpFlags: UInt8) {
        self.sourcePort = sourcePort
        self.destination = destination
        self.ttl = ttl
        self.ipLength = ipLength
        self.tcpFlags = tcpFlags
    }
}

/// Packets of a flow that match each tool's header test (sources: telescope methods §5; zmap `make_ip_header`,
/// masscan `syn_cookie` IP id, Mirai `scanner.c`). A verdict needs several packets and is the centre's to give.
public struct ToolMatches: Sendable, Hashable {
    /// IPv4 identification is 54321, in a TCP SYN, a UDP probe or an ICMP request.
    public var zmap: UInt32
    /// TCP SYN over IPv4 whose identification is the low 16 bits of destination ⊕ destination port ⊕ sequence.
    public var masscan: UInt32
    /// TCP SYN over IPv4 whose sequence number is the destination address.
    public var mirai: UInt32

    public init(zmap: UInt32 = 0, masscan: UInt32 = 0, mirai: UInt32 = 0) {
        self.zmap = zmap
        self.masscan = masscan
        self.mirai = mirai
    }
}

/// One flow of one window at one sensor.
public struct FlowRecord: Sendable, Hashable {
    public var key: FlowKey
    /// At least 1.
    public var packets: UInt32
    /// Sum of IP total lengths.
    public var bytes: UInt64
    /// Distinct dark addresses hit: exact to 64.
    public var destinations: DistinctCount
    /// Milliseconds from the window's start to the earliest packet.
    public var firstMilliseconds: UInt32
    /// Milliseconds from the window's start to the latest packet; not before the first, and equal to it for one packet.
    public var lastMilliseconds: UInt32
    public var exemplar: Exemplar
    public var tools: ToolMatches
    /// Place in the batch's signature list plus one; 0 = the first packet has none.
    public var signature: UInt16

    public init(
        key: FlowKey, packets: UInt32, bytes: UInt64, destinations: DistinctCount, firstMilliseconds: UInt32,
        lastMilliseconds: UInt32, exemplar: Exemplar, tools: ToolMatches = ToolMatches(), signature: UInt16 = 0
    ) {
        self.key = key
        self.packets = packets
        self.bytes = bytes
        self.destinations = destinations
        self.firstMilliseconds = firstMilliseconds
        self.lastMilliseconds = lastMilliseconds
        self.exemplar = exemplar
        self.tools = tools
        self.signature = signature
    }
}

/// Packets of many sources that found the sensor's flow table full, summed per class and service port.
public struct OverflowRecord: Sendable, Hashable {
    public var family: AddressFamily
    public var ipProtocol: UInt8
    public var trafficClass: TrafficClass
    /// 0 also stands for all further ports when the overflow table is full too.
    public var servicePort: UInt16
    public var packets: UInt64
    public var bytes: UInt64
    /// Distinct sources among these packets.
    public var sources: DistinctCount

    public init(
        family: AddressFamily, ipProtocol: UInt8, trafficClass: TrafficClass, servicePort: UInt16, packets: UInt64,
        bytes: UInt64, sources: DistinctCount
    ) {
        self.family = family
        self.ipProtocol = ipProtocol
        self.trafficClass = trafficClass
        self.servicePort = servicePort
        self.packets = packets
        self.bytes = bytes
        self.sources = sources
    }
}
