import FlowModel

extension RadiationGenerator {
    mutating func writeUDP(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        header.ipProtocol = 17
        let isResponse = actor.behaviour == .udpResponse
        let table = isResponse ? Payloads.responses : Payloads.probes
        let (service, payload) = table[Int(actor.habit % UInt32(table.count))]
        let start = frame.ipv4(header, payload: 8 + payload.count)
        let udp = frame.length
        // Probes come from ports that no reflector uses, so that none looks like an answer.
        let ephemeral = UInt16(truncatingIfNeeded: 50_000 + draw(below: 10_000))
        frame.u16(isResponse ? service : ephemeral)
        frame.u16(isResponse ? ephemeral : service)
        frame.u16(UInt16(8 + payload.count))
        frame.u16(0)
        frame.append(payload)
        frame.transportChecksum(header, from: udp, at: 6)
        if !isResponse && draw(below: 500) == 0 {
            // Damaged on its way: the frame ends before the ports that its IP header announces.
            let whole = frame.length
            frame.cut(to: udp + 3)
            count(.other, header, ipLength: whole - start)
            return
        }
        count(isResponse ? .udpResponse : .udpProbe, header, frame, from: start)
        if !isResponse && header.identification == 54_321 { countZMap() }
    }

    /// Mostly echo requests; some sources send timestamp or mask requests, router solicitations, or answers to echo
    /// requests that others forged.
    mutating func writeICMP(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        header.ipProtocol = 1
        let (type, trafficClass): (UInt8, TrafficClass) =
            switch actor.habit % 16 {
            case 0, 1: (0, .icmpReply)
            case 2: (13, .icmpRequest)
            case 3: (17, .icmpRequest)
            case 4: (10, .icmpOther)
            default: (8, .icmpRequest)
            }
        let start = frame.ipv4(header, payload: 40)
        let icmp = frame.length
        frame.u16(UInt16(type) << 8)
        frame.u16(0)
        frame.u32(draw32())
        for _ in 0..<8 { frame.u32(actor.habit) }
        frame.patch16(frame.checksum(from: icmp, to: frame.length), at: icmp + 2)
        count(trafficClass, header, frame, from: start)
        if trafficClass == .icmpRequest && header.identification == 54_321 { countZMap() }
    }

    /// A router or the victim itself reports a forged packet that it could not deliver: the quote holds the victim.
    mutating func writeICMPError(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        header.ipProtocol = 1
        let start = frame.ipv4(header, payload: 36)
        let icmp = frame.length
        frame.u16([0x0303, 0x0301, 0x030D, 0x0B00][Int(actor.habit % 4)])
        frame.u16(0)
        frame.u32(0)
        let victim = actor.habit & 16 == 0 ? actor.address : actor.address ^ 0x0000_0101
        let isTCP = actor.habit & 32 == 0
        let quoted = IPv4Fields(
            identification: draw16(), ttl: 1, ipProtocol: isTCP ? 6 : 17, source: header.destination,
            destination: victim)
        _ = frame.ipv4(quoted, payload: 8)
        frame.u16(draw16())
        let services: [UInt16] = isTCP ? [443, 80, 22, 25_565] : [53, 123, 80, 27_015]
        frame.u16(services[Int((actor.habit >> 8) % 4)])
        // The rest of the eight bytes (RFC 792): a TCP sequence number, or UDP's length and checksum.
        frame.u32(isTCP ? draw32() : 0x0008_0000)
        frame.patch16(frame.checksum(from: icmp, to: frame.length), at: icmp + 2)
        count(.icmpError, header, frame, from: start)
    }

    /// A piece of a UDP datagram: one in four is the first, which has the ports.
    mutating func writeFragment(_ frame: inout FrameBuilder, _ header: inout IPv4Fields) {
        header.ipProtocol = 17
        let isFirst = draw(below: 4) == 0
        header.fragment = isFirst ? 0x2000 : 0x2000 | 185
        let start = frame.ipv4(header, payload: 32)
        if isFirst {
            frame.u16(UInt16(truncatingIfNeeded: 50_000 + draw(below: 10_000)))
            frame.u16(53)
            frame.u32(1_488 << 16)
        }
        while frame.length < start + 52 { frame.u32(draw32()) }
        count(isFirst ? .udpProbe : .fragment, header, frame, from: start)
        if isFirst && header.identification == 54_321 { countZMap() }
    }

    /// IPv6 in IPv4, GRE or SCTP: what a sensor counts by its outer header and does not enter.
    mutating func writeOtherProtocol(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        header.ipProtocol = [41, 47, 132][Int(actor.habit % 3)]
        let start = frame.ipv4(header, payload: 40)
        for _ in 0..<10 { frame.u32(draw32()) }
        count(.other, header, frame, from: start)
    }

    /// A TCP SYN or an echo request over IPv6, between documentation addresses (RFC 3849); checksums are left zero,
    /// as a sensor never reads them.
    mutating func writeIPv6(_ frame: inout FrameBuilder, _ actor: Actor, vlan: UInt16) {
        frame.ethernet(type: 0x86DD, vlan: vlan)
        let isEcho = actor.habit & 3 == 0
        let payload = isEcho ? 8 : 20
        frame.u32(0x6000_0000)
        frame.u16(UInt16(payload))
        frame.u8(isEcho ? 58 : 6)
        frame.u8(64 &- actor.hops)
        for word in [0x2001_0DB8, 0xFFFF_0000, 0, actor.address] { frame.u32(word) }
        for word in [0x2001_0DB8, draw(below: 4), 0, draw(below: 256)] { frame.u32(word) }
        if isEcho {
            frame.u32(0x8000_0000)
            frame.u32(draw32())
        } else {
            frame.u16(UInt16(truncatingIfNeeded: 32_768 + draw(below: 28_232)))
            frame.u16([22, 80, 443, 8_080][Int((actor.habit >> 4) % 4)])
            frame.u32(draw32())
            frame.u32(0)
            frame.u16(0x5002)
            frame.u16(64_800)
            frame.u32(0)
        }
        countIPv6(isEcho ? .icmpRequest : .tcpSyn, ipProtocol: isEcho ? 58 : 6, ipLength: 40 + payload)
    }
}
