import FlowModel

/// Random batches that keep the rules of FlowModel.
enum Sample {
    static func batch(
        family: AddressFamily, policy: DestinationPolicy = .full, records count: Int, start: Int64 = 1_760_000_040,
        using random: inout some RandomNumberGenerator
    ) -> FlowBatch {
        let signatures: [HeaderSignature] = [
            .syn(
                window: 65_535, optionKinds: [2, 4, 8, 1, 3], mss: 1_460, windowScale: 7, dontFragment: true,
                roundedTTL: 64),
            .syn(window: 1_024, optionKinds: [], mss: 0, windowScale: 255, dontFragment: false, roundedTTL: 255),
            .udp(lengthClass: 5, payloadDigest: .random(in: 0 ... .max, using: &random)),
        ]
        var records: [FlowRecord] = []
        for _ in 0..<count {
            records.append(record(family, policy, signatures: signatures.count, using: &random))
        }
        var account = CaptureAccount()
        account.observedToMilliseconds = 60_000
        account.aggregated = records.reduce(0) { $0 + UInt64($1.packets) }
        account.received = account.aggregated
        account.sensorVersion = "1.2.3"
        account.configurationDigest = .random(in: 0 ... .max, using: &random)
        return FlowBatch(
            window: Window(containing: start, length: 60), policy: policy, account: account, family: family,
            signatures: signatures,
            records: records.sorted {
                ($0.key.trafficClass.rawValue, $0.key.servicePort, $0.key.source)
                    < ($1.key.trafficClass.rawValue, $1.key.servicePort, $1.key.source)
            })
    }

    private static func record(
        _ family: AddressFamily, _ policy: DestinationPolicy, signatures: Int,
        using random: inout some RandomNumberGenerator
    ) -> FlowRecord {
        func address(_ random: inout some RandomNumberGenerator) -> Address {
            let edges: [UInt128] = [0, .max, 1, 0x7FFF_FFFF, 0x8000_0000]
            let bits =
                Bool.random(using: &random)
                ? UInt128.random(in: 0 ... .max, using: &random) : edges[Int.random(in: 0..<5, using: &random)]
            return Address(bits: bits, family: family)
        }
        let first = UInt32.random(in: 0..<60_000, using: &random)
        let trafficClass = TrafficClass.allCases.randomElement(using: &random) ?? .other
        let victim =
            trafficClass == .icmpError && Bool.random(using: &random)
            ? Victim(
                address: address(&random), ipProtocol: .random(in: 0...255, using: &random),
                port: .random(in: 0...65_535, using: &random))
            : nil
        return FlowRecord(
            key: FlowKey(
                source: address(&random), ipProtocol: .random(in: 0...255, using: &random),
                trafficClass: trafficClass, servicePort: .random(in: 0...65_535, using: &random), victim: victim),
            packets: .random(in: 1 ... .max, using: &random), bytes: .random(in: 0...(1 << 50), using: &random),
            destinations: DistinctCount(
                .random(in: 1 ... .max, using: &random),
                Precision(rawValue: .random(in: 0...2, using: &random)) ?? .exact),
            firstMilliseconds: first, lastMilliseconds: .random(in: first..<60_001, using: &random),
            exemplar: Exemplar(
                sourcePort: .random(in: 0...65_535, using: &random),
                destination: policy == .none ? 0 : address(&random).bits, ttl: .random(in: 0...255, using: &random),
                ipLength: .random(in: 20...65_575, using: &random), tcpFlags: .random(in: 0...255, using: &random)),
            tools: ToolMatches(
                zmap: .random(in: 0 ... .max, using: &random), masscan: .random(in: 0...1, using: &random), mirai: 0),
            signature: .random(in: 0...UInt16(signatures), using: &random))
    }
}
