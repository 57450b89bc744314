import Alerts
import FlowModel
import Support
import Testing

@testable import Store

@Suite struct OrganisationImportTests {
    /// A file of blocks of one organisation, which its first line names.
    private func file(
        _ blocks: [(prefix: String, from: Int64?, until: Int64?, vouchedBy: String?)], name: String? = "A"
    ) throws -> OrganisationImport {
        var file = OrganisationImport()
        var organisation = OrganisationImport.Organisation(code: "a", line: 2)
        if let name { organisation.settings.values[.name] = name }
        file.organisations = [organisation]
        for (place, block) in blocks.enumerated() {
            file.blocks.append(
                OrganisationImport.Block(
                    line: place + 2, organisation: "a", prefix: try #require(Prefix(block.prefix)), from: block.from,
                    until: block.until, vouchedBy: block.vouchedBy))
        }
        return file
    }

    private func run(
        _ store: StoreConnection, _ file: OrganisationImport, isTrial: Bool = false
    ) throws -> (lines: [Int], counts: ImportCounts) {
        let done = try store.importOrganisations(file, isTrial: isTrial)
        #expect(done.problems.count == done.problems.first.count)
        return (done.problems.first.map(\.line), done.counts)
    }

    @Test func theSameFileAgainChangesNothing() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        var content = try file([
            ("203.0.113.0/24", nil, nil, nil), ("198.51.100.0/24", 1_700_000_000, nil, "A. Person"),
            ("192.0.2.0/24", 1_600_000_000, 1_700_000_000, nil), ("2001:db8::/48", nil, 4_000_000_000, nil),
            ("203.0.113.0/24", nil, nil, nil),
        ])
        content.contacts = [
            OrganisationImport.Contact(line: 2, organisation: "a", target: try ContactTarget(.mail, "x@a.example")),
            OrganisationImport.Contact(line: 3, organisation: "a", target: try ContactTarget(.mail, "x@a.example")),
        ]
        let trial = try run(store, content, isTrial: true)
        #expect(try store.organisations().isEmpty)
        let first = try run(store, content)
        #expect(first.lines.isEmpty && trial.counts == first.counts)
        #expect(
            first.counts.organisationsAdded == 1 && first.counts.blocksAdded == 4 && first.counts.contactsAdded == 1)
        let session = try database.session()
        let rows = "SELECT (SELECT count(*) FROM meta.audit), max(x.xmin::text::int8) FROM meta.organisation_prefix x"
        let before = try session.run(rows)
        let second = try run(store, content)
        #expect(second.lines.isEmpty)
        #expect(
            second.counts.organisationsSame == 1 && second.counts.blocksSame == 4 && second.counts.contactsSame == 1)
        #expect(second.counts.blocksAdded + second.counts.blocksChanged + second.counts.contactsAdded == 0)
        #expect(try session.run(rows) == before)
    }

    @Test func whatIsSaidIsSetAndWhatIsNotStays() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        _ = try run(store, try file([("203.0.113.0/24", 1_700_000_000, nil, nil)]))
        var content = try file([("203.0.113.0/24", nil, 4_000_000_000, "B. Person")], name: nil)
        content.organisations[0].settings.values[.tlp] = "red"
        #expect(try run(store, content).counts.blocksChanged == 1)
        let block = try #require(try store.organisationBlocks(of: "a").first)
        #expect(block.from == "2023-11-14T22:13:20Z" && block.until == "2096-10-02T07:06:40Z")
        #expect(block.proof == "vouched" && block.proofBy == "B. Person")
        let settings = try #require(try store.organisations().first).settings
        #expect(settings[.tlp] == "red" && settings[.name] == "A")
        // A proof that is there stays.
        #expect(try run(store, try file([("203.0.113.0/24", nil, nil, "C. Person")])).counts.blocksSame == 1)
    }

    @Test func whatWasEndedByHandStaysEnded() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        var content = try file([("203.0.113.0/24", nil, nil, nil)])
        content.contacts = [
            OrganisationImport.Contact(line: 2, organisation: "a", target: try ContactTarget(.mail, "x@a.example"))
        ]
        _ = try run(store, content)
        #expect(try store.endOrganisationBlock("a", try #require(Prefix("203.0.113.0/24"))) == .done)
        #expect(try store.endContact(try store.contacts()[0].id) == .done)
        let again = try run(store, content)
        #expect(again.counts.blocksEnded == 1 && again.counts.contactsEnded == 1 && again.counts.blocksAdded == 0)
        #expect(try store.contacts().count == 1)
        // A time that is said is another matter.
        #expect(try run(store, try file([("203.0.113.0/24", 3_900_000_000, nil, nil)])).counts.blocksAdded == 1)
        #expect(try store.endOrganisation("a") == .done)
        #expect(try run(store, content).lines == [2])
    }

    @Test func oneBadLineKeepsTheWholeFileOut() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        #expect(try run(store, try file([("203.0.113.0/24", nil, nil, nil)], name: nil)).lines == [2])
        _ = try run(
            store,
            try file([
                ("203.0.113.0/24", 1_600_000_000, 1_700_000_000, nil), ("203.0.113.0/24", 1_700_000_000, nil, nil),
            ]))
        var bad = try file([
            ("192.0.2.0/24", nil, nil, nil),
            // Over before it begins.
            ("192.0.2.0/25", nil, 1_600_000_000, nil),
            // Over both times that are there, and beside a line that tells a start.
            ("203.0.113.0/24", 1_650_000_000, nil, nil), ("203.0.113.0/24", nil, nil, nil),
            ("198.51.100.0/24", 1_600_000_000, 1_700_000_000, nil),
            ("198.51.100.0/24", 1_650_000_000, 1_660_000_000, nil),
        ])
        #expect(try run(store, bad).lines == [3, 4, 5, 7])
        bad.organisations[0].settings.values[.zone] = "Mars/Base"
        bad.organisations[0].lineOfSetting[.zone] = 3
        #expect(try run(store, bad).lines == [3, 3, 4, 5, 7])
        #expect(try store.organisationBlocks().count == 2)
    }

    @Test func noFileOfTimesBreaksTheTable() throws {
        let database = try TestDatabase()
        let store = try database.connect()
        var imported = 0
        for _ in 0..<100 {
            let now: Int64 = 1_780_000_000
            let blocks = (0..<Int.random(in: 1...4)).map { _ in
                let from = Bool.random() ? nil : now + Int64.random(in: -3...3) * 100_000_000
                let until = Bool.random() ? nil : (from ?? now) + Int64.random(in: 1...4) * 100_000_000
                return (["203.0.113.0/24", "203.0.113.0/25"].randomElement() ?? "", from, until, String?.none)
            }
            let content = try file(blocks)
            let done = try run(store, content)
            guard done.lines.isEmpty else { continue }
            imported += 1
            // What was imported is what a second time finds.
            let again = try run(store, content)
            #expect(
                again.lines.isEmpty && again.counts.blocksAdded == 0 && again.counts.blocksChanged == 0, "\(blocks)")
            if Int.random(in: 0..<4) == 0 { try store.query("DELETE FROM meta.organisation_prefix") }
        }
        #expect(imported > 10)
    }
}
