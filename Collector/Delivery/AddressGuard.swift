package import FlowModel

/// Decides which addresses a target out of the registry may lead to: those of the Internet, and blocks that the
/// configuration allows. Who may register a contact must not reach what only the collector's machine can reach, such as
/// its own services or a cloud's metadata (OWASP, Server-Side Request Forgery Prevention Cheat Sheet).
package struct AddressGuard: Sendable, Hashable {
    /// Blocks that are open beside the Internet.
    package var allowed: [Prefix]

    package init(allowed: [Prefix] = []) { self.allowed = allowed }

    /// Why no connection to the address may be made; nil when it may.
    package func refusal(of address: Address) -> String? {
        let inner = AddressGuard.embedded(in: address)
        if allowed.contains(where: { $0.contains(address) || (inner.map($0.contains) ?? false) }) { return nil }
        let isPublic = AddressGuard.isPublic(address) && inner.map(AddressGuard.isPublic) ?? true
        return isPublic ? nil : "\(address) is no address of the Internet, and alerts.webhook_allow does not name it"
    }

    /// The IPv4 address that a packet to an IPv6 address reaches in the end.
    static func embedded(in address: Address) -> Address? {
        guard address.family == .ipv6 else { return nil }
        func low(_ shift: UInt128) -> Address { Address(ipv4: UInt32(truncatingIfNeeded: address.bits >> shift)) }
        if mapped.contains(where: { $0.contains(address) }) { return low(0) }
        return sixToFour.contains(where: { $0.contains(address) }) ? low(80) : nil
    }

    /// Whether the IANA registries of special-purpose addresses call it globally reachable. What they do not know yet is
    /// not: of IPv6 only 2000::/3 is given out.
    static func isPublic(_ address: Address) -> Bool {
        switch address.family {
        case .ipv4: !special4.contains { $0.contains(address) }
        case .ipv6:
            open6.contains { $0.contains(address) } && !special6.contains { $0.contains(address) }
        }
    }

    private static let special4 = prefixes([
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/3",
    ])
    /// IPv4-mapped (RFC 4291 §2.5.5.2) and NAT64 (RFC 6052).
    private static let mapped = prefixes(["::ffff:0:0/96", "64:ff9b::/96"])
    /// RFC 3056
    private static let sixToFour = prefixes(["2002::/16"])
    /// Beside 2000::/3 what stands for IPv4 addresses that are looked at themselves.
    private static let open6 = prefixes(["2000::/3"]) + mapped
    /// Teredo (2001::/32) among them: its addresses are hidden by a bit mask, and nobody serves by it.
    private static let special6 = prefixes([
        "2001::/23", "2001:db8::/32", "3fff::/20",
    ])

    private static func prefixes(_ texts: [String]) -> [Prefix] {
        texts.map { text in
            guard let prefix = Prefix(text) else { preconditionFailure("\(text) is no prefix") }
            return prefix
        }
    }
}
