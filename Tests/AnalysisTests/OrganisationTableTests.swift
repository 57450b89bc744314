import FlowModel
import Testing

@testable import Analysis

/// The table says of every address and time what a search through all blocks says.
@Suite struct OrganisationTableTests {
    typealias Block = OrganisationTable.Block
    typealias Validity = OrganisationTable.Validity

    /// Every organisation once, the most specific block first, of equal ones the one that ends last.
    private func searched(_ blocks: [Block], _ address: Address, _ time: Int64) -> [[Int32]] {
        let holding = blocks.filter { $0.addresses.contains(address) && $0.validity.contains(time) }.sorted {
            ($1.addresses.length, $1.validity.until, $0.organisation, $0.prefix)
                < ($0.addresses.length, $0.validity.until, $1.organisation, $1.prefix)
        }
        var seen: Set<Int32> = []
        return holding.filter { seen.insert($0.organisation).inserted }.map { [$0.organisation, $0.prefix] }
    }

    private func found(_ table: OrganisationTable, _ address: Address, _ time: Int64) -> [[Int32]] {
        let place =
            address.family == .ipv4
            ? table.place(ipv4: UInt32(address.bits)) : table.place(ipv6: address.bits)
        return place.map { table.holders(at: $0, on: time).map { [$0.organisation, $0.prefix] } } ?? []
    }

    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    @Test(arguments: [AddressFamily.ipv4, .ipv6], [3, 40, 400])
    func randomNestedBlocksAreFoundAsBySearch(family: AddressFamily, count: Int) throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            // Few places, many lengths: most blocks lie in others or are equal to them.
            let places = (0..<8).map { _ in UInt128.random(in: 0 ... .max, using: &random) } + [0, .max]
            let blocks = (0..<count).map { number in
                let length = Int.random(in: 0...family.bitWidth, using: &random)
                let near = places.randomElement(using: &random)! ^ UInt128.random(in: 0...7, using: &random)
                let from = Int64.random(in: -2...6, using: &random)
                return Block(
                    organisation: .random(in: 1...9, using: &random), prefix: Int32(number),
                    addresses: Prefix(Address(bits: near, family: family), length: length)!,
                    validity: Validity(
                        from: from == -2 ? .min : from,
                        until: Bool.random(using: &random) ? .max : .random(in: -1...9, using: &random)))
            }
            // The other family is no disturbance.
            let strangers = [
                Block(organisation: 1, prefix: -1, addresses: try prefix("0.0.0.0/0")),
                Block(organisation: 1, prefix: -1, addresses: try prefix("::/0")),
            ].filter { $0.addresses.family != family }
            let table = OrganisationTable((blocks + strangers).shuffled(using: &random))
            let edges = blocks.flatMap { block -> [UInt128] in
                let (low, high) = (block.addresses.network.bits, block.addresses.last.bits)
                return [low &- 1, low, low &+ 1, high &- 1, high, high &+ 1]
            }
            for bits in (edges.shuffled(using: &random).prefix(200) + [0, .max]) {
                let (address, time) = (Address(bits: bits, family: family), Int64.random(in: -3...10, using: &random))
                let expected = searched(blocks, address, time)
                #expect(found(table, address, time) == expected, "\(address) at \(time) in \(blocks)")
            }
        }
    }

    @Test func theEndsOfTheAddressSpaceAreFound() throws {
        let blocks = try [
            "0.0.0.0/0", "0.0.0.0/32", "255.255.255.255/32", "255.255.255.254/31", "255.0.0.0/8", "::/0", "::/128",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "ffff::/16",
        ].enumerated().map { Block(organisation: Int32($0.offset), prefix: 0, addresses: try prefix($0.element)) }
        let table = OrganisationTable(blocks)
        for text in [
            "0.0.0.0", "0.0.0.1", "254.255.255.255", "255.0.0.0", "255.255.255.253", "255.255.255.254",
            "255.255.255.255",
            "::", "::1", "fffe::", "ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ] {
            let address = try #require(Address(text))
            #expect(found(table, address, 0) == searched(blocks, address, 0), "\(text)")
        }
    }

    @Test func aTimeIsHeldFromItsStartAndNoMoreAtItsEnd() throws {
        let table = OrganisationTable([
            Block(organisation: 1, prefix: 1, addresses: try prefix("192.0.2.0/24"), validity: Validity(until: 60)),
            Block(
                organisation: 1, prefix: 2, addresses: try prefix("192.0.2.0/24"),
                validity: Validity(from: 60, until: 120)),
            Block(organisation: 2, prefix: 3, addresses: try prefix("192.0.2.0/25"), validity: Validity(from: 119)),
            Block(
                organisation: 3, prefix: 4, addresses: try prefix("192.0.2.0/24"),
                validity: Validity(from: 7, until: 7)),
        ])
        let address = try #require(Address("192.0.2.1"))
        #expect(found(table, address, .min) == [[1, 1]])
        #expect(found(table, address, 59) == [[1, 1]])
        #expect(found(table, address, 60) == [[1, 2]])
        #expect(found(table, address, 119) == [[2, 3], [1, 2]])
        #expect(found(table, address, 120) == [[2, 3]])
    }

    @Test func anEmptyTableHoldsNothing() {
        let table = OrganisationTable()
        #expect(table.isEmpty && table.count == 0)
        #expect(table.place(ipv4: 0) == nil && table.place(ipv6: .max) == nil)
        #expect(!table.isHome(1, 1, on: 0))
    }

    @Test func theMostSpecificSixtyFourOrganisationsAreTold() throws {
        let network = try #require(Address("2001:db8::"))
        let nested = (16...128).map { length in
            Block(organisation: Int32(length), prefix: 0, addresses: Prefix(network, length: length)!)
        }
        #expect(found(OrganisationTable(nested), network, 0).map { $0[0] } == (65...128).reversed())
        let many = (1...1_000).map { Block(organisation: $0, prefix: $0, addresses: Prefix(network, length: 32)!) }
        #expect(found(OrganisationTable(many), network, 0).count == OrganisationTable.maximumHolders)
    }

    /// Every /32 inside every larger block of a hundred organisations each: what is made grows with the blocks alone.
    @Test func nestedBlocksTakeNoMoreThanTheirNumber() throws {
        var blocks: [Block] = []
        for organisation in Int32(1)...100 {
            for length in 8...31 {
                blocks.append(
                    Block(
                        organisation: organisation, prefix: 0,
                        addresses: Prefix(Address(ipv4: 0x0A00_0000), length: length)!))
            }
        }
        for host in UInt32(0)..<50_000 {
            blocks.append(
                Block(
                    organisation: 200, prefix: 0, addresses: Prefix(Address(ipv4: 0x0A00_0000 + host * 2), length: 32)!)
            )
        }
        let table = OrganisationTable(blocks)
        #expect(table.count == blocks.count)
        let holders = found(table, Address(ipv4: 0x0A00_0000), 0)
        #expect(holders.count == OrganisationTable.maximumHolders && holders[0][0] == 200)
    }

    @Test func blocksThatAreOverDoNotHideThoseThatAreNot() throws {
        let block = try prefix("10.0.0.0/8")
        let over = (1...10_000).map { number in
            Block(
                organisation: 1, prefix: number, addresses: block,
                validity: Validity(from: Int64(number), until: Int64(number) + 1))
        }
        let table = OrganisationTable(
            over + [Block(organisation: 2, prefix: 0, addresses: block, validity: Validity(from: 20_000))])
        #expect(found(table, block.network, 30_000) == [[2, 0]])
        #expect(found(table, block.network, 9_999) == [[1, 9_999]])
    }

    @Test func aSiteIsHomeWhileBothHoldTheSpace() {
        let table = OrganisationTable(
            homes: [
                .init(organisation: 1, site: 2, validity: Validity(from: 10, until: 20)),
                .init(organisation: 1, site: 2, validity: Validity(from: 30)),
                .init(organisation: -1, site: -2),
            ])
        #expect(
            [9, 10, 19, 20, 30, .max - 1].map { table.isHome(1, 2, on: $0) } == [false, true, true, false, true, true])
        #expect(!table.isHome(2, 1, on: 15) && table.isHome(-1, -2, on: 0))
    }

    // What is evidence.

    private func record(_ trafficClass: TrafficClass, _ source: String, victim: String? = nil) throws -> FlowRecord {
        FlowRecord(
            key: FlowKey(
                source: try #require(Address(source)), ipProtocol: 6, trafficClass: trafficClass, servicePort: 23,
                victim: try victim.map { Victim(address: try #require(Address($0)), ipProtocol: 6, port: 80) }),
            packets: 1, bytes: 40, destinations: DistinctCount(1), firstMilliseconds: 0, lastMilliseconds: 0,
            exemplar: Exemplar(sourcePort: 1, destination: 0, ttl: 64, ipLength: 40, tcpFlags: 2))
    }

    @Test func scansAndBackscatterAreEvidenceAndErrorsAreAboutTheirVictim() throws {
        let table = OrganisationTable(
            [
                Block(organisation: 1, prefix: 10, addresses: try prefix("192.0.2.0/24")),
                Block(
                    organisation: 2, prefix: 20, addresses: try prefix("192.0.2.128/25"), validity: Validity(from: 60)),
            ], homes: [.init(organisation: 1, site: 7, validity: Validity(until: 60))])
        let evidence: [TrafficClass] = [
            .tcpSyn, .tcpSynAck, .tcpRst, .udpProbe, .udpResponse, .icmpRequest, .icmpReply, .icmpError,
        ]
        for trafficClass in TrafficClass.allCases {
            let batch = FlowBatch(
                window: Window(containing: 0, length: 60), account: CaptureAccount(),
                records: [try record(trafficClass, "198.51.100.1"), try record(trafficClass, "192.0.2.129")])
            let expected = OrganisationMatch(
                record: 1, address: try #require(Address("192.0.2.129")), organisation: 1, prefix: 10, isAtHome: true)
            #expect(table.matches(in: batch, site: 7) == (evidence.contains(trafficClass) ? [expected] : []))
        }
        let errors = FlowBatch(
            window: Window(containing: 60, length: 60), account: CaptureAccount(),
            records: [
                try record(.icmpError, "192.0.2.1", victim: "198.51.100.1"),
                try record(.icmpError, "198.51.100.1", victim: "192.0.2.130"),
            ])
        let matches = table.matches(in: errors, site: 7)
        #expect(matches.map(\.record) == [1, 1] && matches.map(\.organisation) == [2, 1])
        #expect(matches.map(\.prefix) == [20, 10] && matches.allSatisfy { !$0.isAtHome })
    }
}
