import FlowModel
import Testing

@testable import Enrichment

@Suite struct OriginFileTests {
    private func rows(_ text: String, _ format: OriginFormat? = nil) throws -> [String] {
        let bytes = Array(text.utf8)
        let found = try OriginFormat(of: bytes)
        if let format { #expect(found == format) }
        let file = try OriginFile(bytes, format: found)
        return file.ranges.map { range in
            let ends = [range.low, range.high].map { "\(Address(bits: $0, family: range.family))" }
            return "\(ends[0])-\(ends[1]) \(range.country?.description ?? "-") \(range.asn ?? 0)"
                + (range.asn.flatMap { file.names[$0] }.map { " \($0)" } ?? "")
        }
    }

    private func failure(_ text: String) throws -> EnrichmentError {
        try #require(#expect(throws: EnrichmentError.self) { try rows(text) })
    }

    @Test func geoIPHasNumbersOrAddresses() throws {
        #expect(
            try rows("# comment\n\n16777216,16777471,AU\n16785408,16793599,uk\r\n", .geoip)
                == ["1.0.0.0-1.0.0.255 AU 0", "1.0.32.0-1.0.63.255 GB 0"])
        #expect(try rows("2001:db8::,2001:db8::ffff,??", .geoip) == ["2001:db8::-2001:db8::ffff - 0"])
        #expect(
            try rows("\"192.0.2.0\",\"192.0.2.9\",\"EU\"", .geoip) == ["192.0.2.0-192.0.2.9 - 0"])
    }

    @Test func codesThatAreNoCountriesAreUnknownAndFormerOnesStay() throws {
        for code in ["EU", "AP", "A1", "ZZ", "-", ""] {
            #expect(try rows("192.0.2.0,192.0.2.1,\(code)") == ["192.0.2.0-192.0.2.1 - 0"])
        }
        for code in ["CS", "AN"] {
            #expect(try rows("192.0.2.0,192.0.2.1,\(code)") == ["192.0.2.0-192.0.2.1 \(code) 0"])
        }
    }

    @Test func ipToASNKnowsNothingOfAnEightWithoutNetwork() throws {
        let text =
            "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET, \"x\"\n203.0.0.0\t203.255.255.255\t0\tAU\tNot routed\n"
            + "204.0.0.0\t204.0.0.255\t0\tNone\tNot routed"
        #expect(
            try rows(text, .iptoasn) == [
                "1.0.0.0-1.0.0.255 US 13335 CLOUDFLARENET, \"x\"", "203.0.0.0-203.255.255.255 - 0",
                "204.0.0.0-204.0.0.255 - 0",
            ])
    }

    @Test func ofSeveralOriginsTheFirstCounts() throws {
        let text =
            "1.0.0.0\t24\t13335\n1.0.4.0\t22\t38803_56203\n2001:db8::\t32\t{64496,64497}\n1.0.8.0\t24\t64498,64499"
        #expect(
            try rows(text, .pfx2as) == [
                "1.0.0.0-1.0.0.255 - 13335", "1.0.4.0-1.0.7.255 - 38803",
                "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff - 64496", "1.0.8.0-1.0.8.255 - 64498",
            ])
    }

    @Test func csvMayQuoteAndHaveATitle() throws {
        let text = "prefix,country,asn,name\n192.0.2.0/24,TH,AS64496,\"Example, \"\"Ltd\"\"\"\n198.51.100.0/24,jp\n"
        #expect(
            try rows(text, .csv) == [
                "192.0.2.0-192.0.2.255 TH 64496 Example, \"Ltd\"", "198.51.100.0-198.51.100.255 JP 0",
            ])
    }

    @Test func whatIsWrongIsSaidWithItsLine() throws {
        let good = "16777216,16777471,AU\n"
        #expect(
            try failure(good + "16777472,16778239,Japan")
                == EnrichmentError(line: 2, "\"Japan\" is no country of two letters"))
        #expect(try failure("\n#\n" + good + "1,2") == EnrichmentError(line: 4, "expected 3 fields, and there are 2"))
        #expect(try failure("9,8,TH") == EnrichmentError(line: 1, "the range 0.0.0.9-0.0.0.8 ends before it begins"))
        #expect(try failure(good + "4294967296,1,TH") == EnrichmentError(line: 2, "\"4294967296\" is no address"))
        #expect(
            try failure("192.0.2.1/24,TH")
                == EnrichmentError(line: 1, "\"192.0.2.1/24\" is no block such as 192.0.2.0/24"))
        #expect(
            try failure("1.0.0.0\t24\tx").message == "\"x\" is no number of an autonomous system")
        #expect(try failure("192.0.2.0/24,\"TH").message == "a quote is not closed")
        #expect(try failure("").message == "it is empty")
        #expect(try failure("prefix,country").message == "it has no ranges")
        #expect(throws: EnrichmentError.self) { try OriginFormat(of: [0x1F, 0x8B, 0x08]) }
    }

    @Test func everyCutOfAFileIsReadOrRefusedButNeverEndsTheProgram() throws {
        let text = Array(
            "1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUD\n\"192.0.2.0/24\",TH,\"AS1\",\"a\"\"b\"\n2001:db8::\t32\t{1,2}\n".utf8
        )
        for end in text.indices {
            for format in OriginFormat.allCases where format != .mmdb {
                _ = try? OriginFile(Array(text[..<end]), format: format)
                _ = try? OriginFile(Array(text[end...]), format: format)
            }
        }
    }
}
