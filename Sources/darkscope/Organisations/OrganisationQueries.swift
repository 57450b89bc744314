import Alerts
import ArgumentParser
import FlowModel
import Store

/// `darkscope org list`.
struct OrganisationListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the organisations that are served.")

    @Flag(help: "Those too that are served no more.")
    var all = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let organisations = try database.connect().organisations().filter { all || $0.endedAt == nil }
        var table = TextTable([
            "ORG": .left, "KIND": .left, "COUNTRY": .left, "LANGUAGE": .left, "TLP": .left, "BLOCKS": .right,
            "TRUSTED": .right, "CONTACTS": .right, "ENDED": .left, "NAME": .left,
        ])
        for item in organisations {
            let settings = item.settings
            table.add([
                item.code, settings[.kind], settings[.country], settings[.language], settings[.tlp], "\(item.blocks)",
                "\(item.trustedBlocks)", "\(item.contacts)", item.endedAt, settings[.name],
            ])
        }
        output.answer(
            .members(["organisations": .array(organisations.map { .members($0.members) })]), table,
            none: "No organisations yet. Register one: \(Lookup.organisationExample)")
    }
}

/// `darkscope org show`.
struct OrganisationShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show an organisation: its settings, blocks, contacts and own scanners.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let organisation = try Lookup.organisation(code, in: store)
        let blocks = try store.organisationBlocks(of: code)
        let contacts = try store.contacts(of: code)
        let allowed = try store.allowedBlocks(of: code)
        if output.json {
            print(
                JSON.members(
                    organisation.members + [
                        ("prefixes", .array(blocks.map(\.json))), ("contact_list", .array(contacts.map(\.json))),
                        ("allowed", .array(allowed.map(\.json))),
                    ]
                ).document)
            return
        }
        var lines: [(String, String?)] = [("Organisation", code)]
        lines += OrganisationField.allCases.map { ($0.title, organisation.settings[$0]) }
        lines += [("Registered", organisation.createdAt), ("Ended", organisation.endedAt)]
        for (title, value) in lines {
            print(title + String(repeating: " ", count: 17 - title.count) + (value?.safe ?? "-"))
        }
        for table in [OrganisationBlock.table(blocks), ContactRecord.table(contacts), AllowedBlock.table(allowed)]
        where !table.isEmpty {
            for line in [""] + table.lines { print(line) }
        }
    }
}

/// `darkscope org find`.
struct OrganisationFindCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "find", abstract: "Tell which organisations hold an address now, the most specific block first.",
        discussion: "All of them are told of it whose block is proven or vouched for.")

    @Argument(help: "The address or block.", transform: OrganisationText.addressOrBlock)
    var address: Prefix

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let blocks = try database.connect().organisationBlocks(holding: address)
        var table = TextTable(["BLOCK": .left, "ORG": .left, "PROOF": .left, "BY": .left])
        for block in blocks {
            table.add([block.prefix.description, block.organisation, block.proof, block.proofBy])
        }
        output.answer(
            .members(["prefixes": .array(blocks.map(\.json))]), table, none: "No organisation holds \(address) now.")
    }
}

extension OrganisationField {
    /// What a person reads before the value.
    var title: String {
        let words = rawValue.split(separator: "_").joined(separator: " ")
        return self == .tlp ? "TLP" : words.prefix(1).uppercased() + words.dropFirst()
    }
}

extension JSON {
    /// An object of these members.
    static func members(_ members: [(String, JSON)]) -> JSON {
        .object(members.map { Member(name: $0.0, value: $0.1) })
    }
}

extension OrganisationRecord {
    var members: [(String, JSON)] {
        let settings = OrganisationField.allCases.map { field -> (String, JSON) in
            guard field.numbers != nil else { return (field.rawValue, .text(self.settings[field])) }
            return (field.rawValue, self.settings[field].flatMap { Int64($0) }.map { .integer($0) } ?? .null)
        }
        return [("organisation", .string(code))] + settings + [
            ("created_at", .string(createdAt)), ("ended_at", .text(endedAt)), ("blocks", .integer(Int64(blocks))),
            ("trusted_blocks", .integer(Int64(trustedBlocks))), ("contacts", .integer(Int64(contacts))),
        ]
    }
}

extension OrganisationBlock {
    var json: JSON {
        .members([
            "organisation": .string(organisation), "prefix": .string(prefix.description), "valid_from": .text(from),
            "valid_until": .text(until), "current": .boolean(isCurrent), "proof": .string(proof),
            "proof_by": .text(proofBy), "proof_at": .text(proofAt), "token_until": .text(tokenUntil),
        ])
    }

    static func table(_ blocks: [OrganisationBlock]) -> TextTable {
        var table = TextTable([
            "BLOCK": .left, "FROM": .left, "UNTIL": .left, "PROOF": .left, "AT": .left, "TOKEN UNTIL": .left,
            "BY": .left,
        ])
        for block in blocks {
            table.add([
                block.prefix.description, block.from ?? "always", block.until ?? "now", block.proof, block.proofAt,
                block.tokenUntil, block.proofBy,
            ])
        }
        return table
    }
}

extension ContactRecord {
    var json: JSON {
        .members([
            "id": .integer(Int64(id)), "organisation": .string(organisation), "channel": .string(channel.rawValue),
            "target": .string(target), "format": .string(format.rawValue), "name": .string(name),
            "created_at": .string(createdAt), "ended_at": .text(endedAt),
        ])
    }

    static func table(_ contacts: [ContactRecord]) -> TextTable {
        var table = TextTable([
            "CONTACT": .right, "CHANNEL": .left, "FORMAT": .left, "SINCE": .left, "ENDED": .left, "TARGET": .left,
            "NAME": .left,
        ])
        for contact in contacts {
            table.add([
                "\(contact.id)", contact.channel.rawValue, contact.format.rawValue, contact.createdAt, contact.endedAt,
                contact.target, contact.name,
            ])
        }
        return table
    }
}

extension AllowedBlock {
    var json: JSON {
        .members([
            "prefix": .string(prefix.description), "note": .string(note), "created_at": .string(createdAt),
        ])
    }

    static func table(_ blocks: [AllowedBlock]) -> TextTable {
        var table = TextTable(["ALLOWED": .left, "SINCE": .left, "NOTE": .left])
        for block in blocks { table.add([block.prefix.description, block.createdAt, block.note]) }
        return table
    }
}
