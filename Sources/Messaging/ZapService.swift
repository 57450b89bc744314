import CLibzmq
import Synchronization

/// The process's ZAP handler (ZeroMQ RFC 27): libzmq asks it about every CURVE handshake of every server socket.
/// libzmq 4.3.4 lets anybody in when no handler is there, so it answers before any socket is bound.
/// Owned by: its own thread, which lives as long as the process; the table of domains is behind a lock.
final class ZapService: Sendable {
    /// What a domain says about a key, and the peer's address as text.
    typealias Decision = @Sendable (_ key: CurveKey, _ address: String) -> Bool

    /// The one handler of the context: the endpoint `inproc://zeromq.zap.01` exists once.
    static let shared: Result<ZapService, MessagingError> = Result { () throws(MessagingError) in try ZapService() }

    private let domains = Mutex<[String: Decision]>([:])

    private init() throws(MessagingError) {
        let socket = try RawSocket(ZMQ_REP)
        try socket.bind("inproc://zeromq.zap.01")
        // The socket is handed to the thread as a whole, here and never again.
        nonisolated(unsafe) let handedOver = socket
        let thread = try ServiceThread { [self] in serve(handedOver) }
        thread.detach()
    }

    /// Sets or replaces what decides for the sockets of a domain; a domain without a decision refuses everybody.
    func decide(_ domain: String, _ decision: Decision?) {
        domains.withLock { $0[domain] = decision }
    }

    private func serve(_ socket: RawSocket) {
        while true {
            var item = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            _ = zmq_poll(&item, 1, -1)
            while let request = ZapService.request(from: socket) {
                for (index, part) in answer(request).enumerated() {
                    _ = socket.send(part, more: index < 5)
                }
            }
        }
    }

    private static func request(from socket: RawSocket) -> [[UInt8]]? {
        guard var frame = socket.receive() else { return nil }
        var parts = [frame.bytes]
        while frame.more, let next = socket.receive() {
            parts.append(next.bytes)
            frame = next
        }
        return parts
    }

    /// The six parts of the reply: version, request id, status, text, user id, metadata.
    private func answer(_ request: [[UInt8]]) -> [[UInt8]] {
        let version = Array("1.0".utf8)
        let requestID = request.count > 1 ? request[1] : []
        func reply(_ status: String, _ text: String, userID: String = "") -> [[UInt8]] {
            [version, requestID, Array(status.utf8), Array(text.utf8), Array(userID.utf8), []]
        }
        // Version, request id, domain, address, identity, mechanism, credentials.
        guard request.count == 7, request[0] == version, request[5] == Array("CURVE".utf8),
            let key = CurveKey(bytes: request[6])
        else { return reply("400", "only CURVE is served") }
        let domain = String(decoding: request[2], as: UTF8.self)
        let address = ZapService.plain(String(decoding: request[3], as: UTF8.self))
        // The decision runs outside the lock: it takes locks of its own.
        guard let decision = domains.withLock({ $0[domain] }), decision(key, address) else {
            return reply("400", "key is not registered")
        }
        return reply("200", "ok", userID: key.description)
    }

    /// A dual-stack socket names IPv4 peers by mapped addresses (RFC 4291, section 2.5.5.2).
    private static func plain(_ address: String) -> String {
        let mapped = "::ffff:"
        guard address.hasPrefix(mapped), address.contains(".") else { return address }
        return String(address.dropFirst(mapped.count))
    }
}
