/// The first ports of a victim that were seen, each with its packets.
package struct PortShares: Sendable, Hashable {
    /// Ports at most: an attacker chooses how many there are.
    package static let limit = 16

    package private(set) var ports: [Int32] = []
    /// As many as ports.
    package private(set) var packets: [Int64] = []
    /// Whether there were more.
    package private(set) var hasMore = false

    package init() {}

    /// - Precondition: as many packets as ports, `limit` at most, no port twice.
    package init(ports: [Int32], packets: [Int64], hasMore: Bool) {
        precondition(ports.count == packets.count && ports.count <= PortShares.limit, "shares of ports")
        self.ports = ports
        self.packets = packets
        self.hasMore = hasMore
    }

    package mutating func add(_ port: Int32, _ count: Int64) {
        if let place = ports.firstIndex(of: port) {
            packets[place] = packets[place].saturating(plus: count)
        } else if ports.count < PortShares.limit {
            ports.append(port)
            packets.append(count)
        } else {
            hasMore = true
        }
    }

    package mutating func add(_ other: PortShares) {
        for (port, count) in zip(other.ports, other.packets) { add(port, count) }
        if other.hasMore { hasMore = true }
    }
}
