import Alerts
import FlowModel
import Support
import Testing

@testable import Store

@Suite struct OrganisationTests {
    private func prefix(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    @Test func anOrganisationReturnsAsItWasRegistered() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        let all = OrganisationSettings([
            .name: "市役所 \"A\"", .kind: "isp", .country: "JP", .language: "ja", .tlp: "amber+strict",
            .zone: "Asia/Tokyo",
            .quiet: "22:00-06:30", .digest: "hourly", .dailyCap: "5", .leastPackets: "20", .leastAddresses: "4",
            .cleanHours: "48",
        ])
        let block = try prefix("203.0.113.0/24")
        #expect(try store.addOrganisation("a", all, prefixes: [block], vouchedBy: "x") == .done)
        #expect(try store.addOrganisation("a", all, prefixes: [], vouchedBy: nil) == .exists)
        #expect(
            try store.addOrganisation("b", OrganisationSettings([.name: "B"]), prefixes: [block], vouchedBy: nil)
                == .done)
        #expect(
            try store.addOrganisation(
                "c", OrganisationSettings([.name: "C", .zone: "X/Y"]), prefixes: [], vouchedBy: nil)
                == .unknownZone)
        let (a, b) = try (#require(try store.organisations().first), #require(try store.organisations().last))
        #expect(a.settings == all && a.blocks == 1 && a.trustedBlocks == 1 && a.contacts == 0)
        #expect(b.code == "b" && b.trustedBlocks == 0)
        for field in OrganisationField.allCases where field != .name { #expect(b.settings[field] == field.standard) }
        #expect(
            try store.setOrganisation("a", OrganisationSettings([.quiet: nil, .country: nil, .tlp: "red"])) == .done)
        let changed = try #require(try store.organisations(code: "a").first).settings
        #expect(
            changed[.quiet] == nil && changed[.country] == nil && changed[.tlp] == "red"
                && changed[.zone] == "Asia/Tokyo")
        #expect(try store.setOrganisation("z", OrganisationSettings([.tlp: "red"])) == .unknownOrganisation)
        #expect(try store.endOrganisation("a") == .done)
        #expect(try store.endOrganisation("a") == .ended)
        #expect(try store.setOrganisation("a", OrganisationSettings([.tlp: "red"])) == .ended)
        #expect(try store.resumeOrganisation("a") == .done)
        #expect(try store.resumeOrganisation("a") == .exists)
    }

    @Test func blocksLieInEachOtherAndTheirHoldersAreFound() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        for (code, block) in [("isp", "203.0.0.0/16"), ("city", "203.0.113.0/24"), ("ward", "203.0.113.0/24")] {
            #expect(
                try store.addOrganisation(
                    code, OrganisationSettings([.name: code]), prefixes: [try prefix(block)], vouchedBy: nil) == .done)
        }
        let address = try prefix("203.0.113.9/32")
        #expect(try store.organisationBlocks(holding: address).map(\.organisation) == ["city", "ward", "isp"])
        #expect(
            try store.addOrganisationBlock("city", prefix("203.0.113.0/24"), from: nil, until: nil, vouchedBy: nil)
                == .overlaps)
        #expect(
            try store.addOrganisationBlock("city", prefix("203.0.113.0/25"), from: nil, until: nil, vouchedBy: nil)
                == .done)
        #expect(try store.endOrganisationBlock("city", prefix("203.0.113.0/24")) == .done)
        #expect(try store.endOrganisationBlock("city", prefix("203.0.113.0/24")) == .unknownBlock)
        #expect(try store.endOrganisation("isp") == .done)
        #expect(try store.organisationBlocks(holding: address).map(\.prefix.length) == [25, 24])
        #expect(
            try store.addOrganisationBlock("city", prefix("203.0.113.0/24"), from: nil, until: nil, vouchedBy: nil)
                == .done)
        // What is to come is taken back, and was never there.
        #expect(
            try store.addOrganisationBlock(
                "ward", prefix("192.0.2.0/24"), from: 4_000_000_000, until: nil, vouchedBy: nil) == .done)
        #expect(try store.endOrganisationBlock("ward", prefix("192.0.2.0/24")) == .done)
        #expect(try store.organisationBlocks(of: "ward").count == 1)
    }

    @Test func aTokenProvesItsBlockOnceAndInTime() throws {
        let database = try TestDatabase()
        let (store, block) = (try database.connect(), try prefix("203.0.113.0/24"))
        let (token, other) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16))
        _ = try store.addOrganisation("a", OrganisationSettings([.name: "A"]), prefixes: [block], vouchedBy: nil)
        func prove(_ token: [UInt8], sentTo: String? = nil) throws -> OrganisationOutcome {
            try store.proveBlock("a", block, token: token, sentTo: sentTo)
        }
        func state() throws -> OrganisationBlock { try #require(try store.organisationBlocks(of: "a").first) }
        #expect(try prove(token) == .noToken)
        #expect(try store.awaitToken("a", try prefix("192.0.2.0/24"), token: token, sentTo: nil) == .unknownBlock)
        #expect(try store.awaitToken("a", block, token: token, sentTo: "abuse@a.example") == .done)
        #expect(try state().proof == "claimed" && state().tokenUntil != nil)
        #expect(try prove(other) == .wrongToken)
        let session = try database.session()
        try session.run("UPDATE meta.organisation_prefix SET token_until = now() - interval '1 second'")
        #expect(try prove(other) == .wrongToken)
        #expect(try prove(token) == .expired)
        // A new one takes the place of the one before.
        #expect(try store.awaitToken("a", block, token: other, sentTo: "abuse@a.example") == .done)
        #expect(try prove(token) == .wrongToken)
        #expect(try prove(other) == .done)
        #expect(try state().proof == "proven" && state().proofBy == "abuse@a.example" && state().tokenUntil == nil)
        #expect(try prove(other) == .proven)
        #expect(try store.awaitToken("a", block, token: token, sentTo: nil) == .proven)
        #expect(
            try session.value("SELECT count(*) FROM meta.organisation_prefix WHERE token_digest IS NOT NULL") == "0")
        #expect(try store.setProof("a", block, vouchedBy: nil) == .done)
        #expect(try state().proof == "claimed" && state().proofBy == nil && state().proofAt == nil)
        #expect(try store.setProof("a", block, vouchedBy: "B. Person") == .done)
        // While the token is on its way the word stands.
        #expect(try store.awaitToken("a", block, token: token, sentTo: "abuse@a.example") == .done)
        #expect(try state().proof == "vouched" && state().proofBy == "B. Person")
        #expect(try prove(token, sentTo: "abuse@a.example") == .done)
        #expect(try state().proofBy == "abuse@a.example")
    }

    @Test func contactsAndAllowedBlocksComeAndGo() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        _ = try store.addOrganisation("a", OrganisationSettings([.name: "A"]), prefixes: [], vouchedBy: nil)
        let mail = try ContactTarget(.mail, "soc@a.example")
        var id: Int32 = 0
        func add(_ code: String) throws -> OrganisationOutcome {
            try store.addContact(code, mail, format: .shadowserver, name: "SOC") { id = $0 }
        }
        #expect(try add("z") == .unknownOrganisation)
        #expect(try add("a") == .done && id > 0)
        #expect(try add("a") == .exists)
        #expect(try store.endContact(id) == .done)
        #expect(try store.endContact(id) == .unknownContact)
        #expect(try add("a") == .done)
        #expect(try store.contacts(of: "a").map { $0.endedAt == nil } == [false, true])
        // What the table allows, and nothing else.
        for channel in ContactChannel.allCases {
            let target = try ContactTarget(
                channel,
                [.mail: "x@a.example", .webhook: "https://a.example", .syslog: "udp://a.example:1", .file: "a"][channel]
                    ?? "")
            for format in NoticeFormat.allCases {
                let isAllowed = (try? store.addContact("a", target, format: format, name: "") { id = $0 }) == .done
                #expect(isAllowed == channel.formats.contains(format), "\(channel) \(format)")
                if isAllowed { #expect(try store.endContact(id) == .done) }
            }
        }
        #expect(try store.allow("a", prefix("203.0.113.7/32"), note: "our scanner") == .done)
        #expect(try store.allow("a", prefix("203.0.113.7/32"), note: "") == .exists)
        #expect(try store.allowedBlocks(of: "a").map(\.note) == ["our scanner"])
        #expect(try store.endAllowed("a", prefix("203.0.113.7/32")) == .done)
        #expect(try store.endAllowed("a", prefix("203.0.113.7/32")) == .unknownBlock)
    }

    @Test func everyChangeIsKeptWithWhoMadeIt() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        try store.actAs(person: "alice")
        let block = try prefix("203.0.113.0/24")
        _ = try store.addOrganisation("a", OrganisationSettings([.name: "A"]), prefixes: [block], vouchedBy: nil)
        _ = try store.awaitToken("a", block, token: [1], sentTo: nil)
        try store.actAs(person: "bob")
        _ = try store.setOrganisation("a", OrganisationSettings([.tlp: "red"]))
        _ = try store.addContact("a", try ContactTarget(.mail, "x@a.example"), format: .text, name: "") { _ in }
        let entries = try store.audit(of: "a", limit: 100)
        #expect(
            entries.map(\.relation) == [
                "contact", "organisation", "organisation_prefix", "organisation_prefix", "organisation",
            ])
        #expect(entries.map(\.person) == ["bob", "bob", "alice", "alice", "alice"])
        #expect(entries.map(\.action) == ["insert", "update", "update", "insert", "insert"])
        #expect(entries[1].changes == [.init(column: "tlp", before: "amber", after: "red")])
        #expect(entries[0].subject == "x@a.example" && entries[2].subject == "203.0.113.0/24")
        #expect(!entries.contains { $0.changes.contains { $0.column == "token_digest" } })
        #expect(try store.audit(limit: 2).count == 2)
    }
}
