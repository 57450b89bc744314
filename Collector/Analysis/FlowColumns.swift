package import FlowModel

/// What rollups need of a batch's flow records: an array for each field, as raw.flow has them.
package struct FlowColumns: Sendable {
    /// class · 2^24 + protocol · 2^16 + service port.
    package var service: [Int32] = []
    /// IPv4 source minus 2^31; empty for IPv6.
    package var source4: [Int32] = []
    /// IPv6 source; empty for IPv4.
    package var source6: [UInt128] = []
    /// Shares of the tools · 2^25 + IP length · 2^8 + TCP flags.
    package var header: [Int32] = []
    /// Empty when every record has 1; `unset` for 1.
    package var packets: [Int64] = []
    /// Empty when every record has packets · IP length; `unset` for that.
    package var bytes: [Int64] = []

    /// Milliseconds of the first packet · 2^8 + its TTL; empty when nobody asked for times.
    package var first: [Int32] = []
    /// Milliseconds of the last packet; empty when all are the first, `unset32` for that.
    package var last: [Int32] = []
    /// Empty when no record has one; `unset` for none.
    package var signature: [Int64] = []
    /// Packets that match the test of a tool where the shares say that some do; empty when none say so.
    package var zmap: [Int64] = []
    package var masscan: [Int64] = []
    package var mirai: [Int64] = []
    /// Distinct dark addresses; empty when all are as many as packets, `unset` for that.
    package var destinations: [Int64] = []
    /// Destination of the first packet, as the site's policy tells it, minus 2^31; empty when all are 0.
    package var destination4: [Int32] = []
    /// Victim of an ICMP error minus 2^31, `unset32` for none, with the quoted protocol and port; all empty when no record
    /// has one.
    package var victim4: [Int32] = []
    package var victimProtocol: [Int16] = []
    package var victimPort: [Int32] = []

    /// An element that is NULL.
    package static let unset = Int64.min
    package static let unset32 = Int32.min

    package init() {}

    /// Records; every array that is not empty has as many elements.
    package var count: Int { service.count }

    package var family: AddressFamily { source6.isEmpty ? .ipv4 : .ipv6 }

    /// Whether the arrays have the lengths that they must have.
    package var isConsistent: Bool {
        source4.count + source6.count == count && (source4.isEmpty || source6.isEmpty) && header.count == count
            && [packets, bytes, signature, zmap, masscan, mirai, destinations].allSatisfy {
                $0.isEmpty || $0.count == count
            } && [first, last, destination4, victim4].allSatisfy { $0.isEmpty || $0.count == count }
            && victimProtocol.count == victim4.count && victimPort.count == victim4.count
    }

    package var hasTimes: Bool { first.count == count }

    @inline(__always)
    func packetCount(_ index: Int) -> Int64 {
        packets.isEmpty || packets[index] == FlowColumns.unset ? 1 : packets[index]
    }

    /// Packets that match a tool's test: none, all, or as many as its own array says.
    @inline(__always)
    static func matches(_ share: Int32, _ packets: Int64, _ counts: [Int64], _ index: Int) -> Int64 {
        switch share {
        case 0: 0
        case 1: packets
        default: counts.isEmpty ? 0 : max(0, counts[index])
        }
    }
}

/// A sensor's sum over sources that did not fit into its flow table.
package struct OverflowSum: Sendable {
    package var trafficClass: Int16
    package var servicePort: Int32
    package var family: AddressFamily
    package var packets: Int64
    package var bytes: Int64
    /// How many sources there were, at least; who they were is not known.
    package var sources: Int64

    package init(
        trafficClass: Int16, servicePort: Int32, family: AddressFamily, packets: Int64, bytes: Int64, sources: Int64
    ) {
        self.trafficClass = trafficClass
        self.servicePort = servicePort
        self.family = family
        self.packets = packets
        self.bytes = bytes
        self.sources = sources
    }
}

extension Int64 {
    /// The sum, or the greatest number when that is less: sums of hostile counters must not end the program.
    @inline(__always)
    func saturating(plus other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
