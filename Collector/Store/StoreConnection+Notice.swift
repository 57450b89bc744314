package import Alerts
import FlowModel

extension StoreConnection {
    /// What an organisation was told; nil when there is no such notice, or it holds what this program does not know.
    /// - Parameter id: alert.notice.id
    package func notice(_ id: Int64) throws(StoreError) -> Notice? {
        let head = try query(
            """
            SELECT n.key, n.reason, (extract(epoch FROM n.made_at) * 1000)::int8, o.code, o.name, o.country, o.language,
                o.tlp, o.zone
            FROM alert.notice n JOIN meta.organisation o ON o.id = n.organisation WHERE n.id = $1::int8
            """, ["\(id)"])
        guard head.rowCount == 1, let key = head.text(0, 0),
            let reason = head.text(0, 1).flatMap(Notice.Reason.init), let madeAt: Int64 = head.number(0, 2),
            let code = head.text(0, 3), let name = head.text(0, 4), let language = head.text(0, 6),
            let tlp = head.text(0, 7), let zone = head.text(0, 8)
        else { return nil }
        var evidence = try noticeEvidence(id)
        let rows = try query(
            """
            SELECT number, alert, news, host(address), kind, finding, severity, confidence, state, episode,
                (extract(epoch FROM first_seen) * 1000)::int8, (extract(epoch FROM last_seen) * 1000)::int8, packets,
                new_packets, sites, addresses, tool, is_late::int4, prefix::text, asn, as_name, country
            FROM alert.notice_item WHERE notice = $1::int8 ORDER BY number
            """, ["\(id)"])
        let reasons = try noticeReasons(id)
        var items: [NoticeItem] = []
        items.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            guard let number: Int = rows.number(row, 0), var item = rows.noticeItem(row) else { return nil }
            item.reasons = reasons[number] ?? []
            item.evidence = evidence.removeValue(forKey: number) ?? []
            items.append(item)
        }
        return Notice(
            key: key, reason: reason, madeAt: madeAt,
            recipient: Recipient(
                code: code, name: name, country: head.text(0, 5), language: language, tlp: tlp, zone: zone),
            items: items)
    }

    private func noticeReasons(_ id: Int64) throws(StoreError) -> [Int: [String]] {
        let rows = try query(
            """
            SELECT number, reason FROM alert.notice_item, unnest(reasons) WITH ORDINALITY r (reason, place)
            WHERE notice = $1::int8 ORDER BY number, place
            """, ["\(id)"])
        var reasons: [Int: [String]] = [:]
        for row in 0..<rows.rowCount {
            guard let number: Int = rows.number(row, 0), let reason = rows.text(row, 1) else { continue }
            reasons[number, default: []].append(reason)
        }
        return reasons
    }

    private func noticeEvidence(_ id: Int64) throws(StoreError) -> [Int: [NoticeEvidence]] {
        let rows = try query(
            """
            SELECT number, class, protocol, service_port, packets, (extract(epoch FROM first_seen) * 1000)::int8,
                (extract(epoch FROM last_seen) * 1000)::int8, source_port, ttl, ip_length, tcp_flags, host(reporter)
            FROM alert.notice_evidence WHERE notice = $1::int8 AND place <= 50 ORDER BY number, place
            """, ["\(id)"])
        var evidence: [Int: [NoticeEvidence]] = [:]
        for row in 0..<rows.rowCount {
            guard let number: Int = rows.number(row, 0),
                let trafficClass = rows.number(row, 1).flatMap(TrafficClass.init(rawValue:)),
                let ipProtocol: UInt8 = rows.number(row, 2), let servicePort: UInt16 = rows.number(row, 3),
                let packets: Int64 = rows.number(row, 4), let firstSeen: Int64 = rows.number(row, 5),
                let lastSeen: Int64 = rows.number(row, 6), let sourcePort: UInt16 = rows.number(row, 7),
                let ttl: UInt8 = rows.number(row, 8), let ipLength: UInt32 = rows.number(row, 9),
                let tcpFlags: UInt8 = rows.number(row, 10)
            else { continue }
            evidence[number, default: []].append(
                NoticeEvidence(
                    trafficClass: trafficClass, ipProtocol: ipProtocol, servicePort: servicePort, packets: packets,
                    firstSeen: firstSeen, lastSeen: lastSeen, sourcePort: sourcePort, ttl: ttl, ipLength: ipLength,
                    tcpFlags: tcpFlags, reporter: rows.text(row, 11).flatMap { Address($0) }))
        }
        return evidence
    }
}

extension QueryResult {
    /// An item without its reasons and evidence; nil when it holds what this program does not know.
    fileprivate func noticeItem(_ row: Int) -> NoticeItem? {
        guard let alert: Int64 = number(row, 1), let news = text(row, 2).flatMap(News.init),
            let address = text(row, 3).flatMap({ Address($0) }), let kind = text(row, 4).flatMap(AlertKind.init),
            let finding = text(row, 5).flatMap(Finding.init), let severity = text(row, 6).flatMap(Grade.init),
            let confidence = text(row, 7).flatMap(Grade.init), let state = text(row, 8).flatMap(AlertState.init),
            let episode: Int = number(row, 9), let firstSeen: Int64 = number(row, 10),
            let lastSeen: Int64 = number(row, 11), let packets: Int64 = number(row, 12),
            let newPackets: Int64 = number(row, 13), let sites: Int = number(row, 14),
            let darkAddresses: Int64 = number(row, 15), let prefix = text(row, 18).flatMap({ Prefix($0) })
        else { return nil }
        return NoticeItem(
            alert: alert, news: news, address: address, kind: kind, finding: finding, severity: severity,
            confidence: confidence, reasons: [], state: state, episode: episode, firstSeen: firstSeen,
            lastSeen: lastSeen, packets: packets, newPackets: newPackets, sites: sites, darkAddresses: darkAddresses,
            tool: text(row, 16), isLate: number(row, 17) == 1, prefix: prefix, asn: number(row, 19),
            asName: text(row, 20), country: text(row, 21), evidence: [])
    }
}
