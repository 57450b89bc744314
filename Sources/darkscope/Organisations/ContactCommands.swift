import Alerts
import ArgumentParser
import Runtime
import Store

/// `darkscope org contact`: where an organisation's notices go.
struct ContactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contact", abstract: "Say where an organisation's notices go.",
        subcommands: [
            ContactAddCommand.self, ContactListCommand.self, ContactEndCommand.self, ContactSecretCommand.self,
        ])
}

/// `darkscope org contact add`.
struct ContactAddCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Send an organisation's notices to a contact from now on.",
        discussion: """
            mail ADDRESS; webhook URL of https or http; syslog udp://, tcp:// or tls:// with host:port; file FOLDER under \
            the collector's folder for pick-up. Formats: mail text, shadowserver (the default), intelmq, xarf, stix, json; webhook \
            json (the default), intelmq, xarf, stix; syslog cef; file as mail without text.
            """)

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @Argument(help: "mail, webhook, syslog or file.", transform: ContactText.channel)
    var channel: ContactChannel

    @Argument(help: "Where it is.")
    var target: String

    @Option(help: "What is sent.", transform: ContactText.format)
    var format: NoticeFormat?

    @Option(help: "Who reads it, for people.", transform: OrganisationText.contactName)
    var name: String = ""

    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        _ = try ContactText.target(channel, target)
        if let format { _ = try ContactText.checked(format, for: channel) }
    }

    func run() throws {
        let place = try ContactText.target(channel, target)
        let store = try database.connectToChange()
        var number: Int32 = 0
        let outcome = try store.addContact(code, place, format: format ?? channel.formats[0], name: name) {
            number = $0
        }
        switch outcome {
        case .done:
            print("Notices of \(code) go to \(place.text) from now on, as contact \(number).")
            if channel == .webhook {
                print("They are signed. The secret to check them with: darkscope org contact secret \(number)")
            }
            if place.isUnencrypted {
                standardError("darkscope: \(place.text) is not encrypted: who is on the way reads what is sent there.")
            }
        case .exists:
            throw ProgramError(
                .failure, "notices of \(code) go to \(place.text) already. See: darkscope org contact list \(code)")
        default:
            throw try Lookup.refusal(outcome, code, in: store)
        }
    }
}

/// `darkscope org contact list`.
struct ContactListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the contacts of an organisation, ended ones too.")

    @Argument(help: "The organisation.", transform: RegistryText.code)
    var code: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        _ = try Lookup.organisation(code, in: store)
        let contacts = try store.contacts(of: code)
        output.answer(
            .members(["contacts": .array(contacts.map(\.json))]), ContactRecord.table(contacts),
            none: "\(code) has no contacts: it is told nothing. Add one: darkscope org contact add \(code) mail ADDRESS"
        )
    }
}

/// `darkscope org contact end`.
struct ContactEndCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "Send nothing to a contact any more.")

    @Argument(help: "Number of the contact.")
    var id: Int32

    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connectToChange()
        guard try store.endContact(id) == .done else {
            let used = try store.contacts().filter { $0.endedAt == nil }.map { "\($0.id) (\($0.organisation))" }
            throw ProgramError(
                .failure,
                "no contact \(id) is in use. "
                    + Lookup.instead(used, orElse: "Add one: darkscope org contact add ORG mail ADDRESS"))
        }
        print("Nothing is sent to contact \(id) any more.")
    }
}

/// Reads what people type of contacts.
enum ContactText {
    static func channel(_ text: String) throws(ValidationError) -> ContactChannel {
        guard let channel = ContactChannel(rawValue: text) else {
            throw ValidationError("expected mail, webhook, syslog or file.")
        }
        return channel
    }

    static func format(_ text: String) throws(ValidationError) -> NoticeFormat {
        guard let format = NoticeFormat(rawValue: text) else {
            throw ValidationError("expected one of: \(NoticeFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return format
    }

    static func target(_ channel: ContactChannel, _ text: String) throws(ValidationError) -> ContactTarget {
        do throws(ContactTarget.Problem) {
            return try ContactTarget(channel, text)
        } catch {
            throw ValidationError(error.message)
        }
    }

    /// The format, if the channel carries it.
    static func checked(_ format: NoticeFormat, for channel: ContactChannel) throws(ValidationError) -> NoticeFormat {
        guard channel.formats.contains(format) else {
            let carried = channel.formats.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(channel.rawValue) does not carry \(format.rawValue), but: \(carried).")
        }
        return format
    }
}
