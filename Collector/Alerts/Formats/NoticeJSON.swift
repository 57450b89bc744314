import FlowModel

/// A notice in our own JSON: ops/schemas/notice-1.schema.json says what each member is.
struct NoticeJSON {
    private let notice: Notice
    private let reporter: Reporter

    /// - Parameter notice: presentable.
    init(_ notice: Notice, _ reporter: Reporter) {
        self.notice = notice
        self.reporter = reporter
    }

    var document: NoticeDocument {
        let root = JSONValue.members([
            "version": .integer(1),
            "key": .string(notice.key),
            "reason": .string(notice.reason.rawValue),
            "test": .boolean(notice.isTest),
            "made_at": time(notice.madeAt),
            "tlp": .string(notice.recipient.tlp),
            "reporter": .members([
                "name": .string(reporter.name), "contact": .string(reporter.contact),
                "domain": .string(reporter.domain),
            ]),
            "organisation": .members([
                "code": .string(notice.recipient.code), "name": .string(notice.recipient.name),
                "country": orNull(.text(notice.recipient.country)),
            ]),
            "alerts": .array(notice.items.map(alert)),
        ])
        return notice.document("json", "application/json", root.line + "\n")
    }

    private func alert(_ item: NoticeItem) -> JSONValue {
        .members([
            "alert": .integer(item.alert),
            "episode": .integer(Int64(item.episode)),
            "news": .string(item.news.rawValue),
            "state": .string(item.state.rawValue),
            "address": .string("\(item.address)"),
            "prefix": .string("\(item.prefix)"),
            "asn": orNull(.number(item.asn)),
            "as_name": orNull(.text(item.asName)),
            "country": orNull(.text(item.country)),
            "kind": .string(item.kind.rawValue),
            "finding": .string(item.finding.rawValue),
            "severity": .string(item.severity.rawValue),
            "confidence": .string(item.confidence.rawValue),
            "reasons": .strings(item.reasons),
            "first_seen": time(item.firstSeen),
            "last_seen": time(item.lastSeen),
            "packets": .integer(item.packets),
            "new_packets": .integer(item.newPackets),
            "sites": .integer(Int64(item.sites)),
            "dark_addresses": .integer(item.darkAddresses),
            "tool": orNull(.text(item.tool)),
            "late": .boolean(item.isLate),
            "evidence": .array(item.evidence.map(evidence)),
        ])
    }

    private func evidence(_ entry: NoticeEvidence) -> JSONValue {
        let traffic = ObservedTraffic(entry)
        return .members([
            "class": .string(entry.trafficClass.name),
            "transport": .string(traffic.transport),
            "source_port": orNull(.number(traffic.sourcePort)),
            "destination_port": orNull(.number(traffic.destinationPort)),
            "icmp_type": orNull(.number(traffic.icmpType)),
            "icmp_code": orNull(.number(traffic.icmpCode)),
            "application": orNull(.text(traffic.application)),
            "packets": .integer(entry.packets),
            "first_seen": time(entry.firstSeen),
            "last_seen": time(entry.lastSeen),
            "ttl": .integer(Int64(entry.ttl)),
            "ip_length": .integer(Int64(entry.ipLength)),
            "tcp_flags": orNull(entry.ipProtocol == 6 ? .integer(Int64(entry.tcpFlags)) : nil),
            "icmp_reporter": orNull(.text(entry.reporter.map { "\($0)" })),
        ])
    }

    private func time(_ milliseconds: Int64) -> JSONValue { .string(UTCTime(milliseconds).precise) }

    private func orNull(_ value: JSONValue?) -> JSONValue { value ?? .null }
}
