import Testing

@testable import Accounts

@Suite struct PasswordRuleTests {
    private func problem(_ password: String, login: String = "alice") throws -> PasswordRule.Problem? {
        PasswordRule.problem(password, login: try #require(LoginName(login)))
    }

    @Test(arguments: [
        "rain over seven hills", "Tr0ub4dor&3xyz", "mañana-será-otro-día", "雨にも負けず風にも負けず雪", "zq7w k2vx 9d4m",
        "                mixed blanks", "correct horse battery",
    ])
    func whatIsLongAndNotObviousIsGood(_ password: String) throws {
        #expect(try problem(password) == nil)
    }

    @Test(arguments: [
        ("elevenchars", PasswordRule.Problem.short), ("", .short), ("🐎🐎🐎🐎🐎", .short),
        ("aaaaaaaaaaaa", .regular), ("abababababab", .regular), ("abcdefghijklmnop", .regular),
        ("qwertyuiopasdf", .regular), ("9876543210987", .regular), ("AAAAbbbbCCCC", .regular),
        ("alicealicealice", .obvious), ("Alice-Alice-1", .obvious), ("password12345678", .obvious),
        ("Darkscope2026", .obvious), ("WelcomeAdmin1", .obvious), ("correcthorsebatterystaple", .obvious),
    ])
    func whatEverybodyTriesIsRefused(_ password: String, _ expected: PasswordRule.Problem) throws {
        #expect(try problem(password) == expected)
    }

    @Test func theLoginAndItsPartsAreNoPassword() throws {
        #expect(try problem("alice.liddell@example.org", login: "alice.liddell@example.org") == .obvious)
        #expect(try problem("liddell-example", login: "alice.liddell@example.org") == .obvious)
        #expect(try problem("liddell-example", login: "bob") == nil)
    }

    @Test func aPasswordOfAMegabyteIsRefusedAtOnce() throws {
        #expect(try problem(String(repeating: "xyzäö", count: 200_000)) == .long)
        #expect(try problem(String(repeating: "rain over seven hills ", count: 46)) == nil)
    }

    @Test func generatedPasswordsPassAndKeepEveryBit() throws {
        let zero = GeneratedPassword.text([UInt8](repeating: 0, count: 20))
        #expect(zero == "aaaaa-aaaaa-aaaaa-aaaaa")
        let texts = (0..<32).map { bits in
            GeneratedPassword.text((0..<20).map { UInt8(truncatingIfNeeded: $0 == 7 ? bits : $0 * 37) })
        }
        #expect(Set(texts).count == 32)
        #expect(GeneratedPassword.text((0..<20).map { 31 &- UInt8($0) }) == "98765-432zy-xwvut-srqpn")
        for _ in 0..<200 {
            let text = GeneratedPassword.text((0..<20).map { _ in UInt8.random(in: 0...255) })
            #expect(text.utf8.count == 23)
            #expect(try problem(text) == nil)
        }
    }
}
