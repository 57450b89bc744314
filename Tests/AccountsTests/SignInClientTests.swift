import FlowModel
import Testing

@testable import Accounts

@Suite struct SignInClientTests {
    private func key(_ address: String) throws -> String {
        let parsed: Address = try #require(Address(address))
        return SignInClient(address: parsed, agent: "").key
    }

    @Test func failuresAreCountedByWhatOnePersonHas() throws {
        #expect(try key("192.0.2.1") == "client:192.0.2.1/32")
        #expect(try key("::ffff:192.0.2.1") == "client:192.0.2.1/32")
        #expect(try key("2001:db8:1:2:3:4:5:6") == "client:2001:db8:1:2::/64")
        #expect(try key("2001:db8:1:2::1") == "client:2001:db8:1:2::/64")
        #expect(SignInClient(address: nil, agent: "").key == "client:-")
    }

    @Test func anythingThatIsTypedFallsIntoFewKeys() {
        let keys = (0..<3_000).map { SignInClient.key(unknown: String(repeating: "x", count: $0)) }
        #expect(Set(keys).count > 2_800 && keys.allSatisfy { $0.hasPrefix("unknown:") && $0.utf8.count <= 13 })
    }

    @Test func whatABrowserCallsItselfIsShortAndHarmless() {
        #expect(SignInClient(address: nil, agent: "A\u{1B}[2J\r\nB\u{202E}C\0").agent == "A[2JBC")
        let long = SignInClient(address: nil, agent: String(repeating: "ü", count: 1 << 20))
        #expect(long.agent.unicodeScalars.count == 200)
        #expect(SignInClient(address: nil, agent: String(repeating: "\u{7}", count: 1 << 20)).agent == "")
    }

    @Test func loginsAreSmallLettersWhateverWasTyped() {
        #expect(LoginName("Alice.B@Example.org")?.text == "alice.b@example.org")
        #expect(LoginName(String(repeating: "a", count: 64)) != nil)
        for text in [
            "", String(repeating: "a", count: 65), "-a", ".a", "a b", "a\n", "ä", "a'--", "a\0", "a/b", "\u{212A}",
            "\u{FF41}",
        ] {
            #expect(LoginName(text) == nil, "\(text)")
        }
    }

    @Test func rolesHaveTheirDatabaseRolesAndPartnersThatOfTheirSite() {
        #expect(
            AccountRole.allCases.map { $0.databaseRole(partner: "partner_th_1") } == [
                "public_reader", "partner_th_1", "analyst", "operator", "administrator",
            ])
        #expect(AccountRole.partner.databaseRole(partner: nil) == nil)
        #expect(AccountRole.allCases.sorted() == AccountRole.allCases)
    }
}
