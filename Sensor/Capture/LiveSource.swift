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
        /// The interface went away, and everything that came before was given: `reopen` when it may be back. An interface
        /// that is only down stays open, and its packets come by themselves when it is up again.
        case lost(CaptureError)
    }

    package let settings: LiveSettings
    private var handle: OpaquePointer?
    private var descriptor: Int32 = -1
    private var linkType = LinkType.unsupported
    private var isNanoseconds = false
    private var before = pcap_stat()
    /// What handles that are closed had counted since the last call of `statistics`.
    private var unread = CaptureStatistics()
    /// Why nothing comes any more.
    private var loss: CaptureError?
    /// Whether the last block of the ring has been waited for since then.
    private var isDrained = false

    /// Milliseconds after which the kernel hands over a block of the ring that is not full (packet(7):
    /// tp_retire_blk_tov). Immediate mode costs eight times as much.
    private static let blockMilliseconds: Int32 = 100

    /// Opens the interface and starts to capture.
    package init(_ settings: LiveSettings) throws(CaptureError) {
        self.settings = settings
        try reopen()
    }

    deinit { close() }

    private func close() {
        unread += difference()
        if let handle { pcap_close(handle) }
        handle = nil
        descriptor = -1
    }

    /// Opens the interface again, after it was lost.
    package func reopen() throws(CaptureError) {
        close()
        do throws(CaptureError) {
            try open()
            loss = nil
        } catch {
            loss = error
            throw error
        }
    }

    /// What the kernel says of the interface now.
    package var link: LinkState {
        if loss == nil { return InterfaceState.read(descriptor) }
        return if_nametoindex(settings.interface) == 0 ? .gone : .down
    }

    private func open() throws(CaptureError) {
        var text = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = pcap_create(settings.interface, &text) else {
            throw failure(
                .refused, String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        pcap_set_snaplen(handle, settings.snapLength)
        pcap_set_promisc(handle, settings.isPromiscuous ? 1 : 0)
        pcap_set_timeout(handle, LiveSource.blockMilliseconds)
        pcap_set_buffer_size(handle, settings.ringBytes)
        isNanoseconds = pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO) == 0
        let code = pcap_activate(handle)
        guard code >= 0 else {
            let error = activationFailure(code, handle)
            pcap_close(handle)
            throw error
        }
        do throws(CaptureError) { try prepare(handle, &text) } catch {
            pcap_close(handle)
            throw error
        }
        self.handle = handle
        isDrained = false
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
        take(batch)
        if batch.count == 0, loss == nil {
            wait(waitMilliseconds, wake)
            take(batch)
        }
        if batch.count == 0, loss != nil, !isDrained {
            isDrained = true
            wait(2 * LiveSource.blockMilliseconds, -1)
            take(batch)
        }
        if batch.count > 0 { return .packets }
        return loss.map { .lost($0) } ?? .idle
    }

    private func wait(_ milliseconds: Int32, _ wake: Int32) {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&entries, 2, milliseconds)
    }

    /// Takes what libpcap has without waiting, and notes a loss that it reports: of an interface that went down it says
    /// nothing, of one that went away it does within milliseconds.
    private func take(_ batch: PacketBatch) {
        guard let handle else { return }
        while !batch.isFull {
            let code = batch.take(from: handle, linkType: linkType, isNanoseconds: isNanoseconds)
            if code == 0 { return }
            if code < 0 {
                if loss == nil {
                    loss = CaptureError(
                        .interfaceDown, source: settings.interface, cause: String(cString: pcap_geterr(handle)),
                        remedy: "Capture goes on by itself when the interface is there again")
                }
                return
            }
        }
    }

    /// What the kernel counted since the last call.
    package func statistics() -> CaptureStatistics {
        defer { unread = CaptureStatistics() }
        unread += difference()
        return unread
    }

    private func difference() -> CaptureStatistics {
        var now = pcap_stat()
        guard let handle, pcap_stats(handle, &now) == 0 else { return CaptureStatistics() }
        defer { before = now }
        return CaptureStatistics(from: before, to: now)
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
