/// What an invented source does. Header habits of the tools: telescope methods §5 (ZMap `make_ip_header`, Masscan
/// templates, Mirai `scanner.c`, Nmap `-sS`).
enum Behaviour: UInt8, CaseIterable {
    case mirai, zmapOld, zmapNew, masscanOld, masscanNew, nmap, plainSyn, survey, tcpOther
    case synAck, reset, icmpError, udpResponse
    case udpProbe, icmp, fragment, ipv6, otherProtocol
    case risingPort, attackVictim, infectedHost

    /// Share of all packets while every source is active. Mirai leads by hosts, surveys of ZMap, Masscan and their own
    /// tools by packets (telescope methods §7–8: NICTER 2022–2025, over half of the packets are surveys and 23/TCP
    /// leads the rest; ZMap makes over a third of the scans; ORION, 1 % of the sources send most packets).
    var packetShare: Double {
        switch self {
        case .mirai: 0.21
        case .zmapOld: 0.04
        case .zmapNew: 0.20
        case .masscanOld: 0.03
        case .masscanNew: 0.10
        case .nmap: 0.01
        case .plainSyn: 0.08
        case .survey: 0.13
        case .tcpOther: 0.01
        case .synAck: 0.035
        case .reset: 0.02
        case .icmpError: 0.02
        case .udpResponse: 0.01
        case .udpProbe: 0.05
        case .icmp: 0.025
        case .fragment: 0.003
        case .ipv6: 0.007
        case .otherProtocol: 0.002
        case .risingPort: 0.03
        case .attackVictim: 0.10
        case .infectedHost: 0.01
        }
    }

    /// How fast rates fall with a source's rank among its like: the hosts of one worm are alike, others are not.
    var rankExponent: Double { self == .risingPort || self == .infectedHost ? 0 : 0.9 }

    /// Share of all sources.
    var sourceShare: Double {
        switch self {
        case .mirai: 0.34
        case .plainSyn: 0.25
        case .udpProbe: 0.10
        case .synAck: 0.06
        case .reset: 0.04
        case .icmpError: 0.05
        case .udpResponse: 0.02
        case .icmp: 0.04
        case .zmapOld, .masscanOld, .survey: 0.001
        case .zmapNew, .masscanNew: 0.002
        case .nmap, .tcpOther: 0.01
        case .fragment, .ipv6, .otherProtocol: 0.005
        case .risingPort: 0.04
        case .attackVictim: 0.0001
        case .infectedHost: 0.001
        }
    }
}

/// One invented source: the same at every site.
struct Actor {
    var behaviour: Behaviour
    /// IPv4 address in host order; an IPv6 actor's interface identifier.
    var address: UInt32
    /// Routers between the source and every site.
    var hops: UInt8
    /// Active from and to, in parts of the span: 0…1.
    var from: Float
    var to: Float
    /// A number of its own: constant source ports, window sizes and port choices derive from it.
    var habit: UInt32
}
