import ArgumentParser
import Query
import Runtime
import Store

/// `darkscope series`: packets and sources over time.
struct SeriesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "series", abstract: "Tell packets and distinct sources in bins of time.",
        discussion: """
            Every bin says how much was observed: quiet is a bin without a packet, missing one in which nothing was \
            measured, and a packet count of nothing is never shown as 0. Days are those of --tz. The language of filters is \
            that of darkscope top.
            """)

    @Argument(help: ArgumentHelp("Words of a filter.", valueName: "filter"))
    var words: [String] = []

    @Option(
        help: ArgumentHelp("5m, 10m, hour, day, week or month. (default: at most 80 bins)", valueName: "step"),
        transform: SeriesCommand.step)
    var step: Question.Step?

    @OptionGroup var question: QuestionOptions
    @OptionGroup var output: AnswerOptions
    @OptionGroup var database: DatabaseOptions

    static func step(_ text: String) throws(ValidationError) -> Question.Step {
        switch text {
        case "5m": return .fiveMinutes
        case "10m": return .tenMinutes
        case "hour", "1h": return .hour
        case "day", "1d": return .day
        case "week": return .week
        case "month": return .month
        default: throw ValidationError("expected 5m, 10m, hour, day, week or month.")
        }
    }

    func run() throws {
        let filter = try question.filter(words: words)
        let store = try database.connect()
        var chosen = Question.Step.hour
        let answer = try question.ask(store, filter: filter, step: step, isSeries: true) { found in
            chosen = found
            return .series(found, zone: question.span.tz)
        }
        let rows = Rows(columns: answer.plan.columns, rows: answer.rows)
        output.write(
            schema: "darkscope.series/1",
            [.init(name: "step", value: .string(chosen.rawValue))]
                + answer.members(filter: filter, zone: question.span.tz),
            rows, remarks: answer.remarks
        ) { style in
            [answer.heading("packets by \(chosen.rawValue)", filter: filter, zone: question.span.tz), ""]
                + SeriesCommand.lines(rows, style) + [""] + answer.remarks
        }
    }

    /// For people: a line as wide as the terminal, and a row for each bin.
    static func lines(_ rows: Rows, _ style: TerminalStyle) -> [String] {
        let values = rows.rows.map { $0[2].flatMap { Double($0) } }
        let most = values.compactMap(\.self).max() ?? 0
        var table = TextTable([
            "TIME": .left, "PACKETS": .right, "": .left, "SOURCES": .right, "OBSERVED": .right, "STATE": .left,
        ])
        for (row, value) in zip(rows.rows, values) {
            table.add([
                row[1], row[2].map(CountText.grouped),
                style.bar(value ?? 0, of: most, width: min(24, max(4, style.width - 60))),
                CountText.distinct(row[3], row[4], isUnicode: style.isUnicode),
                row[5].flatMap { Double($0) }.map(CountText.percent), row[6],
            ])
        }
        return [style.sparkline(TerminalStyle.condensed(values, to: style.width)), ""] + table.lines
    }
}
