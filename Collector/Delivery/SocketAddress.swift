import FlowModel
import Glibc

/// Reads the address out of a socket address of the kernel's.
enum SocketAddress {
    /// Nil for what is neither IPv4 nor IPv6.
    static func address(_ bytes: UnsafeRawBufferPointer) -> Address? {
        guard bytes.count >= MemoryLayout<sa_family_t>.size else { return nil }
        switch Int32(bytes.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            let place = bytes.loadUnaligned(as: sockaddr_in.self)
            return Address(ipv4: UInt32(bigEndian: place.sin_addr.s_addr))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            let place = bytes.loadUnaligned(as: sockaddr_in6.self)
            return withUnsafeBytes(of: place.sin6_addr) { octets in
                Address(ipv6: octets.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
            }
        default: return nil
        }
    }
}
