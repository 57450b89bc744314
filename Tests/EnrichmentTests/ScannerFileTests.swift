import Testing

@testable import Enrichment

@Suite struct ScannerFileTests {
    private func entries(_ text: String) throws -> [String] {
        try ScannerFile(Array(text.utf8)).entries.map {
            "\($0.block) \($0.organisation ?? "-") \($0.lastSeen ?? "-")"
        }
    }

    private func failure(_ text: String) throws -> EnrichmentError {
        try #require(#expect(throws: EnrichmentError.self) { try entries(text) })
    }

    @Test func rowsOfNICTStandInAnArrayOrOneBehindTheOther() throws {
        let rows = [
            #"{"ip": "192.0.2.1", "scanner": "Example \"Scan\"", "last_seen": "2025-12-31"}"#,
            #"{"last_seen": "2025/12/30T01:02:03", "other": [1, {"a": null}], "ip": "2001:db8::1", "scanner": "\u0041\/B"}"#,
            #"{"ip": "192.0.2.3", "scanner": "", "last_seen": ""}"#,
        ]
        let expected = [
            "192.0.2.1/32 Example \"Scan\" 2025-12-31", "2001:db8::1/128 A/B 2025-12-30", "192.0.2.3/32 - -",
        ]
        #expect(try entries("[" + rows.joined(separator: ",\n") + "]\n") == expected)
        #expect(try entries(rows.joined(separator: "\n")) == expected)
        #expect(try entries("\u{FEFF}" + rows.joined(separator: "\r\n")) == expected)
    }

    @Test func warningListsOfMISPNameTheirBlocks() throws {
        let text = #"""
            {"description": "d", "list": ["192.0.2.0/24", "198.51.100.7"], "matching_attributes": ["ip-src"],
             "name": "Known\tscanners", "type": "cidr", "version": 20260101}
            """#
        #expect(try entries(text) == ["192.0.2.0/24 Known scanners -", "198.51.100.7/32 Known scanners -"])
    }

    @Test func textHasABlockAtTheBeginningOfEachLine() throws {
        #expect(
            try entries("# list\n\n192.0.2.0/24 Example\n  2001:db8::/32,x\n198.51.100.1;\n198.51.100.2#c\r\n")
                == ["192.0.2.0/24 - -", "2001:db8::/32 - -", "198.51.100.1/32 - -", "198.51.100.2/32 - -"])
    }

    @Test func whatIsWrongIsSaidWithItsLine() throws {
        #expect(
            try failure("192.0.2.1\nexample.org")
                == EnrichmentError(line: 2, "\"example.org\" is no address and no block"))
        #expect(try failure("1.0.0.0/7").message == "\"1.0.0.0/7\" is no address and no block")
        #expect(try failure("0.0.0.0/0").message == "0.0.0.0/0 is more than any organisation scans from")
        #expect(
            try failure("[\n{\"ip\": \"192.0.2.1\"},\n{\"scanner\": \"x\"}]")
                == EnrichmentError(line: 3, "a row has no \"ip\""))
        #expect(try failure("{\"list\": [1]}").message == "\"list\" holds what is no text")
        #expect(
            try failure("{\"ip\": \"192.0.2.1\", \"last_seen\": \"yesterday\"}").message
                == "\"yesterday\" is no day such as 2026-01-31")
        #expect(try failure("{\"ip\": \"192.0.2.1\"").message == "a comma is missing")
        #expect(try failure("[\"a\", ]").message == "\"]\" is no JSON")
        #expect(try failure(String(repeating: "[", count: 100_000)).message == "JSON is nested too deep")
        #expect(try failure("[]").message == "it has no addresses")
        #expect(try failure("").message == "it is empty")
    }

    @Test func everyCutAndEveryChangedByteIsReadOrRefused() throws {
        let text = Array(
            #"[{"ip": "192.0.2.1", "scanner": "\u00e9\n\"x", "last_seen": "2025-12-31", "n": -1.5e3}]"#.utf8)
        for end in text.indices {
            _ = try? ScannerFile(Array(text[..<end]))
            for bit in 0..<8 {
                var changed = text
                changed[end] ^= 1 << UInt8(bit)
                _ = try? ScannerFile(changed)
            }
        }
    }
}
