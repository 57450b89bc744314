import FlowModel

/// A notice as IntelMQ events, one JSON object a line, one line for each evidence entry; an item without evidence is one
/// event.
///
/// Keys and values: IntelMQ 3, intelmq/etc/harmonization.conf and lib/harmonization.py. The organisation's address is
/// `source` also when it is attacked: IntelMQ finds contacts by `source`.
struct IntelMQEvents {
    private let notice: Notice
    private let reporter: Reporter

    /// - Parameter notice: presentable.
    init(_ notice: Notice, _ reporter: Reporter) {
        self.notice = notice
        self.reporter = reporter
    }

    var document: NoticeDocument {
        var text = ""
        for item in notice.items {
            let entries: [NoticeEvidence?] = item.evidence.isEmpty ? [nil] : item.evidence
            for entry in entries { text += event(item, entry).line + "\n" }
        }
        return notice.document("intelmq.jsonl", "application/x-ndjson", text)
    }

    /// Taxonomy and type, by the reference incident classification taxonomy (RSIT) as IntelMQ has it.
    private func classification(_ item: NoticeItem) -> (taxonomy: String, type: String) {
        if notice.isTest { return ("test", "test") }
        switch item.finding {
        case .infection where item.confidence == .high: return ("malicious-code", "infected-system")
        case .infection: return ("information-gathering", "scanner")
        case .misconfiguration: return ("availability", "misconfiguration")
        case .attack: return ("availability", "ddos")
        case .none: return ("other", "undetermined")
        }
    }

    private func event(_ item: NoticeItem, _ evidence: NoticeEvidence?) -> JSONValue {
        let kind = classification(item)
        let traffic = evidence.map { ObservedTraffic($0) }
        return .members([
            "feed.name": .text(trimmed(reporter.name)),
            "feed.provider": .text(trimmed(reporter.domain)),
            "feed.accuracy": .integer(item.confidence.percent),
            "time.source": .string(time(evidence?.firstSeen ?? item.lastSeen)),
            "time.observation": .string(time(notice.madeAt)),
            "classification.taxonomy": .string(kind.taxonomy),
            "classification.type": .string(kind.type),
            "classification.identifier": .string("darknet"),
            "source.ip": .string("\(item.address)"),
            "source.port": .number(traffic?.sourcePort),
            "source.network": .string("\(item.prefix)"),
            "source.asn": .number(item.asn),
            "source.as_name": .text(item.asName.flatMap(trimmed)),
            "source.geolocation.cc": .text(item.country),
            "destination.port": .number(traffic?.destinationPort),
            "protocol.transport": .text(traffic?.transport),
            "protocol.application": .text(traffic?.application),
            "malware.name": .text(item.malware),
            "status": .string(item.news == .closed ? "offline" : "online"),
            "event_description.text": .string((notice.isTest ? "TEST. " : "") + item.sentence),
            "tlp": .string(IntelMQEvents.label(notice.recipient.tlp)),
            "extra.tlp": .string(notice.recipient.tlp),
            "extra.test": notice.isTest ? .boolean(true) : nil,
            "extra.notice": .text(notice.key),
            "extra.alert": .integer(item.alert),
            "extra.episode": .integer(Int64(item.episode)),
            "extra.organisation": .string(notice.recipient.code),
            "extra.news": .string(item.news.rawValue),
            "extra.kind": .string(item.kind.rawValue),
            "extra.finding": .string(item.finding.rawValue),
            "extra.severity": .string(item.severity.rawValue),
            "extra.confidence": .string(item.confidence.rawValue),
            "extra.reasons": item.reasons.isEmpty ? nil : .strings(item.reasons),
            "extra.tool": .text(item.tool),
            "extra.sites": .integer(Int64(item.sites)),
            "extra.dark_addresses": .integer(item.darkAddresses),
            "extra.packets": .integer(item.packets),
            "extra.is_late": item.isLate ? .boolean(true) : nil,
            "extra.traffic_class": .text(evidence?.trafficClass.name),
            "extra.count": .number(evidence?.packets),
            "extra.last_seen": .string(time(evidence?.lastSeen ?? item.lastSeen)),
            "extra.icmp_type": .number(traffic?.icmpType),
            "extra.icmp_code": .number(traffic?.icmpCode),
            "extra.ttl": .number(evidence?.ttl),
            "extra.ip_length": .number(evidence?.ipLength),
            "extra.tcp_flags": .number(evidence?.ipProtocol == 6 ? evidence?.tcpFlags : nil),
            "extra.reporter_ip": .text(evidence?.reporter.map { "\($0)" }),
        ])
    }

    /// IntelMQ's DateTime ends in an offset, not in Z.
    private func time(_ milliseconds: Int64) -> String {
        let time = UTCTime(milliseconds)
        return "\(time.date)T\(time.clock)+00:00"
    }

    /// IntelMQ's String has no space at its ends; nil for nothing but spaces.
    private func trimmed(_ text: String) -> String? {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return scalars.isEmpty ? nil : String(scalars)
    }

    /// IntelMQ 3 knows the four labels of TLP 1; the label itself is in extra.tlp.
    private static func label(_ name: String) -> String {
        switch TLP(name) {
        case .clear: "WHITE"
        case .green: "GREEN"
        case .amber, .amberStrict: "AMBER"
        case .red: "RED"
        }
    }
}

extension Grade {
    /// Low, Med and High of the scale None/Low/Med/High in STIX 2.1, appendix A.
    var percent: Int64 {
        switch self {
        case .low: 15
        case .medium: 50
        case .high: 85
        }
    }
}
