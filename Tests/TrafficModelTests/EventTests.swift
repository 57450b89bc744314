import FlowModel
import Testing

@testable import TrafficModel

/// The events of the model stand out where and when they should.
struct EventTests {
    private static let span: Int64 = 86_400_000_000

    /// How many frames of each tenth of the span `choose` picks.
    private func tenths(_ choose: ([UInt8]) -> Bool) throws -> [Int] {
        let plan = RadiationPlan(
            seed: 11, packets: 100_000, startMicroseconds: 0, spanMicroseconds: EventTests.span, sources: 5_000)
        var generator = RadiationGenerator(plan: plan, site: try #require(DarkSite("vn-1=198.18.32.0/20")))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        var counts = Array(repeating: 0, count: 10)
        while let frame = generator.next(into: memory) {
            let bytes = Array(UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))
            if bytes.count >= 54, bytes[12] == 8, bytes[13] == 0, choose(bytes) {
                counts[Int(frame.microseconds * 10 / EventTests.span)] += 1
            }
        }
        return counts
    }

    @Test func anAttackIsAPeakOfBackscatterWhileItLasts() throws {
        let counts = try tenths { $0[23] == 6 && $0[47] == 0x12 }
        let others = counts.indices.filter { $0 != 3 }.map { counts[$0] }
        #expect(Double(counts[3]) > 1.5 * Double(try #require(others.max())))
    }

    @Test func aPortRisesFromNothingToTheEnd() throws {
        let counts = try tenths {
            UInt16($0[36]) << 8 | UInt16($0[37]) == Population.risingPortNumber && $0[23] == 6 && $0[47] == 0x02
        }
        #expect(counts[..<6].reduce(0, +) < 20)
        #expect(counts[6] < counts[7] && counts[7] < counts[8] && counts[8] < counts[9])
    }

    @Test func hostsOfAnOrganisationAreInfectedAtHalfTime() throws {
        let counts = try tenths { $0[26..<29].elementsEqual([203, 0, 113]) }
        #expect(counts[..<5].allSatisfy { $0 == 0 })
        #expect(counts[5...].allSatisfy { $0 > 0 })
    }
}
