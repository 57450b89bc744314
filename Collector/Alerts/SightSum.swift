/// All sensors' sights of an address together.
struct SightSum {
    enum TTLs { case unknown, consistent, scattered }

    /// TTLs of one host differ by so much at a sensor: routes change.
    static let closeTTLs: UInt8 = 2
    static let farTTLs: UInt8 = 8
    /// Packets of a sensor that say anything of TTLs or tools.
    private static let leastTTLPackets: Int64 = 5
    private static let leastToolPackets: Int64 = 3

    private(set) var packets: Int64 = 0
    /// Trust and distinct dark addresses of each site; sensors of a site may see the same space, so the most of one counts.
    private(set) var sites: [Int32: (trust: Grade, addresses: Int64)] = [:]
    /// Of all sites.
    private(set) var addresses: Int64 = 0
    private var knowsAddresses = true
    private var widestTTLs: UInt8?
    private var windows: Int64 = 0
    private var synPackets: Int64 = 0
    private var marks: [(tool: String, packets: Int64)] = [("Mirai", 0), ("masscan", 0), ("ZMap", 0)]
    private var ports: Set<Int32> = []
    /// Requests over UDP for each window and dark address, at the sensor with the most.
    private var requestRate: Int64 = 0

    init(_ sights: [Sight]) {
        for sight in sights {
            packets = packets.plus(sight.packets)
            windows = windows.plus(sight.windows)
            synPackets = synPackets.plus(sight.synPackets)
            for (index, count) in [sight.mirai, sight.masscan, sight.zmap].enumerated() {
                marks[index].packets = marks[index].packets.plus(count)
            }
            ports.formUnion(sight.servicePorts)
            knowsAddresses = knowsAddresses && sight.knowsAddresses
            requestRate = max(
                requestRate, sight.packets / max(1, sight.windows) / max(1, sight.addresses))
            let known = sites[sight.site]
            sites[sight.site] = (sight.trust, max(sight.addresses, known?.addresses ?? 0))
            if let ttls = sight.ttls, sight.packets >= SightSum.leastTTLPackets {
                widestTTLs = max(widestTTLs ?? 0, ttls.upperBound - ttls.lowerBound)
            }
        }
        for site in sites.values { addresses = addresses.plus(site.addresses) }
    }

    /// As one host has them, or not, at each sensor by itself: hosts are differently far from each.
    var ttls: TTLs {
        guard let widestTTLs else { return .unknown }
        if widestTTLs > SightSum.farTTLs { return .scattered }
        return widestTTLs <= SightSum.closeTTLs ? .consistent : .unknown
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

    /// Few dark addresses, and services that hosts are told to use.
    var isConfigured: Bool {
        guard knowsAddresses, addresses <= Judgement.mostConfiguredAddresses, !ports.isEmpty else { return false }
        return (synPackets == 0 || ports.isSubset(of: Judgement.configuredTCP))
            && (synPackets >= packets || ports.isSubset(of: Judgement.configuredUDP))
    }

    /// Nothing but UDP requests to services that amplify, in numbers that only who forges them sends.
    var isForgedRequests: Bool {
        synPackets == 0 && !ports.isEmpty && ports.isSubset(of: Judgement.reflectors)
            && requestRate > Judgement.forgedRequests
    }

    /// Where it was seen, in words.
    var whereSeen: [String] {
        guard trustedSites > 0 else { return ["seen at sites of low trust only"] }
        var words = [sites.count == 1 ? "seen at 1 site only" : "seen at \(sites.count) sites"]
        if trustedSites < sites.count { words.append("\(trustedSites) of them of more than low trust") }
        return words
    }
}
