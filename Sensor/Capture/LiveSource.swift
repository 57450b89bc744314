package import Aggregation
import CLibpcap
package import FlowModel
import Glibc

/// Captures from a network interface through libpcap (TPACKET_V3). Used by one thread; `package` members do not block
/// longer than told.
package final class LiveSource {
    /// What one `fill` brought.
    package enum Outcome: Sendable, Hashable {
        case packets
        case idle
        /// The interface went down or away: `reopen` when it may be back.
        case lost(CaptureError)
    }

    /// Counters of pcap_stats(3PCAP) since the last reading.
    package struct Statistics: Sendable, Hashable {
        package var received: UInt64 = 0
        package var dropped: UInt64 = 0
        package var interfaceDropped: UInt64 = 0

        package init() {}

        package static func += (sum: inout Statistics, more: Statistics) {
            sum.received &+= more.received
            sum.dropped &+= more.dropped
            sum.interfaceDropped &+= more.interfaceDropped
        }
    }

    package let settings: LiveSettings
    package private(set) var link = LinkState.unknown
    private var handle: OpaquePointer?
    private var descriptor: Int32 = -1
    private var linkType = LinkType.unsupported
    private var isNanoseconds = false
    private var before = pcap_stat()

    /// Opens the interface and starts to capture.
    package init(_ settings: LiveSettings) throws(CaptureError) {
        self.settings = settings
        try reopen()
    }

    deinit { close() }

    package func close() {
        if let handle { pcap_close(handle) }
        handle = nil
        descriptor = -1
    }

    /// Opens the interface again, after it was lost.
    package func reopen() throws(CaptureError) {
        close()
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_create(settings.interface, &text) else {
            throw failure(
                .refused, String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        pcap_set_snaplen(handle, settings.snapLength)
        pcap_set_promisc(handle, settings.isPromiscuous ? 1 : 0)
        // The kernel hands over a block of the ring at the latest after this; immediate mode costs eight times as much.
        pcap_set_timeout(handle, 100)
        pcap_set_buffer_size(handle, settings.ringBytes)
        isNanoseconds = pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) == 0
        let code = pcap_activate(handle)
        guard code >= 0 else {
            let error = activationFailure(code, handle)
            pcap_close(handle)
            link = error.kind == .noInterface ? .gone : error.kind == .interfaceDown ? .down : .unknown
            throw error
        }
        self.handle = handle
        try prepare(handle, &text)
        link = .up
    }

    private func prepare(_ handle: OpaquePointer, _ text: inout [CChar]) throws(CaptureError) {
        linkType = LinkType(dataLink: pcap_datalink(handle))
        if !settings.filter.isEmpty {
            var program = bpf_program()
            guard pcap_compile(handle, &program, settings.filter, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
                throw failure(.refused, "filter \"\(settings.filter)\": \(String(cString: pcap_geterr(handle)))")
            }
            defer { pcap_freecode(&program) }
            guard pcap_setfilter(handle, &program) == 0 else {
                throw failure(.refused, "filter: \(String(cString: pcap_geterr(handle)))")
            }
        }
        guard pcap_setnonblock(handle, 1, &text) == 0 else { throw failure(.refused, "pcap_setnonblock failed") }
        descriptor = pcap_get_selectable_fd(handle)
        before = pcap_stat()
        _ = pcap_stats(handle, &before)
    }

    /// Empties the batch and fills it with what has come; waits for the first packet at most so long, or until
    /// `wake` is readable.
    package func fill(_ batch: PacketBatch, waitMilliseconds: Int32, wake: Int32) -> Outcome {
        batch.removeAll()
        guard let handle else { return .lost(failure(.interfaceDown, "the interface is not open")) }
        if let lost = take(batch, handle) { return .lost(lost) }
        if batch.count > 0 { return .packets }
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, 2, waitMilliseconds)
        if entries[0].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 {
            // packet(7): the socket's error says that the interface went down.
            if let lost = take(batch, handle) { return .lost(lost) }
            if batch.count == 0 { return .lost(lostFailure("the interface reports an error")) }
        } else if let lost = take(batch, handle) {
            return .lost(lost)
        }
        return batch.count > 0 ? .packets : .idle
    }

    private func take(_ batch: PacketBatch, _ handle: OpaquePointer) -> CaptureError? {
        while !batch.isFull {
            let code = batch.take(from: handle, linkType: linkType, isNanoseconds: isNanoseconds)
            if code == 0 { return nil }
            if code < 0 { return lostFailure(String(cString: pcap_geterr(handle))) }
        }
        return nil
    }

    /// What the kernel counted since the last call; its counters are 32 bits wide and wrap.
    package func statistics() -> Statistics {
        guard let handle else { return Statistics() }
        var now = pcap_stat()
        guard pcap_stats(handle, &now) == 0 else { return Statistics() }
        defer { before = now }
        var difference = Statistics()
        difference.received = UInt64(now.ps_recv &- before.ps_recv)
        difference.dropped = UInt64(now.ps_drop &- before.ps_drop)
        difference.interfaceDropped = UInt64(now.ps_ifdrop &- before.ps_ifdrop)
        return difference
    }

    private func lostFailure(_ cause: String) -> CaptureError {
        link = if_nametoindex(settings.interface) == 0 ? .gone : .down
        return CaptureError(
            .interfaceDown, source: settings.interface, cause: cause,
            remedy: "Capture goes on by itself when the interface is up again")
    }

    private func failure(_ kind: CaptureError.Kind, _ cause: String) -> CaptureError {
        CaptureError(kind, source: settings.interface, cause: cause, remedy: "Check the interface with: ip link show")
    }

    private func activationFailure(_ code: Int32, _ handle: OpaquePointer) -> CaptureError {
        let text = String(cString: pcap_geterr(handle))
        let cause = text.isEmpty ? String(cString: pcap_statustostr(code)) : text
        switch code {
        case PCAP_ERROR_NO_SUCH_DEVICE:
            let names = LiveSource.interfaceNames()
            return CaptureError(
                .noInterface, source: settings.interface, cause: "there is no such interface",
                remedy: names.isEmpty ? "See: ip link show" : "There are: \(names.joined(separator: ", "))")
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            return CaptureError(
                .noPrivilege, source: settings.interface, cause: "no privilege to capture (\(cause))",
                remedy: "Run: setcap cap_net_raw+ep on the darkscope-sensor binary, or start it as root")
        case PCAP_ERROR_IFACE_NOT_UP:
            return CaptureError(
                .interfaceDown, source: settings.interface, cause: "the interface is down",
                remedy: "Run: ip link set \(settings.interface) up")
        default:
            return failure(.refused, cause)
        }
    }

    /// Names of the machine's interfaces.
    package static func interfaceNames() -> [String] {
        guard let list = if_nameindex() else { return [] }
        defer { if_freenameindex(list) }
        var names: [String] = []
        var entry = list
        while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
            names.append(String(cString: name))
            entry += 1
        }
        return names
    }
}
