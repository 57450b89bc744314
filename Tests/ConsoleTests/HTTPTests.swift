import Alerts
import CLibz
import Testing

@testable import Console

@Suite struct TargetTests {
    @Test func partsAreDecodedAfterTheyAreSplit() throws {
        let target = try Target("/api/v1/source/192.0.2.0%2F24?from=now-1h&tz=Asia%2FBangkok&q=a+b%26c&empty")
        #expect(target.path == ["api", "v1", "source", "192.0.2.0/24"])
        #expect(target.fields.map(\.name) == ["from", "tz", "q", "empty"])
        #expect(target.fields.map(\.value) == ["now-1h", "Asia/Bangkok", "a b&c", ""])
    }

    @Test(arguments: [
        "", "x", "/%", "/%4", "/%zz", "/%00", "/%ff", "/?a=%c3", "/?" + String(repeating: "a&", count: 33),
    ])
    func whatNoClientSendsIsRefused(_ text: String) {
        #expect(throws: Problem.self) { try Target(text) }
    }
}

@Suite struct EntityTagTests {
    @Test func otherContentHasAnotherTag() {
        let tags = Set(["", "a", "b", "ab", "ba", "aa"].map { EntityTag(of: Array($0.utf8)).text })
        #expect(tags.count == 6)
    }

    @Test func aTagIsMatchedWeaklyAmongOthers() {
        let tag = EntityTag(of: Array("x".utf8))
        for header in [tag.text, "W/\(tag.text)", "\"other\" , \(tag.text)", "*"] { #expect(tag.isMatched(by: header)) }
        for header in ["", ",", "\"other\"", String(tag.text.dropFirst().dropLast())] {
            #expect(!tag.isMatched(by: header))
        }
    }

    @Test func theTagOfACompressedContentIsWeak() {
        let (plain, compressed) = (EntityTag(of: [1]), EntityTag(of: [1], isCompressed: true))
        #expect(compressed.text == "W/\(plain.text)" && plain.isMatched(by: compressed.text))
    }
}

@Suite struct CodingTests {
    private static let cases: [(String?, Coding?)] = [
        (nil, nil), ("", nil), ("br", nil), ("gzip", .gzip), ("deflate", .deflate), ("gzip, deflate, br", .gzip),
        ("gzip;q=0.1, deflate;q=0.9", .deflate), ("gzip;q=0", nil), ("*", .gzip), ("gzip;q=0, *", .deflate),
        ("*;q=0", nil),
        ("GZIP ; q=1", .gzip), ("gzip;q=x", nil), ("identity", nil),
    ]

    @Test(arguments: cases) func theClientChooses(_ header: String?, _ coding: Coding?) {
        #expect(Coding.accepted(by: header) == coding)
    }

    @Test(arguments: Coding.allCases) func whatIsCompressedIsReadBack(_ coding: Coding) throws {
        for content in [[], Array("x".utf8), Array(String(repeating: "darkscope ", count: 50_000).utf8)] {
            let encoded = try #require(coding.encoded(content))
            var stream = z_stream()
            // 47: zlib's window, and either header.
            #expect(inflateInit2_(&stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
            defer { inflateEnd(&stream) }
            var (input, output) = (encoded, [UInt8](repeating: 0, count: content.count + 1))
            let isWhole = input.withUnsafeMutableBufferPointer { from in
                output.withUnsafeMutableBufferPointer { into in
                    stream.next_in = from.baseAddress
                    stream.avail_in = UInt32(from.count)
                    stream.next_out = into.baseAddress
                    stream.avail_out = UInt32(into.count)
                    return inflate(&stream, Z_FINISH) == Z_STREAM_END
                }
            }
            #expect(isWhole && Array(output.prefix(Int(stream.total_out))) == content)
        }
    }
}

@Suite struct HostCheckTests {
    private let hosts = HostCheck(names: ["Console.Example.org"])

    @Test(arguments: [
        "localhost", "LOCALHOST:8080", "127.0.0.1", "127.8.9.1:80", "[::1]:8080", "console.example.org:443",
    ])
    func itsOwnNamesAreAnswered(_ host: String) { #expect(hosts.admits(host)) }

    @Test(arguments: [
        nil, "", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.0.2.1", "[::2]", ":80",
    ])
    func noOtherNameIs(_ host: String?) { #expect(!hosts.admits(host)) }
}

@Suite struct ConsoleAddressTests {
    private static let sound = [
        ("127.0.0.1:8080", "127.0.0.1:8080"), ("localhost:0", "127.0.0.1:0"), ("[::1]:80", "[::1]:80"),
        ("127.255.0.9:1", "127.255.0.9:1"), ("/run/darkscope/console.sock", "/run/darkscope/console.sock"),
    ]

    @Test(arguments: sound) func loopbackAndSocketsAreListenedOn(_ text: String, _ shown: String) throws {
        #expect(try ConsoleAddress(text, .open).description == shown)
    }

    @Test(arguments: [
        "0.0.0.0:80", "192.0.2.1:80", "[::]:80", "[2001:db8::1]:80", "128.0.0.1:80", "[::ffff:192.0.2.1]:80",
    ])
    func anAddressOthersCanReachNeedsSignIn(_ text: String) {
        let error = #expect(throws: ConsoleError.self) { try ConsoleAddress(text, .open) }
        #expect(error?.description.contains("sign-in") == true && error?.kind == .configuration)
        #expect(throws: Never.self) { try ConsoleAddress(text, .accounts) }
    }

    @Test(arguments: [
        "", "8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "host:80",
        "/" + String(repeating: "a", count: 107),
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: ConsoleError.self) { try ConsoleAddress(text, .accounts) }
    }
}
