import FlowModel

/// The ports and the protocol of packets that came into dark space, as formats name them.
///
/// In backscatter the service is where packets came from; where they went to is dark, and is not told.
struct ObservedTraffic {
    /// As in the IANA list of protocol numbers, in lower case: tcp, udp, icmp, ipv6-icmp, or ip for any other.
    let transport: String
    /// nil for none or unknown.
    let sourcePort: UInt16?
    let destinationPort: UInt16?
    let icmpType: UInt8?
    let icmpCode: UInt8?
    /// Name of the service behind the port; nil for unknown.
    let application: String?

    init(_ evidence: NoticeEvidence) {
        var service: UInt16?
        switch evidence.trafficClass {
        case .tcpSyn, .tcpOther, .udpProbe, .other:
            service = ObservedTraffic.port(evidence.servicePort)
            sourcePort = ObservedTraffic.port(evidence.sourcePort)
            destinationPort = service
        case .tcpSynAck, .tcpRst, .udpResponse:
            service = ObservedTraffic.port(evidence.servicePort)
            sourcePort = service
            destinationPort = nil
        case .icmpRequest, .icmpReply, .icmpError, .icmpOther, .fragment:
            sourcePort = nil
            destinationPort = nil
        }
        let isICMP = [.icmpRequest, .icmpReply, .icmpError, .icmpOther].contains(evidence.trafficClass)
        icmpType = isICMP ? UInt8(evidence.servicePort >> 8) : nil
        icmpCode = isICMP ? UInt8(evidence.servicePort & 0xFF) : nil
        let transport =
            switch evidence.ipProtocol {
            case 1: "icmp"
            case 6: "tcp"
            case 17: "udp"
            case 58: "ipv6-icmp"
            default: "ip"
            }
        self.transport = transport
        application = service.flatMap { ObservedTraffic.applications["\(transport)/\($0)"] }
    }

    /// `tcp/23`, `icmp 8/0`, or the transport alone.
    var service: String {
        if let icmpType, let icmpCode { return "\(transport) \(icmpType)/\(icmpCode)" }
        return (destinationPort ?? sourcePort).map { "\(transport)/\($0)" } ?? transport
    }

    private static func port(_ number: UInt16) -> UInt16? { number == 0 ? nil : number }

    /// Services that worms and scanners look for, by the names of the IANA registry where there is one.
    private static let applications = [
        "tcp/21": "ftp", "tcp/22": "ssh", "tcp/23": "telnet", "tcp/25": "smtp", "tcp/53": "dns", "udp/53": "dns",
        "tcp/80": "http", "tcp/110": "pop3", "udp/123": "ntp", "tcp/135": "msrpc", "udp/137": "netbios-ns",
        "tcp/139": "netbios-ssn", "tcp/143": "imap", "udp/161": "snmp", "tcp/389": "ldap", "udp/389": "ldap",
        "tcp/443": "https", "tcp/445": "smb", "udp/500": "isakmp", "udp/514": "syslog", "tcp/554": "rtsp",
        "tcp/1433": "mssql", "udp/1900": "ssdp", "tcp/2323": "telnet", "tcp/3306": "mysql", "tcp/3389": "rdp",
        "udp/5060": "sip", "tcp/5060": "sip", "udp/5353": "mdns", "tcp/5432": "postgresql", "tcp/5555": "adb",
        "tcp/5900": "vnc", "tcp/6379": "redis", "tcp/7547": "cwmp", "tcp/8080": "http", "udp/11211": "memcached",
    ]
}
