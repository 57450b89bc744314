import Testing

@testable import Alerts

struct NameUUIDTests {
    /// RFC 9562, appendix A.4: www.example.com below the namespace of DNS names.
    @Test func aNameMakesTheUUIDOfTheStandard() {
        let names = NameUUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
        #expect(names.uuid("www.example.com") == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
        #expect(names.randomLooking("www.example.com") == "2ed6657d-e927-468b-95e1-2665a8aea6a2")
    }

    /// STIX 2.1 §2.9: what OASIS's library makes of 198.51.100.3.
    @Test func anAddressHasTheIdThatSTIXGivesIt() {
        let named = JSONValue.members(["value": .string("198.51.100.3")])
        #expect(STIXBundle.observables.uuid(named.line) == "28bb3599-77cd-5a82-a950-b5bc3caf07c4")
    }

    @Test func whatIsNoUUIDIsANamespaceOfItsOwn() {
        #expect(NameUUID("x").uuid("a") != NameUUID("y").uuid("a"))
        #expect(NameUUID("").uuid("a") != NameUUID("é").uuid("a"))
        #expect(
            NameUUID("6BA7B810-9DAD-11D1-80B4-00C04FD430C8").uuid("a")
                == NameUUID("6ba7b8109dad11d180b400c04fd430c8").uuid("a"))
    }

    /// RFC 3174, the first test; and of no bytes.
    @Test func digestsAreThoseOfTheStandards() {
        #expect(Hexadecimal.text(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Hexadecimal.text(Digest.sha1([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    /// RFC 4231, test cases 2 and 6; the code of nothing under no key is that of openssl dgst -sha256 -hmac "".
    @Test func authenticationCodesAreThoseOfTheStandard() {
        let code = Digest.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(Hexadecimal.text(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = Digest.hmacSHA256(
            key: [UInt8](repeating: 0xAA, count: 131),
            Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8))
        #expect(Hexadecimal.text(long) == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
        let empty = Digest.hmacSHA256(key: [], [])
        #expect(Hexadecimal.text(empty) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }
}
