import FlowModel
import Testing

@testable import Enrichment

/// Layers say of each address what a search through all ranges of all files says.
@Suite struct OriginLayersTests {
    private func file(_ text: String, _ format: OriginFormat = .csv) throws -> OriginFile {
        try OriginFile(Array(text.utf8), format: format)
    }

    private func layers(_ files: String...) throws -> OriginLayers {
        var layers = OriginLayers()
        for text in files { try layers.add(try file(text)) }
        return layers
    }

    private func says(_ layers: OriginLayers, _ address: String) throws -> String {
        let address = try #require(Address(address))
        let found = layers.ranges.filter {
            $0.family == address.family && $0.low <= address.bits && address.bits <= $0.high
        }
        #expect(found.count <= 1)
        return found.first.map { "\($0.country?.description ?? "-") \($0.asn ?? 0)" } ?? "nothing"
    }

    @Test func theSmallestRangeSaysAndThoseAroundItFillIn() throws {
        let layers = try layers(
            """
            10.0.0.0/8,TH,1,
            10.1.0.0/16,,2,
            10.1.2.0/24,JP
            10.1.2.0/24,KR
            0.0.0.0/0,,,
            ::/0,ID,
            ::/128,VN,9
            ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,SG
            """)
        let expected = [
            "10.0.0.0": "TH 1", "10.255.255.255": "TH 1", "10.1.0.0": "TH 2", "10.1.2.255": "KR 2", "10.1.3.0": "TH 2",
            "11.0.0.0": "nothing", "9.255.255.255": "nothing", "::": "VN 9", "::1": "ID 0",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe": "ID 0", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff": "SG 0",
        ]
        for (address, origin) in expected { #expect(try says(layers, address) == origin, "\(address)") }
    }

    @Test func aLaterFileStandsInWhatItSays() throws {
        let layers = try layers(
            "10.0.0.0/8,TH,1,First\n10.1.2.0/24,JP,3,Third", "10.1.0.0/16,,7,Seventh\n11.0.0.0/8,KR,1,One")
        let expected = [
            "10.0.0.1": "TH 1", "10.1.0.1": "TH 7", "10.1.2.3": "JP 7", "10.2.0.0": "TH 1", "11.1.1.1": "KR 1",
        ]
        for (address, origin) in expected { #expect(try says(layers, address) == origin, "\(address)") }
        #expect(layers.names == [1: "One", 3: "Third", 7: "Seventh"])
    }

    @Test func neighboursThatSayTheSameAreOne() throws {
        let layers = try layers(
            "10.0.0.0/9,TH,1\n10.128.0.0/9,TH,1\n11.0.0.0/8,TH,2\n255.255.255.255/32,TH,2\n::/128,TH,2")
        #expect(layers.ranges.map { [$0.low, $0.high] }.first == [0x0A00_0000, 0x0AFF_FFFF])
        #expect(layers.ranges.count == 4)
    }

    @Test func rangesThatOverlapInPartAreRefused() throws {
        let text = "10.0.0.0,10.0.0.9,TH\n10.0.0.5,10.0.0.20,JP"
        let error = #expect(throws: EnrichmentError.self) {
            var layers = OriginLayers()
            try layers.add(try file(text, .geoip))
        }
        #expect(
            error?.message == "the ranges 10.0.0.0-10.0.0.9 and 10.0.0.5-10.0.0.20 overlap, and neither holds the other"
        )
    }

    /// Random nested blocks of a small space in several files, against a search of every address.
    @Test func randomLayersSayWhatASearchSays() throws {
        let countries = ["TH", "JP", "KR", ""]
        for _ in 0..<200 {
            var (files, layers): ([[(block: Prefix, country: String, asn: UInt32)]], OriginLayers) = (
                [], OriginLayers()
            )
            for _ in 0..<Int.random(in: 1...3) {
                let rows = (0..<Int.random(in: 1...12)).map { _ in
                    let length = Int.random(in: 24...32)
                    let address = Address(ipv4: 0xC000_0200 | .random(in: 0...255))
                    return (
                        Prefix(address, length: length)!, countries.randomElement()!, UInt32.random(in: 0...3)
                    )
                }
                files.append(rows)
                let text = rows.map { "\($0.0),\($0.1),\($0.2)" }.joined(separator: "\n")
                try layers.add(try file(text))
            }
            for low in UInt32(0)...255 {
                let address = Address(ipv4: 0xC000_0200 | low)
                var (country, asn) = ("-", UInt32(0))
                for rows in files.reversed() {
                    // Of equal blocks the later, so from the back; smallest first.
                    let holding = rows.reversed().filter { $0.block.contains(address) }
                        .sorted { $0.block.length > $1.block.length }
                    if country == "-" { country = holding.first { !$0.country.isEmpty }?.country ?? "-" }
                    if asn == 0 { asn = holding.first { $0.asn != 0 }?.asn ?? 0 }
                }
                let expected = country == "-" && asn == 0 ? "nothing" : "\(country) \(asn)"
                #expect(try says(layers, address.description) == expected, "\(files) \(address)")
            }
            for (left, right) in zip(layers.ranges, layers.ranges.dropFirst()) { #expect(left.precedes(right)) }
        }
    }
}
