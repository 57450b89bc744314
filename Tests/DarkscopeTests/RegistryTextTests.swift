import ArgumentParser
import FlowModel
import Messaging
import Testing

@testable import darkscope

struct RegistryTextTests {
    @Test(arguments: ["a", "th-1", "0", "a--", String(repeating: "x", count: 32)])
    func aCodeIsTakenAsItIs(_ text: String) throws { #expect(try RegistryText.code(text) == text) }

    @Test(arguments: ["", "-a", "TH", "a_b", "a b", "é", "a/b", String(repeating: "x", count: 33)])
    func whatTheRegistryWouldRefuseIsNoCode(_ text: String) {
        #expect(throws: ValidationError.self) { try RegistryText.code(text) }
    }

    @Test func aNameIsOneLineOfAtMost200Characters() throws {
        for text in ["x", "Université de Phnom Penh", "ភ្នំពេញ\u{200B}កម្ពុជា", String(repeating: "น", count: 200)] {
            #expect(try RegistryText.name(text) == text)
        }
        for text in ["", "  ", "a\nb", "a\u{1B}[0m", "a\u{202E}b", String(repeating: "x", count: 201)] {
            #expect(throws: ValidationError.self) { try RegistryText.name(text) }
        }
    }

    @Test func aCountryIsTwoLetters() throws {
        #expect(try RegistryText.country("th") == "TH")
        for text in ["", "T", "THA", "T1", "ß"] {
            #expect(throws: ValidationError.self) { try RegistryText.country(text) }
        }
    }

    @Test func aBlockWithHostBitsIsToldItsNetwork() {
        let error = #expect(throws: ValidationError.self) { try RegistryText.prefix("198.18.17.0/20") }
        #expect(error?.message.contains("198.18.16.0/20") == true)
    }

    @Test(arguments: ["", "x", "198.18.0.0/33", "198.18.0.0/-1", "4.0.0.0/6", "::/0", "2000::/3", "1.2.3/24"])
    func whatIsNoBlockOrFarTooLargeIsRefused(_ text: String) {
        #expect(throws: ValidationError.self) { try RegistryText.prefix(text) }
    }

    @Test(arguments: ["198.51.100.0/24", "10.0.0.0/8", "192.0.2.1/32", "2001:db8::/48"])
    func aBlockIsTaken(_ text: String) throws { #expect(try RegistryText.prefix(text).description == text) }

    @Test func aPolicyIsOneOfThreeWords() throws {
        for policy in DestinationPolicy.allCases { #expect(try RegistryText.policy(policy.name) == policy) }
        #expect(throws: ValidationError.self) { try RegistryText.policy("some") }
    }

    @Test func aKeyIs64Digits() throws {
        let text = String(repeating: "aB", count: 32)
        #expect(try RegistryText.publicKey(text).description == text.lowercased())
        for text in ["", "ab", text + "0", String(text.dropLast()) + "g"] {
            #expect(throws: ValidationError.self) { try RegistryText.publicKey(text) }
        }
    }

    @Test func aZoneIsOneWord() throws {
        #expect(try RegistryText.zone("Asia/Ho_Chi_Minh") == "Asia/Ho_Chi_Minh")
        for text in ["", "Asia/Ho Chi Minh", "\u{1B}", String(repeating: "x", count: 65)] {
            #expect(throws: ValidationError.self) { try RegistryText.zone(text) }
        }
    }
}
