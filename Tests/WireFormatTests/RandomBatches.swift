import FlowModel

/// Seeded random batches that keep every rule, with fields at their extremes.
struct RandomBatches {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func below(_ bound: UInt64) -> UInt64 { next() % max(1, bound) }

    /// Small numbers often, extremes sometimes.
    mutating func skewed(_ limit: UInt64) -> UInt64 {
        switch below(8) {
        case 0: limit
        case 1: below(limit &+ (limit == .max ? 0 : 1))
        default: below(min(limit, 4) + 1)
        }
    }

    mutating func batch(records count: Int, family: AddressFamily) -> FlowBatch {
        let lengths: [UInt32] = [10, 60, 300, 3_600]
        let length = lengths[Int(below(4))]
        let window = Window(containing: Int64(below(1 << 33)) - 1 << 20, length: length)
        let policy = DestinationPolicy.allCases[Int(below(3))]
        let signatures = (0..<Int(below(20))).map { _ in signature() }
        var records = (0..<count).map { _ in record(family, length, policy, signatures.count) }
        records.sort {
            ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source.bits)
                < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source.bits)
        }
        let overflow = (0..<Int(below(5))).map { _ in
            OverflowRecord(
                family: below(2) == 0 ? .ipv4 : .ipv6, ipProtocol: UInt8(below(256)), trafficClass: trafficClass(),
                servicePort: UInt16(below(65_536)), packets: 1 + skewed(1 << 40), bytes: skewed(1 << 50),
                sources: DistinctCount(UInt32(skewed(1 << 32 - 1)), .estimate))
        }
        var account = CaptureAccount()
        account.observedToMilliseconds = UInt32(below(UInt64(length) * 1_000 + 1))
        account.observedFromMilliseconds = UInt32(below(UInt64(account.observedToMilliseconds) + 1))
        account.capture = below(2) == 0 ? .live : .file
        account.shiftSeconds = Int64(bitPattern: next()) >> 8
        account.link = .up
        account.kernelReceived = skewed(.max)
        account.kernelDropped = skewed(.max)
        account.overflowed = overflow.reduce(0) { $0 + $1.packets }
        account.aggregated = records.reduce(account.overflowed) { $0 + UInt64($1.packets) }
        account.filtered = skewed(1 << 40)
        account.nonIP = skewed(1 << 40)
        for reason in MalformedReason.allCases { account.malformed[reason] = skewed(1 << 40) }
        account.received = account.aggregated + account.filtered + account.nonIP + account.malformed.total
        account.late = below(account.aggregated + 1)
        account.clock = .unsynchronised
        account.clockOffsetMicroseconds = Int64(bitPattern: next())
        account.sensorVersion = "0.1.0+test"
        account.configurationDigest = next()
        return FlowBatch(
            window: window, part: UInt16(below(65_536)), isLastPart: below(2) == 0,
            policy: policy, account: account, family: family,
            signatures: signatures, records: records, overflow: overflow)
    }

    mutating func report(entries: Int) -> GapReport {
        GapReport(
            reason: GapReason.allCases[Int(below(5))], epoch: Epoch(high: next(), low: next()),
            entries: (0..<entries).map { _ in
                let from = Int64(below(1 << 40)) - 1 << 30
                return GapEntry(
                    sequence: skewed(.max), from: from, to: from + Int64(skewed(1 << 40)),
                    packets: below(2) == 0 ? nil : skewed(.max), bytes: below(2) == 0 ? nil : skewed(.max))
            })
    }

    private mutating func trafficClass() -> TrafficClass {
        TrafficClass.allCases[Int(below(UInt64(TrafficClass.allCases.count)))]
    }

    private mutating func signature() -> HeaderSignature {
        below(2) == 0
            ? .udp(lengthClass: UInt8(below(17)), payloadDigest: next())
            : .syn(
                window: UInt16(below(65_536)), optionKinds: (0..<Int(below(41))).map { _ in UInt8(below(256)) },
                mss: UInt16(below(65_536)), windowScale: UInt8(below(256)), dontFragment: below(2) == 0, roundedTTL: 64)
    }

    private mutating func address(_ family: AddressFamily) -> Address {
        family == .ipv4
            ? Address(ipv4: UInt32(skewed(1 << 32 - 1)))
            : Address(ipv6: UInt128(skewed(.max)) << 64 | UInt128(skewed(.max)))
    }

    private mutating func record(
        _ family: AddressFamily, _ length: UInt32, _ policy: DestinationPolicy, _ signatures: Int
    ) -> FlowRecord {
        let kind = trafficClass()
        let victim =
            kind == .icmpError && below(4) > 0
            ? Victim(address: address(family), ipProtocol: UInt8(below(256)), port: UInt16(below(65_536))) : nil
        let packets = 1 + UInt32(skewed(1 << 32 - 2))
        let first = UInt32(below(UInt64(length) * 1_000))
        let span = packets == 1 ? 0 : UInt32(below(UInt64(length) * 1_000 - UInt64(first)))
        return FlowRecord(
            key: FlowKey(
                source: address(family), ipProtocol: UInt8(below(3) == 0 ? below(256) : 6), trafficClass: kind,
                servicePort: UInt16(skewed(65_535)), victim: victim),
            packets: packets, bytes: skewed(1 << 63 - 1),
            destinations: DistinctCount(
                1 + UInt32(skewed(1 << 32 - 2)), [Precision.exact, .estimate, .atLeast][Int(below(3))]),
            firstMilliseconds: first, lastMilliseconds: first + span,
            exemplar: Exemplar(
                sourcePort: UInt16(below(65_536)), destination: policy == .none ? 0 : address(family).bits,
                ttl: UInt8(below(256)),
                ipLength: UInt32(skewed(65_575)), tcpFlags: UInt8(below(256))),
            tools: ToolMatches(
                zmap: UInt32(skewed(UInt64(packets))), masscan: UInt32(skewed(UInt64(packets))),
                mirai: UInt32(skewed(UInt64(packets)))), signature: UInt16(below(UInt64(signatures) + 1)))
    }
}
