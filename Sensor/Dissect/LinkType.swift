/// The link-layer header types that are passed (capture convention D1); numbers: tcpdump.org/linktypes.html. Frames of
/// any other type are not IP to us.
package enum LinkType: UInt8, Sendable, Hashable {
    case unsupported
    case ethernet
    /// IPv4 or IPv6 by its first nibble.
    case rawIP
    case ipv4
    case ipv6
    case linuxCooked
    case linuxCooked2
    /// A 4-byte address family, in the byte order of the capturing host (NULL) or in network order (LOOP).
    case loopback
    case ppp
    case pppSerial
    case pppEthernet
    case ciscoHDLC

    /// From a `DLT_` value, as pcap_datalink(3PCAP) gives it, or a `LINKTYPE_` value of a file.
    package init(dataLink: Int32) {
        self =
            switch dataLink {
            case 1: .ethernet
            case 12, 14, 101: .rawIP
            case 228: .ipv4
            case 229: .ipv6
            case 113: .linuxCooked
            case 276: .linuxCooked2
            case 0, 108: .loopback
            case 9: .ppp
            case 50: .pppSerial
            case 51: .pppEthernet
            case 104: .ciscoHDLC
            default: .unsupported
            }
    }
}
