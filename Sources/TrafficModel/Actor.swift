/// What an invented source does. Header habits of the tools: telescope methods §5 (ZMap `make_ip_header`, Masscan
/// templates, Mirai `scanner.c`, Nmap `-sS`).
enum Behaviour: UInt8, CaseIterable {
    case mirai, zmapOld, zmapNew, masscanOld, masscanNew, nmap, plainSyn, survey, tcpOther
    case synAck, reset, icmpError, udpResponse
    case udpProbe, echo, fragment, ipv6
    case risingPort, attackVictim, infectedHost

    /// Share of all packets. Mirai leads by hosts, research surveys and Masscan by packets (NICTER 2022–2025: over half
    /// of the packets are surveys, 23/TCP leads the rest; ORION: 1 % of the sources send over 80 %).
    var packetShare: Double {
        switch self {
        case .mirai: 0.17
        case .zmapOld: 0.07
        case .zmapNew: 0.12
        case .masscanOld: 0.06
        case .masscanNew: 0.13
        case .nmap: 0.02
        case .plainSyn: 0.10
        case .survey: 0.10
        case .tcpOther: 0.01
        case .synAck: 0.035
        case .reset: 0.02
        case .icmpError: 0.02
        case .udpResponse: 0.01
        case .udpProbe: 0.06
        case .echo: 0.025
        case .fragment: 0.003
        case .ipv6: 0.007
        case .risingPort: 0.02
        case .attackVictim: 0.01
        case .infectedHost: 0.01
        }
    }

    /// Share of all sources.
    var sourceShare: Double {
        switch self {
        case .mirai: 0.36
        case .plainSyn: 0.22
        case .udpProbe: 0.10
        case .synAck: 0.06
        case .reset: 0.04
        case .icmpError: 0.05
        case .udpResponse: 0.02
        case .echo: 0.04
        case .zmapOld, .masscanOld: 0.005
        case .zmapNew, .masscanNew: 0.01
        case .nmap, .tcpOther: 0.01
        case .fragment, .ipv6: 0.005
        case .survey: 0.002
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
