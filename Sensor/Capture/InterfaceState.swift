import CLibpcap
import FlowModel
import Glibc

/// What the kernel says of the interface to which a packet socket is bound.
enum InterfaceState {
    /// `up` is administratively up and with carrier (IFF_UP and IFF_RUNNING of netdevice(7)); `gone` is deleted, also when
    /// another of the same name has been made since.
    static func read(_ descriptor: Int32) -> LinkState {
        var address = sockaddr_ll()
        var length = socklen_t(MemoryLayout<sockaddr_ll>.size)
        let found = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard found == 0 else { return .unknown }
        // The kernel unbinds the socket from an interface that goes: its index becomes -1.
        guard address.sll_ifindex > 0 else { return .gone }
        var request = ifreq()
        // By its index, because an interface may get another name.
        request.ifr_ifru.ifru_ivalue = address.sll_ifindex
        guard ioctl(descriptor, UInt(SIOCGIFNAME), &request) == 0 else { return .gone }
        guard ioctl(descriptor, UInt(SIOCGIFFLAGS), &request) == 0 else { return .gone }
        let needed = Int32(IFF_UP | IFF_RUNNING)
        return Int32(request.ifr_ifru.ifru_flags) & needed == needed ? .up : .down
    }
}
