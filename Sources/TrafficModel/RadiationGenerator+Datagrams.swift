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
        count(isResponse ? .udpResponse : .udpProbe, header, frame, from: start)
        if !isResponse && header.identification == 54_321 { countZMap() }
    }

    mutating func writeEcho(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        header.ipProtocol = 1
        let isReply = actor.habit % 8 == 0
        let start = frame.ipv4(header, payload: 40)
        let icmp = frame.length
        frame.u16(isReply ? 0x0000 : 0x0800)
        frame.u16(0)
        frame.u32(draw32())
        for _ in 0..<8 { frame.u32(actor.habit) }
        frame.patch16(frame.checksum(from: icmp, to: frame.length), at: icmp + 2)
        count(isReply ? .icmpReply : .icmpRequest, header, frame, from: start)
        if !isReply && header.identification == 54_321 { countZMap() }
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
        let quoted = IPv4Fields(
            identification: draw16(), ttl: 1, ipProtocol: 17, source: header.destination, destination: victim)
        _ = frame.ipv4(quoted, payload: 8)
        frame.u16(draw16())
        frame.u16([53, 123, 80, 27_015][Int((actor.habit >> 8) % 4)])
        frame.u16(8)
        frame.u16(0)
        frame.patch16(frame.checksum(from: icmp, to: frame.length), at: icmp + 2)
        count(.icmpError, header, frame, from: start)
    }

    /// A fragment that is not the first.
    mutating func writeFragment(_ frame: inout FrameBuilder, _ header: inout IPv4Fields) {
        header.ipProtocol = 17
        header.fragment = 0x2000 | 185
        let start = frame.ipv4(header, payload: 32)
        for _ in 0..<8 { frame.u32(draw32()) }
        count(.fragment, header, frame, from: start)
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
