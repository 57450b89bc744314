import FlowModel
import Testing

@testable import Analysis

/// What scanners sent is what an hour has of their records alone.
@Suite struct ScannerRollupTests {
    private func columns(_ records: [(port: Int32, source: UInt32, packets: Int64)]) -> FlowColumns {
        var columns = FlowColumns()
        for record in records.sorted(by: { ($0.port, $0.source) < ($1.port, $1.source) }) {
            columns.service.append(1 << 24 | 6 << 16 | record.port)
            columns.source4.append(Int32(bitPattern: record.source ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.packets.append(record.packets)
        }
        return columns
    }

    private func labels(_ ranges: [ClosedRange<UInt32>]) -> AddressRanges {
        var labels = AddressRanges()
        for range in ranges {
            let isAdded = labels.unite(Address(ipv4: range.lowerBound), Address(ipv4: range.upperBound))
            #expect(isAdded)
        }
        labels.close()
        return labels
    }

    private func texts(_ rows: [PortTraffic]) -> [String] {
        rows.map { "\($0.servicePort): \($0.packets) \($0.bytes) \($0.flows) \($0.sources)" }.sorted()
    }

    @Test func onlyLabelledSourcesCountAndPortsStandWhereTheHourHasThem() {
        var (hour, scanners) = (
            HourRollup(), ScannerRollup(labels([10...19, 15...16, 18...25]), OriginTable(version: nil))
        )
        let limit = Int32(HourRollup.portLimit)
        for bucket in [0, 5] {
            // Port p has p + 10 packets of another source; 0, 2 and 3 have the fewest and share a row.
            var records = (0..<limit + 3).map { (port: $0, source: UInt32(9), packets: Int64($0) + 10) }
            records += [(0, 10, 1), (1, 25, 1), (1, 10, 2), (limit, 26, 5), (limit, 25, 5)]
            let batch = columns(records)
            hour.add(batch, bucket: bucket)
            scanners.add(batch, bucket: bucket)
        }
        let rows = hour.finish().hour
        #expect(texts(scanners.finish(like: rows)) == ["-1: 2 80 2 1", "1: 6 240 4 2", "\(limit): 10 400 2 1"])
    }

    @Test func withoutLabelsThereAreNoRows() {
        var scanners = ScannerRollup(labels([]), OriginTable(version: nil))
        scanners.add(columns([(1, 1, 1)]), bucket: 0)
        #expect(scanners.finish(like: []).isEmpty)
    }

    @Test func rangesThatOverlapUnite() {
        for _ in 0..<50 {
            let ranges = (0..<30).map { _ in
                let low = UInt32.random(in: 0...1_000)
                return low...(low + .random(in: 0...60))
            }.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
            let labels = labels(ranges)
            for address in UInt32(0)...1_100 {
                #expect((labels.find(ipv4: address) != nil) == ranges.contains { $0.contains(address) })
            }
        }
    }
}
