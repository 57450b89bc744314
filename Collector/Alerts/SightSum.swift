/// All sensors' sights of an address together.
struct SightSum {
    enum TTLs { case unknown, consistent, scattered }

    /// Flows of a sensor that say anything of TTLs, packets that do of tools.
    private static let leastTTLFlows: Int64 = 5
    private static let leastToolPackets: Int64 = 3

    private(set) var packets: Int64 = 0
    /// Trust and distinct dark addresses of each site; sensors of a site may see the same space, so the most of one counts.
    private(set) var sites: [Int32: (trust: Grade, addresses: Int64)] = [:]
    /// Of all sites.
    private(set) var addresses: Int64 = 0
    private var knowsAddresses = true
    private var ttlsOfSensors: [TTLs] = []
    private var synPackets: Int64 = 0
    private var configuredPackets: Int64 = 0
    private var amplifierPackets: Int64 = 0
    private var marks: [(tool: String, packets: Int64)] = [("Mirai", 0), ("masscan", 0), ("ZMap", 0)]
    /// Requests to amplifiers for each window and dark address, at the sensor with the most.
    private var requestRate: Int64 = 0

    init(_ sights: [Sight]) {
        for sight in sights {
            packets = packets.plus(sight.packets)
            synPackets = synPackets.plus(sight.synPackets)
            configuredPackets = configuredPackets.plus(sight.configuredPackets)
            amplifierPackets = amplifierPackets.plus(sight.amplifierPackets)
            for (index, count) in [sight.mirai, sight.masscan, sight.zmap].enumerated() {
                marks[index].packets = marks[index].packets.plus(count)
            }
            knowsAddresses = knowsAddresses && sight.knowsAddresses
            requestRate = max(
                requestRate, sight.amplifierPackets / max(1, sight.windows) / max(1, sight.addresses))
            let known = sites[sight.site]
            sites[sight.site] = (sight.trust, max(sight.addresses, known?.addresses ?? 0))
            if sight.flows >= SightSum.leastTTLFlows { ttlsOfSensors.append(SightSum.ttls(sight)) }
        }
        for site in sites.values { addresses = addresses.plus(site.addresses) }
    }

    /// As one host has them, or not, at each sensor by itself: hosts are differently far from each.
    var ttls: TTLs {
        if ttlsOfSensors.contains(.scattered) { return .scattered }
        return !ttlsOfSensors.isEmpty && ttlsOfSensors.allSatisfy { $0 == .consistent } ? .consistent : .unknown
    }

    /// By shares and not by the extremes: one forged packet among many must not speak for or against a host.
    private static func ttls(_ sight: Sight) -> TTLs {
        let far = sight.flows - min(sight.nearFlows, sight.flows)
        if far > sight.flows / 2 { return .scattered }
        return far <= sight.flows / 10 ? .consistent : .unknown
    }

    /// Sites of normal or high trust.
    var trustedSites: Int { sites.values.count { $0.trust > .low } }

    var isSeenByHighTrust: Bool { sites.values.contains { $0.trust == .high } }

    /// Distinct dark addresses at the site of normal or high trust with the most.
    var mostTrustedAddresses: Int64 { sites.values.lazy.filter { $0.trust > .low }.map(\.addresses).max() ?? 0 }

    /// The tool that at least 3 SYNs, and 90 % of them, are marked by: the rule of api.tool_verdict.
    var tool: String? {
        guard synPackets >= SightSum.leastToolPackets else { return nil }
        // Of counts near the end of numbers a hundredth too few or too many does not matter.
        return marks.first { $0.packets >= synPackets - synPackets / 10 }?.tool
    }

    /// Services that hosts are told to use at few dark addresses, and beside that less than would be an infection by itself,
    /// such as packets that others forged in its name: each of them may have hit one address more.
    func isConfigured(_ thresholds: Thresholds) -> Bool {
        let stray = packets.minus(configuredPackets)
        return knowsAddresses && configuredPackets >= thresholds.leastPackets && stray < thresholds.leastPackets
            && addresses <= Judgement.mostConfiguredAddresses.plus(stray)
    }

    /// UDP requests to services that amplify, in numbers that only who forges them sends, and beside them less than would
    /// be an infection by itself.
    func isForgedRequests(_ thresholds: Thresholds) -> Bool {
        packets.minus(amplifierPackets) < thresholds.leastPackets && requestRate > Judgement.forgedRequests
    }

    /// Where it was seen.
    var whereSeen: [Reason] {
        guard trustedSites > 0 else { return [.lowTrustOnly] }
        let all: Reason = sites.count == 1 ? .oneSite : .sites(sites.count)
        return trustedSites < sites.count ? [all, .trustedSites(trustedSites)] : [all]
    }
}
