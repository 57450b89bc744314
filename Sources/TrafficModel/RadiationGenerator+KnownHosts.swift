import FlowModel

extension RadiationGenerator {
    /// Writes a packet of a known host, with its dice.
    mutating func writeKnown(_ frame: inout FrameBuilder, _ course: inout KnownTraffic.Course) {
        let source = course.source()
        frame.ethernet(type: 0x0800, vlan: 0)
        var header = IPv4Fields(
            identification: draw16(), ttl: 64 &- course.hops, ipProtocol: 6, source: source,
            destination: drawDestination())
        switch course.host.kind {
        case .infected(let infection): writeBot(&frame, &header, course, infection)
        case .attacked(let port): writeAnswer(&frame, &header, port: port)
        case .misconfigured: writeQuestion(&frame, &header, course)
        case .spoofed:
            header.ttl = UInt8(truncatingIfNeeded: 30 + draw(below: 220))
            write(
                Segment(
                    sourcePort: draw16(), port: 80, sequence: draw32(), flags: 0x02, window: draw16(), options: .absent),
                &frame, header)
        case .scanner:
            header.identification = 54_321
            header.ttl = 255 &- course.hops
            write(
                Segment(
                    sourcePort: UInt16(truncatingIfNeeded: 32_768 + draw(below: 28_232)),
                    port: UInt16(truncatingIfNeeded: 1 + draw(below: 65_535)), sequence: draw32(), flags: 0x02,
                    window: 65_535, options: .absent), &frame, header)
        }
        countKnown(source: source, destination: header.destination)
    }

    private mutating func writeBot(
        _ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ course: KnownTraffic.Course,
        _ infection: KnownHost.Infection
    ) {
        var segment = Segment(
            sourcePort: UInt16(truncatingIfNeeded: 32_768 + draw(below: 28_232)), port: 22, sequence: draw32(),
            flags: 0x02, window: 64_240, options: .linux)
        switch infection {
        case .mirai:
            // scanner.c: one source port and window a process, the sequence number is the destination.
            segment.sourcePort = UInt16(truncatingIfNeeded: 1_024 + course.habit % 64_000)
            segment.port = draw(below: 10) == 0 ? 2_323 : 23
            segment.sequence = header.destination
            segment.window = UInt16(truncatingIfNeeded: course.habit >> 8) | 0x400
            segment.options = .absent
        case .smb:
            header.ttl = 128 &- course.hops
            header.fragment = 0x4000
            segment.port = 445
            segment.window = 8_192
            segment.options = .windows
        case .ssh:
            header.fragment = 0x4000
        }
        write(segment, &frame, header)
    }

    /// A victim's answer to a forged SYN: three in four times SYN-ACK, else RST.
    private mutating func writeAnswer(_ frame: inout FrameBuilder, _ header: inout IPv4Fields, port: UInt16) {
        header.fragment = 0x4000
        let isReset = draw(below: 4) == 0
        write(
            Segment(
                sourcePort: port, port: UInt16(truncatingIfNeeded: 1_024 + draw(below: 64_000)), sequence: draw32(),
                acknowledgement: draw32(), flags: isReset ? 0x14 : 0x12, window: isReset ? 0 : 29_200,
                options: isReset ? .absent : .mss1460), &frame, header, as: isReset ? .tcpRst : .tcpSynAck)
    }

    private mutating func writeQuestion(
        _ frame: inout FrameBuilder, _ header: inout IPv4Fields, _ course: KnownTraffic.Course
    ) {
        header.ipProtocol = 17
        header.destination = destination(course.habit >> 4)
        let (service, payload) = Payloads.probes[Int(course.habit & 1)]
        let start = frame.ipv4(header, payload: 8 + payload.count)
        let udp = frame.length
        frame.u16(UInt16(truncatingIfNeeded: 50_000 + draw(below: 10_000)))
        frame.u16(service)
        frame.u16(UInt16(8 + payload.count))
        frame.u16(0)
        frame.append(payload)
        frame.transportChecksum(header, from: udp, at: 6)
        count(.udpProbe, header, frame, from: start)
        if header.identification == 54_321 { countZMap() }
    }

    private mutating func write(_ segment: Segment, _ frame: inout FrameBuilder, _ header: IPv4Fields) {
        write(segment, &frame, header, as: .tcpSyn)
        countTools(header, port: segment.port, sequence: segment.sequence)
    }
}
