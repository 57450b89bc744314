import ArgumentParser
import FlowModel
import Query
import Runtime
import Store

/// `darkscope source`: what is known of an address or a block.
struct SourceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "source", abstract: "Tell what an address or a block sent, day by day, and to which sites.",
        discussion: """
            Without --from it is the last 30 days. Days are those of UTC, and come when they are over; one of which nothing was observed is told as missing, never \
            as 0. Scans and attacks are told of addresses. Senders may be forged. With --ports the flows of the span are \
            read, which takes a while and can be done for short spans only.
            """)

    @Argument(help: ArgumentHelp("An address, or a block of at most /8 (IPv6: /16).", valueName: "address"))
    var block: String

    @Flag(help: "Tell the ports too, from the flows of the span.")
    var ports = false

    @Option(help: ArgumentHelp("Days, scans, attacks and ports at most.", valueName: "n"))
    var limit = 20

    @OptionGroup var span: SpanOptions
    @OptionGroup var output: AnswerOptions
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit is 1 to 10000.") }
        guard let found = Prefix(block) else {
            throw ValidationError("\(block.safe) is no address and no block such as 192.0.2.0/24.")
        }
        guard found.length >= (found.family == .ipv4 ? 8 : 16) else {
            throw ValidationError("A block is at most an IPv4 /8 or an IPv6 /16.")
        }
    }

    func run() throws {
        guard let prefix = Prefix(block) else { throw ProgramError(.usage, "no block: \(block)") }
        let store = try database.connect()
        let known = try span.facts(store, days: 30)
        let report = try store.sourceReport(prefix, known.span, isPartial: known.facts.isPartial, most: limit)
        var top: TopAnswer?
        if ports {
            let filter = Filter.term(.init(.source, .equals, [.block(prefix)]))
            let question = Question(.top(.ports, by: .packets, limit: limit), filter: filter, span: known.span)
            let plan = try Planner(known.facts).planned(question)
            top = TopAnswer(try store.answer(plan, zone: span.tz), subject: .ports)
        }
        let name = FilterValue.block(prefix).description
        let days = Rows(columns: report.days.columns, rows: report.days.rows)
        output.write(
            schema: "darkscope.source/1", members(name, report, top), days, remarks: remarks(known.facts),
            people: { lines(name, report, top, $0) + [""] + remarks(known.facts) })
    }

    private func remarks(_ facts: Facts) -> [String] {
        facts.isPartial ? ["Only what came to your own sites is told."] : []
    }

    private func members(_ name: String, _ report: SourceReport, _ top: TopAnswer?) -> [JSON.Member] {
        func json(_ rows: NamedRows) -> JSON { Rows(columns: rows.columns, rows: rows.rows).json }
        var members: [JSON.Member] = [.init(name: "source", value: .string(name))]
        for (column, value) in zip(report.identity.columns, report.identity.rows.first ?? []) {
            members.append(.init(name: column, value: Rows.value(value, of: column)))
        }
        members += [
            .init(name: "sites", value: json(report.sites)), .init(name: "scans", value: json(report.scans)),
            .init(name: "attacks", value: json(report.attacks)),
        ]
        if let top { members.append(.init(name: "ports", value: top.rows.json)) }
        return members
    }

    private func lines(_ name: String, _ report: SourceReport, _ top: TopAnswer?, _ style: TerminalStyle) -> [String] {
        let row = report.identity.rows.first ?? []
        func known(_ column: String) -> String? { report.identity.field(row, column) }
        let words = [
            known("country"), known("asn").map { "AS\($0)" }, known("as_name"),
            known("scanner").map { "labelled scanner: \($0)" }, known("bogon").map { "bogon: \($0)" },
        ].compactMap(\.self).map(\.safe)
        let packets = report.days.rows.map { report.days.field($0, "packets").flatMap { Double($0) } }
        var lines = [([name] + words).joined(separator: "  "), ""]
        lines += [style.sparkline(TerminalStyle.condensed(packets, to: style.width)), ""]
        let told = report.days.rows.filter { report.days.field($0, "packets") != "0" }
        lines += table(
            report.days, told.suffix(limit), style,
            ["day": .left, "packets": .right, "sources": .right, "sites": .right, "coverage": .right, "state": .left])
        if told.isEmpty { lines.append("It sent nothing that was observed in these days.") }
        for (title, rows) in [("Sites", report.sites), ("Scans", report.scans), ("Attacks on it", report.attacks)]
        where !rows.rows.isEmpty {
            lines += ["", title]
            lines += table(rows, rows.rows[...], style, SourceCommand.columns(rows))
        }
        if let top { lines += ["", "Ports"] + top.lines(style) }
        return lines
    }

    private static func columns(_ rows: NamedRows) -> KeyValuePairs<String, TextTable.Alignment> {
        switch rows.columns[0] {
        case "site": ["site": .left, "packets": .right, "days": .right, "first_seen": .left, "last_seen": .left]
        case "class":
            [
                "class": .left, "service_port": .right, "packets": .right, "rate_pps": .right, "first_seen": .left,
                "last_seen": .left, "seen_at": .left,
            ]
        default:
            [
                "protocol": .right, "ports": .left, "packets": .right, "rate_pps": .right, "first_seen": .left,
                "last_seen": .left, "seen_at": .left,
            ]
        }
    }

    private func table(
        _ named: NamedRows, _ rows: ArraySlice<[String?]>, _ style: TerminalStyle,
        _ columns: KeyValuePairs<String, TextTable.Alignment>
    ) -> [String] {
        var table = TextTable(columns, titles: { $0.uppercased().replacing("_", with: " ") })
        for row in rows {
            table.add(
                columns.map { column, _ in
                    let text = named.field(row, column)
                    return switch column {
                    case "packets", "sources": text.map(CountText.grouped)
                    case "coverage": text.flatMap { Double($0) }.map(CountText.percent)
                    default: text
                    }
                })
        }
        return table.isEmpty ? [] : table.lines
    }
}
