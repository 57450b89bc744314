/// What one packet is, decided from that packet alone. The raw value is the byte on the wire and in SQL.
public enum TrafficClass: UInt8, Sendable, Hashable, CaseIterable {
    /// Of FIN, SYN, RST, ACK only SYN. Service port: destination.
    case tcpSyn = 1
    /// SYN and ACK: backscatter. Service port: source.
    case tcpSynAck = 2
    /// RST or RST+ACK: backscatter. Service port: source.
    case tcpRst = 3
    /// Any other known flags. Service port: destination.
    case tcpOther = 4
    /// UDP that is no response. Service port: destination.
    case udpProbe = 5
    /// UDP from a reflector service that says reply: backscatter. Service port: source.
    case udpResponse = 6
    /// ICMP 8, 13, 15, 17; ICMPv6 128. Service port: type·256 + code.
    case icmpRequest = 7
    /// ICMP 0, 14, 16, 18; ICMPv6 129: backscatter. Service port: type·256 + code.
    case icmpReply = 8
    /// ICMP 3, 4, 5, 11, 12; ICMPv6 1–4: backscatter. Service port: type·256 + code.
    case icmpError = 9
    /// Other ICMP, neighbour discovery and MLD among it. Service port: type·256 + code.
    case icmpOther = 10
    /// A fragment that is not the first. Service port: 0.
    case fragment = 11
    /// Any other protocol, or a transport header cut before its ports (service port 0) or, for TCP, between its
    /// ports and its flags (service port: destination).
    case other = 12

    /// Traffic that answers packets which somebody else sent with forged dark addresses.
    public var isBackscatter: Bool {
        switch self {
        case .tcpSynAck, .tcpRst, .udpResponse, .icmpReply, .icmpError: true
        case .tcpSyn, .tcpOther, .udpProbe, .icmpRequest, .icmpOther, .fragment, .other: false
        }
    }

    /// The name in SQL and in text output: `tcp-syn`, `icmp-error`, ….
    public var name: String {
        switch self {
        case .tcpSyn: "tcp-syn"
        case .tcpSynAck: "tcp-synack"
        case .tcpRst: "tcp-rst"
        case .tcpOther: "tcp-other"
        case .udpProbe: "udp-probe"
        case .udpResponse: "udp-response"
        case .icmpRequest: "icmp-request"
        case .icmpReply: "icmp-reply"
        case .icmpError: "icmp-error"
        case .icmpOther: "icmp-other"
        case .fragment: "fragment"
        case .other: "other"
        }
    }
}
