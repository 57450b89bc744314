import Query
import Store

/// Rows with named columns, for programs: tab-separated, comma-separated, or JSON.
struct Rows {
    let columns: [String]
    let rows: [[String?]]

    /// A field of a row by its column's name; nil when it is NULL or there is none.
    func field(_ row: [String?], _ name: String) -> String? { columns.firstIndex(of: name).flatMap { row[$0] } }

    private static let numbers: Set<String> = [
        "service_port", "packets", "sources", "sites", "asn", "signature_id", "coverage", "share", "lag_seconds",
        "dropped_24h", "addresses", "sensors", "flows", "zmap_sources", "masscan_sources", "mirai_sources",
        "gaps_24h", "days", "protocol", "rate_pps", "syn_packets",
    ]

    /// A line for the names and one for each row; NULL is empty, and what could end a line or a field is escaped.
    var tabSeparated: [String] {
        [columns.joined(separator: "\t")] + rows.map { row in row.map { ($0 ?? "").safe }.joined(separator: "\t") }
    }

    /// RFC 4180, with line feeds for ends of lines; NULL is empty. A cell that a spreadsheet would take for a formula has an
    /// apostrophe before it.
    var commaSeparated: [String] {
        [columns.joined(separator: ",")]
            + rows.map { row in
                zip(columns, row).map { column, cell in
                    Rows.cell(cell ?? "", isNumber: Rows.numbers.contains(column))
                }.joined(separator: ",")
            }
    }

    private static func cell(_ text: String, isNumber: Bool) -> String {
        var text = text.safe
        if !isNumber, let first = text.first, "=+-@".contains(first) { text = "'" + text }
        guard text.contains(where: { $0 == "\"" || $0 == "," || $0 == "\n" || $0 == "\r" }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// An array of objects.
    var json: JSON {
        .array(
            rows.map { row in
                .object(zip(columns, row).map { JSON.Member(name: $0, value: Rows.value($1, of: $0)) })
            })
    }

    /// Whether it is a number of JSON, as PostgreSQL writes finite ones.
    private static func isNumber(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || "+-.e".utf8.contains($0) }
            && Double(text)?.isFinite == true
    }

    static func value(_ text: String?, of column: String) -> JSON {
        guard let text else { return .null }
        return numbers.contains(column) && isNumber(text) ? .decimal(text) : .string(text)
    }
}

extension Coverage {
    var json: JSON {
        .members([
            "share": share.map { .decimal("\($0)") } ?? .null, "awaited": .boolean(isAwaited),
            "sites": .array(
                sites.map {
                    .members([
                        "site": .string($0.code), "share": .decimal("\($0.share)"), "state": .string($0.state),
                        "packets": .integer($0.packets),
                    ])
                }),
        ])
    }

    /// What was observed, in sentences; the sites of which something is missing first of all.
    var sentences: [String] {
        guard !sites.isEmpty else { return ["Nothing was observed: there is no site with data in this span."] }
        var texts: [String] = []
        let poor = incomplete
        if poor.isEmpty {
            let number = sites.count == 1 ? "one site" : "\(sites.count) sites"
            texts.append("Observed: all of the dark space of \(number).")
        } else {
            let some = poor.prefix(8).map { "\($0.code) \($0.state) \(CountText.percent($0.share))" }
            let more = poor.count > 8 ? ", and \(poor.count - 8) more" : ""
            let all = share.map { "\(CountText.percent($0)) of the dark space" } ?? "not all"
            texts.append("Observed: \(all); totals lack what is missing: \(some.joined(separator: ", "))\(more).")
        }
        if isAwaited { texts.append("Some days are not summed yet: ask again later for the rest.") }
        return texts
    }
}
