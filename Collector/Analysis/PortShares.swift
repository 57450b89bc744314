/// The first ports of a victim that were seen, each with its packets.
package struct PortShares: Sendable, Hashable {
    private struct Share: Hashable {
        let port: Int32
        var packets: Int64
    }

    /// Ports at most: an attacker chooses how many there are.
    package static let limit = 16

    private var shares: [Share] = []
    /// Whether there were more.
    package private(set) var hasMore = false

    package init() {}

    /// - Precondition: as many packets as ports, `limit` at most, no port twice.
    package init(ports: [Int32], packets: [Int64], hasMore: Bool) {
        precondition(ports.count == packets.count && ports.count <= PortShares.limit, "shares of ports")
        shares = zip(ports, packets).map { Share(port: $0, packets: $1) }
        self.hasMore = hasMore
    }

    package var ports: [Int32] { shares.map(\.port) }
    /// As many as ports.
    package var packets: [Int64] { shares.map(\.packets) }

    package mutating func add(_ port: Int32, _ count: Int64) {
        if let place = shares.firstIndex(where: { $0.port == port }) {
            shares[place].packets = shares[place].packets.saturating(plus: count)
        } else if shares.count < PortShares.limit {
            shares.append(Share(port: port, packets: count))
        } else {
            hasMore = true
        }
    }

    package mutating func add(_ other: PortShares) {
        for share in other.shares { add(share.port, share.packets) }
        if other.hasMore { hasMore = true }
    }
}
