import ArgumentParser
import Runtime
import Store

/// `darkscope alert statistics`.
struct AlertStatisticsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statistics", abstract: "The programme's report of a year, by month.",
        discussion: """
            OPENED counts episodes in the month in which they opened, TOLD in that of their first notice, CLOSED in that of \
            their closing. NOTIFY and CLEAN are medians: from the first packet to the first notice, and from the first notice \
            to the last packet of those that closed. LEFT are those that are open at the month's end. With --by-organisation \
            or --org there is a line for each organisation and month.
            """)

    @Option(
        help: ArgumentHelp("The year. (default: this one)", valueName: "year"),
        transform: AlertStatisticsCommand.year)
    var year: Int?
    @Option(
        help: ArgumentHelp("IANA time zone whose months are meant. (default: UTC)", valueName: "zone"),
        transform: RegistryText.zone)
    var zone: String = "UTC"
    @Option(help: ArgumentHelp("Only this organisation.", valueName: "code"), transform: RegistryText.code)
    var org: String?
    @Flag(help: "A line for each organisation and month.")
    var byOrganisation = false
    @OptionGroup var output: OutputOptions
    @OptionGroup var database: DatabaseOptions

    func run() throws {
        let store = try database.connect()
        try AlertText.require(org, in: store)
        guard try store.hasZone(zone) else {
            throw ProgramError(.data, "there is no time zone \(zone). Give an IANA name, such as Asia/Bangkok")
        }
        let asked = try year ?? store.yearNow(zone: zone)
        let isByOrganisation = byOrganisation || org != nil
        let found =
            isByOrganisation
            ? try store.alertStatistics(asked, zone: zone, organisation: org)
            : try store.programmeYear(asked, zone: zone)
        let columns =
            isByOrganisation
            ? [AnswerColumn("MONTH", "month"), AnswerColumn("ORGANISATION", "organisation")]
            : [
                AnswerColumn("MONTH") { $0.text("month") ?? "year" },
                AnswerColumn("ORGANISATIONS", "organisations", .right), AnswerColumn("BLOCKS", "proven_blocks", .right),
                AnswerColumn("IPV4", "ipv4_addresses", .right),
            ]
        output.answer(
            .members([
                "year": .integer(Int64(asked)), "zone": .string(zone),
                isByOrganisation ? "organisations" : "months": found.json,
            ]), found.table(columns + AlertStatisticsCommand.figures), none: "Nothing in \(asked).")
    }

    private static let figures: [AnswerColumn] = [
        AnswerColumn("OPENED", "opened", .right), AnswerColumn("INTERNAL", "internal", .right),
        AnswerColumn("EXTERNAL", "external", .right), AnswerColumn("BACKSCATTER", "backscatter", .right),
        AnswerColumn("INFECTIONS", "infections", .right), AnswerColumn("MISCONFIGURED", "misconfigurations", .right),
        AnswerColumn("ATTACKS", "attacks", .right), AnswerColumn("FALSE", "false_positives", .right),
        AnswerColumn("TOLD", "told", .right), AnswerColumn("CLOSED", "closed", .right),
        AnswerColumn("LEFT", "open_at_end", .right), AnswerColumn("NOTICES", "notices", .right),
        AnswerColumn("DELIVERED", "delivered", .right), AnswerColumn("DEAD", "dead", .right),
        AnswerColumn("NOTIFY", .right) { $0.span("median_seconds_to_notify") },
        AnswerColumn("CLEAN", .right) { $0.span("median_seconds_to_clean") },
    ]

    private static func year(_ text: String) throws(ValidationError) -> Int {
        guard let number = Moment.number(text[...]), (1970...9998).contains(number) else {
            throw ValidationError("expected a year, such as 2026.")
        }
        return Int(number)
    }
}
