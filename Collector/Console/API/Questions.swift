import Alerts
import FlowModel
import Query
import Store

/// What the API answers, each from the views of schema api.
enum Questions {
    static func overview(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let connection = desk.connection
        let day = try connection.consoleTimes(
            ConsoleSpan(from: .before(seconds: 86_400), to: .before(seconds: 0), zone: "UTC"))
        return .members([
            "at": .string(try connection.consoleNow()),
            "figures": try connection.consoleFigures().objects,
            "alerts": desk.seesAlerts ? try connection.consoleAlertCounts().objects : .null,
            "sensors": try connection.consoleSensors().objects,
            "span": span(day), "coverage": try connection.consoleCoverage(day).objects,
        ])
    }

    static func series(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try times(arguments, desk)
        let step = try step(arguments, times, desk)
        if let site = arguments.text("site") { try require(site: site, desk) }
        let scanners = arguments.text("scanners") ?? "all"
        let rows =
            scanners == "all"
            ? try desk.connection.consoleSeries(
                times, step: step, trafficClass: arguments.text("class"), port: arguments.number("port"),
                site: arguments.text("site"), withSources: arguments.text("sources") != "no"
            ).objects : try Searches.bins(arguments, times, step: step, desk)
        return .members([
            "span": span(times), "step": .string(step), "scanners": .string(scanners), "series": rows,
            "coverage": try desk.connection.consoleCoverage(times, site: arguments.text("site")).objects,
        ])
    }

    // MARK: -

    /// All of an answer is of one moment: in one transaction that only reads.
    static func together(
        _ answer: @escaping @Sendable (Arguments, Desk) throws -> JSONValue
    ) -> @Sendable (Arguments, Desk) throws -> JSONValue {
        { arguments, desk in try desk.connection.readTogether { try answer(arguments, desk) } }
    }

    /// Lengths of bins in seconds, by the names that api.bins has for them.
    static let steps: [(name: String, seconds: Int64)] = [
        ("5 minutes", 300), ("10 minutes", 600), ("hour", 3_600), ("day", 86_400), ("week", 604_800),
        ("month", 2_678_400),
    ]
    /// Bins of a series when the step is left to us, at most.
    private static let suitingBins: Int64 = 300

    static func step(_ arguments: Arguments, _ times: ConsoleTimes, _ desk: Desk) throws -> String {
        let wanted = arguments.text("step").flatMap { name in steps.first { $0.name == name } }
        let step =
            try wanted
            ?? suitingStep(seconds: times.seconds, sensors: { try desk.connection.visibleSensors().sensors })
        guard times.seconds / step.seconds < desk.rowLimit else {
            throw Problem(
                422, "The question is too large",
                "bins of \(step.name) are more than the \(desk.rowLimit) rows that an answer has. Ask for longer bins or a "
                    + "shorter span")
        }
        return step.name
    }

    /// The shortest step of which `suitingBins` hold a span: an hour at least where five minutes of so many sensors are more
    /// than api.series reads.
    static func suitingStep(
        seconds: Int64, sensors: () throws -> Int64
    ) rethrows -> (name: String, seconds: Int64) {
        let step = steps.first { seconds <= suitingBins * $0.seconds } ?? (name: "month", seconds: 2_678_400)
        guard step.seconds < 3_600, seconds / 300 * (try sensors()) > mostFiveMinutes else { return step }
        return steps.first { $0.seconds == 3_600 } ?? step
    }

    /// Five minutes of a sensor that a series is made of, at most, when the step is left to us: api.series counts 1,200 rows for
    /// each, and reads 20 million.
    private static let mostFiveMinutes: Int64 = 15_000

    static func times(
        _ arguments: Arguments, _ desk: Desk, mostDays: Int64 = 3_660
    ) throws -> ConsoleTimes {
        let span = arguments.span
        guard try desk.connection.hasZone(span.zone) else {
            throw Problem.parameter(
                "tz", "there is no time zone \(span.zone)", expected: "an IANA name, such as UTC or Asia/Bangkok")
        }
        let times: ConsoleTimes
        do throws(StoreError) {
            times = try desk.connection.consoleTimes(span)
        } catch {
            guard case .refused = error.kind else { throw error }
            throw Problem.parameter("from", "from or to is no time: \(error.message)", expected: MomentText.expected)
        }
        guard times.seconds > 0 else {
            throw Problem.parameter("to", "the span ends before it begins", expected: "a time after from")
        }
        guard times.seconds <= mostDays * 86_400 else {
            throw Problem.parameter("from", "the span is longer than \(mostDays) days", expected: "a shorter span")
        }
        return times
    }

    static func limit(_ arguments: Arguments, _ desk: Desk) -> Int {
        min(arguments.number("limit") ?? 20, desk.rowLimit)
    }

    static func require(site: String, _ desk: Desk) throws {
        guard try desk.connection.hasSite(site) else { throw Problem.notFound("there is no site \(site)") }
    }

    static func span(_ times: ConsoleTimes) -> JSONValue {
        .members(["from": .string(times.from), "to": .string(times.to), "zone": .string(times.zone)])
    }
}
