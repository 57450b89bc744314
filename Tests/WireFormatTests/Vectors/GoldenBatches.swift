import FlowModel
import WireFormat

/// The batches of Protocol/Vectors. Once released, a value never changes; a new one gets a new name.
enum GoldenBatches {
    static let vectors: [GoldenVector] = [
        .stored(
            "v1-batch-quiet", "A window in which nothing came: observed, zero packets. Every list is empty.",
            .flows(quiet)),
        .stored(
            "v1-batch-unknown-field",
            "The batch v1-batch-quiet with a field 99 of three bytes at the end of its header: a reader skips it.",
            .flows(quiet), extra: [99, 3, 1, 2, 3]),
        .stored(
            "v1-batch-classes",
            "Every traffic class, an ICMP error with a victim and one without, every precision, every malformed "
                + "reason; destinations are told in full.",
            .flows(classes)),
        .stored(
            "v1-batch-ipv6",
            "IPv6 sources, victim and destination in the third and last part of its window; destinations are permuted "
                + "offsets that need more than 64 bits.",
            .flows(ipv6)),
        .stored(
            "v1-batch-overflow",
            "Overflow records of both families beside no flow record: the table was full. No destinations are told.",
            .flows(overflow)),
        .stored(
            "v1-batch-extremes", "The largest and smallest numbers that fields can have, before the Unix epoch.",
            .flows(extremes)),
        .stored(
            "v1-batch-scan",
            "Few sources on many ports: what predictions are for. Signatures that are new, kept and changed; tools "
                + "that match all, some and none of the packets.",
            .flows(scan)),
        .packed(
            "v1-batch-scan-zstd", "The batch v1-batch-scan as the encoder packs it: its body is a zstd frame.",
            .flows(scan)),
        .stored(
            "v1-gap", "Losses with known and unknown numbers, of a batch, of a span of time, and of neither's extent.",
            .gap(gap)),
        .stored(
            "v1-gap-empty", "A report without an entry.",
            .gap(GapReport(reason: .unwritable, epoch: GoldenMessages.epoch, entries: []))),
    ]

    static let quiet: FlowBatch = {
        var account = liveAccount
        account.kernelReceived = 3
        account.received = 3
        account.nonIP = 3
        return FlowBatch(window: minute, policy: .permuted, account: account)
    }()

    static let classes: FlowBatch = {
        let signatures: [HeaderSignature] = [
            .syn(
                window: 64_240, optionKinds: [2, 4, 8, 1, 3], mss: 1_460, windowScale: 7, dontFragment: true,
                roundedTTL: 64),
            .udp(lengthClass: 5, payloadDigest: FNV1a64.digest(of: Array("M-SEARCH * HTTP/".utf8))),
            .udp(lengthClass: 0, payloadDigest: FNV1a64.digest(of: [])),
        ]
        let quoted = Victim(address: Address(ipv4: 0xC633_6407), ipProtocol: 17, port: 53)
        let records = [
            record(.tcpSyn, 6, port: 23, flags: 0x02, signature: 1, tools: ToolMatches(mirai: 1)),
            record(.tcpSynAck, 6, port: 443, packets: 3, span: 900, flags: 0x12),
            record(.tcpRst, 6, port: 80, flags: 0x14),
            record(.tcpOther, 6, port: 8_080, flags: 0x29),
            record(.udpProbe, 17, port: 1_900, signature: 2),
            record(.udpResponse, 17, port: 53, signature: 3),
            record(.icmpRequest, 1, port: 0x0800),
            record(.icmpReply, 1, port: 0x0000),
            record(.icmpError, 1, port: 0x0303, victim: quoted),
            record(.icmpError, 1, port: 0x0B00, distinct: DistinctCount(1, .estimate)),
            record(.icmpOther, 1, port: 0x0500),
            record(.fragment, 17, port: 0, packets: 200, distinct: DistinctCount(70, .estimate), span: 59_000),
            record(.other, 47, port: 0, packets: 100_000, distinct: DistinctCount(65, .atLeast), span: 1),
        ]
        var account = liveAccount
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.filtered = 17
        account.nonIP = 4
        for reason in MalformedReason.allCases { account.malformed[reason] = UInt64(reason.rawValue) * 100 }
        account.received = account.aggregated + 21 + account.malformed.total
        account.kernelReceived = account.received + 9
        account.kernelDropped = 9
        account.interfaceDropped = 1
        account.late = 2
        return FlowBatch(
            window: minute, isLastPart: false, policy: .full, account: account, signatures: signatures,
            records: records)
    }()

    static let ipv6: FlowBatch = {
        func address(_ low: UInt128) -> Address { Address(ipv6: 0x2001_0DB8 << 96 | low) }
        let signature = HeaderSignature.syn(
            window: 65_535, optionKinds: Array(repeating: 1, count: 40), mss: 0, windowScale: 255, dontFragment: false,
            roundedTTL: 255)
        var records: [FlowRecord] = []
        for (index, low) in [UInt128(1), 0xFFFF << 64, .max >> 32].enumerated() {
            var made = record(.tcpSyn, 6, port: 22, flags: 0xC2, signature: 1)
            made.key.source = address(low)
            made.exemplar.destination = UInt128(index) << 70 | 5
            made.exemplar.ipLength = 60
            made.bytes = 60
            records.append(made)
        }
        var error = record(
            .icmpError, 58, port: 0x0104, victim: Victim(address: address(7), ipProtocol: 6, port: 443))
        error.key.source = address(0xABCD)
        records.append(error)
        var account = liveAccount
        account.aggregated = 4
        account.received = 4
        return FlowBatch(
            window: minute, part: 2, policy: .permuted, account: account, family: .ipv6, signatures: [signature],
            records: records)
    }()

    static let overflow: FlowBatch = {
        let records = [
            OverflowRecord(
                family: .ipv4, ipProtocol: 6, trafficClass: .tcpSyn, servicePort: 445, packets: 1_000_000,
                bytes: 40_000_000, sources: DistinctCount(987_654, .estimate)),
            OverflowRecord(
                family: .ipv6, ipProtocol: 58, trafficClass: .icmpRequest, servicePort: 0x8000, packets: 1,
                bytes: 1_280,
                sources: DistinctCount(1)),
            OverflowRecord(
                family: .ipv4, ipProtocol: 17, trafficClass: .udpProbe, servicePort: 0, packets: 2, bytes: 0,
                sources: DistinctCount(2, .atLeast)),
        ]
        var account = CaptureAccount()
        account.observedFromMilliseconds = 1_500
        account.observedToMilliseconds = 300_000
        account.shiftSeconds = -86_400
        account.clock = .file
        account.aggregated = 1_000_003
        account.received = 1_000_003
        account.overflowed = 1_000_003
        account.sensorVersion = "1.2.3+overflow"
        account.configurationDigest = .max
        return FlowBatch(
            window: Window(containing: 1_767_225_600, length: 300), policy: .none, account: account, overflow: records)
    }()

    static let extremes: FlowBatch = {
        var widest = record(
            .tcpSyn, 255, port: 65_535, packets: .max, distinct: DistinctCount(.max, .atLeast), span: 3_599_999,
            flags: 0xFF,
            tools: ToolMatches(zmap: .max - 1, masscan: .max, mirai: 1))
        widest.key.source = Address(ipv4: .max)
        widest.bytes = UInt64(Int64.max)
        widest.firstMilliseconds = 0
        widest.lastMilliseconds = 3_599_999
        widest.exemplar = Exemplar(
            sourcePort: .max, destination: UInt128(UInt32.max), ttl: 255, ipLength: Exemplar.maximumIPLength,
            tcpFlags: 255)
        var narrowest = record(.tcpSyn, 0, port: 0)
        narrowest.key.source = Address(ipv4: 0)
        narrowest.bytes = 0
        narrowest.firstMilliseconds = 3_599_999
        narrowest.lastMilliseconds = 3_599_999
        narrowest.exemplar = Exemplar(sourcePort: 0, destination: 0, ttl: 0, ipLength: 0, tcpFlags: 0)
        var account = CaptureAccount()
        account.observedFromMilliseconds = 3_600_000
        account.observedToMilliseconds = 3_600_000
        account.capture = .live
        account.shiftSeconds = .min
        account.link = .gone
        account.kernelReceived = .max
        account.kernelDropped = .max
        account.interfaceDropped = .max
        account.aggregated = UInt64(UInt32.max) + 1
        account.received = .max
        account.filtered = .max - account.aggregated
        account.late = .max
        account.clock = .unsynchronised
        account.clockOffsetMicroseconds = .min
        account.sensorVersion = "0.1.0-with-thirty-two-characters"
        return FlowBatch(
            window: Window(containing: -1, length: 3_600), part: .max, policy: .full, account: account,
            records: [narrowest, widest])
    }()

    static let scan: FlowBatch = {
        let signatures: [HeaderSignature] = (0..<3).map {
            .syn(
                window: 1_024 << UInt16($0), optionKinds: $0 == 0 ? [] : [2], mss: $0 == 0 ? 0 : 1_460,
                windowScale: 255, dontFragment: $0 == 2, roundedTTL: $0 == 1 ? 128 : 64)
        }
        let records = (0..<40).map { (index: Int) in
            let scanner = index % 5
            let packets = UInt32(index % 7 == 3 ? 4 : 1)
            let signature = scanner == 4 ? index / 5 % 4 : scanner % 3 + 1
            var made = record(
                .tcpSyn, 6, port: UInt16(1 + 13 * (index / 2)), packets: packets, span: packets > 1 ? 1_000 : 0,
                flags: 0x02, signature: UInt16(signature),
                tools: ToolMatches(
                    zmap: scanner == 1 ? packets : 0, masscan: scanner == 2 ? min(3, packets) : 0,
                    mirai: index == 38 ? 1 : 0))
            made.key.source = Address(ipv4: 0xC000_0200 + UInt32(index % 2 == 0 ? scanner : 40 + scanner))
            made.exemplar.sourcePort = scanner < 3 ? 40_000 + UInt16(scanner) : UInt16(50_000 + index * 37)
            made.exemplar.ttl = UInt8(50 + scanner + (index == 20 ? 1 : 0))
            made.exemplar.ipLength = signature == 1 ? 40 : 44
            made.exemplar.destination = UInt128(index * 101 % 4_096)
            made.bytes = UInt64(made.exemplar.ipLength) * UInt64(packets)
            made.firstMilliseconds = UInt32(index * 1_009 % 58_000)
            made.lastMilliseconds = made.firstMilliseconds + (packets > 1 ? 1_000 : 0)
            return made
        }
        var account = liveAccount
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.received = account.aggregated
        return FlowBatch(
            window: minute, policy: .permuted, account: account, signatures: signatures, records: records)
    }()

    static let gap = GapReport(
        reason: .dropped, epoch: GoldenMessages.epoch,
        entries: [
            GapEntry(sequence: 17, from: 1_767_225_600, to: 1_767_225_660, packets: 1_234, bytes: 56_789),
            GapEntry(sequence: 18, from: 1_767_225_660, to: 1_767_225_720),
            GapEntry(sequence: 19, from: 1_767_225_720, to: 1_767_225_780, packets: 0),
            GapEntry(sequence: 0, from: -60, to: 1_767_225_600, bytes: .max),
            GapEntry(sequence: .max),
        ])

    private static let minute = Window(containing: 1_767_225_600, length: 60)

    private static let liveAccount: CaptureAccount = {
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        account.capture = .live
        account.link = .up
        account.clock = .synchronised
        account.clockOffsetMicroseconds = -250
        account.sensorVersion = "0.1.0"
        account.configurationDigest = 0x0123_4567_89AB_CDEF
        return account
    }()

    private static func record(
        _ trafficClass: TrafficClass, _ ipProtocol: UInt8, port: UInt16, packets: UInt32 = 1,
        distinct: DistinctCount = DistinctCount(1), span: UInt32 = 0, flags: UInt8 = 0, signature: UInt16 = 0,
        tools: ToolMatches = ToolMatches(), victim: Victim? = nil
    ) -> FlowRecord {
        let number = UInt32(trafficClass.rawValue)
        let sourcePort: UInt16
        switch trafficClass {
        case .tcpSynAck, .tcpRst, .udpResponse: sourcePort = port
        case .tcpSyn, .tcpOther, .udpProbe: sourcePort = 40_000 + UInt16(number)
        default: sourcePort = 0
        }
        return FlowRecord(
            key: FlowKey(
                source: Address(ipv4: 0xC000_0200 + number), ipProtocol: ipProtocol, trafficClass: trafficClass,
                servicePort: port, victim: victim),
            packets: packets, bytes: UInt64(packets) * 40 + (packets > 1 ? 7 : 0), destinations: distinct,
            firstMilliseconds: number * 10, lastMilliseconds: number * 10 + span,
            exemplar: Exemplar(
                sourcePort: sourcePort, destination: UInt128(0xC612_0000 + number), ttl: 52 + UInt8(number),
                ipLength: 40, tcpFlags: flags),
            tools: tools, signature: signature)
    }
}
