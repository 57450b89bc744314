package import FlowModel

/// What a correct sensor counts in the generated frames: the truth that tests and demonstrations compare with.
package struct ExpectedTotals: Sendable {
    package var frames: UInt64 = 0
    package var nonIP: UInt64 = 0
    package var malformed = MalformedCounts()
    package var ipv4Packets: UInt64 = 0
    package var ipv6Packets: UInt64 = 0
    /// Sum of IP total lengths of the counted packets.
    package var bytes: UInt64 = 0
    package var packetsByClass: [UInt64] = Array(repeating: 0, count: 13)
    package var packetsByProtocol: [UInt64] = Array(repeating: 0, count: 256)
    package var tools = (zmap: UInt64(0), masscan: UInt64(0), mirai: UInt64(0))
    package var ipv4Sources: UInt64 = 0
    package var ipv6Sources: UInt64 = 0
    /// Packets per event of the model.
    package var risingPortPackets: UInt64 = 0
    package var attackPackets: UInt64 = 0
    package var infectedPackets: UInt64 = 0
    package var infectedSources: UInt64 = 0
    /// In the order of the plan's known hosts.
    package var known: [KnownTotals] = []
    /// Unix microseconds of the first and the last frame.
    package var firstMicroseconds: Int64 = 0
    package var lastMicroseconds: Int64 = 0

    package init() {}

    package var aggregated: UInt64 { ipv4Packets + ipv6Packets }

    @inline(__always)
    mutating func count(_ trafficClass: TrafficClass, ipProtocol: UInt8, ipLength: Int, isIPv6: Bool = false) {
        if isIPv6 { ipv6Packets &+= 1 } else { ipv4Packets &+= 1 }
        bytes &+= UInt64(ipLength)
        packetsByClass[Int(trafficClass.rawValue)] &+= 1
        packetsByProtocol[Int(ipProtocol)] &+= 1
    }

    /// One JSON object; its names are those of the sensor's `--dry-run` and of the SQL views where both exist.
    package func json(site: DarkSite, seed: UInt64) -> String {
        var lines: [String] = []
        func add(_ name: String, _ value: String) { lines.append("  \"\(name)\": \(value)") }
        func map(_ pairs: [(String, UInt64)]) -> String {
            "{" + pairs.filter { $0.1 > 0 }.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
        }
        add("site", "\"\(site.code)\"")
        add("prefix", "\"\(site.prefix)\"")
        add("seed", "\(seed)")
        add("first_us", "\(firstMicroseconds)")
        add("last_us", "\(lastMicroseconds)")
        add("received", "\(frames)")
        add("aggregated", "\(aggregated)")
        add("non_ip", "\(nonIP)")
        add("malformed", map(MalformedReason.allCases.map { ($0.name, malformed[$0]) }))
        add("ipv4", "\(ipv4Packets)")
        add("ipv6", "\(ipv6Packets)")
        add("bytes", "\(bytes)")
        add("classes", map(TrafficClass.allCases.map { ($0.name, packetsByClass[Int($0.rawValue)]) }))
        add("protocols", map(packetsByProtocol.enumerated().map { ("\($0.offset)", $0.element) }))
        add("tools", map([("zmap", tools.zmap), ("masscan", tools.masscan), ("mirai", tools.mirai)]))
        add("sources_ipv4", "\(ipv4Sources)")
        add("sources_ipv6", "\(ipv6Sources)")
        let victim = "\"packets\": \(attackPackets)"
        add(
            "events",
            """
            {"rising_port": {"port": \(Population.risingPortNumber), "packets": \(risingPortPackets)}, \
            "attack": {\(victim)}, "infected": {"prefix": "203.0.113.0/24", "packets": \(infectedPackets), \
            "sources": \(infectedSources)}}
            """)
        if !known.isEmpty { add("known", "[" + known.map(\.json).joined(separator: ", ") + "]") }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }
}
