import Testing

@testable import Alerts

struct WebhookKeyTests {
    /// By Python's hmac.
    @Test func secretsAndSignaturesAreThoseOfAnotherImplementation() throws {
        let key = try #require(WebhookKey((0..<32).map { UInt8($0) }))
        #expect(key.secret(contact: 7) == "3b472eb0295654d0a99195f2d102b67a9a8f98e3cec801e7982d26d10a622805")
        #expect(
            key.signature(contact: 7, time: 1_796_011_334, body: Array("{}".utf8))
                == "99b14522d632fbe1cba78f581e1323c76af0db3560017ab3cf2982ac5c83b293")
        #expect(key.secret(contact: 8) != key.secret(contact: 7))
    }

    @Test func aKeyHas32Bytes() {
        #expect(WebhookKey([]) == nil && WebhookKey([UInt8](repeating: 0, count: 31)) == nil)
        #expect(WebhookKey([UInt8](repeating: 0, count: 33)) == nil)
    }
}
