import ArgumentParser
import Query
import Runtime
import Store

/// `darkscope top`: what there is most of.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Tell the first ports, sources, countries, networks, sites or header signatures.",
        discussion: """
            The answer is taken from the sums of hours and days where they know enough, and from the flows themselves where \
            they do not: then the span must be short. It is for whole hours, for whole days where it says so. Sources are \
            counted once however many sites they reach; ~ is an estimate, ≥ at least so many.

            Filters: \(FilterField.allCases.map(\.rawValue).joined(separator: ", ")), compared with =, !=, in (...) and \
            for ports <, <=, >, >=; scanner and backscatter stand alone; and, or, not and parentheses. Quote it for the \
            shell: darkscope top sources 'port = 23 and country != CN and not scanner'
            """)

    @Argument(
        help: ArgumentHelp(
            "ports (the default), sources, countries, networks, sites or signatures; then the words of a filter.",
            valueName: "subject] [filter"))
    var words: [String] = []

    @Option(help: ArgumentHelp("Rank by packets, sources or sites.", valueName: "what"))
    var by: Question.Order?

    @Option(help: ArgumentHelp("Rows at most, up to 10000.", valueName: "n"))
    var limit = 20

    @OptionGroup var question: QuestionOptions
    @OptionGroup var output: AnswerOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit is 1 to 10000.") }
    }

    func run() throws {
        let named = words.first.flatMap { Question.Subject(rawValue: $0.lowercased()) }
        let subject = named ?? .ports
        let order = by ?? (subject == .sources ? .packets : .sources)
        let filter = try question.filter(words: Array(words.dropFirst(named == nil ? 0 : 1)))
        let store = try database.connect()
        let answer = try question.ask(store, filter: filter) { _ in .top(subject, by: order, limit: limit) }
        let top = TopAnswer(answer, subject: subject)
        output.write(
            schema: "darkscope.top/1",
            [
                .init(name: "subject", value: .string(subject.rawValue)),
                .init(name: "order", value: .string(order.rawValue)),
            ] + answer.members(filter: filter, zone: question.span.tz) + [.init(name: "total", value: top.total.json)],
            top.rows, remarks: top.remarks
        ) { style in
            [
                answer.heading("top \(subject.rawValue) by \(order.rawValue)", filter: filter, zone: question.span.tz),
                "",
            ]
                + top.lines(style) + [""] + top.remarks
        }
    }
}

/// The answer of `top`: its total and its rows.
struct TopAnswer {
    /// Of everything that the filter lets in.
    struct Total {
        let packets: String
        /// Nil when they were not counted over everything.
        let sources: String?
        let precision: String?
        /// Packets of rows that stand for several ports, networks or sources, some of which the filter lets in.
        let undecided: String

        var json: JSON {
            .members([
                "packets": .decimal(packets), "sources": sources.map { .decimal($0) } ?? .null,
                "sources_precision": .text(precision), "undecided_packets": .decimal(undecided),
            ])
        }
    }

    let answer: QuestionAnswer
    let subject: Question.Subject
    let total: Total
    let rows: Rows

    init(_ answer: QuestionAnswer, subject: Question.Subject) {
        self.answer = answer
        self.subject = subject
        let columns = answer.plan.columns
        // Before them stands whether the row is the total, and after them what is undecided and the place.
        func field(_ row: [String?], _ name: String) -> String? {
            columns.firstIndex(of: name).flatMap { row[$0 + 1] }
        }
        let all = answer.rows.first { $0[0] == "t" } ?? []
        total = Total(
            packets: (all.isEmpty ? nil : field(all, "packets")) ?? "0",
            sources: all.isEmpty ? nil : field(all, "sources"),
            precision: all.isEmpty ? nil : field(all, "sources_precision"),
            undecided: (all.isEmpty ? nil : all[columns.count + 1]) ?? "0")
        rows = Rows(
            columns: columns, rows: answer.rows.filter { $0[0] == "f" }.map { Array($0[1...columns.count]) })
    }

    var remarks: [String] {
        var texts: [String] = []
        if rows.rows.isEmpty {
            texts.append(
                answer.coverage.packets > 0 || !answer.coverage.sites.contains { $0.share > 0 }
                    ? "Nothing matches. Packets of all kinds in the span: \(answer.coverage.packets)."
                    : "No packet came.")
        }
        if total.undecided != "0" {
            texts.append(
                "\(CountText.grouped(total.undecided)) packets more may match: they are of ports, networks or sources "
                    + "that have no row of their own.")
        }
        return texts + answer.remarks
    }

    /// For people.
    func lines(_ style: TerminalStyle) -> [String] {
        let packets = rows.rows.map { rows.field($0, "packets").flatMap { Double($0) } ?? 0 }
        let all = Double(total.packets) ?? 0
        let most = packets.max() ?? 0
        var table = TextTable(subject.titles)
        for (row, packets) in zip(rows.rows, packets) {
            let counts = [
                rows.field(row, "packets").map(CountText.grouped), all > 0 ? CountText.percent(packets / all) : nil,
                style.bar(packets, of: most, width: min(16, max(4, style.width - 70))),
                CountText.distinct(
                    rows.field(row, "sources"), rows.field(row, "sources_precision"), isUnicode: style.isUnicode),
                rows.field(row, "sites"),
            ]
            switch subject {
            case .ports:
                table.add(
                    [rows.field(row, "class"), rows.field(row, "service_port")] + counts + [rows.field(row, "name")])
            case .sources:
                let place = [rows.field(row, "country"), rows.field(row, "asn").map { "AS\($0)" }].compactMap(\.self)
                let who = [
                    rows.field(row, "scanner"), rows.field(row, "bogon").map { "bogon: \($0)" },
                    rows.field(row, "as_name"),
                ]
                table.add(
                    [rows.field(row, "source")] + counts.prefix(3) + [counts[4], place.joined(separator: " ")]
                        + [who.compactMap(\.self).joined(separator: ", ")])
            case .countries: table.add([rows.field(row, "country") ?? "unknown"] + counts)
            case .networks:
                let number = rows.field(row, "asn")
                table.add(
                    [number == "-1" ? "others" : number.map { "AS\($0)" } ?? "unknown"] + counts + [
                        rows.field(row, "as_name")
                    ])
            case .sites: table.add([rows.field(row, "site")] + counts.prefix(4))
            case .signatures: table.add([rows.field(row, "signature_id")] + counts + [rows.field(row, "signature")])
            }
        }
        let sources = CountText.distinct(total.sources, total.precision, isUnicode: style.isUnicode)
        let sum =
            "\(CountText.grouped(total.packets)) packets"
            + (sources.map { " of \($0) source\($0 == "1" ? "" : "s")" } ?? "")
        return (table.isEmpty ? [] : table.lines + [""]) + ["Total: \(sum)."]
    }
}

extension Question.Subject {
    /// Titles of the columns for people.
    var titles: KeyValuePairs<String, TextTable.Alignment> {
        switch self {
        case .ports:
            [
                "CLASS": .left, "PORT": .right, "PACKETS": .right, "SHARE": .right, "": .left, "SOURCES": .right,
                "SITES": .right, "NAME": .left,
            ]
        case .sources:
            [
                "SOURCE": .left, "PACKETS": .right, "SHARE": .right, "": .left, "SITES": .right, "ORIGIN": .left,
                "WHO": .left,
            ]
        case .countries:
            [
                "COUNTRY": .left, "PACKETS": .right, "SHARE": .right, "": .left, "SOURCES": .right, "SITES": .right,
            ]
        case .networks:
            [
                "NETWORK": .left, "PACKETS": .right, "SHARE": .right, "": .left, "SOURCES": .right, "SITES": .right,
                "NAME": .left,
            ]
        case .sites: ["SITE": .left, "PACKETS": .right, "SHARE": .right, "": .left, "SOURCES": .right]
        case .signatures:
            [
                "ID": .right, "PACKETS": .right, "SHARE": .right, "": .left, "SOURCES": .right, "SITES": .right,
                "SIGNATURE": .left,
            ]
        }
    }
}
