import ArgumentParser
import Runtime
import Store

/// `darkscope alert`: what organisations are told of their addresses in dark space.
struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "See and steer what organisations are told of their addresses.",
        subcommands: [
            AlertListCommand.self, AlertShowCommand.self, AlertAckCommand.self, AlertSuppressCommand.self,
            AlertFalsePositiveCommand.self, AlertReleaseCommand.self, AlertCloseCommand.self, AlertNoticesCommand.self,
            AlertOutboxCommand.self, AlertRetryCommand.self, AlertTestCommand.self, AlertStatisticsCommand.self,
        ])
}

/// `darkscope alert list`.
struct AlertListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List alerts, the worst first.",
        discussion: """
            Without --state those that are open: open, ongoing and quiet ones. Worst first is by severity, confidence, and \
            the time of the last packet. MARKS: acknowledged, suppressed, false-positive, late, unproven for a block \
            whose holder is not proven, and block ended for one that is the organisation's no more: of both nothing is told.
            """)

    @Option(help: ArgumentHelp("Only those of this organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String?

    @Option(help: ArgumentHelp("watching, open, ongoing, quiet, closed or all; may be repeated.", valueName: "state"))
    var state: [AlertStateChoice] = []

    @Option(help: ArgumentHelp("internal, external or backscatter; may be repeated.", valueName: "kind"))
    var kind: [AlertKindChoice] = []

    @Option(help: ArgumentHelp("infection, misconfiguration, attack or none; may be repeated.", valueName: "finding"))
    var finding: [FindingChoice] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Only those with a packet at or after this time, such as -24h.", valueName: "time"),
        transform: Moment.init)
    var since: Moment?

    @Option(help: ArgumentHelp("low, medium or high: so severe or more.", valueName: "grade"))
    var severity: GradeChoice?

    @Option(help: ArgumentHelp("low, medium or high: so certain or more.", valueName: "grade"))
    var confidence: GradeChoice?

    @Option(help: ArgumentHelp("Alerts at most. (default: 50)", valueName: "n"), transform: AlertText.limit)
    var limit: Int = 50

    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        try AlertText.require(org, in: store)
        let wanted = state.isEmpty ? [.open, .ongoing, .quiet] : state
        let found = try store.alerts(
            AlertFilter(
                organisation: org, states: wanted.contains(.all) ? nil : wanted.map(\.rawValue),
                kinds: kind.isEmpty ? nil : kind.map(\.rawValue),
                findings: finding.isEmpty ? nil : finding.map(\.rawValue), since: since?.now,
                severity: severity?.rawValue, confidence: confidence?.rawValue, limit: limit + 1))
        let shown = found.prefix(limit)
        let hasMore = found.rows.count > limit
        output.answer(
            .members(["alerts": shown.json, "has_more": .boolean(hasMore)]), shown.table(AlertText.columns),
            none: "No such alerts. Others: darkscope alert list --state all")
        if hasMore { standardError("There are more. See: --limit, or narrow it down with --org, --severity, --since") }
    }
}

enum AlertStateChoice: String, ExpressibleByArgument, CaseIterable {
    case watching, open, ongoing, quiet, closed, all
}

enum AlertKindChoice: String, ExpressibleByArgument, CaseIterable { case `internal`, external, backscatter }

enum FindingChoice: String, ExpressibleByArgument, CaseIterable { case infection, misconfiguration, attack, none }

enum GradeChoice: String, ExpressibleByArgument, CaseIterable { case low, medium, high }

/// What the commands of alerts have in common.
enum AlertText {
    static let columns: [AnswerColumn] = [
        AnswerColumn("ALERT", "id", .right), AnswerColumn("SEVERITY", "severity"),
        AnswerColumn("CONFIDENCE", "confidence"), AnswerColumn("FINDING", "finding"), AnswerColumn("KIND", "kind"),
        AnswerColumn("STATE", "state"), AnswerColumn("ORGANISATION", "organisation"),
        AnswerColumn("ADDRESS", "address"),
        AnswerColumn("SITES", "sites", .right), AnswerColumn("PACKETS", "packets", .right),
        AnswerColumn("LAST SEEN", "last_seen"), AnswerColumn("TOLD", "told_at"),
        AnswerColumn("MARKS") { marks(of: $0) },
    ]

    /// What keeps an alert from being told, or makes it a special one; nil for nothing.
    static func marks(of alert: AnswerRow) -> String? {
        var marks: [String] = []
        if alert.text("acknowledged_at") != nil { marks.append("acknowledged") }
        if alert.text("suppressed_until") != nil { marks.append("suppressed") }
        if alert.isTrue("is_false_positive") { marks.append("false-positive") }
        if alert.isTrue("is_late") { marks.append("late") }
        if alert.text("proof") == "claimed" { marks.append("unproven") }
        if alert.text("proof") == "ended" { marks.append("block ended") }
        if let label = alert.text("label") { marks.append("label: \(label)") }
        return marks.isEmpty ? nil : marks.joined(separator: ", ")
    }

    /// A number of rows.
    static func limit(_ text: String) throws(ValidationError) -> Int {
        guard let number = Moment.number(text[...]), (1...100_000).contains(number) else {
            throw ValidationError("expected a number from 1 to 100000.")
        }
        return Int(number)
    }

    /// The number of an alert or a message.
    static func number(_ text: String) throws(ValidationError) -> Int64 {
        guard let number = Moment.number(text[...]), number > 0 else {
            throw ValidationError("expected a number, as darkscope alert list and alert outbox show it.")
        }
        return number
    }

    /// A note of a person: what the database takes, on one line.
    static func note(_ text: String) throws(ValidationError) -> String {
        guard (1...2_000).contains(text.unicodeScalars.count), text.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("expected 1 to 2,000 characters.")
        }
        guard !text.unicodeScalars.contains(where: \.actsOnTerminals) else {
            throw ValidationError("it holds control characters. Write it on one line, in letters only.")
        }
        return text
    }

    /// Refuses an organisation that is not there, and names those that are.
    static func require(_ organisation: String?, in store: StoreConnection) throws {
        if let organisation { _ = try Lookup.organisation(organisation, in: store) }
    }
}
