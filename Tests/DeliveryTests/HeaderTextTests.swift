import Testing

@testable import Delivery

struct HeaderTextTests {
    @Test func plainWordsStayAsTheyAre() {
        #expect(
            HeaderText.field("Subject", HeaderText.text("2 hosts of  Example City"))
                == "Subject: 2 hosts of Example City\r\n")
        #expect(HeaderText.phrase("Example City") == ["Example", "City"])
        #expect(HeaderText.phrase("City, \"A\" \\ B") == [#""City, \"A\" \\ B""#])
        #expect(HeaderText.phrase("") == [])
    }

    @Test func otherLettersBecomeEncodedWordsOfWholeCharacters() {
        #expect(HeaderText.text("Käse") == ["=?UTF-8?B?S8Okc2U=?="])
        #expect(HeaderText.phrase("東京") == ["=?UTF-8?B?5p2x5Lqs?="])
        let words = HeaderText.text(String(repeating: "東京都", count: 60))
        #expect(words.count > 5 && words.allSatisfy { $0.utf8.count <= 75 })
        // What looks like an encoded word is encoded, so that it is read as it was written.
        #expect(HeaderText.text("=?utf-8?q?Bcc?=").allSatisfy { $0.hasPrefix("=?UTF-8?B?") })
        #expect(HeaderText.text(String(repeating: "x", count: 200)).allSatisfy { $0.hasPrefix("=?UTF-8?B?") })
    }

    @Test(arguments: [
        "a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b", "a\u{2028}b", "a\u{2029}Bcc: x",
        "\r\n\r\nbody",
        "\u{B}\u{C}", "a\r\n b", "\u{202E}abc",
    ])
    func nothingEndsALine(text: String) {
        for words in [HeaderText.text(text), HeaderText.phrase(text)] {
            let field = HeaderText.field("Subject", words)
            #expect(field.utf8.count { $0 == 0x0D || $0 == 0x0A } == 2 && field.hasSuffix("\r\n"))
            #expect(words.allSatisfy { $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
        }
        for value in [HeaderText.mediaType("text/" + text), HeaderText.fileName(text), HeaderText.token(text)] {
            #expect(value.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        }
    }

    @Test func everyTextOfEveryScalarMakesShortLinesThatAllBelongToTheField() {
        var random = Seeded(state: 7)
        for _ in 0..<300 {
            let scalars = (0..<Int.random(in: 0...400, using: &random)).compactMap { _ in
                Unicode.Scalar(
                    UInt32.random(
                        in: 0...([0x20, 0x7F, 0x300, 0x10FFFF].randomElement(using: &random)!), using: &random))
            }
            let text = String(String.UnicodeScalarView(scalars))
            for words in [HeaderText.text(text), HeaderText.phrase(text) + ["<a@b.example>"]] {
                let lines = HeaderText.field("Subject", words).split(
                    separator: "\r\n", omittingEmptySubsequences: false)
                #expect(lines.last == "" && lines.first?.hasPrefix("Subject:") == true)
                #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix(" ") && $0.utf8.count > 1 })
                #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
            }
        }
    }

    @Test func namesOfFilesStayInTheirFolder() {
        #expect(HeaderText.fileName("../../etc/passwd") == ".._.._etc_passwd")
        #expect(HeaderText.fileName("a\"; b=c.csv") == "a___b_c.csv")
        #expect(HeaderText.fileName("") == "_")
        for name in ["", ".", "..", ".hidden", "a/b", "a\0", "ä", "a b", String(repeating: "x", count: 129)] {
            #expect(!FileCourier.isName(name))
        }
        for name in ["a", "2026-11-30-event4_honeypot_darknet-city-asn.csv", "A.b-c_1"] {
            #expect(FileCourier.isName(name))
        }
    }

    @Test func addressesAreTakenWithoutAnythingAroundThem() {
        for text in ["a@b.example", "a.b+c=d@x-y.example", "o'brien@localhost"] {
            #expect(MailAddress(text)?.description == text)
        }
        for text in [
            "", "a", "@b", "a@", "a@b@c", "a b@c", "<a@b>", "a@b>\r\nRCPT TO:<c@d", "a@b,c@d", "\"a\"@b", "a..b@c",
            ".a@b",
            "a@-b", "a@b..c", "a@[127.0.0.1]", "ä@b", "a@b\0", String(repeating: "a", count: 65) + "@b",
        ] {
            #expect(MailAddress(text) == nil, "\(text)")
        }
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
