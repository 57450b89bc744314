import FlowModel
import Testing
import WireFormat

@testable import Aggregation
@testable import Capture

/// Every real capture through file source, dissection, aggregation and the codec, against its oracle.
struct RealCaptureTests {
    /// Sums over all records of a capture.
    private struct Sums {
        var account = CaptureAccount()
        var packets: [AddressFamily: Int] = [:]
        var bytes: [AddressFamily: Int] = [:]
        var protocols: [AddressFamily: [String: Int]] = [.ipv4: [:], .ipv6: [:]]
        var classes: [AddressFamily: [String: Int]] = [.ipv4: [:], .ipv6: [:]]
        var icmp: [AddressFamily: [String: Int]] = [.ipv4: [:], .ipv6: [:]]
        var sources: [AddressFamily: Set<UInt128>] = [.ipv4: [], .ipv6: []]
        var minutes: [Int64: Int] = [:]
        var late = 0

        mutating func add(_ batch: FlowBatch) {
            account.received += batch.account.received
            account.nonIP += batch.account.nonIP
            for reason in MalformedReason.allCases { account.malformed[reason] += batch.account.malformed[reason] }
            late += Int(batch.account.late)
            for record in batch.records {
                let family = batch.family
                let count = Int(record.packets)
                packets[family, default: 0] += count
                bytes[family, default: 0] += Int(record.bytes)
                protocols[family]?["\(record.key.ipProtocol)", default: 0] += count
                sources[family]?.insert(record.key.source.bits)
                minutes[batch.window.start, default: 0] += count
                if record.key.ipProtocol == 6 {
                    let name =
                        switch record.key.trafficClass {
                        case .tcpSyn: "syn"
                        case .tcpSynAck: "synack"
                        case .tcpRst: "rst"
                        case .tcpOther: "other"
                        default: "flags_unknown"
                        }
                    classes[family]?[name, default: 0] += count
                }
                if [.icmpRequest, .icmpReply, .icmpError, .icmpOther].contains(record.key.trafficClass) {
                    let port = record.key.servicePort
                    icmp[family]?["\(port >> 8)/\(port & 0xFF)", default: 0] += count
                }
            }
        }
    }

    private func sums(_ oracle: Oracle) throws -> (Sums, CaptureError?) {
        var aggregator = Aggregator(settings: AggregationSettings(), mode: .file)
        var sums = Sums()
        var failure: CaptureError?
        do {
            let source = try FileSource(path: oracle.capture)
            let batch = PacketBatch()
            while try source.fill(batch) { aggregator.ingest(batch) }
        } catch {
            failure = error
        }
        aggregator.finish()
        let destinations = DestinationEncoder(policy: .permuted, space: DarkSpace([]), key: (1, 2))
        let encoder = BatchEncoder()
        let decoder = BatchDecoder()
        for window in aggregator.takeClosedWindows() {
            var parts = 0
            try window.forEachBatch(destinations: destinations, policy: .permuted, maximumRecords: 500) {
                (batch: FlowBatch) throws(WireError) in
                let read = try decoder.decode(encoder.encode(batch))
                #expect(read == .flows(batch))
                #expect(Int(batch.part) == parts)
                parts += 1
                sums.add(batch)
            }
        }
        return (sums, failure)
    }

    @Test(arguments: Oracle.names)
    func everySumFollowsFromTheOracle(_ name: String) throws {
        let oracle = try #require(Oracle(name: name))
        let (sums, failure) = try sums(oracle)
        #expect(Int(sums.account.received) == oracle.number("packets_total"))
        #expect(Int(sums.account.nonIP) == oracle.number("non_ip_packets"))
        #expect(Int(sums.account.malformed.total) == oracle.number("malformed_ip_packets"))
        for (family, name) in [(AddressFamily.ipv4, "ipv4"), (.ipv6, "ipv6")] {
            #expect(sums.packets[family] ?? 0 == oracle.number("\(name).packets"))
            #expect(sums.bytes[family] ?? 0 == oracle.number("\(name).ip_bytes"))
            #expect(sums.protocols[family] == oracle.counts("\(name).by_protocol"))
            #expect(sums.classes[family] == oracle.counts("\(name).tcp_classes"))
            #expect(sums.sources[family]?.count == oracle.number("\(name).distinct_src"))
            #expect(
                sums.icmp[family]?.values.reduce(0, +) == oracle.counts("\(name).icmp_type_code").values.reduce(0, +))
        }
        var minutes: [Int64: Int] = [:]
        for pair in oracle.value("ip_packets_per_minute") as? [[Int]] ?? [] { minutes[Int64(pair[0])] = pair[1] }
        if sums.late == 0 && oracle.number("records_without_ts") == 0 { #expect(sums.minutes == minutes) }
        #expect(failure == nil || failure?.kind == .damaged)
        let isDamaged = oracle.value("read_error").map { !("\($0)" == "<null>") } ?? false
        if isDamaged { #expect(failure != nil) }
    }
}
