import FlowModel

/// Reads one packet from its frame: what it writes depends on the frame's bytes alone (capture convention D1,
/// architecture §3).
///
/// It writes the facts where they are wanted: through a return value they would be copied twice.
enum Dissector {
    enum Outcome {
        case nonIP
        case malformed(MalformedReason)
        case ipv4
        case ipv6
    }

    /// - Parameters:
    ///   - ipv4: initialized when the outcome says so, and then alone.
    ///   - ipv6: likewise.
    @inline(__always)
    static func dissect(
        _ view: PacketView, _ header: PacketBatch.Header, index: Int,
        ipv4 facts4: UnsafeMutablePointer<PacketFacts<UInt32>>,
        ipv6 facts6: UnsafeMutablePointer<PacketFacts<UInt128>>
    ) -> Outcome {
        let (payload, offset) = LinkLayer.find(view, header.linkType)
        switch payload {
        case .none: return .nonIP
        case .ipv4: return ipv4(view, header, at: offset, index: index, into: facts4)
        case .ipv6: return ipv6(view, header, at: offset, index: index, into: facts6)
        }
    }

    @inline(__always)
    private static func ipv4(
        _ view: PacketView, _ header: PacketBatch.Header, at: Int, index: Int,
        into facts: UnsafeMutablePointer<PacketFacts<UInt32>>
    ) -> Outcome {
        let available = view.count &- at
        guard available >= 20 else { return .malformed(.ipv4Short) }
        let first = view.u8(at)
        guard first >> 4 == 4 else { return .malformed(.ipv4BadVersion) }
        let headerLength = Int(first & 15) &* 4
        guard headerLength >= 20 else { return .malformed(.ipv4BadHeaderLength) }
        guard available >= headerLength else { return .malformed(.ipv4OptionsCut) }
        var total = Int(view.u16(at &+ 2))
        // Segmentation offload leaves 0: the frame's own length is all there is.
        if total == 0 { total = min(65_535, max(0, Int(header.originalLength) &- at)) }
        guard total >= headerLength else { return .malformed(.ipv4BadTotalLength) }

        let end = at &+ min(available, total)
        let ipProtocol = view.u8(at &+ 9)
        let transport = Transport(
            view, at: at &+ headerLength, end: end, ipProtocol: ipProtocol,
            isLaterFragment: view.u16(at &+ 6) & 0x1FFF != 0, isIPv4: true)
        let destination = view.u32(at &+ 16)
        facts.initialize(
            to: PacketFacts<UInt32>(
                source: view.u32(at &+ 12), destination: destination, victim: 0,
                key: PacketFacts<UInt32>.key(transport, ipProtocol: ipProtocol), seconds: header.seconds,
                nanoseconds: header.nanoseconds, ipLength: UInt32(truncatingIfNeeded: total),
                sourcePort: transport.sourcePort, ttl: view.u8(at &+ 8), flags: transport.flags,
                tools: tools(destination, transport, identification: view.u16(at &+ 4)),
                index: UInt8(truncatingIfNeeded: index), network: UInt16(truncatingIfNeeded: at),
                transport: UInt16(truncatingIfNeeded: at &+ headerLength), end: UInt16(truncatingIfNeeded: end)))
        if transport.quote != 0 { addVictim(facts, view, at: transport.quote, end: end) }
        return .ipv4
    }

    /// Tests of single packets (telescope methods §5); verdicts over several are the centre's.
    @inline(__always)
    private static func tools(_ destination: UInt32, _ transport: Transport, identification: UInt16) -> UInt8 {
        let kind = transport.trafficClass
        var result: UInt8 = 0
        if identification == 54_321, kind == .tcpSyn || kind == .udpProbe || kind == .icmpRequest { result = 1 }
        if kind == .tcpSyn {
            let cookie = destination ^ UInt32(transport.destinationPort) ^ transport.sequence
            if identification == UInt16(truncatingIfNeeded: cookie) { result |= 2 }
            if transport.sequence == destination { result |= 4 }
        }
        return result
    }

    /// The quoted packet's destination: whom somebody attacked with our addresses as forged sources.
    @inline(never)
    private static func addVictim(
        _ facts: UnsafeMutablePointer<PacketFacts<UInt32>>, _ view: PacketView, at: Int, end: Int
    ) {
        guard end &- at >= 20, view.u8(at) >> 4 == 4 else { return }
        let headerLength = Int(view.u8(at) & 15) &* 4
        facts.pointee.victim = view.u32(at &+ 16)
        let ipProtocol = view.u8(at &+ 9)
        let isLaterFragment = view.u16(at &+ 6) & 0x1FFF != 0
        var port: UInt16 = 0
        if ipProtocol == 6 || ipProtocol == 17, !isLaterFragment, headerLength >= 20, end &- at >= headerLength &+ 4 {
            port = view.u16(at &+ headerLength &+ 2)
        }
        facts.pointee.key |= 1 << 56 | UInt64(ipProtocol) << 48 | UInt64(port) << 16
    }

    @inline(never)
    private static func ipv6(
        _ view: PacketView, _ header: PacketBatch.Header, at: Int, index: Int,
        into result: UnsafeMutablePointer<PacketFacts<UInt128>>
    ) -> Outcome {
        let available = view.count &- at
        guard available >= 40 else { return .malformed(.ipv6Short) }
        guard view.u8(at) >> 4 == 6 else { return .malformed(.ipv6BadVersion) }
        let total = Int(view.u16(at &+ 4)) &+ 40
        let end = at &+ min(available, total)
        let (ipProtocol, offset, isLaterFragment) = walkExtensions(view, at: at, end: end)
        let transport = Transport(
            view, at: offset, end: end, ipProtocol: ipProtocol, isLaterFragment: isLaterFragment, isIPv4: false)
        var facts = PacketFacts<UInt128>(
            source: view.u128(at &+ 8), destination: view.u128(at &+ 24), victim: 0,
            key: PacketFacts<UInt128>.key(transport, ipProtocol: ipProtocol), seconds: header.seconds,
            nanoseconds: header.nanoseconds, ipLength: UInt32(truncatingIfNeeded: total),
            sourcePort: transport.sourcePort, ttl: view.u8(at &+ 7), flags: transport.flags, tools: 0,
            index: UInt8(truncatingIfNeeded: index), network: UInt16(truncatingIfNeeded: at),
            transport: UInt16(truncatingIfNeeded: offset), end: UInt16(truncatingIfNeeded: end))
        if transport.quote != 0, end &- transport.quote >= 40, view.u8(transport.quote) >> 4 == 6 {
            let inner = view.u8(transport.quote &+ 6)
            facts.victim = view.u128(transport.quote &+ 24)
            var port: UInt16 = 0
            if inner == 6 || inner == 17, end &- transport.quote >= 44 { port = view.u16(transport.quote &+ 42) }
            facts.key |= 1 << 56 | UInt64(inner) << 48 | UInt64(port) << 16
        }
        result.initialize(to: facts)
        return .ipv6
    }

    /// RFC 8200 §4: hop-by-hop, routing, fragment, authentication (RFC 4302) and destination options are passed; the
    /// walk ends at the first header that is not wholly there, whose number is then the protocol and which has no
    /// transport behind it, and after the header of a fragment that is not the first.
    private static func walkExtensions(_ view: PacketView, at: Int, end: Int) -> (UInt8, Int, Bool) {
        var next = view.u8(at &+ 6)
        var offset = at &+ 40
        while next == 0 || next == 43 || next == 44 || next == 51 || next == 60 {
            guard offset &+ 8 <= end else { return (next, end, false) }
            let units = Int(view.u8(offset &+ 1))
            let length = next == 44 ? 8 : next == 51 ? (units &+ 2) &* 4 : (units &+ 1) &* 8
            guard offset &+ length <= end else { return (next, end, false) }
            let isLaterFragment = next == 44 && view.u16(offset &+ 2) & 0xFFF8 != 0
            next = view.u8(offset)
            offset &+= length
            if isLaterFragment { return (next, offset, true) }
        }
        return (next, offset, false)
    }
}
