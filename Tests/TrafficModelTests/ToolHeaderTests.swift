import FlowModel
import Testing

@testable import TrafficModel

/// The marks that scanners leave in their SYNs (telescope methods §5), source by source.
struct ToolHeaderTests {
    /// What a SYN without VLAN tag says.
    private struct Probe {
        let source: UInt32
        let destination: UInt32
        let identification: UInt16
        let isWhole: Bool
        let ttl: UInt8
        let sourcePort: UInt16
        let port: UInt16
        let sequence: UInt32
        let headerLength: Int
        let window: UInt16

        /// Nil when the frame is no such SYN.
        init?(_ frame: [UInt8]) {
            func word(_ at: Int) -> UInt16 { UInt16(frame[at]) << 8 | UInt16(frame[at + 1]) }
            func long(_ at: Int) -> UInt32 { UInt32(word(at)) << 16 | UInt32(word(at + 2)) }
            guard frame.count >= 54, word(12) == 0x0800, frame[14] == 0x45, frame[23] == 6, frame[47] == 0x02 else {
                return nil
            }
            (identification, isWhole, ttl) = (word(18), word(20) == 0x4000, frame[22])
            (source, destination) = (long(26), long(30))
            (sourcePort, port, sequence) = (word(34), word(36), long(38))
            (headerLength, window) = (Int(frame[46] >> 4) * 4, word(48))
        }

        var cookie: UInt16 { UInt16(truncatingIfNeeded: destination ^ UInt32(port) ^ sequence) }
    }

    /// The SYNs of every source with at least three, by behaviour.
    private func probes() throws -> [Behaviour: [[Probe]]] {
        let plan = RadiationPlan(
            seed: 5, packets: 100_000, startMicroseconds: 1_767_225_600_000_000, spanMicroseconds: 3_600_000_000,
            sources: 5_000)
        var generator = RadiationGenerator(plan: plan, site: try #require(DarkSite("my-1=198.18.64.0/20")))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: RadiationGenerator.frameCapacity, alignment: 16)
        defer { memory.deallocate() }
        var bySource: [UInt32: [Probe]] = [:]
        while let frame = generator.next(into: memory) {
            let bytes = Array(UnsafeRawBufferPointer(start: memory, count: frame.capturedLength))
            if let probe = Probe(bytes) { bySource[probe.source, default: []].append(probe) }
        }
        var result: [Behaviour: [[Probe]]] = [:]
        for actor in Population(seed: plan.seed, sources: plan.sources).actors where actor.behaviour != .ipv6 {
            guard let probes = bySource[actor.address], probes.count >= 3 else { continue }
            result[actor.behaviour, default: []].append(probes)
        }
        return result
    }

    @Test func everyToolWritesItsOwnHeaders() throws {
        let sources = try probes()
        func expectAll(_ behaviour: Behaviour, _ rule: (Probe) -> Bool) throws {
            let found = try #require(sources[behaviour])
            let broken = found.joined().filter { !rule($0) }
            #expect(broken.isEmpty, "\(behaviour)")
        }
        try expectAll(.zmapOld) {
            $0.identification == 54_321 && $0.ttl > 200 && $0.headerLength == 20 && $0.window == 65_535 && !$0.isWhole
        }
        try expectAll(.zmapNew) {
            $0.ttl <= 64 && [24, 32, 40].contains($0.headerLength) && $0.window == 65_535 && !$0.isWhole
        }
        try expectAll(.masscanOld) { $0.identification == $0.cookie && $0.ttl > 200 && $0.headerLength == 20 }
        try expectAll(.masscanNew) { $0.identification == $0.cookie && $0.ttl > 200 && $0.headerLength == 24 }
        try expectAll(.mirai) {
            $0.sequence == $0.destination && $0.headerLength == 20 && [23, 2_323].contains($0.port)
        }
        try expectAll(.nmap) { $0.window == 1_024 && $0.headerLength == 24 && $0.ttl < 60 && !$0.isWhole }
        try expectAll(.plainSyn) { $0.isWhole && $0.headerLength > 20 }
    }

    @Test func newZMapLeavesNoMarkInTheIdentification() throws {
        let probes = try #require(try probes()[.zmapNew]).joined()
        #expect(
            probes.count { $0.identification == 54_321 || $0.identification == $0.cookie } < probes.count / 1_000 + 3)
    }

    @Test func aProcessKeepsItsSourcePortAndWindow() throws {
        let sources = try probes()
        for behaviour in [Behaviour.mirai, .masscanOld, .masscanNew, .nmap] {
            for probes in try #require(sources[behaviour]) {
                #expect(Set(probes.map(\.sourcePort)).count == 1 && Set(probes.map(\.window)).count == 1)
            }
        }
    }

    @Test func twoSequenceNumbersOfNmapDifferByOneByteTwice() throws {
        for probes in try #require(try probes()[.nmap]) {
            let first = try #require(probes.first).sequence
            for probe in probes {
                let difference = probe.sequence ^ first
                #expect(difference & 0xFF00_FF00 == 0 && difference >> 16 == difference & 0xFFFF)
            }
        }
    }
}
