package import FlowModel

/// How a live interface is captured.
package struct LiveSettings: Sendable {
    package var interface: String
    /// Bytes kept of a packet.
    package var snapLength: Int32 = 192
    /// Bytes of the kernel's ring.
    package var ringBytes: Int32 = 8 << 20
    package var isPromiscuous = true
    /// Dark prefixes that the kernel's filter lets through; none lets everything through.
    package var filterPrefixes: [Prefix] = []

    package init(interface: String) { self.interface = interface }

    /// pcap-filter(7) for the prefixes, behind up to two VLAN tags; empty without prefixes. The order matters: after
    /// `vlan` all further tests look behind one more tag.
    var filter: String {
        if filterPrefixes.isEmpty { return "" }
        // `ip` keeps out the questions of ARP for these addresses, which `dst net` alone lets through.
        let tests = filterPrefixes.map { prefix in
            "\(prefix.family == .ipv4 ? "ip" : "ip6") dst net \(prefix)"
        }.joined(separator: " or ")
        return "\(tests) or (vlan and (\(tests) or (vlan and (\(tests)))))"
    }
}
