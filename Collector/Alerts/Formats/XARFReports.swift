import Cryptography
import FlowModel

/// A notice as XARF v4 reports of type connection/port_scan, one for each item that scans.
///
/// Schema: xarf-spec, schemas/v4/xarf-core.json and types/connection-port-scan.json. A report accuses the address in it, so
/// there is none for what is attacked (XARF v4 has no type for victims), for what is closed, and for evidence without
/// ports, because a source port is required. A document in plain text names what was left out.
struct XARFReports {
    private static let version = "4.2.0"

    private let notice: Notice
    private let reporter: Reporter

    /// - Parameter notice: presentable.
    init(_ notice: Notice, _ reporter: Reporter) {
        self.notice = notice
        self.reporter = reporter
    }

    var documents: [NoticeDocument] {
        var documents: [NoticeDocument] = []
        var left: [String] = []
        for (place, item) in notice.items.enumerated() {
            guard let report = report(item, number: place + 1) else {
                left.append("- \(item.address) (\(item.kind.rawValue), \(item.news.rawValue)): \(item.sentence)")
                continue
            }
            documents.append(notice.document("\(place + 1).xarf.json", "application/json", report.line + "\n"))
        }
        if !left.isEmpty {
            let lines = ["These alerts are not told as XARF, because nothing in them accuses an address with a port:"]
            documents.append(
                notice.document(
                    "not-in-xarf.txt", "text/plain; charset=utf-8", (lines + left).map { $0 + "\n" }.joined()))
        }
        return documents
    }

    private func report(_ item: NoticeItem, number: Int) -> JSONValue? {
        guard item.kind != .backscatter, item.finding == .infection || item.finding == .misconfiguration,
            item.news != .closed
        else { return nil }
        let usable = item.evidence.first { ObservedTraffic($0).sourcePort != nil && [6, 17].contains($0.ipProtocol) }
        guard let usable else { return nil }
        let traffic = ObservedTraffic(usable)
        let contact = JSONValue.members([
            "org": .string(reporter.name), "contact": .string(reporter.contact), "domain": .string(reporter.domain),
        ])
        let log = self.log(item)
        return .members([
            "xarf_version": .string(XARFReports.version),
            "report_id": .string(NameUUID(notice.key).randomLooking("xarf/\(number)")),
            "timestamp": .string(UTCTime(item.lastSeen).precise),
            "reporter": contact,
            "sender": contact,
            "source_identifier": .string("\(item.address)"),
            "source_port": .number(traffic.sourcePort),
            "category": .string("connection"),
            "type": .string("port_scan"),
            "protocol": .string(traffic.transport),
            "destination_port": .number(traffic.destinationPort),
            "first_seen": .string(UTCTime(item.firstSeen).precise),
            "last_seen": .string(UTCTime(item.lastSeen).precise),
            "evidence_source": .string("flow_analysis"),
            "evidence": .array([
                .members([
                    "content_type": .string("text/csv"),
                    "description": .string("Packets to dark address space, by service; times in UTC"),
                    "payload": .string(Base64.text(log)),
                    "hash": .string("sha256:" + Hexadecimal.text(Digest.sha256(log))),
                    "size": .integer(Int64(log.count)),
                ])
            ]),
            "description": .string((notice.isTest ? "TEST, nothing in it is real. " : "") + item.sentence),
            "tags": .strings(tags(item)),
        ])
    }

    /// `namespace:predicate`, as xarf-core.json wants tags. The confidence is among them: the member of that name is a
    /// fraction in the schema and an integer in XARF's own Python library (1.0.0), which refuses fractions.
    private func tags(_ item: NoticeItem) -> [String] {
        var tags = notice.isTest ? ["darkscope:test"] : []
        tags += [
            "darkscope:darknet", "kind:\(item.kind.rawValue)", "finding:\(item.finding.rawValue)",
            "severity:\(item.severity.rawValue)", "confidence:\(item.confidence.rawValue)",
            "news:\(item.news.rawValue)",
        ]
        if let tool = item.tool { tags.append("tool:\(tool)") }
        if let malware = item.malware { tags.append("malware:\(malware)") }
        if item.isLate { tags.append("darkscope:late") }
        return tags
    }

    /// The evidence as CSV without texts of people.
    private func log(_ item: NoticeItem) -> [UInt8] {
        var text = "first_seen,last_seen,source_ip,source_port,transport,destination_port,packets,ttl,ip_length,"
        text += "tcp_flags\n"
        for entry in item.evidence {
            let traffic = ObservedTraffic(entry)
            let cells: [String] = [
                UTCTime(entry.firstSeen).precise, UTCTime(entry.lastSeen).precise, "\(item.address)",
                PlainText.decimal(traffic.sourcePort), traffic.transport,
                PlainText.decimal(traffic.destinationPort), "\(entry.packets)", "\(entry.ttl)", "\(entry.ipLength)",
                "\(entry.tcpFlags)",
            ]
            text += cells.joined(separator: ",") + "\n"
        }
        return Array(text.utf8)
    }
}
