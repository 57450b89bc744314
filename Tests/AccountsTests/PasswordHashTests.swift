import Testing

@testable import Accounts

@Suite struct PasswordHashTests {
    private let cheap: PasswordCost

    init() throws { cheap = try #require(PasswordCost(logN: 4, r: 1, p: 1)) }

    private func hash(_ password: String, salt: UInt8 = 7) throws -> PasswordHash {
        let salt = [UInt8](repeating: salt, count: PasswordHash.saltBytes)
        return try #require(PasswordHash(password, salt: salt, cost: cheap))
    }

    @Test func aHashIsReadAsItWasWritten() throws {
        let hash = try hash("correct horse")
        #expect(hash.text.hasPrefix("$scrypt$ln=4,r=1,p=1$BwcHBwcHBwcHBwcHBwcHBw$"))
        let read = try #require(PasswordHash(hash.text))
        #expect(read == hash && read.text == hash.text)
        #expect(read.matches("correct horse") == true)
        #expect(read.matches("correct horsf") == false && read.matches("") == false)
        #expect("\(hash)" == "a hash of a password")
    }

    /// Made with Python's hashlib.scrypt, so that others can read our hashes and we theirs.
    @Test func aHashOfAnotherProgramIsUnderstood() throws {
        let hash = try #require(
            PasswordHash("$scrypt$ln=10,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$+3SVXqdxXFNxTgPUKAaKTubTC9RlDGa4j1jX+y/3mK8"))
        #expect(hash.matches("pässwörd – 密码") == true)
        let same = try #require(PasswordCost(logN: 10, r: 8, p: 1))
        #expect(hash.isOutdated() && !hash.isOutdated(same))
    }

    @Test func saltsMakeEqualPasswordsDifferent() throws {
        let texts = try [1, 2].map { try hash("correct horse", salt: $0).text }
        #expect(texts[0] != texts[1])
    }

    @Test func theStandardCostsAreThoseOfOWASPAndAnythingElseIsOutdated() throws {
        #expect(PasswordCost.standard == PasswordCost(logN: 17, r: 8, p: 1))
        let hash = try hash("correct horse")
        #expect(hash.isOutdated() && !hash.isOutdated(cheap))
        let short = try #require(PasswordHash("$scrypt$ln=4,r=1,p=1$BwcHBwcHBwc$" + String(repeating: "A", count: 43)))
        #expect(short.isOutdated(cheap))
    }

    @Test func whatIsNoHashIsRefused() throws {
        let good = try hash("correct horse").text
        let parts = good.split(separator: "$").map(String.init)
        func changed(_ part: Int, _ text: String) -> String {
            var some = parts
            some[part] = text
            return "$" + some.joined(separator: "$")
        }
        #expect(PasswordHash(changed(0, "scrypt")) != nil)
        var bad = ["", "$", "$$$$", "$scrypt$", " " + good, good + "$", good + "=", String(good.dropFirst())]
        bad += ["ln=4,r=1", "ln=4,r=1,p=1,", "ln=04,r=1,p=1", "ln=+4,r=1,p=1", "ln=4,p=1,r=1", "ln=0,r=1,p=1"]
            .map { changed(1, $0) }
        // Costs that would keep us busy, or would not fit any number.
        bad += [
            "ln=31,r=8,p=1", "ln=20,r=32,p=16", "ln=99999999999999999999,r=8,p=1", "ln=4,r=999,p=1", "ln=-1,r=1,p=1",
        ].map { changed(1, $0) }
        bad += ["", "AA", "BwcHBwcHBwcHBwcHBwcHBx", "BwcHBwcHBwcHBwcHBwc*", String(repeating: "A", count: 68)]
            .map { changed(2, $0) }
        bad += ["", "AAAA", String(repeating: "A", count: 1 << 20)].map { changed(3, $0) }
        bad += [changed(0, "argon2id"), changed(0, "Scrypt"), good.replacing("$", with: "\0")]
        for text in bad { #expect(PasswordHash(text) == nil, "\(text.prefix(100))") }
        // Every text that is cut off, and every other one of its characters.
        for length in 0..<good.count where length < good.count - 22 {
            #expect(PasswordHash(String(good.prefix(length))) == nil)
        }
        for place in good.indices {
            var text = good
            text.replaceSubrange(place...place, with: "!")
            #expect(PasswordHash(text) == nil)
        }
    }
}
