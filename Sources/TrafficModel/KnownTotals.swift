import FlowModel

/// What a known host sent to one site.
package struct KnownTotals: Sendable {
    package let host: KnownHost
    package private(set) var packets: UInt64 = 0
    /// Unix microseconds of its first and last packet; 0 without any.
    package private(set) var firstMicroseconds: Int64 = 0
    package private(set) var lastMicroseconds: Int64 = 0
    private var seenSources: Set<UInt32> = []
    private var seenDestinations: Set<UInt32> = []

    init(_ host: KnownHost) { self.host = host }

    /// Distinct sources: one, but of a flood.
    package var sources: Int { seenSources.count }
    /// Distinct dark addresses that it hit.
    package var destinations: Int { seenDestinations.count }

    mutating func count(source: UInt32, destination: UInt32, at microseconds: Int64) {
        if packets == 0 { firstMicroseconds = microseconds }
        lastMicroseconds = microseconds
        packets &+= 1
        seenSources.insert(source)
        seenDestinations.insert(destination)
    }

    /// One JSON object.
    var json: String {
        let block = host.kind == .spoofed ? "\(host.block)" : "\(host.block.network)"
        return """
            {"kind": "\(host.name)", "address": "\(block)", "packets": \(packets), "sources": \(sources), \
            "destinations": \(destinations), "first_us": \(firstMicroseconds), "last_us": \(lastMicroseconds)}
            """
    }
}
