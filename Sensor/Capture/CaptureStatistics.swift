import CLibpcap

/// What the kernel counted beside the packets, as differences of pcap_stats(3PCAP).
package struct CaptureStatistics: Sendable, Hashable {
    /// Packets that passed the filter, dropped ones included.
    package var received: UInt64 = 0
    /// Packets for which the ring had no room.
    package var dropped: UInt64 = 0
    /// Packets that the interface or its driver dropped.
    package var interfaceDropped: UInt64 = 0

    package init() {}

    /// What was counted between two readings of one handle. Its counters have 32 bits and wrap; the interface's is read
    /// anew from the driver, which may begin again, and then counts nothing.
    init(from before: pcap_stat, to now: pcap_stat) {
        received = UInt64(now.ps_recv &- before.ps_recv)
        dropped = UInt64(now.ps_drop &- before.ps_drop)
        let interface = now.ps_ifdrop &- before.ps_ifdrop
        interfaceDropped = interface > UInt32.max / 2 ? 0 : UInt64(interface)
    }

    package static func += (sum: inout CaptureStatistics, more: CaptureStatistics) {
        sum.received &+= more.received
        sum.dropped &+= more.dropped
        sum.interfaceDropped &+= more.interfaceDropped
    }
}
