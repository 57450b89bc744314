import FlowModel

/// A notice as Shadowserver's report event4_honeypot_darknet: CSV, one row for each evidence entry.
///
/// Columns and their order: Shadowserver report_schema, reports.json. File name: its report-filename.md. Alerts that were
/// closed have no evidence and so no row.
struct ShadowserverReport {
    static let columns = [
        "timestamp", "protocol", "src_ip", "src_port", "src_asn", "src_geo", "src_region", "src_city", "src_hostname",
        "src_naics", "src_sector", "device_vendor", "device_type", "device_model", "severity", "dst_ip", "dst_port",
        "dst_asn", "dst_geo", "dst_region", "dst_city", "dst_hostname", "dst_naics", "dst_sector", "public_source",
        "infection", "family", "tag", "application", "version", "event_id", "count",
    ]

    private let notice: Notice
    private let reporter: Reporter

    /// - Parameter notice: presentable.
    init(_ notice: Notice, _ reporter: Reporter) {
        self.notice = notice
        self.reporter = reporter
    }

    var document: NoticeDocument {
        var text = ShadowserverReport.row(ShadowserverReport.columns)
        for (number, item) in notice.items.enumerated() {
            for (place, evidence) in item.evidence.enumerated() {
                text += ShadowserverReport.row(cells(item, evidence, "\(number + 1)/\(place + 1)"))
            }
        }
        // IntelMQ's parser takes letters, digits and single hyphens after the report's name.
        let day = UTCTime(notice.madeAt).date
        let name = "\(day)-event4_honeypot_darknet-\(notice.shortKey)-\(notice.recipient.code)-asn.csv"
        return NoticeDocument(name: name, mediaType: "text/csv; charset=utf-8", bytes: Array(text.utf8))
    }

    private func cells(_ item: NoticeItem, _ evidence: NoticeEvidence, _ place: String) -> [String] {
        let traffic = ObservedTraffic(evidence)
        let known: [String: String] = [
            "timestamp": UTCTime(evidence.firstSeen).plain,
            "protocol": traffic.transport,
            "src_ip": "\(item.address)",
            "src_port": PlainText.decimal(traffic.sourcePort),
            "src_asn": PlainText.decimal(item.asn),
            "src_geo": item.country ?? "",
            "severity": notice.isTest ? "info" : item.severity.rawValue,
            "dst_port": PlainText.decimal(traffic.destinationPort),
            "public_source": reporter.name,
            "infection": item.malware ?? "",
            "tag": item.tags(isTest: notice.isTest).joined(separator: ";"),
            "application": traffic.application ?? "",
            "event_id": NameUUID(notice.key).uuid(place),
            "count": "\(evidence.packets)",
        ]
        return ShadowserverReport.columns.map { known[$0] ?? "" }
    }

    /// Every cell in quotes. What a spreadsheet would take as a formula gets an apostrophe before it (OWASP, CSV
    /// Injection), full-width forms included.
    private static func row(_ cells: [String]) -> String {
        cells.map { cell in
            let isFormula = cell.unicodeScalars.first.map { "=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? false
            var quoted = isFormula ? "\"'" : "\""
            for scalar in cell.unicodeScalars {
                if scalar == "\"" { quoted += "\"" }
                quoted.unicodeScalars.append(scalar)
            }
            return quoted + "\""
        }.joined(separator: ",") + "\n"
    }
}
