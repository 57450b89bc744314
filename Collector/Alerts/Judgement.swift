/// Makes a verdict of what the sensors saw of an address. The rules and where they are from: ops/decisions/0041-alerts.md.
package enum Judgement {
    /// Packets that a victim answers before it is called attacked (Moore et al., Inferring Internet Denial-of-Service
    /// Activity, ACM TOCS 24(2), 2006, §3.2).
    package static let leastAttackPackets: Int64 = 25
    /// Packets, or sites, from which severity is high.
    package static let manyPackets: Int64 = 1_000
    package static let manySites = 3
    /// Distinct dark addresses of what is misconfigured, at most: a host has a server and a second one.
    package static let mostConfiguredAddresses: Int64 = 2
    /// Requests over UDP in a window for each dark address from which on they are rather forged, to have the address
    /// flooded with answers: no host asks a server that never answers once a second.
    package static let forgedRequests: Int64 = 60

    /// TTLs of one host differ by so much at a sensor: routes change.
    package static let closeTTLs = 2

    /// Services over TCP that a host is told the address of: SMTP, DNS, HTTP, LDAP, HTTPS, syslog, DNS over TLS, LDAPS,
    /// HTTP proxies, printers. Not those that worms look for (23, 445, 3389): see the decision record.
    package static let configuredTCP: Set<Int32> = [25, 53, 80, 389, 443, 514, 636, 853, 3_128, 8_080, 9_100]
    /// Services over UDP that a host is told the address of: DNS, DHCP, NTP, NetBIOS, SNMP, LDAP, IKE, syslog, RADIUS,
    /// SSDP, STUN, mDNS.
    package static let configuredUDP: Set<Int32> = [
        53, 67, 123, 137, 138, 161, 162, 389, 500, 514, 1_812, 1_813, 1_900, 3_478, 5_353,
    ]
    /// Services over UDP whose answers are greater than requests (CISA alert TA14-017A).
    package static let reflectors: Set<Int32> = [
        17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1_900, 3_283, 3_478, 3_702, 5_060, 5_353, 5_683, 10_001, 11_211,
    ]

    /// - Parameters:
    ///   - sights: one for each sensor that saw the address in the episode.
    ///   - label: why an address that scans is not reported; nil for no reason.
    package static func verdict(
        _ kind: AlertKind, _ sights: [Sight], _ thresholds: Thresholds, label: String?
    ) -> Verdict {
        let all = SightSum(sights)
        if let label, kind != .backscatter {
            return Verdict(
                finding: .none, severity: .low, confidence: .low, reasons: [Reason.labelled(label).text],
                isReportable: false, label: label)
        }
        var reasons = all.whereSeen.map(\.text)
        let confidence = confidence(kind, all, &reasons)
        func verdict(_ finding: Finding, _ severity: Grade) -> Verdict {
            Verdict(
                finding: finding, severity: severity, confidence: confidence, reasons: reasons,
                isReportable: finding != .none)
        }
        let isLarge = all.packets >= manyPackets || all.sites.count >= manySites
        // What only sites of low trust say is told to nobody.
        guard all.trustedSites > 0 else { return verdict(.none, .low) }
        guard kind != .backscatter else {
            guard all.packets >= leastAttackPackets else { return verdict(.none, .low) }
            return verdict(.attack, isLarge ? .high : .medium)
        }
        guard all.packets >= thresholds.leastPackets else { return verdict(.none, .low) }
        if all.isForgedRequests(thresholds) {
            reasons.append(Reason.forgedRequests.text)
            return verdict(.none, .low)
        }
        if all.isConfigured(thresholds) {
            reasons.append(Reason.configured.text)
            return verdict(.misconfiguration, .low)
        }
        guard all.sites.count >= 2 || all.mostTrustedAddresses >= thresholds.leastAddresses else {
            return verdict(.none, .low)
        }
        return verdict(.infection, kind == .internal || isLarge ? .high : .medium)
    }

    /// Two points for two sites that may be trusted, one for a site of high trust, one for a tool that is known by its
    /// headers, one for TTLs as one host has them; two less for TTLs as forged packets have them. Medium from 2. High
    /// from 3, with two sites only, as who holds a sensor can invent all the rest, and with headers or TTLs as one host makes
    /// them only, as a short flood with forged sources has neither and may reach many sites.
    private static func confidence(_ kind: AlertKind, _ all: SightSum, _ reasons: inout [String]) -> Grade {
        var points = 0
        var isLikeOneHost = false
        if all.trustedSites >= 2 { points += 2 }
        if all.isSeenByHighTrust {
            points += 1
            reasons.append(Reason.highTrust.text)
        }
        if kind != .backscatter, let tool = all.tool {
            points += 1
            isLikeOneHost = true
            reasons.append(Reason.tool(tool).text)
        }
        switch all.ttls {
        case .consistent:
            points += 1
            isLikeOneHost = true
            reasons.append(Reason.oneHost.text)
        case .scattered:
            points -= 2
            reasons.append(Reason.scattered.text)
        case .unknown: break
        }
        if points >= 3, all.trustedSites >= 2, isLikeOneHost { return .high }
        return points >= 2 ? .medium : .low
    }
}
