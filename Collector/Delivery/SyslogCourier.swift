import CLibcurl
import FlowModel
import Glibc
import SystemCalls

/// Sends notices to syslog servers.
///
/// Syslog has no acknowledgement: by TCP and TLS a notice counts as delivered when the receiver's machine has taken all of
/// it, by UDP when it was sent and nobody said that the port is closed.
package struct SyslogCourier: Courier {
    private static let patienceMilliseconds = 5_000
    /// Datagrams between two pauses, so that a receiver's buffer holds them.
    private static let datagrams = 50

    private let addresses: AddressGuard
    private let authorities: String?
    private let hostname: String
    private let streamMilliseconds: Int

    /// - Parameters:
    ///   - authorities: file with the certificates of authorities to trust, PEM; nil for those of the system.
    ///   - hostname: of this machine, as messages tell it.
    ///   - streamMilliseconds: for a notice by TCP or TLS: who takes a byte now and then must not keep a thread.
    package init(
        addresses: AddressGuard, authorities: String? = nil, hostname: String, streamMilliseconds: Int = 120_000
    ) {
        self.addresses = addresses
        self.authorities = authorities
        self.hostname = hostname
        self.streamMilliseconds = streamMilliseconds
    }

    package func deliver(_ shipment: Shipment, isStopped: @escaping @Sendable () -> Bool) -> DeliveryOutcome {
        guard let target = SyslogTarget(shipment.target) else { return .dead("the target is no syslog server") }
        let messages = SyslogMessages(shipment, hostname: hostname)
        guard !messages.messages.isEmpty else { return .delivered("the format has nothing to say of it") }
        switch target.transport {
        case .udp: return send(messages.messages, to: target, isStopped)
        case .tcp, .tls: return stream(messages.counted, to: target, isStopped)
        }
    }

    // MARK: TCP and TLS

    private func stream(
        _ bytes: [UInt8], to target: SyslogTarget, _ isStopped: @escaping @Sendable () -> Bool
    ) -> DeliveryOutcome {
        guard let transfer = Transfer(protocols: "http,https", isStopped: isStopped) else { return .retry("no memory") }
        transfer.addresses = addresses
        // libcurl connects, and speaks TLS, and leaves the rest to us (CURLOPT_CONNECT_ONLY(3)).
        transfer.set(CURLOPT_URL, "\(target.transport == .tls ? "https" : "http")://\(target.authority)/")
        transfer.set(CURLOPT_CONNECT_ONLY, 1)
        transfer.set(CURLOPT_SSL_ENABLE_ALPN, 0)
        transfer.set(CURLOPT_CONNECTTIMEOUT_MS, SyslogCourier.patienceMilliseconds)
        transfer.set(CURLOPT_TIMEOUT_MS, 2 * SyslogCourier.patienceMilliseconds)
        if let authorities { transfer.set(CURLOPT_CAINFO, authorities) }
        let code = transfer.perform()
        guard code == CURLE_OK else { return .retry(transfer.problem(code)) }
        guard let descriptor = transfer.activeSocket else { return .retry("no connection") }
        let total = Patience(milliseconds: streamMilliseconds, isStopped: isStopped)
        var wait = total.part(milliseconds: SyslogCourier.patienceMilliseconds)
        var sent = 0
        while sent < bytes.count {
            var count = 0
            let code = bytes.withUnsafeBytes { buffer in
                curl_easy_send(transfer.handle, buffer.baseAddress.map { $0 + sent }, buffer.count - sent, &count)
            }
            sent += count
            if code == CURLE_AGAIN || code == CURLE_OK && count == 0 {
                guard wait.poll(descriptor, Int16(POLLOUT)) else {
                    return .retry("the receiver does not take the notice, or not fast enough")
                }
            } else if code != CURLE_OK {
                return .retry(transfer.problem(code))
            } else {
                wait = total.part(milliseconds: SyslogCourier.patienceMilliseconds)
            }
        }
        return settle(descriptor, target, isStopped)
    }

    /// Waits until the receiver's kernel has acknowledged everything.
    private func settle(
        _ descriptor: Int32, _ target: SyslogTarget, _ isStopped: @escaping @Sendable () -> Bool
    ) -> DeliveryOutcome {
        let wait = Patience(milliseconds: SyslogCourier.patienceMilliseconds, isStopped: isStopped)
        while true {
            var left: Int32 = 0
            // tcp(7): SIOCOUTQ, the bytes that are not acknowledged yet. It is 0 after a reset, too.
            guard ioctl(descriptor, UInt(TIOCOUTQ), &left) == 0 else { return .retry("the connection broke") }
            if SyslogCourier.error(of: descriptor) != 0 { return .retry("the receiver broke the connection") }
            if left == 0 { return .delivered("taken by \(target.authority)") }
            guard wait.pause() else { return .retry("the receiver does not take the notice") }
        }
    }

    private static func error(of descriptor: Int32) -> Int32 {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
    }

    // MARK: UDP

    private func send(
        _ messages: [[UInt8]], to target: SyslogTarget, _ isStopped: @escaping @Sendable () -> Bool
    ) -> DeliveryOutcome {
        let descriptor: Int32
        switch connect(target) {
        case .success(let made): descriptor = made
        case .failure(let reason): return .retry(reason.text)
        }
        defer { close(descriptor) }
        let wait = Patience(milliseconds: 10 * SyslogCourier.patienceMilliseconds, isStopped: isStopped)
        for (index, message) in messages.enumerated() {
            do throws(SystemError) {
                try retrying("send", path: target.authority) {
                    message.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, 0) }
                }
            } catch {
                return .retry("\(error)")
            }
            if index % SyslogCourier.datagrams == SyslogCourier.datagrams - 1, !wait.pause() {
                return .retry("there was no time for it")
            }
        }
        // A closed port is told by ICMP, a moment later.
        _ = wait.poll(descriptor, 0, atMost: 100)
        let code = SyslogCourier.error(of: descriptor)
        return code == 0 ? .delivered("sent to \(target.authority)") : .retry(SystemError.text(of: code))
    }

    private struct Reason: Error { let text: String }

    /// A socket that knows its peer: the first address of the name that may be reached.
    private func connect(_ target: SyslogTarget) -> Result<Int32, Reason> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(target.host, "\(target.port)", &hints, &found)
        guard code == 0 else { return .failure(Reason(text: "\(target.host): \(String(cString: gai_strerror(code)))")) }
        defer { freeaddrinfo(found) }
        var reason = "\(target.host) has no address"
        var next = found
        while let place = next {
            next = place.pointee.ai_next
            let bytes = UnsafeRawBufferPointer(start: place.pointee.ai_addr, count: Int(place.pointee.ai_addrlen))
            guard let address = SocketAddress.address(bytes) else { continue }
            if let refusal = addresses.refusal(of: address) {
                reason = refusal
                continue
            }
            let descriptor = socket(place.pointee.ai_family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            if descriptor >= 0, Glibc.connect(descriptor, place.pointee.ai_addr, place.pointee.ai_addrlen) == 0 {
                return .success(descriptor)
            }
            reason = SystemError.text(of: errno)
            if descriptor >= 0 { close(descriptor) }
        }
        return .failure(Reason(text: reason))
    }
}

/// Time that is left for waiting.
private struct Patience {
    private var end: Int64
    private let isStopped: @Sendable () -> Bool

    init(milliseconds: Int, isStopped: @escaping @Sendable () -> Bool) {
        end = Clock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
        self.isStopped = isStopped
    }

    /// So much of it, or what is left.
    func part(milliseconds: Int) -> Patience {
        var part = Patience(milliseconds: milliseconds, isStopped: isStopped)
        part.end = min(part.end, end)
        return part
    }

    private var isOver: Bool { Clock.monotonicNanoseconds() >= end || isStopped() }

    /// Waits until the descriptor is ready; false when time is over before.
    func poll(_ descriptor: Int32, _ events: Int16, atMost milliseconds: Int = .max) -> Bool {
        let last = milliseconds == .max ? end : min(end, Clock.monotonicNanoseconds() + Int64(milliseconds) * 1_000_000)
        while true {
            let left = (last - Clock.monotonicNanoseconds()) / 1_000_000
            guard left > 0, !isStopped() else { return false }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            if Glibc.poll(&entry, 1, Int32(min(left, 250))) > 0 { return true }
        }
    }

    /// Waits a moment; false when time is over.
    func pause() -> Bool {
        guard !isOver else { return false }
        _ = Glibc.poll(nil, 0, 10)
        return true
    }
}
