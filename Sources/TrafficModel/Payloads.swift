/// UDP payloads that scanners and reflectors send, by service (formats: RFC 1035, RFC 5905, RFC 3261, UPnP 1.1 §1.3,
/// memcached protocol.txt, RFC 1157).
enum Payloads {
    static let probes: [(port: UInt16, payload: [UInt8])] = [
        (53, dnsQuery), (123, [0x17, 0x00, 0x03, 0x2A, 0, 0, 0, 0]),
        (5060, Array("OPTIONS sip:100@192.0.2.1 SIP/2.0\r\nMax-Forwards: 70\r\n\r\n".utf8)),
        (1900, Array("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n".utf8)),
        (11211, [0, 1, 0, 0, 0, 1, 0, 0] + Array("stats\r\n".utf8)),
        (161, [0x30, 0x26, 0x02, 0x01, 0x01, 0x04, 0x06] + Array("public".utf8)),
        (389, [0x30, 0x25, 0x02, 0x01, 0x01]),
        (5683, [0x40, 0x01, 0x01, 0xCE]), (6881, Array("d1:ad2:id20:".utf8)), (53413, Array("AA".utf8)), (47808, []),
    ]

    /// Source ports and payloads of reflected answers; each says reply by itself or by its port.
    static let responses: [(port: UInt16, payload: [UInt8])] = [
        (53, [0x1A, 0x2B, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0] + dnsName + [0, 0xFF, 0, 1]),
        (123, [0xD7, 0x00, 0x03, 0x2A] + Array(repeating: 0, count: 44)),
        (1900, Array("HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n".utf8)),
        (5060, Array("SIP/2.0 200 OK\r\n\r\n".utf8)),
    ]

    private static let dnsName: [UInt8] = [7] + Array("example".utf8) + [3] + Array("com".utf8) + [0]
    private static let dnsQuery: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + dnsName + [0, 0xFF, 0, 1]
}

/// The TCP options of a SYN, in the order each sender writes them.
enum OptionProfile {
    case absent
    case mss1460
    case linux
    case windows

    private static let mss1460Bytes: [UInt8] = [2, 4, 0x05, 0xB4]
    private static let linuxBytes: [UInt8] = [
        2, 4, 0x05, 0xB4, 4, 2, 8, 10, 0x12, 0x34, 0x56, 0x78, 0, 0, 0, 0, 1, 3, 3, 7,
    ]
    private static let windowsBytes: [UInt8] = [2, 4, 0x05, 0xB4, 1, 3, 3, 8, 1, 1, 4, 2]

    var bytes: [UInt8] {
        switch self {
        case .absent: []
        case .mss1460: OptionProfile.mss1460Bytes
        case .linux: OptionProfile.linuxBytes
        case .windows: OptionProfile.windowsBytes
        }
    }
}
