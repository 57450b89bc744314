import Cryptography
import Testing

@testable import Accounts

@Suite struct SessionTokenTests {
    private let token = SessionToken(random: Array(0..<32))

    @Test func aTokenIsReadAsItWasWritten() {
        #expect(token.text == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        #expect(SessionToken(token.text) == token)
        #expect(token.digest == Digest.sha256(Array(0..<32)))
        #expect("\(token)" == "a session's token")
    }

    @Test func whatIsNoTokenIsRefused() {
        let good = token.text
        for text in [
            "", good + "A", String(good.dropLast()), good + "=", String(good.dropLast()) + "9", " " + good.dropLast(),
            String(repeating: "+", count: 43), String(repeating: "A", count: 1 << 20), "\0" + good.dropFirst(),
        ] {
            #expect(SessionToken(text) == nil, "\(text.prefix(50))")
        }
    }

    @Test func theFormTokenIsThatOfItsSessionAlone() {
        let other = SessionToken(random: [UInt8](repeating: 1, count: 32))
        #expect(token.accepts(formToken: token.formToken) && !token.accepts(formToken: other.formToken))
        #expect(!token.accepts(formToken: "") && !token.accepts(formToken: token.text))
        #expect(!token.accepts(formToken: String(repeating: "ü", count: 1 << 20)))
        #expect(token.formToken != token.text && token.formToken.utf8.count == 43)
    }

    @Test func base64IsThatOfTheStandardWithoutPadding() {
        // RFC 4648 §10.
        for (bytes, text) in [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(Base64Text.text(Array(bytes.utf8), .standard) == text)
            #expect(Base64Text.bytes(text, .standard) == Array(bytes.utf8))
        }
        #expect(Base64Text.text([0xFB, 0xFF], .standard) == "+/8" && Base64Text.text([0xFB, 0xFF], .url) == "-_8")
        for text in ["Z", "Zh", "Zm9", "Zg==", "Z g", "-_8"] { #expect(Base64Text.bytes(text, .standard) == nil) }
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<70)).map { _ in UInt8.random(in: 0...255) }
            #expect(Base64Text.bytes(Base64Text.text(bytes, .url), .url) == bytes)
        }
    }
}
