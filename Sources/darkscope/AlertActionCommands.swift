import ArgumentParser
import Runtime
import Store
import SystemCalls

/// `darkscope alert ack`.
struct AlertAckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Take note of alerts: their growth is told no more.",
        discussion: "What is another finding, that they close, and that they open again is told all the same.")

    @OptionGroup var chosen: AlertChoice
    @Option(help: ArgumentHelp("What to write beside it.", valueName: "text"), transform: AlertText.note)
    var note: String?
    @OptionGroup var database: DatabaseOptions

    func run() throws { try chosen.act(.acknowledge, note, database, done: "acknowledged") }
}

/// `darkscope alert suppress`.
struct AlertSuppressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppress", abstract: "Have nothing told of alerts for a time.",
        discussion: "Evidence is kept and alerts go on; what is news then is told after that time.")

    @OptionGroup var chosen: AlertChoice
    @Option(
        help: ArgumentHelp("Until when: a time in UTC, such as 2026-12-31T00:00:00Z.", valueName: "time"),
        transform: Moment.init)
    var until: Moment?
    @Option(
        name: .customLong("for"), help: ArgumentHelp("For how long from now, such as 12h or 7d.", valueName: "span"),
        transform: AlertSuppressCommand.span)
    var length: Int64?
    @Option(help: ArgumentHelp("What to write beside it.", valueName: "text"), transform: AlertText.note)
    var note: String?
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (until == nil) != (length == nil) else { throw ValidationError("Give exactly one of --until and --for.") }
        guard (1...AlertSuppressCommand.longest).contains(end - Moment.nowSeconds) else {
            throw ValidationError("The time must lie ahead, by 366 days at most.")
        }
    }

    func run() throws {
        try chosen.act(.suppress(until: end), note, database, done: "suppressed")
    }

    private static let longest: Int64 = 366 * 86_400

    private var end: Int64 { until?.now ?? Moment.nowSeconds + (length ?? 0) }

    private static func span(_ text: String) throws(ValidationError) -> Int64 {
        guard let seconds = SpanText.seconds(text[...]), (1...longest).contains(seconds) else {
            throw ValidationError("expected a span of 366 days at most, such as 12h or 7d.")
        }
        return seconds
    }
}

/// `darkscope alert false-positive`.
struct AlertFalsePositiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "false-positive", abstract: "Say that alerts are none: nothing is told of them until released.")

    @OptionGroup var chosen: AlertChoice
    @Option(help: ArgumentHelp("Why.", valueName: "text"), transform: AlertText.note)
    var note: String
    @OptionGroup var database: DatabaseOptions

    func run() throws { try chosen.act(.falsePositive, note, database, done: "called a false positive") }
}

/// `darkscope alert release`.
struct AlertReleaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "release", abstract: "Take back what ack, suppress and false-positive said.",
        discussion: "An open alert that was never told because of them is told with the next notice.")

    @OptionGroup var chosen: AlertChoice
    @Option(help: ArgumentHelp("What to write beside it.", valueName: "text"), transform: AlertText.note)
    var note: String?
    @OptionGroup var database: DatabaseOptions

    func run() throws { try chosen.act(.release, note, database, done: "released") }
}

/// `darkscope alert close`.
struct AlertCloseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "close", abstract: "Say that alerts are over; new evidence opens them again.",
        discussion: "They close by themselves after the organisation's clean hours without evidence.")

    @OptionGroup var chosen: AlertChoice
    @Option(help: ArgumentHelp("What to write beside it.", valueName: "text"), transform: AlertText.note)
    var note: String?
    @OptionGroup var database: DatabaseOptions

    func run() throws { try chosen.act(.close, note, database, done: "closed") }
}

/// The alerts that a command is for.
struct AlertChoice: ParsableArguments {
    @Argument(help: "Numbers of alerts.", transform: AlertText.number)
    var alerts: [Int64]

    func validate() throws {
        guard alerts.count <= 100_000 else { throw ValidationError("At most 100,000 alerts can be given.") }
    }

    /// Does it with all of them at once, and says what could not be done.
    func act(_ action: AlertAction, _ note: String?, _ database: DatabaseOptions, done: String) throws {
        let outcomes = try database.connect().act(action, on: alerts, by: Person.current, note: note ?? "")
        var failures = 0
        for (alert, outcome) in outcomes {
            guard let problem = outcome.problem else {
                print("Alert \(alert) is \(done).")
                continue
            }
            standardError("darkscope: alert \(alert): \(problem)")
            failures += 1
        }
        if failures > 0 { throw ArgumentParser.ExitCode(Runtime.ExitCode.failure.rawValue) }
    }
}

extension AlertActionOutcome {
    /// Why it was not done; nil when it was.
    fileprivate var problem: String? {
        switch self {
        case .done: nil
        case .unknownAlert: "there is none of that number. See: darkscope alert list --state all"
        case .notReported: "it is only watched; nothing of it was told"
        case .closed: "it is closed already"
        case .unchanged: "it stands so already"
        }
    }
}

extension Moment {
    /// Unix seconds of the system's clock.
    static var nowSeconds: Int64 { Clock.wallNanoseconds() / 1_000_000_000 }

    /// Unix seconds, by the system's clock.
    var now: Int64 { unixSeconds(now: Moment.nowSeconds) }
}
