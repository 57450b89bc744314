import Glibc
import Testing

@testable import Messaging

@Suite struct CurveKeyTests {
    @Test func textAndBytesGoBothWays() throws {
        let bytes = (0..<32).map { UInt8($0 * 8 + 7) }
        let key = try #require(CurveKey(bytes: bytes))
        #expect(key.bytes == bytes)
        #expect(key.description.count == 64)
        #expect(CurveKey(key.description) == key)
        #expect(CurveKey(key.description.uppercased()) == key)
    }

    @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "0", count: 65)])
    func rejectsTextOfAnotherLength(text: String) { #expect(CurveKey(text) == nil) }

    @Test func rejectsTextThatIsNotHexadecimal() {
        #expect(CurveKey(String(repeating: "0", count: 63) + "g") == nil)
        #expect(CurveKey(bytes: [1, 2, 3]) == nil)
    }

    @Test func generatedPairsDifferAndBelongTogether() throws {
        let (one, two) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        #expect(one != two)
        #expect(try CurveKeyPair.publicKey(of: one.secretKey) == one.publicKey)
        #expect(try CurveKeyPair(secretKey: two.secretKey) == two)
    }

    @Test func computesThePublicKeyOfRFC7748() throws {
        // RFC 7748, section 6.1, Alice's keys.
        let secret = try #require(
            CurveSecretKey(hexadecimal: "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
        #expect(
            try CurveKeyPair.publicKey(of: secret).description
                == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    }

    @Test func aSecretKeyHasNoTextForm() throws {
        let pair = try CurveKeyPair.generate()
        let digits = Hexadecimal.text(pair.secretKey.bytes)
        #expect(!"\(pair.secretKey)".contains(digits))
        #expect(!String(reflecting: pair.secretKey).contains(digits))
    }
}
