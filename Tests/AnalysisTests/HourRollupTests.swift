import FlowModel
import Testing

@testable import Analysis

@Suite struct HourRollupTests {
    /// Records of one class, as (port, source, packets).
    private func columns(_ trafficClass: Int32, _ records: [(port: Int32, source: UInt32, packets: Int64)])
        -> FlowColumns
    {
        var columns = FlowColumns()
        for record in records.sorted(by: { ($0.port, $0.source) < ($1.port, $1.source) }) {
            columns.service.append(trafficClass << 24 | 6 << 16 | record.port)
            columns.source4.append(Int32(bitPattern: record.source ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.packets.append(record.packets == 1 ? FlowColumns.unset : record.packets)
        }
        return columns
    }

    private func row(_ rows: [PortTraffic], _ trafficClass: Int16, _ port: Int32) throws -> PortTraffic {
        try #require(rows.first { $0.trafficClass == trafficClass && $0.servicePort == port })
    }

    private func packets(_ rows: [PortTraffic]) -> Int64 { rows.reduce(0) { $0 + $1.packets } }

    @Test func anHourUnitesItsBuckets() throws {
        var rollup = HourRollup()
        rollup.add(columns(1, [(23, 1, 1), (23, 2, 4), (80, 1, 1)]), bucket: 0)
        rollup.add(columns(1, [(23, 2, 1)]), bucket: 0)
        rollup.add(columns(1, [(23, 2, 1), (23, 3, 2)]), bucket: 11)
        #expect(rollup.totals[0] == .init(ipv4: 7, ipv6: 0) && rollup.totals[11] == .init(ipv4: 3, ipv6: 0))
        let (hour, buckets) = rollup.finish()
        let telnet = try row(hour, 1, 23)
        #expect((telnet.packets, telnet.bytes, telnet.flows) == (9, 360, 5))
        #expect((telnet.sources, telnet.precision) == (3, .exact))
        #expect(try row(buckets[0], 1, 23).sources == 2)
        #expect(try row(buckets[11], 1, 23).sources == 2)
        #expect(buckets.map(\.count) == [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test func foldingKeepsSumsAndSources() throws {
        var rollup = HourRollup()
        let limit = Int32(HourRollup.portLimit)
        // Port p has p + 2 packets in a bucket: of a source that all ports share, and of one of its own.
        for bucket in 0..<2 {
            var records: [(port: Int32, source: UInt32, packets: Int64)] = []
            for port in 0..<limit + 50 {
                records.append((port, 9, Int64(port) + 1))
                records.append((port, UInt32(port) + 100, 1))
            }
            rollup.add(columns(1, records), bucket: bucket)
        }
        let (hour, buckets) = rollup.finish()
        #expect(hour.count == Int(limit) + 1)
        let others = try row(hour, 1, PortTraffic.otherPorts)
        let folded: Int64 = (0..<50).reduce(0) { $0 + 2 * ($1 + 2) }
        let whole: Int64 = (0..<Int64(limit) + 50).reduce(0) { $0 + 2 * ($1 + 2) }
        #expect(others.packets == folded && others.flows == 200)
        #expect((others.sources, others.precision) == (51, .exact))
        #expect(packets(hour) == whole)
        for bucket in buckets[..<2] {
            #expect(bucket.map(\.servicePort).sorted() == hour.map(\.servicePort).sorted())
            #expect(packets(bucket) * 2 == whole)
            #expect(try row(bucket, 1, PortTraffic.otherPorts).precision == .atLeast)
        }
        var day = DayRollup()
        for row in hour + hour { day.add(row) }
        let rows = day.finish()
        #expect(rows.count == hour.count)
        #expect(packets(rows) == 2 * whole)
        #expect(try row(rows, 1, PortTraffic.otherPorts).sources == 51)
    }

    @Test func sourcesOfOverflowAreAtLeastThoseOfTheLargestRecord() throws {
        var rollup = HourRollup()
        rollup.add(columns(5, [(53, 1, 1), (53, 2, 1)]), bucket: 3)
        for (bucket, sources) in [(3, 70), (3, 50), (4, 90)] as [(Int, Int64)] {
            rollup.add(
                OverflowSum(
                    trafficClass: 5, servicePort: 53, family: .ipv6, packets: 100, bytes: 1_000, sources: sources),
                bucket: bucket)
        }
        #expect(rollup.totals[3] == .init(ipv4: 2, ipv6: 200))
        let (hour, buckets) = rollup.finish()
        let dns = try row(hour, 5, 53)
        #expect((dns.packets, dns.bytes, dns.flows) == (302, 3_080, 2))
        #expect((dns.sources, dns.precision) == (90, .atLeast))
        #expect(try row(buckets[3], 5, 53).sources == 70)
    }

    @Test func countersAtTheirLimitDoNotWrap() throws {
        var rollup = HourRollup()
        for _ in 0..<2 { rollup.add(columns(1, [(1, 1, .max)]), bucket: 0) }
        #expect(try row(rollup.finish().hour, 1, 1).packets == .max)
    }
}
