import Alerts
import Query
import Store

/// What the API answers to a filter: the planner finds the cheapest views that know enough.
enum Searches {
    static func top(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let subject = arguments.text("subject").flatMap { Question.Subject(rawValue: $0) } ?? .ports
        let standard: Question.Order = subject == .sources ? .packets : .sources
        let order = arguments.text("by").flatMap { Question.Order(rawValue: $0) } ?? standard
        let limit = min(arguments.number("limit") ?? 20, desk.rowLimit)
        let times = try Questions.times(arguments, desk)
        let found = try answer(arguments, desk, times, step: nil) { _ in .top(subject, by: order, limit: limit) }
        let (columns, total) = (found.answer.plan.columns, found.total)
        func sum(_ name: String) -> JSONValue {
            guard let total, let place = columns.firstIndex(of: name) else { return .null }
            return value(total[place + 1], name)
        }
        return .object(
            [
                ("subject", .string(subject.rawValue)), ("by", .string(order.rawValue)),
                (
                    "total",
                    .members([
                        "packets": total == nil ? .integer(0) : sum("packets"), "sources": sum("sources"),
                        "sources_precision": sum("sources_precision"),
                        "undecided_packets": total.map { value($0[columns.count + 1], "packets") } ?? .integer(0),
                    ])
                ), ("rows", objects(columns, found.rows)),
            ] + found.members)
    }

    static func series(_ arguments: Arguments, _ desk: Desk) throws -> JSONValue {
        let times = try Questions.times(arguments, desk)
        let step = try Questions.step(arguments, times, desk)
        let found = try answer(arguments, desk, times, step: step) { .series($0, zone: times.zone) }
        let rows = found.answer.rows
        var previous = JSONValue.null
        if arguments.text("previous") == "yes" {
            let span = found.answer.plan.span
            let before = try answer(
                arguments, desk, times, step: step, of: TimeSpan(start: span.start - span.seconds, end: span.start)
            ) { .series($0, zone: times.zone) }
            // Months and days are not all of one length: the last bin stands beside the last one.
            let aligned = rows.indices.map { $0 + before.answer.rows.count - rows.count }
            previous = .members([
                "span": before.span,
                "rows": .array(
                    aligned.map { place in
                        before.answer.rows.indices.contains(place)
                            ? object(before.answer.plan.columns, before.answer.rows[place]) : .null
                    }), "coverage": before.coverage,
            ])
        }
        return .object(
            [("step", .string(step)), ("rows", objects(found.answer.plan.columns, rows)), ("previous", previous)]
                + found.members)
    }

    /// Bins without or of scanners, as the route of series tells them, in the transaction of the caller.
    static func bins(
        _ arguments: Arguments, _ times: ConsoleTimes, step: String, _ desk: Desk
    ) throws -> JSONValue {
        var parts: [Filter] = []
        if let name = arguments.text("class") { parts.append(.term(.init(.class, .equals, [.word(name)]))) }
        if let port = arguments.number("port") { parts.append(.term(.init(.port, .equals, [.number(Int64(port))]))) }
        if let site = arguments.text("site") { parts.append(.term(.init(.site, .equals, [.word(site)]))) }
        let known = try desk.connection.facts(
            from: .unix(times.start), to: .unix(times.end), zone: times.zone, step: Question.Step(rawValue: step),
            isSeries: true)
        let plan = try plan(
            arguments, known.facts, .series(known.step, zone: times.zone),
            filter: parts.isEmpty ? nil : .conjunction(parts),
            span: known.span)
        let rows = try desk.connection.rows(of: plan)
        return .array(
            rows.map { row in
                let names = plan.columns.filter { $0 != "local_time" }
                let fields = zip(plan.columns, row).filter { $0.0 != "local_time" }.map { value($1, $0) }
                return .object(Array(zip(names, fields)) + [("packets_per_address_day", .null)])
            })
    }

    struct Found {
        let answer: QuestionAnswer
        let span: JSONValue
        let coverage: JSONValue
        /// What every answer to a filter has.
        let members: [(name: String, value: JSONValue)]

        /// Of an answer that begins with one: the row of the total. Before the columns stands whether a row is that, and after them
        /// the packets that may match.
        var total: [String?]? { answer.rows.first { $0.first == "t" } }

        /// The rows beside it, with the plan's columns alone.
        var rows: [[String?]] {
            answer.rows.filter { $0.first == "f" }.map { Array($0.dropFirst().prefix(answer.plan.columns.count)) }
        }
    }

    /// How a question with the arguments' choice of scanners is answered.
    private static func plan(
        _ arguments: Arguments, _ facts: Facts, _ shape: Question.Shape, filter: Filter?, span: TimeSpan
    ) throws(Problem) -> Plan {
        let scanners = arguments.text("scanners").flatMap { ScannerChoice(rawValue: $0) } ?? .all
        do throws(QuestionError) {
            return try Planner(facts).plan(Question(shape, filter: filter, scanners: scanners, span: span))
        } catch {
            throw Problem(422, "The question cannot be answered so", error.description)
        }
    }

    /// - Parameters:
    ///   - times: those that were asked for.
    ///   - step: of the bins, when the answer has any.
    ///   - other: a span instead of the one that was asked for.
    static func answer(
        _ arguments: Arguments, _ desk: Desk, _ times: ConsoleTimes, step: String?, of other: TimeSpan? = nil,
        _ shape: (Question.Step) -> Question.Shape
    ) throws -> Found {
        let filter: Filter?
        do throws(FilterError) {
            filter = try FilterParser.parse(arguments.text("q") ?? "")
        } catch {
            throw Problem.parameter("q", "\(error)", expected: error.expected)
        }
        let known = try desk.connection.facts(
            from: .unix(other?.start ?? times.start), to: .unix(other?.end ?? times.end), zone: times.zone,
            step: step.flatMap { Question.Step(rawValue: $0) }, isSeries: step != nil)
        let plan = try plan(arguments, known.facts, shape(known.step), filter: filter, span: known.span)
        let answer = try desk.connection.answer(
            plan, zone: times.zone, timeoutMilliseconds: desk.timeoutMilliseconds)
        let silent = try desk.connection.silentSites(before: plan.span.end)
        let coverage = JSONValue.array(
            answer.coverage.sites.map { site in
                .members([
                    "site": .string(site.code), "coverage": .decimal("\(site.share)"),
                    "packets": .integer(site.packets), "state": .string(site.state),
                    "silent_since": silent[site.code].map { .string($0) } ?? .null,
                ])
            })
        let span = JSONValue.members([
            "from": .string(answer.times[0]), "to": .string(answer.times[1]), "zone": .string(times.zone),
        ])
        return Found(
            answer: answer, span: span, coverage: coverage,
            members: [
                ("filter", filter.map { .string($0.description) } ?? .null),
                ("scanners", .string(plan.scanners.rawValue)), ("span", span), ("coverage", coverage),
                ("notes", .strings(plan.notes)), ("views", .strings(plan.views)),
                (
                    "sql",
                    .members([
                        "text": .string(plan.rows.text), "parameters": .strings(plan.rows.parameters),
                    ])
                ),
            ])
    }

    /// Members that every answer to a filter has, after its own.
    static let members: [(name: String, type: String)] = [
        ("filter", "string or null"), ("scanners", "string"), ("span", "object"), ("coverage", "array"),
        ("notes", "array"), ("views", "array"), ("sql", "object"),
    ]

    /// Columns of plans that are numbers.
    private static let numbers: Set<String> = [
        "service_port", "packets", "sources", "sites", "asn", "signature_id", "coverage",
    ]

    static func objects(_ columns: [String], _ rows: [[String?]]) -> JSONValue {
        .rows(columns: columns, rows.map { row in zip(columns, row).map { value($1, $0) } })
    }

    static func object(_ columns: [String], _ row: [String?]) -> JSONValue {
        .object(zip(columns, row).map { ($0, value($1, $0)) })
    }

    static func value(_ text: String?, _ column: String) -> JSONValue {
        guard let text else { return .null }
        guard numbers.contains(column) else { return .string(text) }
        return Answer.isNumber(text) ? .decimal(text) : .null
    }
}
