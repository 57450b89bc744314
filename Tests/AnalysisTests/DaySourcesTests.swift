import FlowModel
import Testing

@testable import Analysis

@Suite struct DaySourcesTests {
    /// Records of one packet each, as (class and port, source, signature).
    private func columns(_ records: [(service: Int32, source: UInt32, signature: Int64)]) -> FlowColumns {
        var columns = FlowColumns()
        for record in records {
            columns.service.append(record.service)
            columns.source4.append(Int32(bitPattern: record.source ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.first.append(1_500 << 8 | 64)
            columns.signature.append(record.signature == 0 ? FlowColumns.unset : record.signature)
        }
        return columns
    }

    @Test func aFewServicesAreExactAndManyAnEstimate() {
        for count in [1, 2, 4, 5, 30, 100, 300] as [UInt32] {
            var (sum, exact) = (0.0, true)
            for try_ in 0..<50 as Range<UInt32> {
                var set = ServiceSet()
                for _ in 0..<2 { for port in 0..<count { set.insert(1 << 16 | (try_ * count + port)) } }
                let (value, precision) = set.count
                if count <= 4 { exact = exact && value == count && precision == .exact } else { exact = false }
                sum += Double(value)
            }
            #expect(exact == (count <= 4))
            #expect(abs(sum / 50 / Double(count) - 1) < 0.04, "\(count)")
        }
        var full = ServiceSet()
        for port in 0..<65_536 as Range<UInt32> { full.insert(1 << 16 | port) }
        #expect(full.count.precision == .atLeast && full.count.value > 600)
    }

    @Test func port0OfAnyClassIsAService() {
        var set = ServiceSet()
        for trafficClass in 1...3 as ClosedRange<UInt32> { set.insert(trafficClass << 16) }
        #expect(set.count == (3, .exact))
    }

    @Test func sourcesBeyondTheLimitShareOneEntryAndNothingIsLost() throws {
        var day = DaySources(limit: 1_500)
        let records = (0..<3_000).map { (service: Int32(1 << 24 | 23), source: UInt32($0), signature: Int64(0)) }
        day.add(columns(records), second: 0)
        day.add(columns(records), second: 86_000)
        let sources = day.sources(.ipv4)
        #expect(sources.map(\.bits) == (0..<1_500).map { UInt128($0) })
        #expect(sources.allSatisfy { $0.packets == 2 && $0.first == 1 && $0.last == 86_001 && $0.synPackets == 2 })
        let others = try #require(day.others)
        #expect((others.packets, others.flows, others.services.value) == (3_000, 3_000, 1))
    }

    @Test func addressesThatAreChosenForTheirHashesAreSpread() {
        let chosen = (0..<200_000 as Range<UInt32>).map { SourceSketch.hash(ipv4: $0) }.filter { $0 & 255 == 0 }
        let index = SourceIndex(seed: 0x0123_4567_89AB_CDEF)
        let slots = Set(chosen.prefix(500).map { index.firstSlot($0) })
        #expect(chosen.count > 500 && slots.count > 350)
        #expect(index.firstSlot(7) != SourceIndex(seed: 1).firstSlot(7))
    }

    @Test func theSignaturesWithTheMostPacketsHaveRowsAndTheOthersShareOne() throws {
        var day = DaySources()
        let limit = DaySources.signatureRows
        var records: [(service: Int32, source: UInt32, signature: Int64)] = []
        for signature in 1...limit + 100 {
            for source in 0..<(signature > 100 ? 2 : 1) {
                records.append((1 << 24, UInt32(signature % 7 * 2 + source), Int64(signature)))
            }
        }
        records.append((1 << 24, 99, 0))
        day.add(columns(records), second: 0)
        let rows = day.signatureRows()
        #expect(rows.count == limit + 1)
        let others = try #require(rows.last)
        #expect((others.identifier, others.packets, others.sources) == (0, 100, 7))
        #expect(rows.reduce(0) { $0 + $1.packets } == Int64(records.count) - 1)
    }
}
