import FlowModel
import Testing

@testable import Analysis

@Suite struct OriginRollupTests {
    /// Ten ranges of 100 addresses from 10.0.0.0 with gaps of 100, country by turns, network 1000 + number.
    private func table(_ count: Int = 10) -> OriginTable {
        var table = OriginTable(version: 3)
        for number in 0..<count {
            let low = UInt32(0x0A00_0000) + UInt32(number) * 200
            let isAdded = table.append(
                Address(ipv4: low), Address(ipv4: low + 99), country: ["TH", "JP", nil][number % 3],
                network: 1_000 + UInt32(number))
            #expect(isAdded)
        }
        let isAdded = table.append(Address(ipv6: 1 << 100), Address(ipv6: 1 << 101), country: "ID", network: 7)
        #expect(isAdded)
        table.close()
        return table
    }

    private func columns(_ trafficClass: TrafficClass, _ sources: [UInt32], packets: Int64 = 1) -> FlowColumns {
        var columns = FlowColumns()
        for source in sources {
            columns.service.append(Int32(trafficClass.rawValue) << 24 | 6 << 16 | 23)
            columns.source4.append(Int32(bitPattern: source ^ 0x8000_0000))
            columns.header.append(40 << 8)
            columns.packets.append(packets)
        }
        return columns
    }

    private func texts(_ rows: [OriginTraffic]) -> Set<String> {
        Set(
            rows.map {
                let origin =
                    switch $0.origin {
                    case .country(let country): "country \(country ?? "-")"
                    case .network(let asn): "network \(asn ?? 0)"
                    case .otherNetworks: "others"
                    case .everything: "everything"
                    }
                return
                    "\(origin)\($0.isBackscatter ? " back" : ""): \($0.packets) \($0.flows) \($0.sources) \($0.precision)"
            })
    }

    @Test func everyAddressIsFoundInTheRangeThatHoldsIt() {
        let table = table()
        for offset in 0..<UInt32(2_200) {
            let number = Int(offset / 200)
            let isIn = offset % 200 < 100 && number < 10
            let found = table.places(ipv4: 0x0A00_0000 + offset)
            #expect(table.networks[found.network] == (isIn ? 1_000 + UInt32(number) : nil))
            #expect(table.countries[found.country] == (isIn ? ["TH", "JP", nil][number % 3] : nil))
        }
        #expect(table.places(ipv4: 0).network == 0 && table.places(ipv4: .max).network == 0)
        #expect(table.countries[table.places(ipv6: 1 << 100).country] == "ID")
        #expect(table.places(ipv6: (1 << 101) + 1).country == 0 && table.places(ipv6: 0).country == 0)
    }

    @Test func randomRangesAreFoundAsAPlainSearchFindsThem() {
        for _ in 0..<20 {
            var (ranges, plain): (AddressRanges, [ClosedRange<UInt32>]) = (AddressRanges(), [])
            let edges = Set((0..<400).map { _ in UInt32.random(in: 0 ... .max) } + [0, .max, 0xFFFF, 0x1_0000]).sorted()
            for index in stride(from: 0, to: edges.count - 1, by: 2) {
                plain.append(edges[index]...edges[index + 1])
                let isAdded = ranges.append(Address(ipv4: edges[index]), Address(ipv4: edges[index + 1]))
                #expect(isAdded)
            }
            ranges.close()
            for address in edges + edges.map({ $0 &+ 1 }) + edges.map({ $0 &- 1 }) {
                #expect(ranges.find(ipv4: address) == plain.firstIndex { $0.contains(address) })
            }
        }
    }

    @Test func rangesThatAreNotInOrderAreRefused() {
        var ranges = AddressRanges()
        let steps: [(low: Address, high: Address, isAdded: Bool)] = [
            (Address(ipv4: 5), Address(ipv4: 9), true), (Address(ipv4: 9), Address(ipv4: 12), false),
            (Address(ipv4: 20), Address(ipv4: 19), false), (Address(ipv4: 20), Address(ipv6: 21), false),
            (Address(ipv6: 0), Address(ipv6: .max), true), (Address(ipv4: 20), Address(ipv4: 21), false),
        ]
        for (low, high, expected) in steps {
            let isAdded = ranges.append(low, high)
            #expect(isAdded == expected, "\(low)-\(high)")
        }
        #expect(ranges.count == 2)
    }

    @Test func backscatterIsApart() {
        var rollup = OriginRollup(table())
        rollup.add(columns(.tcpSyn, [0x0A00_0001, 0x0A00_0001, 0x0A00_0002, 0x0B00_0000], packets: 2))
        rollup.add(columns(.tcpSynAck, [0x0A00_0001]))
        rollup.add(
            OverflowSum(trafficClass: 1, servicePort: 23, family: .ipv4, packets: 50, bytes: 1, sources: 9))
        #expect(
            texts(rollup.finish()) == [
                "country TH: 6 3 2 exact", "network 1000: 6 3 2 exact", "country -: 52 1 9 atLeast",
                "network 0: 52 1 9 atLeast", "country TH back: 1 1 1 exact", "network 1000 back: 1 1 1 exact",
            ])
    }

    @Test func withoutATableAllIsUnknown() {
        var rollup = OriginRollup(OriginTable())
        rollup.add(columns(.tcpSyn, [1, 2, .max]))
        #expect(texts(rollup.finish()) == ["country -: 3 3 3 exact", "network 0: 3 3 3 exact"])
    }

    @Test func networksBeyondTheFirstShareARowAndNothingIsLost() throws {
        let count = OriginRollup.networkLimit + 20
        for limit in [OriginRollup.tallyLimit, OriginRollup.networkLimit + 10] {
            var rollup = OriginRollup(table(count), limit: limit)
            // The later networks have more packets.
            for number in 0..<count {
                rollup.add(columns(.udpProbe, [0x0A00_0000 + UInt32(number) * 200], packets: Int64(number) + 1))
            }
            rollup.add(columns(.udpProbe, [1]))
            let rows = rollup.finish()
            let networks = rows.filter { if case .country = $0.origin { false } else { true } }
            #expect(networks.count == OriginRollup.networkLimit + 2)
            #expect(networks.reduce(0) { $0 + $1.packets } == Int64(count * (count + 1) / 2) + 1)
            let others = try #require(networks.first { $0.origin == .otherNetworks })
            #expect(others.sources == 20)
            if limit == OriginRollup.tallyLimit { #expect(others.packets == 210) }
        }
    }
}
