import FlowModel

extension RadiationGenerator {
    /// Ports that scanners of one service choose, the more often the more they are sought (telescope methods §7–8).
    private static let commonPorts: [UInt16] = [
        445, 445, 445, 445, 445, 80, 80, 80, 80, 22, 22, 22, 22, 443, 443, 443, 8_080, 8_080, 8_080, 3_389, 3_389,
        5_555, 5_555, 5_555, 8_443, 8_728, 5_900, 6_379, 3_306, 1_433, 1_433, 5_432, 9_200, 81, 81, 8_081, 60_023,
    ]

    /// A TCP segment of a scanner, as its tool writes it.
    mutating func writeScan(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        var segment = Segment(
            sourcePort: UInt16(truncatingIfNeeded: 32_768 + draw(below: 28_232)), port: servicePort(actor),
            sequence: draw32(), flags: 0x02, window: 65_535, options: .mss1460)
        switch actor.behaviour {
        case .mirai, .infectedHost, .risingPort:
            segment.sourcePort = UInt16(truncatingIfNeeded: 1_024 + actor.habit % 64_000)
            segment.sequence = header.destination
            segment.window = UInt16(truncatingIfNeeded: actor.habit >> 8) | 0x400
            segment.options = .absent
        case .zmapOld:
            header.identification = 54_321
            header.ttl = 255 &- actor.hops
            segment.options = .absent
        case .zmapNew:
            // Its own identification was dropped with 4.1; the options follow --probe-args, Windows' by default.
            segment.options = actor.habit & 3 == 0 ? .linux : actor.habit & 3 == 1 ? .mss1460 : .windows
        case .masscanOld, .masscanNew:
            header.identification = UInt16(
                truncatingIfNeeded: header.destination ^ UInt32(segment.port) ^ segment.sequence)
            header.ttl = 255 &- actor.hops
            segment.window = 1_024
            segment.sourcePort = UInt16(truncatingIfNeeded: 40_000 + actor.habit % 20_000)
            segment.options = actor.behaviour == .masscanOld ? .absent : .mss1460
        case .nmap:
            header.ttl = UInt8(truncatingIfNeeded: 37 + draw(below: 23)) &- min(actor.hops, 20)
            segment.window = 1_024
            segment.sourcePort = UInt16(truncatingIfNeeded: 33_000 + actor.habit % 30_000)
            // scan_engine_raw: the number of the try, twice, under the run's mask.
            segment.sequence = actor.habit ^ draw(below: 256) &* 0x0001_0001
        case .tcpOther:
            segment.flags = [0x01, 0x00, 0x29, 0x10][Int(draw(below: 4))]
            segment.options = .absent
        default:
            let isWindows = actor.habit & 1 == 0
            header.ttl = (isWindows ? 128 : 64) &- actor.hops
            header.fragment = 0x4000
            segment.window = isWindows ? 8_192 : 64_240
            segment.options = isWindows ? .windows : .linux
        }
        let isSyn = segment.flags == 0x02
        write(segment, &frame, header, as: isSyn ? .tcpSyn : .tcpOther)
        if isSyn { countTools(header, port: segment.port, sequence: segment.sequence) }
        if actor.behaviour == .risingPort { countRisingPort() }
        if actor.behaviour == .infectedHost { countInfected() }
    }

    private mutating func servicePort(_ actor: Actor) -> UInt16 {
        switch actor.behaviour {
        case .mirai, .infectedHost:
            return draw(below: 10) == 0 ? 2_323 : 23
        case .risingPort:
            return Population.risingPortNumber
        case .survey:
            // A survey covers every port; port 0 is left out, as its tools do.
            return UInt16(truncatingIfNeeded: 1 + draw(below: 65_535))
        case .masscanOld, .masscanNew, .nmap, .zmapNew:
            // A list of ports, and every third packet outside it.
            let ports = RadiationGenerator.commonPorts
            return draw(below: 3) == 0
                ? UInt16(truncatingIfNeeded: 1 + draw(below: 10_000))
                : ports[Int(((actor.habit >> 6) &+ draw(below: 16)) % UInt32(ports.count))]
        default:
            let ports = RadiationGenerator.commonPorts
            return ports[Int((actor.habit >> 4) % UInt32(ports.count))]
        }
    }

    /// SYN-ACK and RST of a victim that answers forged SYNs.
    mutating func writeBackscatter(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ actor: Actor) {
        let isReset = actor.behaviour == .reset
        let service: UInt16 = actor.behaviour == .attackVictim ? 443 : [80, 443, 22, 53, 25_565][Int(actor.habit % 5)]
        header.fragment = 0x4000
        let segment = Segment(
            sourcePort: service, port: UInt16(truncatingIfNeeded: 1_024 + draw(below: 64_000)), sequence: draw32(),
            acknowledgement: draw32(), flags: isReset ? (actor.habit & 8 == 0 ? 0x14 : 0x04) : 0x12,
            window: isReset ? 0 : 29_200, options: isReset ? .absent : .mss1460)
        write(segment, &frame, header, as: isReset ? .tcpRst : .tcpSynAck)
        if actor.behaviour == .attackVictim { countAttack() }
    }

    /// The fields of a TCP segment without payload.
    struct Segment {
        var sourcePort: UInt16
        var port: UInt16
        var sequence: UInt32
        var acknowledgement: UInt32 = 0
        var flags: UInt8
        var window: UInt16
        var options: OptionProfile
    }

    mutating func write(
        _ segment: Segment, _ frame: inout FrameBuilder, _ header: IPv4Fields, as trafficClass: TrafficClass
    ) {
        let options = segment.options.bytes
        let start = frame.ipv4(header, payload: 20 + options.count)
        let tcp = frame.length
        frame.u16(segment.sourcePort)
        frame.u16(segment.port)
        frame.u32(segment.sequence)
        frame.u32(segment.acknowledgement)
        frame.u8(UInt8(5 + options.count / 4) << 4)
        frame.u8(segment.flags)
        frame.u16(segment.window)
        frame.u32(0)
        frame.append(options)
        frame.transportChecksum(header, from: tcp, at: 16)
        count(trafficClass, header, frame, from: start)
    }
}
