import Alerts
import ArgumentParser
import Store
import Testing

@testable import darkscope

struct OrganisationTextTests {
    @Test(arguments: [
        (OrganisationField.kind, "isp"), (.tlp, "amber+strict"), (.digest, "hourly"), (.language, "ja"),
        (.country, "JP"),
        (.zone, "Asia/Tokyo"), (.quiet, "22:00-06:00"), (.quiet, "00:00-23:59"), (.dailyCap, "1000"),
        (.leastPackets, "1"),
        (.leastAddresses, "65536"), (.cleanHours, "720"), (.name, "市役所"),
    ])
    func aSettingIsTaken(_ field: OrganisationField, _ text: String) throws {
        #expect(try OrganisationText.value(field, text) == text)
    }

    @Test func whatAnOrganisationNeedNotHaveIsTakenAwayByNone() throws {
        #expect(try OrganisationText.value(.country, "none") == nil)
        #expect(try OrganisationText.value(.quiet, "none") == nil)
        #expect(try OrganisationText.value(.country, "jp") == "JP")
    }

    @Test(arguments: [
        (OrganisationField.kind, "city"), (.tlp, "AMBER"), (.digest, "weekly"), (.language, "jpn"), (.language, "JA"),
        (.country, "J"), (.zone, "Asia/To kyo"), (.quiet, "22-06"), (.quiet, "22:00-22:00"), (.quiet, "24:00-06:00"),
        (.quiet, "22:60-06:00"), (.quiet, "2:00-06:00"), (.quiet, "22:00"), (.quiet, "22:00-06:00-07:00"), (.quiet, ""),
        (.dailyCap, "0"), (.dailyCap, "1001"), (.dailyCap, "+5"), (.dailyCap, "1.5"),
        (.leastPackets, "99999999999999999999"),
        (.leastAddresses, "65537"), (.cleanHours, "721"), (.cleanHours, ""), (.name, "a\nb"), (.name, ""), (.zone, ""),
    ])
    func whatTheRegistryWouldRefuseIsNoSetting(_ field: OrganisationField, _ text: String) {
        #expect(throws: ValidationError.self) { try OrganisationText.value(field, text) }
    }

    @Test func aNoteIsOneLineOfSoManyCharacters() throws {
        #expect(try OrganisationText.allowedNote("") == "")
        #expect(try OrganisationText.witness("A. Person, by phone") == "A. Person, by phone")
        for text in ["", "  ", "a\u{1B}[31m", "a\r\nb", String(repeating: "x", count: 201)] {
            #expect(throws: ValidationError.self) { try OrganisationText.witness(text) }
        }
        #expect(throws: ValidationError.self) { try OrganisationText.allowedNote(String(repeating: "x", count: 501)) }
        #expect(throws: ValidationError.self) { try OrganisationText.contactName("a\u{202E}b") }
    }

    @Test func aTokenIsReadAsPeopleCopyIt() throws {
        let token = try VerificationToken.random()
        let text = token.description
        let other = try VerificationToken.random()
        #expect(text.utf8.count == 32 && text != other.description)
        #expect(try VerificationToken(" \(text.uppercased().prefix(16))-\(text.suffix(16)) ").bytes == token.bytes)
        for wrong in ["", String(text.dropLast()), text + "0", text.dropLast() + "g", text.dropLast() + "é"] {
            #expect(throws: ValidationError.self) { try VerificationToken(wrong) }
        }
    }

    @Test func aChannelCarriesSomeFormats() throws {
        #expect(try ContactText.checked(.stix, for: .webhook) == .stix)
        #expect(throws: ValidationError.self) { try ContactText.checked(.cef, for: .mail) }
        #expect(throws: ValidationError.self) { try ContactText.checked(.text, for: .file) }
    }
}
