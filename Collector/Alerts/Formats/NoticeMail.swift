import FlowModel

/// A notice as a mail: what a person reads.
package struct NoticeMail: Sendable, Hashable {
    /// ISO 639-1 code of the language that it is written in.
    package var language: String
    /// One line without control characters, at most 200 characters; not encoded.
    package var subject: String
    /// Plain text; lines end in LF and may be long. Only LF of the control characters is in it.
    package var body: String
}

extension Notice {
    /// Items that a mail tells at length.
    static let mostAtLength = 20

    /// The mail of the notice, in the recipient's language if there is a template for it, else in English: the same at
    /// every call. Any thread may call it.
    /// - Parameter isWithAttachment: whether a document of all items comes with it; without, the items beyond the first
    ///   twenty are listed in a line each.
    package func mail(
        from reporter: Reporter, templates: NoticeTemplates, isWithAttachment: Bool = true
    ) -> NoticeMail {
        let notice = presentable
        let (language, template) = templates.template(for: notice.recipient.language)
        let values = notice.mailValues(reporter.presentable, isWithAttachment: isWithAttachment)
        return NoticeMail(
            language: language, subject: PlainText.cleaned(template.subject.text(values)),
            body: template.body.text(values))
    }

    private func mailValues(_ reporter: Reporter, isWithAttachment: Bool) -> [String: TemplateValue] {
        let current = items.filter { $0.news != .closed }
        func has(_ finding: Finding) -> TemplateValue { .flag(current.contains { $0.finding == finding }) }
        let rest = items.dropFirst(Notice.mostAtLength)
        let late = items.contains(where: \.isLate)
        return [
            "organisation": .text(recipient.name), "code": .text(recipient.code),
            "reporter": .text(reporter.name), "contact": .text(reporter.contact), "domain": .text(reporter.domain),
            "tlp": .text(TLP(recipient.tlp).label), "key": .text(key), "made": .text(UTCTime(madeAt).plain),
            "test": .flag(isTest), "first": .flag(reason == .first), "digest": .flag(reason == .digest),
            "count": .text("\(items.count)"), "single": .flag(items.count == 1),
            "address": .text(items.count == 1 ? "\(items[0].address)" : ""),
            "hasInfection": has(.infection), "hasMisconfiguration": has(.misconfiguration), "hasAttack": has(.attack),
            "hasInternal": .flag(current.contains { $0.kind == .internal && $0.finding == .infection }),
            "hasLate": .flag(late),
            "allClosed": .flag(!items.isEmpty && current.isEmpty), "attachment": .flag(isWithAttachment),
            "items": .list(
                items.prefix(Notice.mostAtLength).enumerated().map { place, item in item.mailValues(number: place + 1) }
            ),
            "more": .text(rest.isEmpty ? "" : "\(rest.count)"),
            "others": .list(
                isWithAttachment
                    ? []
                    : rest.enumerated().map { place, item in
                        item.mailValues(number: Notice.mostAtLength + place + 1)
                    }),
        ]
    }
}

extension NoticeItem {
    /// Services that a mail names of an item.
    private static let mostServices = 5

    fileprivate func mailValues(number: Int) -> [String: TemplateValue] {
        let services = evidence.prefix(NoticeItem.mostServices).map { entry -> [String: TemplateValue] in
            let traffic = ObservedTraffic(entry)
            let port = kind == .backscatter ? nil : traffic.sourcePort
            return [
                "service": .text(traffic.service), "application": .text(traffic.application ?? ""),
                "servicePackets": .text("\(entry.packets)"),
                "sourcePort": .text(PlainText.decimal(port)),
                "icmpError": .flag(entry.trafficClass == .icmpError),
                "serviceFirstSeen": .text(UTCTime(entry.firstSeen).plain),
            ]
        }
        let hidden = evidence.count - services.count
        return [
            "number": .text("\(number)"), "address": .text("\(address)"), "prefix": .text("\(prefix)"),
            "alert": .text("\(alert)"), "firstSeen": .text(UTCTime(firstSeen).plain),
            "lastSeen": .text(UTCTime(lastSeen).plain), "packets": .text("\(packets)"),
            "newPackets": .text(newPackets == packets ? "" : "\(newPackets)"),
            "sites": .text("\(sites)"), "darkAddresses": .text("\(darkAddresses)"),
            "tool": .text(tool ?? ""), "asn": .text(PlainText.decimal(asn)), "asName": .text(asName ?? ""),
            "reasons": .text(reasons.joined(separator: "; ")), "reasonList": .list(Reason.mailValues(reasons)),
            "late": .flag(isLate),
            "opened": .flag(news == .opened), "reopened": .flag(news == .reopened), "changed": .flag(news == .changed),
            "grew": .flag(news == .grew), "closed": .flag(news == .closed),
            "internal": .flag(kind == .internal), "external": .flag(kind == .external),
            "backscatter": .flag(kind == .backscatter),
            "infection": .flag(finding == .infection), "misconfiguration": .flag(finding == .misconfiguration),
            "attack": .flag(finding == .attack), "nothing": .flag(finding == .none),
            "severityLow": .flag(severity == .low), "severityMedium": .flag(severity == .medium),
            "severityHigh": .flag(severity == .high), "confidenceLow": .flag(confidence == .low),
            "confidenceMedium": .flag(confidence == .medium), "confidenceHigh": .flag(confidence == .high),
            "services": .list(services), "moreServices": .text(hidden > 0 ? "\(hidden)" : ""),
            "moreThanShown": .flag(evidence.count >= NoticeItem.mostEvidence),
        ]
    }
}
