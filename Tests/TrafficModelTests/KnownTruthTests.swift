import Aggregation
import FlowModel
import Testing

@testable import TrafficModel

/// The generator's own totals against the sensor's dissection and aggregation: two codes, one truth.
struct KnownTruthTests {
    @Test(arguments: [UInt64(1), 2, 3])
    func whatTheGeneratorCountsIsWhatTheSensorFinds(_ seed: UInt64) throws {
        let site = try #require(DarkSite("kh-1=198.18.48.0/20"))
        let plan = RadiationPlan(
            seed: seed, packets: 60_000, startMicroseconds: 1_767_225_600_000_000, spanMicroseconds: 7_200_000_000,
            sources: 5_000,
            knownHosts: [
                KnownHost(infected: "192.0.2.7:ssh"), KnownHost(infected: "203.0.113.9"),
                KnownHost(attacked: "198.51.100.9"), KnownHost(misconfigured: "203.0.113.5"),
                KnownHost(spoofed: "203.0.113.0/24"), KnownHost(scanner: "192.0.2.200"),
            ].compactMap(\.self), knownRate: 500)
        var generator = RadiationGenerator(plan: plan, site: site)
        var aggregator = Aggregator(settings: AggregationSettings(), mode: .file)
        let batch = PacketBatch()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        while let frame = generator.next(into: memory) {
            if batch.isFull {
                aggregator.ingest(batch)
                batch.removeAll()
            }
            #expect(
                batch.append(
                    seconds: frame.microseconds / 1_000_000, nanoseconds: frame.microseconds % 1_000_000 * 1_000,
                    originalLength: UInt32(frame.originalLength), linkType: .ethernet,
                    bytes: UnsafeRawBufferPointer(start: memory, count: frame.capturedLength)))
        }
        aggregator.ingest(batch)
        aggregator.finish()

        var found = ExpectedTotals()
        let destinations = DestinationEncoder(policy: .none, space: DarkSpace([]), key: (0, 0))
        var sources: Set<Address> = []
        for window in aggregator.takeClosedWindows() {
            window.forEachBatch(destinations: destinations, policy: .none) { (batch: FlowBatch) throws(Never) in
                found.frames += batch.account.received
                found.nonIP += batch.account.nonIP
                for reason in MalformedReason.allCases { found.malformed[reason] += batch.account.malformed[reason] }
                for record in batch.records {
                    let packets = UInt64(record.packets)
                    if batch.family == .ipv4 { found.ipv4Packets += packets } else { found.ipv6Packets += packets }
                    found.bytes += record.bytes
                    found.packetsByClass[Int(record.key.trafficClass.rawValue)] += packets
                    found.packetsByProtocol[Int(record.key.ipProtocol)] += packets
                    found.tools.zmap += UInt64(record.tools.zmap)
                    found.tools.masscan += UInt64(record.tools.masscan)
                    found.tools.mirai += UInt64(record.tools.mirai)
                    sources.insert(record.key.source)
                }
            }
        }
        let truth = generator.totals
        #expect(found.frames == truth.frames && found.nonIP == truth.nonIP && found.malformed == truth.malformed)
        #expect(found.ipv4Packets == truth.ipv4Packets && found.ipv6Packets == truth.ipv6Packets)
        #expect(found.bytes == truth.bytes)
        #expect(found.packetsByClass == truth.packetsByClass)
        #expect(found.packetsByProtocol == truth.packetsByProtocol)
        #expect(found.tools == truth.tools)
        #expect(UInt64(sources.count { $0.family == .ipv4 }) == truth.ipv4Sources)
        #expect(UInt64(sources.count { $0.family == .ipv6 }) == truth.ipv6Sources)
    }
}
