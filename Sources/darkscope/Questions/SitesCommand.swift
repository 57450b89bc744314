import ArgumentParser
import Query
import Runtime
import Store

/// `darkscope sites`: whether every site is alive, and what came to it.
struct SitesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sites", abstract: "Tell how each site is, and what came to it hour by hour.",
        discussion: """
            State is that of the worst of the site's sensors, as darkscope status tells. An hour of which nothing was \
            observed is marked as such, and is null in JSON; one without a packet is 0. How many addresses are dark is \
            told, never which. To register sites, see darkscope site.
            """)

    @OptionGroup var span: SpanOptions
    @OptionGroup var sites: SiteOptions
    @OptionGroup var output: AnswerOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        let known = try span.facts(store, mostDays: 366)
        try sites.check(known.facts)
        let report = try store.siteReport(known.span, sites: sites.chosen)
        let columns = report.sites.columns
        if output.json {
            let rows = report.sites.rows.map { row -> JSON in
                let hours = (report.activity[row[0] ?? ""] ?? []).map { hour in hour.map { JSON.integer($0) } ?? .null }
                return .object(
                    zip(columns, row).map { JSON.Member(name: $0, value: Rows.value($1, of: $0)) }
                        + [.init(name: "packets_by_hour", value: .array(hours))])
            }
            print(
                JSON.members([
                    "schema": .string("darkscope.sites/1"), "from": .string(report.start), "sites": .array(rows),
                ]).document)
            return
        }
        output.write(
            schema: "", [], Rows(columns: columns, rows: report.sites.rows), remarks: [],
            people: { SitesCommand.lines(report, $0) })
    }

    /// For people: a line for each site, with its hours.
    static func lines(_ report: SiteReport, _ style: TerminalStyle) -> [String] {
        var table = TextTable([
            "SITE": .left, "STATE": .left, "SENSORS": .right, "LAG": .right, "DROPS": .right, "ADDRESSES": .right,
            "PACKETS": .right, "OBSERVED": .right, "ACTIVITY": .left,
        ])
        for row in report.sites.rows {
            func field(_ name: String) -> String? { report.sites.field(row, name) }
            let hours = (report.activity[row[0] ?? ""] ?? []).map { $0.map(Double.init) }
            table.add([
                field("site"), field("state"), field("sensors"),
                field("lag_seconds").flatMap { Int64($0) }.map(SpanText.short), field("dropped_24h"),
                field("addresses").map(CountText.grouped), field("packets").map(CountText.grouped),
                field("coverage").flatMap { Double($0) }.map(CountText.percent),
                style.sparkline(TerminalStyle.condensed(hours, to: max(8, min(48, style.width - 70)))),
            ])
        }
        guard !table.isEmpty else { return ["No sites yet. Register one: \(Lookup.siteExample)"] }
        let signs = style.isUnicode ? "× nothing observed, ▁ no packet" : "? nothing observed, _ no packet"
        return table.lines + ["", "Activity by hour from \(report.start): \(signs)."]
    }
}
