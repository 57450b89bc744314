/// Whether a UDP datagram answers a packet that somebody sent with a forged source.
///
/// Services whose payload tells are decided by it: DNS and mDNS (QR, RFC 1035 §4.1.1), NTP (mode and response bit,
/// RFC 5905 §7.3 and appendix B of RFC 1305), SIP (status line, RFC 3261 §7.2), SSDP (HTTP status line, UPnP 1.1
/// §1.3.3). The other reflectors of CISA alert TA14-017A and its successors, and these without a payload, are decided
/// by their port and a destination port of 1024 or more.
enum ResponseRule {
    @inline(__always)
    static func holds(_ view: PacketView, payload: Int, end: Int, sourcePort: UInt16, destinationPort: UInt16) -> Bool {
        guard isReflector(sourcePort) else { return false }
        return decide(view, payload, end, sourcePort, destinationPort)
    }

    @inline(__always)
    private static func isReflector(_ port: UInt16) -> Bool {
        switch port {
        case 17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1_900, 3_283, 3_702, 5_060, 5_353, 5_683, 6_881, 10_001,
            11_211,
            27_015, 27_960, 37_810:
            true
        default: false
        }
    }

    @inline(never)
    private static func decide(
        _ view: PacketView, _ payload: Int, _ end: Int, _ sourcePort: UInt16, _ destinationPort: UInt16
    ) -> Bool {
        let length = end - payload
        switch sourcePort {
        case 53 where length >= 3, 5_353 where length >= 3:
            return view.u8(payload + 2) & 0x80 != 0
        case 123 where length >= 1:
            switch view.u8(payload) & 7 {
            case 2, 4: return true
            case 6: return length >= 2 && view.u8(payload + 1) & 0x80 != 0
            case 7: return view.u8(payload) & 0x80 != 0
            default: return false
            }
        case 5_060 where length >= 1:
            return view.has("SIP/2.0", at: payload, end: end)
        case 1_900 where length >= 1:
            return view.has("HTTP/1.", at: payload, end: end)
        default:
            return destinationPort >= 1_024
        }
    }
}
