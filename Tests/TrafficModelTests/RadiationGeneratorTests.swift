import FlowModel
import Testing

@testable import TrafficModel

struct RadiationGeneratorTests {
    private static let site = DarkSite("th-1=198.18.16.0/20")
    private static let other = DarkSite("vn-1=198.18.32.0/22")

    private func plan(packets: UInt64, seed: UInt64 = 7) -> RadiationPlan {
        RadiationPlan(
            seed: seed, packets: packets, startMicroseconds: 1_767_225_600_000_000, spanMicroseconds: 86_400_000_000,
            sources: 5_000)
    }

    /// All frames, each with its time.
    private func frames(_ plan: RadiationPlan, _ site: DarkSite) -> ([(Int64, [UInt8])], ExpectedTotals) {
        var generator = RadiationGenerator(plan: plan, site: site)
        var result: [(Int64, [UInt8])] = []
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        while let frame = generator.next(into: memory) {
            result.append(
                (frame.microseconds, Array(UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))))
        }
        return (result, generator.totals)
    }

    @Test func theSamePlanGivesTheSameBytes() throws {
        let site = try #require(Self.site)
        let (first, _) = frames(plan(packets: 3_000), site)
        let (second, _) = frames(plan(packets: 3_000), site)
        #expect(first.count == 3_000)
        #expect(zip(first, second).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 })
        let (otherSeed, _) = frames(plan(packets: 3_000, seed: 8), site)
        #expect(zip(first, otherSeed).contains { $0.1 != $1.1 })
    }

    @Test func timesRiseAndFillTheSpanWithoutALumpAtItsEnd() throws {
        let (all, totals) = frames(plan(packets: 20_000), try #require(Self.site))
        let start: Int64 = 1_767_225_600_000_000
        #expect(zip(all, all.dropFirst()).allSatisfy { $0.0 <= $1.0 })
        #expect(all.allSatisfy { $0.0 >= start && $0.0 < start + 86_400_000_000 })
        #expect(totals.lastMicroseconds > start + 86_000_000_000)
        #expect(all.count { $0.0 == totals.lastMicroseconds } < 64)
    }

    @Test func theDayHasItsWave() throws {
        let (all, _) = frames(plan(packets: 50_000), try #require(Self.site))
        let hour: Int64 = 3_600_000_000
        let hours = all.map { Int(($0.0 - 1_767_225_600_000_000) / hour) }
        let afternoon = hours.count { $0 == 13 || $0 == 14 }
        let night = hours.count { $0 == 1 || $0 == 2 }
        #expect(Double(afternoon) > 1.4 * Double(night))
    }

    @Test func everyFrameIsInExactlyOneBin() throws {
        let (_, totals) = frames(plan(packets: 30_000), try #require(Self.site))
        #expect(totals.frames == 30_000)
        #expect(totals.frames == totals.aggregated + totals.nonIP + totals.malformed.total)
        #expect(totals.packetsByClass.reduce(0, +) == totals.aggregated)
        #expect(totals.packetsByProtocol.reduce(0, +) == totals.aggregated)
    }

    @Test func everyKindOfTrafficOccurs() throws {
        let (_, totals) = frames(plan(packets: 200_000), try #require(Self.site))
        let present: [TrafficClass] = [
            .tcpSyn, .tcpSynAck, .tcpRst, .tcpOther, .udpProbe, .udpResponse, .icmpRequest, .icmpReply, .icmpError,
            .icmpOther, .fragment, .other,
        ]
        for kind in present { #expect(totals.packetsByClass[Int(kind.rawValue)] > 0, "\(kind.name)") }
        #expect(totals.tools.zmap > 0 && totals.tools.masscan > 0 && totals.tools.mirai > 0)
        #expect(totals.ipv6Packets > 0 && totals.nonIP > 0)
        #expect(totals.risingPortPackets > 0 && totals.attackPackets > 0 && totals.infectedPackets > 0)
        for reason in MalformedReason.allCases {
            #expect(totals.malformed[reason] > 0, "\(reason.name)")
        }
    }

    @Test func theSameSourcesReachSeveralSites() throws {
        func sources(_ site: DarkSite) -> Set<[UInt8]> {
            let (all, _) = frames(plan(packets: 20_000), site)
            return Set(all.filter { $0.1.count >= 34 && $0.1[12] == 8 && $0.1[13] == 0 }.map { Array($0.1[26..<30]) })
        }
        let here = sources(try #require(Self.site))
        let there = sources(try #require(Self.other))
        #expect(here.intersection(there).count > here.count / 4)
    }

    @Test func fewSourcesSendMostPackets() throws {
        let (all, _) = frames(plan(packets: 50_000), try #require(Self.site))
        var counts: [[UInt8]: Int] = [:]
        for frame in all where frame.1.count >= 34 { counts[Array(frame.1[26..<30]), default: 0] += 1 }
        let ranked = counts.values.sorted(by: >)
        #expect(Double(ranked.prefix(ranked.count / 10).reduce(0, +)) > 0.7 * Double(ranked.reduce(0, +)))
    }

    @Test(arguments: [
        "", "x", "x=", "=198.18.0.0/20", "X=198.18.0.0/20", "-x=198.18.0.0/20", "x=198.18.0.1/20", "x=2001:db8::/48",
        "x=0.0.0.0/0",
    ])
    func aSiteThatIsNotCodeAndBlockIsRefused(_ text: String) {
        #expect(DarkSite(text) == nil)
    }
}
