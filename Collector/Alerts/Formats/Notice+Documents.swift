import FlowModel

extension Notice {
    /// Items that one notice tells at most: what is beyond is left out of every format.
    package static let mostItems = 5_000

    /// The notice in a format: the same bytes at every call. Cost: linear in items and evidence.
    ///
    /// One document, except xarf, which has one for each item that accuses (there may be none), and one more in plain
    /// text when items are left out because they accuse nobody. The documents of `.text` and `.cef` are in English.
    /// Any thread may call it.
    package func documents(as format: NoticeFormat, from reporter: Reporter) -> [NoticeDocument] {
        let notice = presentable
        let reporter = reporter.presentable
        switch format {
        case .text:
            let mail = mail(from: reporter, templates: .builtIn, isWithAttachment: false)
            return [notice.document("txt", "text/plain; charset=utf-8", mail.body)]
        case .shadowserver: return [ShadowserverReport(notice, reporter).document]
        case .intelmq: return [IntelMQEvents(notice, reporter).document]
        case .xarf: return XARFReports(notice, reporter).documents
        case .stix: return [STIXBundle(notice, reporter).document]
        case .json: return [NoticeJSON(notice, reporter).document]
        case .cef:
            let lines = notice.cef(from: reporter, version: "1").map { $0 + "\n" }.joined()
            return [notice.document("cef", "text/plain; charset=utf-8", lines)]
        }
    }

    /// `2026-01-31-darkscope-1f2e3d4c-example-city.json`: the day, the start of the notice's key, and the organisation.
    func document(_ ending: String, _ mediaType: String, _ text: String) -> NoticeDocument {
        NoticeDocument(
            name: "\(UTCTime(madeAt).date)-darkscope-\(shortKey)-\(PlainText.slug(recipient.code)).\(ending)",
            mediaType: mediaType, bytes: Array(text.utf8))
    }

    /// Eight characters that tell notices of a day apart in file names.
    var shortKey: String {
        let digits = PlainText.slug(key).utf8.filter { $0 != UInt8(ascii: "-") }.prefix(8)
        return String(decoding: digits, as: UTF8.self)
    }

    var isTest: Bool { reason == .test }

    /// A copy of which every text is one line without control characters, every list is bounded, and every value is
    /// one that formats can say.
    var presentable: Notice {
        var notice = self
        notice.recipient.name = PlainText.cleaned(recipient.name)
        notice.recipient.code = PlainText.slug(recipient.code)
        notice.recipient.country = NoticeItem.country(recipient.country)
        notice.recipient.tlp = TLP(recipient.tlp).rawValue
        notice.recipient.zone = PlainText.cleaned(recipient.zone, limit: 64)
        notice.madeAt = UTCTime.sensible(madeAt)
        notice.key = PlainText.cleaned(key, limit: 36)
        notice.items = items.prefix(Notice.mostItems).map(\.presentable)
        return notice
    }
}

extension Reporter {
    var presentable: Reporter {
        Reporter(
            name: PlainText.cleaned(name), contact: PlainText.cleaned(contact), domain: PlainText.cleaned(domain))
    }
}

extension NoticeItem {
    /// Evidence entries of an item that are told at most.
    static let mostEvidence = 50

    var presentable: NoticeItem {
        var item = self
        item.reasons = reasons.prefix(20).map { PlainText.cleaned($0) }
        item.tool = kind == .backscatter ? nil : tool.map { PlainText.slug($0) }
        item.asName = asName.map { PlainText.cleaned($0) }
        item.asn = asn.flatMap { (1...Int64(UInt32.max)).contains($0) ? $0 : nil }
        item.country = NoticeItem.country(country)
        item.firstSeen = UTCTime.sensible(firstSeen)
        item.lastSeen = max(item.firstSeen, UTCTime.sensible(lastSeen))
        item.packets = max(0, packets)
        item.newPackets = max(0, newPackets)
        item.darkAddresses = max(0, darkAddresses)
        item.sites = max(0, sites)
        item.evidence = evidence.prefix(NoticeItem.mostEvidence).map { entry in
            var entry = entry
            entry.packets = max(0, entry.packets)
            entry.firstSeen = UTCTime.sensible(entry.firstSeen)
            entry.lastSeen = max(entry.firstSeen, UTCTime.sensible(entry.lastSeen))
            return entry
        }
        return item
    }

    /// Two capital letters of ASCII, or nil.
    static func country(_ text: String?) -> String? {
        guard let text, text.utf8.count == 2, text.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else { return nil }
        return text
    }

    /// Words that say what the item is: formats carry them as tags.
    func tags(isTest: Bool) -> [String] {
        var tags = isTest ? ["test"] : []
        tags.append("darknet")
        switch finding {
        case .infection: tags.append("scan")
        case .misconfiguration: tags.append("misconfiguration")
        case .attack: tags += ["backscatter", "ddos-victim"]
        case .none: break
        }
        if kind != .backscatter { tags.append(kind.rawValue) }
        if let tool { tags.append(tool) }
        if isLate { tags.append("late") }
        return tags
    }

    /// Name of malware in the evidence: a tool that nobody runs by will.
    var malware: String? { finding == .infection && tool == "mirai" ? "mirai" : nil }

    /// The finding in one English sentence, without texts of people.
    var sentence: String {
        if news == .closed { return "The alert of \(address) is closed." }
        let packets = "\(self.packets) packets"
        return switch finding {
        case .infection:
            "\(address) sent \(packets) to dark address space that scan for services: it is probably infected or abused."
        case .misconfiguration:
            "\(address) sent \(packets) to few dark addresses on a service port: it is probably misconfigured."
        case .attack:
            "\(address) gets forged packets (\(packets) that answer them, or are errors about it, reached dark address space): "
                + "it is under a denial-of-service attack, not the attacker."
        case .none: "\(address) is no longer reported as a problem."
        }
    }
}

/// Labels of the Traffic Light Protocol 2.0 (FIRST).
enum TLP: String, CaseIterable {
    case clear, green, amber
    case amberStrict = "amber+strict"
    case red

    /// The label of that name; red, the strictest, for any other.
    init(_ name: String) { self = TLP(rawValue: name) ?? .red }

    /// `TLP:AMBER+STRICT`.
    var label: String { "TLP:" + rawValue.uppercased() }
}
