import FlowModel

/// What the transport header says: class, ports and, for an ICMP error, where the quoted packet is.
struct Transport {
    var trafficClass = TrafficClass.other
    var servicePort: UInt16 = 0
    var sourcePort: UInt16 = 0
    var destinationPort: UInt16 = 0
    var flags: UInt8 = 0
    var sequence: UInt32 = 0
    /// Offset of the IP header that an ICMP error quotes; 0 for none.
    var quote = 0

    /// Reads the header at `at`, of which the bytes before `end` are there: `end` is the lesser of what was captured
    /// and what the IP header announces.
    @inline(__always)
    init(_ view: PacketView, at: Int, end: Int, ipProtocol: UInt8, isLaterFragment: Bool, isIPv4: Bool) {
        if isLaterFragment {
            trafficClass = .fragment
            return
        }
        let length = end &- at
        if ipProtocol == 6 {
            guard length >= 4 else { return }
            destinationPort = view.u16(at &+ 2)
            sourcePort = view.u16(at)
            // Without its flags a segment has no class of TCP.
            guard length >= 20 else {
                servicePort = destinationPort
                return
            }
            sequence = view.u32(at &+ 4)
            flags = view.u8(at &+ 13)
            trafficClass = Transport.tcpClass(flags)
            servicePort = trafficClass == .tcpSynAck || trafficClass == .tcpRst ? sourcePort : destinationPort
        } else if ipProtocol == 17 {
            guard length >= 4 else { return }
            sourcePort = view.u16(at)
            destinationPort = view.u16(at &+ 2)
            let isResponse = ResponseRule.holds(
                view, payload: at &+ 8, end: end, sourcePort: sourcePort, destinationPort: destinationPort)
            trafficClass = isResponse ? .udpResponse : .udpProbe
            servicePort = isResponse ? sourcePort : destinationPort
        } else if ipProtocol == (isIPv4 ? 1 : 58) {
            guard length >= 4 else { return }
            servicePort = view.u16(at)
            trafficClass = isIPv4 ? Transport.icmpClass(view.u8(at)) : Transport.icmpv6Class(view.u8(at))
            if trafficClass == .icmpError, length >= 8 { quote = at &+ 8 }
        }
    }

    @inline(__always)
    static func tcpClass(_ flags: UInt8) -> TrafficClass {
        switch flags & 0x17 {
        case 0x02: .tcpSyn
        case 0x12: .tcpSynAck
        case 0x04, 0x14: .tcpRst
        default: .tcpOther
        }
    }

    private static func icmpClass(_ type: UInt8) -> TrafficClass {
        switch type {
        case 8, 13, 15, 17: .icmpRequest
        case 0, 14, 16, 18: .icmpReply
        case 3, 4, 5, 11, 12: .icmpError
        default: .icmpOther
        }
    }

    private static func icmpv6Class(_ type: UInt8) -> TrafficClass {
        switch type {
        case 128: .icmpRequest
        case 129: .icmpReply
        case 1...4: .icmpError
        default: .icmpOther
        }
    }
}
