import ArgumentParser
import Glibc
import Query
import Runtime
import Store

/// Of what span a question is, and in which zone.
struct SpanOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Begin: now-24h, a day or time of the zone, or a time in UTC with Z.", valueName: "time"),
        transform: SpanOptions.time)
    var from: TimePoint?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("End, exclusive, in the same forms. (default: now)", valueName: "time"),
        transform: SpanOptions.time)
    var to: TimePoint?

    @Option(
        help: ArgumentHelp("Time zone of times that are given and shown. (default: UTC)", valueName: "zone"),
        transform: RegistryText.zone)
    var tz: String = "UTC"

    static func time(_ text: String) throws(ValidationError) -> TimePoint {
        guard let point = TimePoint(text) else { throw ValidationError("expected \(TimePoint.expected).") }
        return point
    }

    /// What the planner must know, and the span as the database resolves it.
    /// - Parameters:
    ///   - days: how long the span is when its begin is not given.
    ///   - mostDays: how long it may be.
    func facts(
        _ store: StoreConnection, days: Int64 = 1, mostDays: Int64 = 3_650, step: Question.Step? = nil,
        isSeries: Bool = false
    ) throws -> (facts: Facts, span: TimeSpan, step: Question.Step) {
        let known = try store.facts(
            from: from ?? .before(seconds: days * 86_400), to: to ?? .before(seconds: 0), zone: tz, step: step,
            isSeries: isSeries)
        guard known.span.seconds > 0 else {
            throw ProgramError(.usage, "the span ends before it begins. Give --from a time before --to")
        }
        guard known.span.seconds <= mostDays * 86_400 else {
            throw ProgramError(.usage, "the span is longer than \(mostDays) days. Give a shorter one")
        }
        return known
    }
}

/// Of which sites a question is.
struct SiteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Only what came to this site; may be repeated.", valueName: "code"),
        transform: RegistryText.code)
    var site: [String] = []

    /// Nil for all sites.
    var chosen: [String]? { site.isEmpty ? nil : site }

    /// The sites as a filter; nil for all.
    var filter: Filter? { chosen.map { .term(.init(.site, .isIn, $0.map { .word($0) })) } }

    /// - Throws: when one of them is not there, for whoever asks.
    func check(_ facts: Facts) throws(ProgramError) {
        for code in site where !facts.sites.contains(code) {
            throw ProgramError(
                .failure,
                "there is no site \(code). "
                    + Lookup.instead(facts.sites, orElse: "Register it: \(Lookup.siteExample)"))
        }
    }
}

/// When, where and of what a question is.
struct QuestionOptions: ParsableArguments {
    @OptionGroup var span: SpanOptions
    @OptionGroup var sites: SiteOptions

    @Option(help: ArgumentHelp("Which sources count: all, without scanners, or only scanners.", valueName: "choice"))
    var scanners: ScannerChoice = .all

    @Option(
        help: ArgumentHelp(
            "A filter, such as 'proto = tcp and port in (23, 2323) and not scanner'; it can also be the last argument.",
            valueName: "text"))
    var filter: String?

    @Option(
        help: ArgumentHelp("Give up when the database needs longer for one statement.", valueName: "seconds"))
    var timeout = 30

    func validate() throws {
        guard (1...3_600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600 seconds.") }
    }

    /// The filter of the option, of the words at the end of the line, and of the sites, all of which must hold.
    func filter(words: [String]) throws(ProgramError) -> Filter? {
        var parts: [Filter] = []
        for text in [filter, words.isEmpty ? nil : words.joined(separator: " ")].compactMap(\.self) {
            do throws(FilterError) {
                if let part = try FilterParser.parse(text) { parts.append(part) }
            } catch {
                throw ProgramError(.usage, "filter: \(error)")
            }
        }
        if let places = sites.filter { parts.append(places) }
        return parts.isEmpty ? nil : .conjunction(parts)
    }

    /// Asks a question of a shape.
    /// - Parameter isSeries: whether the bins of the zone must be known.
    func ask(
        _ store: StoreConnection, filter: Filter?, step: Question.Step? = nil, isSeries: Bool = false,
        _ shape: (Question.Step) -> Question.Shape
    ) throws -> QuestionAnswer {
        let known = try span.facts(store, step: step, isSeries: isSeries)
        try sites.check(known.facts)
        let question = Question(shape(known.step), filter: filter, scanners: scanners, span: known.span)
        return try store.answer(
            try Planner(known.facts).planned(question), zone: span.tz, timeoutMilliseconds: timeout * 1_000)
    }
}

extension Planner {
    /// The plan of a question.
    /// - Throws: as a wrong argument what cannot be answered.
    func planned(_ question: Question) throws(ProgramError) -> Plan {
        do throws(QuestionError) {
            return try plan(question)
        } catch {
            throw ProgramError(.usage, error.description)
        }
    }
}

extension ScannerChoice: ExpressibleByArgument {}
extension Question.Order: ExpressibleByArgument {}

/// How the answer of a question is written.
struct AnswerOptions: ParsableArguments {
    @Flag(help: "Answer with one JSON document.")
    var json = false

    @Flag(help: "Answer with comma-separated values (RFC 4180).")
    var csv = false

    @Flag(help: "Say nothing of coverage on standard error when a program reads the answer.")
    var quiet = false

    func validate() throws {
        guard !json || !csv else { throw ValidationError("--json and --csv cannot go together.") }
    }

    /// Writes an answer.
    /// - Parameters:
    ///   - members: what a document has beside the rows.
    ///   - people: lines for a terminal.
    func write(
        schema: String, _ members: [JSON.Member], _ rows: Rows, remarks: [String], people: (TerminalStyle) -> [String]
    ) {
        if json {
            let named = [JSON.Member(name: "schema", value: .string(schema))]
            print(JSON.object(named + members + [.init(name: "rows", value: rows.json)]).document)
            return
        }
        let style = TerminalStyle.standardOutput()
        if csv || !style.isTerminal {
            for line in csv ? rows.commaSeparated : rows.tabSeparated { print(line) }
            if !quiet { for remark in remarks { standardError(remark.safe) } }
        } else {
            for line in people(style) { print(line) }
        }
    }
}

extension QuestionAnswer {
    /// What every document of an answer has.
    func members(filter: Filter?, zone: String) -> [JSON.Member] {
        [
            .init(name: "filter", value: .text(filter?.description)),
            .init(name: "scanners", value: .string(plan.scanners.rawValue)),
            .init(name: "from", value: .string(times[0])), .init(name: "to", value: .string(times[1])),
            .init(name: "zone", value: .string(zone)), .init(name: "coverage", value: coverage.json),
            .init(name: "notes", value: .array(plan.notes.map { .string($0) })),
            .init(name: "views", value: .array(plan.views.map { .string($0) })),
            .init(
                name: "sql",
                value: .members([
                    "text": .string(plan.rows.text), "parameters": .array(plan.rows.parameters.map { .string($0) }),
                ])),
        ]
    }

    /// What a reader must know beside the rows.
    var remarks: [String] { coverage.sentences + plan.notes }

    /// `2026-01-01 00:00 to 2026-01-02 00:00 (Asia/Bangkok), without scanners, port = 23`
    func heading(_ what: String, filter: Filter?, zone: String) -> String {
        var parts = ["\(what), \(localTimes[0]) to \(localTimes[1]) (\(zone))"]
        if plan.scanners != .all { parts.append(plan.scanners == .only ? "scanners only" : "without scanners") }
        if let filter { parts.append("where \(filter)") }
        return parts.joined(separator: ", ")
    }
}
