import ArgumentParser
import Glibc
import Runtime
import Store
import SystemCalls

/// `darkscope alert notices`.
struct AlertNoticesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices", abstract: "List what organisations were told, the newest first.")

    @Option(help: ArgumentHelp("Only those of this organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only those made at or after this time, such as -24h.", valueName: "time"),
        transform: Moment.init)
    var since: Moment?
    @Option(help: ArgumentHelp("Notices at most. (default: 50)", valueName: "n"), transform: AlertText.limit)
    var limit: Int = 50
    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        try AlertText.require(org, in: store)
        let found = try store.notices(organisation: org, since: since?.now, limit: limit)
        output.answer(
            .members(["notices": found.json]),
            found.table([
                AnswerColumn("NOTICE", "id", .right), AnswerColumn("MADE", "made_at"),
                AnswerColumn("ORGANISATION", "organisation"), AnswerColumn("REASON", "reason"),
                AnswerColumn("ITEMS", "items", .right), AnswerColumn("MESSAGES", "messages", .right),
                AnswerColumn("DELIVERED", "delivered", .right), AnswerColumn("DUE", "due", .right),
                AnswerColumn("DEAD", "dead", .right),
            ]), none: "No notices yet.")
    }
}

/// `darkscope alert outbox`.
struct AlertOutboxCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "List messages on their way, and those that were given up.",
        discussion: "Without --state those that are due or dead. DUE is the time of the next attempt.")

    @Option(help: ArgumentHelp("due, delivered or dead; may be repeated.", valueName: "state"))
    var state: [MessageStateChoice] = []
    @Option(help: ArgumentHelp("Only those of this organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String?
    @Option(help: ArgumentHelp("Only those of this notice.", valueName: "number"), transform: AlertText.number)
    var notice: Int64?
    @Option(help: ArgumentHelp("Messages at most. (default: 50)", valueName: "n"), transform: AlertText.limit)
    var limit: Int = 50
    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        try AlertText.require(org, in: store)
        let wanted = state.isEmpty ? [.due, .dead] : state
        let found = try store.messages(
            states: wanted.map(\.rawValue), organisation: org, notice: notice, limit: limit)
        output.answer(
            .members(["messages": found.json]), found.table(MessageText.columnsWithOrganisation),
            none: "No such messages.")
    }
}

/// `darkscope alert retry`.
struct AlertRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Try again to deliver messages that were given up.",
        discussion: "Messages to contacts that ended stay given up.")

    @Argument(help: "Numbers of messages, as alert outbox shows them.", transform: AlertText.number)
    var messages: [Int64] = []
    @Option(help: ArgumentHelp("All of this organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String?
    @Flag(help: "All there are.")
    var all = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard [!messages.isEmpty, org != nil, all].count(where: { $0 }) == 1 else {
            throw ValidationError("Give exactly one of numbers, --org and --all.")
        }
    }

    func run() throws {
        let store = try database.connect()
        try AlertText.require(org, in: store)
        let due = try store.retry(
            messages: messages.isEmpty ? nil : messages, organisation: org, by: Person.current)
        for message in due { print("Message \(message) is due again.") }
        let left = messages.filter { !Set(due).contains($0) }
        for message in left {
            standardError(
                "darkscope: message \(message): it is not dead, or its contact ended. See: darkscope alert outbox")
        }
        if due.isEmpty, left.isEmpty { standardError("No message was given up.") }
        if !left.isEmpty { throw ArgumentParser.ExitCode(Runtime.ExitCode.failure.rawValue) }
    }
}

/// `darkscope alert test`.
struct AlertTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a notice, marked as a test, through every channel of an organisation.",
        discussion: """
            It has one invented item, of the address 192.0.2.1 (RFC 5737) and port 23, and says that it is a test. A running \
            collector delivers it. With --wait the exit status is 1 unless all of it was delivered in that time.
            """)

    @Option(help: ArgumentHelp("The organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String
    @Option(
        help: ArgumentHelp("Wait so long until all is delivered, such as 60 or 5m.", valueName: "span"),
        transform: AlertTestCommand.span)
    var wait: Int64?
    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let notice: Int64
        switch try store.makeTestNotice(organisation: org) {
        case .made(let number): notice = number
        case .unknownOrganisation: throw try Lookup.refusal(.unknownOrganisation, org, in: store)
        case .ended: throw try Lookup.refusal(.ended, org, in: store)
        case .noContact:
            throw ProgramError(
                .failure,
                "\(org) has no contact: it is told nothing. Add one: darkscope org contact add \(org) mail ADDRESS")
        }
        var messages = try store.messages(notice: notice, limit: AlertTestCommand.most)
        if let wait {
            let end = Clock.monotonicNanoseconds() + wait * 1_000_000_000
            while messages.count(inState: "due") > 0, Clock.monotonicNanoseconds() < end {
                usleep(250_000)
                messages = try store.messages(notice: notice, limit: AlertTestCommand.most)
            }
        }
        let isDelivered = messages.count(inState: "delivered") == messages.rows.count
        output.answer(
            .members(["notice": .integer(notice), "messages": messages.json]), messages.table(MessageText.columns),
            none: "")
        guard wait != nil else {
            if output.json { return }
            print("They are due: darkscope alert outbox --notice \(notice) tells what becomes of them.")
            return
        }
        guard isDelivered else {
            if !messages.rows.indices.contains(where: { messages.text($0, "attempts") != "0" }) {
                standardError("darkscope: nothing was tried. Does a collector run, with its channels configured?")
            }
            throw ArgumentParser.ExitCode(Runtime.ExitCode.failure.rawValue)
        }
        if !output.json { print("All of it was delivered.") }
    }

    /// Messages at most, far beyond the contacts of any organisation.
    private static let most = 100_000

    private static func span(_ text: String) throws(ValidationError) -> Int64 {
        guard let seconds = SpanText.seconds(text[...]), (0...86_400).contains(seconds) else {
            throw ValidationError("expected a span of 24 hours at most, such as 60 or 5m.")
        }
        return seconds
    }
}

enum MessageStateChoice: String, ExpressibleByArgument, CaseIterable { case due, delivered, dead }

/// How messages are printed.
enum MessageText {
    static let columns: [AnswerColumn] = [
        AnswerColumn("MESSAGE", "id", .right), AnswerColumn("NOTICE", "notice", .right), AnswerColumn("STATE", "state"),
        AnswerColumn("ATTEMPTS", "attempts", .right),
        AnswerColumn("DUE") { $0.text("state") == "due" ? $0.cell("due_at") : nil },
        AnswerColumn("DELIVERED", "delivered_at"), AnswerColumn("CHANNEL", "channel"), AnswerColumn("FORMAT", "format"),
        AnswerColumn("TARGET", "target"), AnswerColumn("PROBLEM", "problem"),
    ]

    static let columnsWithOrganisation =
        Array(columns.prefix(2)) + [AnswerColumn("ORGANISATION", "organisation")] + columns.dropFirst(2)
}

extension Answer {
    /// Rows whose column `state` says this.
    func count(inState state: String) -> Int { rows.indices.count { text($0, "state") == state } }
}
