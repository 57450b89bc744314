/// Finds the outermost IP header behind the link layer (capture convention D1).
enum LinkLayer {
    /// What was found: IPv4, IPv6, or nothing that we read.
    enum Payload {
        case none
        case ipv4
        case ipv6
    }

    /// The kind of payload and where it starts; `none` also when the frame ends before it.
    @inline(__always)
    static func find(_ view: PacketView, _ type: LinkType) -> (Payload, Int) {
        // The common frame first: Ethernet II with IPv4.
        if type == .ethernet, view.count > 14, view.u16(12) == 0x0800 { return (.ipv4, 14) }
        let (payload, offset) = other(view, type)
        return offset < view.count ? (payload, offset) : (.none, 0)
    }

    @inline(never)
    private static func other(_ view: PacketView, _ type: LinkType) -> (Payload, Int) {
        switch type {
        case .unsupported: (.none, 0)
        case .ethernet: view.count >= 14 ? etherType(view, view.u16(12), 14) : (.none, 0)
        case .rawIP: nibble(view, 0)
        case .ipv4: (.ipv4, 0)
        case .ipv6: (.ipv6, 0)
        case .linuxCooked: view.count >= 16 ? etherType(view, view.u16(14), 16) : (.none, 0)
        case .linuxCooked2: view.count >= 20 ? etherType(view, view.u16(0), 20) : (.none, 0)
        case .loopback: loopback(view)
        case .ppp, .pppSerial: serial(view)
        case .pppEthernet: ppp(view, 6)
        case .ciscoHDLC: view.count >= 4 ? etherType(view, view.u16(2), 4) : (.none, 0)
        }
    }

    private static func nibble(_ view: PacketView, _ at: Int) -> (Payload, Int) {
        switch view.u8(at) >> 4 {
        case 4: (.ipv4, at)
        case 6: (.ipv6, at)
        default: (.none, 0)
        }
    }

    private static func etherType(_ view: PacketView, _ first: UInt16, _ start: Int) -> (Payload, Int) {
        var type = first
        var at = start
        // IEEE 802.1Q, 802.1ad and the older numbers for the same, any depth.
        while type == 0x8100 || type == 0x88A8 || type == 0x9100 || type == 0x9200 {
            guard at + 4 <= view.count else { return (.none, 0) }
            type = view.u16(at + 2)
            at += 4
        }
        switch type {
        case 0x0800: return (.ipv4, at)
        case 0x86DD: return (.ipv6, at)
        case 0x8847, 0x8848: return mpls(view, at)
        // RFC 2516: six bytes of PPPoE session header.
        case 0x8864: return ppp(view, at + 6)
        case 0...1_500: return llc(view, at)
        default: return (.none, 0)
        }
    }

    /// RFC 3032: label stack entries to the one with the bottom bit, then IP by its first nibble.
    private static func mpls(_ view: PacketView, _ start: Int) -> (Payload, Int) {
        var at = start
        while at + 4 <= view.count {
            let isBottom = view.u8(at + 2) & 1 != 0
            at += 4
            if isBottom { return nibble(view, at) }
        }
        return (.none, 0)
    }

    /// RFC 1661 and 1662: address and control may be there, the protocol may be one byte.
    private static func ppp(_ view: PacketView, _ start: Int) -> (Payload, Int) {
        var at = start
        if view.u16(at) == 0xFF03 { at += 2 }
        let type: UInt16
        if view.u8(at) & 1 != 0 {
            type = UInt16(view.u8(at))
            at += 1
        } else {
            type = view.u16(at)
            at += 2
        }
        switch type {
        case 0x0021: return (.ipv4, at)
        case 0x0057: return (.ipv6, at)
        case 0x0281, 0x0283: return mpls(view, at)
        default: return (.none, 0)
        }
    }

    /// PPP in HDLC-like framing, or Cisco HDLC, which shows by its address byte.
    private static func serial(_ view: PacketView) -> (Payload, Int) {
        let address = view.u8(0)
        if view.count >= 4, address == 0x0F || address == 0x8F, view.u8(1) == 0 {
            return etherType(view, view.u16(2), 4)
        }
        return ppp(view, 0)
    }

    /// IEEE 802.2: LLC of IP, or SNAP with the OUI of Ethernet or of bridged frames.
    private static func llc(_ view: PacketView, _ at: Int) -> (Payload, Int) {
        if view.u16(at) == 0x0606, view.u8(at + 2) == 0x03 { return (.ipv4, at + 3) }
        guard view.u16(at) == 0xAAAA, view.u8(at + 2) == 0x03, at + 8 <= view.count else { return (.none, 0) }
        let organisation = view.u32(at + 2) & 0x00FF_FFFF
        let type = view.u16(at + 6)
        guard organisation == 0 || organisation == 0xF8, type > 1_500 else { return (.none, 0) }
        return etherType(view, type, at + 8)
    }

    /// AF_INET is 2 everywhere; AF_INET6 is 10, 24, 28 or 30.
    private static func loopback(_ view: PacketView) -> (Payload, Int) {
        guard view.count >= 4 else { return (.none, 0) }
        for family in [view.u32(0), view.u32(0).byteSwapped] {
            if family == 2 { return (.ipv4, 4) }
            if family == 10 || family == 24 || family == 28 || family == 30 { return (.ipv6, 4) }
        }
        return (.none, 0)
    }
}
