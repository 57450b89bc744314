import FlowModel

extension Notice {
    /// The notice in ArcSight's Common Event Format, a line without an end for each item, for syslog: the same lines at
    /// every call, of at most 1,792 bytes each: with 256 for the header of syslog that is what receivers should take
    /// (RFC 5424 §6.1). Any thread may call it.
    ///
    /// Keys as Shadowserver maps its darknet report (report_schema, cef.json), and more of the CEF dictionary.
    /// - Parameter version: of this program.
    package func cef(from reporter: Reporter, version: String) -> [String] {
        let notice = presentable
        let reporter = reporter.presentable
        return notice.items.map { CEFLine(notice, $0, reporter, version: PlainText.cleaned(version, limit: 32)).text }
    }
}

private struct CEFLine {
    private static let longest = 1_792

    private let header: [String]
    /// In the order of their weight: what does not fit is left out from the end.
    private var fields: [(key: String, value: String)] = []

    init(_ notice: Notice, _ item: NoticeItem, _ reporter: Reporter, version: String) {
        let name =
            switch item.finding {
            case .infection: "Address scans dark space"
            case .misconfiguration: "Misconfigured host sends to dark space"
            case .attack: "Address is under a denial-of-service attack"
            case .none: "Address is no longer reported"
            }
        let severity =
            switch item.severity {
            case .low: 3
            case .medium: 6
            case .high: 8
            }
        let signature = notice.isTest ? "darknet-test" : "darknet-\(item.finding.rawValue)"
        header = [
            "CEF:0", "Darkscope", "darkscope-collector", version, signature,
            (notice.isTest ? "TEST: " : "") + name + (item.news == .closed ? " (closed)" : ""),
            "\(notice.isTest ? 0 : item.news == .closed ? 1 : severity)",
        ]
        let top = item.evidence.first
        let traffic = top.map { ObservedTraffic($0) }
        add("rt", "\(notice.madeAt)")
        add("src", item.address.family == .ipv4 ? "\(item.address)" : nil)
        // CEF's src is an IPv4 address; IPv6 has a custom field of its own.
        add("c6a2", item.address.family == .ipv6 ? "\(item.address)" : nil)
        add("c6a2Label", item.address.family == .ipv6 ? "Source IPv6 Address" : nil)
        add("spt", PlainText.decimal(traffic?.sourcePort))
        add("dpt", PlainText.decimal(traffic?.destinationPort))
        add("proto", traffic?.transport.uppercased())
        add("app", traffic?.application)
        add("start", "\(item.firstSeen)")
        add("end", "\(item.lastSeen)")
        add("cnt", "\(item.newPackets)")
        add("externalId", "\(item.alert)")
        add("cat", item.kind.rawValue)
        add("outcome", item.news.rawValue)
        add("cn1", PlainText.decimal(item.asn))
        add("cn1Label", item.asn.map { _ in "src_asn" })
        add("cs1", item.country)
        add("cs1Label", item.country.map { _ in "src_geo" })
        add("cs3", item.tags(isTest: notice.isTest).joined(separator: ";"))
        add("cs3Label", "tag")
        add("cs4", item.malware)
        add("cs4Label", item.malware.map { _ in "infection" })
        add("cs6", TLP(notice.recipient.tlp).label)
        add("cs6Label", "tlp")
        add("cn3", "\(item.confidence.percent)")
        add("cn3Label", "confidence")
        add("flexString1", notice.key)
        add("flexString1Label", "notice")
        add("dvchost", reporter.domain)
        add("msg", (notice.isTest ? "TEST. " : "") + item.sentence)
        add("flexString2", notice.recipient.name)
        add("flexString2Label", "organisation")
        add("reason", item.reasons.joined(separator: "; "))
    }

    private mutating func add(_ key: String, _ value: String?) {
        if let value, !value.isEmpty { fields.append((key, value)) }
    }

    var text: String {
        var text = header.map { CEFLine.escaped($0, "\\|") }.joined(separator: "|") + "|"
        var isFirst = true
        for field in fields {
            let next = (isFirst ? "" : " ") + field.key + "=" + CEFLine.escaped(field.value, "\\=")
            guard text.utf8.count + next.utf8.count <= CEFLine.longest else { continue }
            text += next
            isFirst = false
        }
        return text
    }

    /// Backslash and the other character with a backslash before them. Ends of lines cannot be in presentable text.
    private static func escaped(_ text: String, _ special: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if special.unicodeScalars.contains(scalar) { result += "\\" }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
