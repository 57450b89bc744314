import FlowModel
import Testing

@testable import TrafficModel

/// Hosts of known addresses do what they are said to do, and nothing else changes.
struct KnownHostTests {
    private static let span: Int64 = 86_400_000_000
    private static let site = DarkSite("th-1=198.18.16.0/20")

    private struct Sent {
        let microseconds: Int64
        let bytes: [UInt8]

        var source: UInt32 { long(26) }
        var destination: UInt32 { long(30) }
        var identification: UInt16 { word(18) }
        var ttl: UInt8 { bytes[22] }
        var ipProtocol: UInt8 { bytes[23] }
        var sourcePort: UInt16 { word(34) }
        var port: UInt16 { word(36) }
        var sequence: UInt32 { long(38) }
        var flags: UInt8 { bytes[47] }

        private func word(_ at: Int) -> UInt16 { UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) }
        private func long(_ at: Int) -> UInt32 { UInt32(word(at)) << 16 | UInt32(word(at + 2)) }
    }

    private func traffic(
        _ hosts: [KnownHost?], packets: UInt64 = 0, rate: Double = 50, site: DarkSite? = KnownHostTests.site
    ) throws -> ([Sent], ExpectedTotals) {
        let plan = RadiationPlan(
            seed: 3, packets: packets, startMicroseconds: 0, spanMicroseconds: KnownHostTests.span, sources: 2_000,
            knownHosts: try hosts.map { try #require($0) }, knownRate: rate)
        var generator = RadiationGenerator(plan: plan, site: try #require(site))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        var found: [Sent] = []
        while let frame = generator.next(into: memory) {
            found.append(
                Sent(
                    microseconds: frame.microseconds,
                    bytes: Array(UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))))
        }
        return (found, generator.totals)
    }

    @Test func theBackgroundIsTheSameWithKnownHostsAndWithout() throws {
        let hosts = [KnownHost(infected: "192.0.2.7"), KnownHost(attacked: "198.51.100.9")]
        let (plain, _) = try traffic([], packets: 2_000)
        let (mixed, totals) = try traffic(hosts, packets: 2_000)
        #expect(plain.count == 2_000 && mixed.count > 2_100)
        #expect(zip(mixed, mixed.dropFirst()).allSatisfy { $0.microseconds <= $1.microseconds })
        let theirs = Set(totals.known.map(\.host.network))
        let others = mixed.filter { $0.bytes.count < 34 || !theirs.contains($0.source) }
        #expect(zip(plain, others).allSatisfy { $0.microseconds == $1.microseconds && $0.bytes == $1.bytes })
        #expect(others.count == plain.count)
    }

    @Test func equalArgumentsGiveEqualPackets() throws {
        let hosts = [KnownHost(infected: "192.0.2.7:ssh"), KnownHost(spoofed: "203.0.113.0/24")]
        let (first, _) = try traffic(hosts)
        let (second, _) = try traffic(hosts)
        #expect(!first.isEmpty)
        #expect(first.map(\.bytes) == second.map(\.bytes))
        #expect(first.map(\.microseconds) == second.map(\.microseconds))
    }

    @Test func aBotOfMiraiHasItsMarkItsPortsAndOneTTL() throws {
        let (sent, totals) = try traffic([KnownHost(infected: "192.0.2.7:mirai")])
        #expect(sent.allSatisfy { $0.sequence == $0.destination && [23, 2_323].contains($0.port) && $0.flags == 2 })
        #expect(Set(sent.map(\.ttl)).count == 1 && Set(sent.map(\.sourcePort)).count == 1)
        #expect(totals.tools.mirai == UInt64(sent.count))
        // 160 × 50 a second to all of IPv4, of which a /20 is a 2²⁰th, for a day: 659.
        #expect((550...770).contains(sent.count))
        #expect(Set(sent.map(\.destination)).count > sent.count * 8 / 10)
    }

    @Test(arguments: [("smb", UInt16(445)), ("ssh", 22)])
    func aWormKnocksAtItsPort(_ kind: String, _ port: UInt16) throws {
        let (sent, totals) = try traffic([KnownHost(infected: "192.0.2.7:\(kind)")])
        #expect(sent.count > 500 && sent.allSatisfy { $0.port == port && $0.flags == 2 })
        #expect(Set(sent.map(\.ttl)).count == 1)
        #expect(totals.tools.mirai + totals.tools.zmap < 3)
    }

    @Test func aHostIsTheSameAtEverySite() throws {
        let host = KnownHost(infected: "192.0.2.7")
        let (here, _) = try traffic([host])
        let (there, _) = try traffic([host], site: DarkSite("vn-1=198.18.32.0/20"))
        let (first, second) = (try #require(here.first), try #require(there.first))
        #expect((first.ttl, first.sourcePort) == (second.ttl, second.sourcePort))
        #expect(here.map(\.microseconds) != there.map(\.microseconds))
    }

    @Test func aVictimAnswersInTheLastTenth() throws {
        let (sent, totals) = try traffic([KnownHost(attacked: "198.51.100.9:80")], rate: 1)
        #expect(sent.count > 100 && sent.allSatisfy { $0.sourcePort == 80 && [0x12, 0x14].contains($0.flags) })
        #expect(sent.allSatisfy { $0.microseconds >= KnownHostTests.span / 10 * 9 })
        let (answers, resets) = (
            totals.packetsByClass[Int(TrafficClass.tcpSynAck.rawValue)],
            totals.packetsByClass[Int(TrafficClass.tcpRst.rawValue)]
        )
        #expect(answers > resets && resets > 0)
    }

    @Test func aMisconfiguredHostAsksOneAddressForOneService() throws {
        let (sent, totals) = try traffic([KnownHost(misconfigured: "203.0.113.5")], rate: 1)
        #expect((1_200...1_500).contains(sent.count))
        #expect(Set(sent.map(\.destination)).count == 1 && Set(sent.map(\.port)).count == 1)
        #expect(sent.allSatisfy { $0.ipProtocol == 17 && [53, 123].contains($0.port) })
        #expect(totals.known[0].destinations == 1)
    }

    @Test func aFloodHasForgedSourcesOfItsBlockThatSendLittle() throws {
        let (sent, totals) = try traffic([KnownHost(spoofed: "203.0.113.0/24")])
        var counts: [UInt32: Int] = [:]
        for packet in sent { counts[packet.source, default: 0] += 1 }
        #expect((90...170).contains(counts.count))
        #expect(counts.allSatisfy { $0.key >> 8 == 0xCB0071 && $0.value <= 2 })
        #expect(Set(sent.map(\.ttl)).count > 60)
        #expect(sent.allSatisfy { (4...5).contains($0.microseconds * 10 / KnownHostTests.span) })
        #expect(totals.known[0].sources == counts.count && totals.ipv4Sources == UInt64(counts.count))
    }

    @Test func aResearchScannerHasZMapsMarkOnManyPorts() throws {
        let (sent, totals) = try traffic([KnownHost(scanner: "192.0.2.200")], rate: 1)
        #expect(sent.count > 600 && sent.allSatisfy { $0.identification == 54_321 })
        #expect(totals.tools.zmap == UInt64(sent.count))
        #expect(Set(sent.map(\.port)).count > sent.count * 9 / 10)
    }

    @Test func theTotalsHoldThem() throws {
        let hosts = [
            KnownHost(infected: "192.0.2.7"), KnownHost(attacked: "198.51.100.9"),
            KnownHost(misconfigured: "203.0.113.5"), KnownHost(spoofed: "203.0.113.0/24"),
            KnownHost(scanner: "192.0.2.200"),
        ]
        let (sent, totals) = try traffic(hosts, packets: 500)
        #expect(totals.frames == UInt64(sent.count))
        #expect(totals.frames == totals.aggregated + totals.nonIP + totals.malformed.total)
        #expect(totals.known.reduce(0) { $0 + $1.packets } + 500 == totals.frames)
        #expect(totals.packetsByClass.reduce(0, +) == totals.aggregated)
        let json = totals.json(site: try #require(KnownHostTests.site), seed: 3)
        #expect(json.contains("{\"kind\": \"attacked\", \"address\": \"198.51.100.9\", \"packets\": "))
        #expect(json.contains("{\"kind\": \"spoofed\", \"address\": \"203.0.113.0/24\", \"packets\": "))
        let (_, plain) = try traffic([], packets: 500)
        #expect(!plain.json(site: try #require(KnownHostTests.site), seed: 3).contains("known"))
    }

    @Test(arguments: ["", "x", "192.0.2.7:", "192.0.2.7:telnet", "192.0.2.0/24", "2001:db8::1", "192.0.2.7 ", ":mirai"])
    func aBotThatIsNoAddressAndKindIsRefused(_ text: String) { #expect(KnownHost(infected: text) == nil) }

    @Test(arguments: ["192.0.2.7:0", "192.0.2.7:65536", "192.0.2.7:x", "192.0.2.0/25"])
    func aVictimThatIsNoAddressAndPortIsRefused(_ text: String) { #expect(KnownHost(attacked: text) == nil) }

    @Test(arguments: ["192.0.2.1/24", "0.0.0.0/0", "2001:db8::/48", "x"])
    func aFloodThatIsFromNoBlockIsRefused(_ text: String) { #expect(KnownHost(spoofed: text) == nil) }
}
