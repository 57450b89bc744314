import Accounts
import FlowModel
import HTTPTypes
import Testing

@testable import Console

@Suite struct RequestBodyTests {
    private let known = [
        BodyMember(name: "login", kind: .text(1...20), note: ""),
        BodyMember(name: "hours", kind: .number(1...100), isRequired: false, note: ""),
    ]

    private func read(_ text: String) throws -> RequestBody { try RequestBody(Array(text.utf8), known: known) }

    @Test func whatIsWrittenIsRead() throws {
        let body = try read(" {\n\"login\" : \"a\\u00e9\\ud83d\\ude00\\n\\/ü\",\t\"hours\":12 } ")
        #expect(body.text("login") == "aé😀\n/ü" && body.number("hours") == 12)
        #expect(try read("{\"login\":\"x\",\"hours\":null}").number("hours") == nil)
    }

    private static let refused = [
        "", " ", "null", "[]", "\"login\"", "{", "{}", "{\"login\"}", "{\"login\":}", "{\"login\":\"a\"",
        "{\"login\":\"a\",}",
        "{\"login\":\"a\"}x", "{\"login\":\"a\"}{}", "{\"login\":\"a\" \"hours\":1}", "{\"login\":1}",
        "{\"login\":\"\"}",
        "{\"login\":\"a\",\"login\":\"a\"}", "{\"login\":\"a\",\"other\":1}", "{\"login\":null}", "{\"login\":true}",
        "{\"login\":[\"a\"]}", "{\"login\":{\"a\":1}}", "{login:\"a\"}", "{'login':'a'}", "{\"login\":\"a\nb\"}",
        "{\"login\":\"\\x\"}", "{\"login\":\"\\u12\"}", "{\"login\":\"\\u0000\"}", "{\"login\":\"\\ud83d\"}",
        "{\"login\":\"\\ud83d\\u0041\"}", "{\"login\":\"\\ude00\"}", "{\"login\":\"\\u+123\"}",
        "{\"login\":\"123456789012345678901\"}", "{\"login\":\"a\",\"hours\":0}", "{\"login\":\"a\",\"hours\":101}",
        "{\"login\":\"a\",\"hours\":1.0}", "{\"login\":\"a\",\"hours\":01}", "{\"login\":\"a\",\"hours\":-}",
        "{\"login\":\"a\",\"hours\":1e1}", "{\"login\":\"a\",\"hours\":\"1\"}",
        "{\"login\":\"a\",\"hours\":99999999999999999999}",
        "// x\n{\"login\":\"a\"}", "\u{FEFF}{\"login\":\"a\"}",
    ]

    @Test(arguments: refused) func whatIsNoSuchObjectIsRefused(_ text: String) {
        let problem = #expect(throws: Problem.self) { try read(text) }
        #expect(problem?.status == 400)
    }

    /// Every beginning of a body, and every change of one of its bytes, is read or refused: nothing traps.
    @Test func nothingOfABodyTraps() {
        let whole = Array("{\"login\":\"a\\ud83d\\ude00\",\"hours\":12}".utf8)
        for end in whole.indices {
            #expect(throws: Problem.self) { try RequestBody(Array(whole[..<end]), known: known) }
            for byte in UInt8.min...UInt8.max {
                var changed = whole
                changed[end] = byte
                _ = try? RequestBody(changed, known: known)
            }
        }
    }
}

@Suite struct ApproachTests {
    private func approach(
        _ peer: String?, _ headers: [(String, String)] = [], trusting proxies: [String] = []
    ) throws -> Approach {
        var fields = HTTPFields()
        for (name, value) in headers { fields.append(HTTPField(name: try #require(.init(name)), value: value)) }
        let peer: Approach.Peer = try peer.map { .address(try #require(Address($0))) } ?? .unix
        return Approach(peer: peer, headers: fields, proxies: try TrustedProxies(proxies))
    }

    private let forwarded = [("X-Forwarded-For", "192.0.2.9, 198.51.100.7"), ("X-Forwarded-Proto", "https")]

    @Test func aProxyThatIsNamedIsBelievedTheLastOfWhatItSays() throws {
        for trusted in ["10.0.0.1", "10.0.0.0/8"] {
            let found = try approach("10.0.0.1", forwarded, trusting: [trusted])
            #expect(found.way == .secure && found.client == Address("198.51.100.7"))
            #expect(found.cookie("x").hasSuffix("; Path=/; HttpOnly; SameSite=Strict; Secure"))
            #expect(found.cookieName == "__Host-darkscope" && found.scheme == "https")
        }
        #expect(try approach(nil, forwarded, trusting: ["unix"]).way == .secure)
        let nobody = [("X-Forwarded-For", "unknown"), ("X-Forwarded-Proto", "https")]
        #expect(try approach(nil, nobody, trusting: ["unix"]).way == .plain, "it says not for whom it asks")
        // Two fields are one list (RFC 9110 §5.3).
        let twice = [("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-For", "198.51.100.7")]
        #expect(try approach("10.0.0.1", twice, trusting: ["10.0.0.1"]).client == Address("198.51.100.7"))
        #expect(try approach("10.0.0.1", twice, trusting: ["10.0.0.1"]).way == .plain, "it says nothing of TLS")
        let none = [("X-Forwarded-For", "somebody"), ("X-Forwarded-Proto", "https")]
        #expect(try approach("10.0.0.1", none, trusting: ["10.0.0.1"]).client == nil)
    }

    @Test func nobodyElseIsBelieved() throws {
        for peer in ["127.0.0.1", "10.0.0.2", "::1"] {
            let found = try approach(peer, forwarded, trusting: ["10.0.0.1", "unix"])
            #expect(found.way == .plain && found.client == Address(peer))
        }
        #expect(try approach(nil, forwarded).client == nil)
    }

    @Test func loopbackIsThisMachine() throws {
        for peer in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", nil] {
            let found = try approach(peer)
            #expect(found.way == .local && found.cookieName == "darkscope" && found.scheme == "http")
            #expect(!found.cookie("x").contains("Secure"))
        }
        for peer in ["192.0.2.1", "::2", "::ffff:192.0.2.1"] { #expect(try approach(peer).way == .plain) }
        #expect(try approach("127.0.0.1", [("Forwarded", "for=192.0.2.1")]).way == .plain)
    }

    @Test(arguments: ["", "proxy", "10.0.0.0/33", "10.0.0.1/8", "Unix"]) func whatIsNoProxyIsRefused(_ name: String) {
        #expect(throws: ConsoleError.self) { try TrustedProxies([name]) }
    }

    @Test func aSessionIsTheOnlyCookieOfItsName() {
        let token = SessionToken(random: [UInt8](repeating: 7, count: SessionToken.randomBytes))
        let text = token.text
        for header in [
            "darkscope=\(text)", "a=b; darkscope=\(text)", "darkscope=\(text);c", "xdarkscope=1; darkscope=\(text)",
        ] {
            #expect(Reception.token(header, named: "darkscope") == token)
        }
        for header in [
            nil, "", "darkscope", "darkscope=", "darkscope=x", "darkscope=\(text)=", "Darkscope=\(text)",
            "darkscope=\(text); darkscope=\(text)", "__Host-darkscope=\(text)",
        ] {
            #expect(Reception.token(header, named: "darkscope") == nil)
        }
    }
}
