import CLibzmq
import Glibc
import Synchronization

/// The collector's end: admits sensors by their CURVE key alone and hands over whole, single messages.
/// Owned by: the thread that made it. `peers`, `waker` and the `KeyTable` may be used by any thread.
package final class RouterSocket {
    /// Keys and bounds of a server socket.
    package struct Configuration: Sendable {
        package var secretKey: CurveSecretKey
        /// Payload bytes of a message at most, both ways.
        package var maximumMessageBytes: Int
        /// Bytes of a peer that may be in this process or its kernel buffers and not yet received before it is cut.
        package var undeliveredLimit: Int
        /// The same of all peers together; those that have most are cut first.
        package var undeliveredTotal: Int
        package var timing: ConnectionTiming

        package init(
            secretKey: CurveSecretKey, maximumMessageBytes: Int = 1 << 20, undeliveredLimit: Int = 12 << 20,
            undeliveredTotal: Int = 64 << 20, timing: ConnectionTiming = ConnectionTiming()
        ) {
            self.secretKey = secretKey
            self.maximumMessageBytes = maximumMessageBytes
            self.undeliveredLimit = undeliveredLimit
            self.undeliveredTotal = undeliveredTotal
            self.timing = timing
        }
    }

    /// Where an answer goes: good for as long as the connection that the message came by. It identifies nobody, since
    /// a peer can choose it.
    package struct Route: Sendable, Hashable {
        let bytes: [UInt8]
    }

    /// One message of an admitted peer.
    package struct Incoming: Sendable {
        package let route: Route
        /// Who sent it, proven by CURVE and admitted at this moment.
        package let key: CurveKey
        package let bytes: [UInt8]
    }

    /// What was thrown away since the start, for metrics.
    package struct Counters: Sendable, Equatable {
        /// Messages of more than one part; their connection is cut.
        package var multipart: UInt64 = 0
        /// Messages of keys that were removed after their handshake; their connection is cut.
        package var revoked: UInt64 = 0
        /// Answers that had no peer or no room.
        package var unsent: UInt64 = 0
    }

    private static let serial = Atomic<UInt64>(0)

    private let socket: RawSocket
    private let keys: KeyTable
    private let domain: String
    private let watchdog: PeerWatchdog
    private let refusalLog: RefusalLog
    /// What `bind` was given, with the port that it got, such as `tcp://127.0.0.1:40123`.
    package let endpoint: String
    /// Connections, which any thread may cut.
    package let peers: PeerTable
    package private(set) var counters = Counters()

    /// Binds a server socket, after it has proven on a loopback port that it refuses a stranger and knows a friend.
    /// - Parameters:
    ///   - endpoint: numeric, such as `tcp://0.0.0.0:4747`, `tcp://[::]:4747` or `tcp://127.0.0.1:*`.
    ///   - keys: asked at every handshake and at every message.
    /// - Throws: `.selfTest` when this libzmq would admit strangers or nobody, `.option`, `.bind`, `.resources`.
    package init(_ configuration: Configuration, bind endpoint: String, keys: KeyTable) throws(MessagingError) {
        let number = RouterSocket.serial.add(1, ordering: .relaxed).newValue
        let domain = "darkscope-\(number)"
        let zap = try ZapService.shared.get()
        let socket = try RawSocket(ZMQ_ROUTER)
        try RouterSocket.setOptions(socket, configuration, domain: domain)
        try SelfTest.run(socket, secretKey: configuration.secretKey) { zap.decide(domain, $0) }

        let refusalLog = RefusalLog()
        zap.decide(domain) { key, address in
            if keys.contains(key) { return true }
            refusalLog.append(Refusal(key: key, address: address))
            return false
        }
        do throws(MessagingError) {
            let monitor = try SocketMonitor(
                socket, name: domain,
                events: ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED
                    | ZMQ_EVENT_MONITOR_STOPPED)
            try socket.bind(endpoint)
            self.endpoint = RouterSocket.plain(socket.lastEndpoint)
            guard let port = RouterSocket.port(of: self.endpoint) else {
                throw MessagingError(.bind, "libzmq bound \(endpoint) to \(self.endpoint), which has no port")
            }
            peers = PeerTable(
                localPort: port, undeliveredLimit: configuration.undeliveredLimit,
                undeliveredTotal: configuration.undeliveredTotal)
            watchdog = try PeerWatchdog(monitor: monitor, peers: peers)
        } catch {
            zap.decide(domain, nil)
            throw error
        }
        self.socket = socket
        self.keys = keys
        self.domain = domain
        self.refusalLog = refusalLog
    }

    deinit {
        // Ends the watchdog's loop by its last event.
        zmq_socket_monitor(socket.pointer, nil, 0)
        watchdog.join()
        if case .success(let zap) = ZapService.shared { zap.decide(domain, nil) }
    }

    /// The next message of an admitted key, or nil when none waits. The owner takes messages steadily: what is left waits
    /// in this process, and a peer that has too much of it is cut. What a removed key sends, and messages of several
    /// parts, are thrown away and their connection is cut.
    package func receive() -> Incoming? {
        while let identity = socket.receive() {
            guard identity.more, let payload = socket.receive() else { continue }
            let key = payload.userID.flatMap { CurveKey($0) }
            if payload.more {
                socket.drain()
                counters.multipart &+= 1
                peers.kick(descriptor: payload.descriptor)
                continue
            }
            peers.delivered(payload.descriptor, key: key, payloadBytes: payload.bytes.count)
            // ZAP is asked only at the handshake, so a key removed since is noticed here.
            guard let key, keys.contains(key) else {
                counters.revoked &+= 1
                peers.kick(descriptor: payload.descriptor)
                continue
            }
            return Incoming(route: Route(bytes: identity.bytes), key: key, bytes: payload.bytes)
        }
        return nil
    }

    /// Queues an answer without waiting; false when the connection is gone or takes nothing. True does not mean
    /// delivered.
    @discardableResult
    package func send(_ bytes: [UInt8], to route: Route) -> Bool {
        if socket.send(route.bytes, more: true), socket.send(bytes) { return true }
        counters.unsent &+= 1
        return false
    }

    /// Waits until a message can be taken, the waker is used, or the time is over.
    /// - Parameter milliseconds: 0 looks only; negative waits for ever.
    package func wait(milliseconds: Int, waker: Waker? = nil) {
        RouterSocket.wait(for: [self], milliseconds: milliseconds, waker: waker)
    }

    /// Waits until a message of one of the sockets can be taken, the waker is used, or the time is over. The sockets
    /// are the calling thread's; with none of them only the waker ends the wait before its time.
    /// - Parameter milliseconds: 0 looks only; negative waits for ever.
    package static func wait(for sockets: [RouterSocket], milliseconds: Int, waker: Waker? = nil) {
        var items = sockets.map {
            zmq_pollitem_t(socket: $0.socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        }
        if let waker {
            items.append(zmq_pollitem_t(socket: nil, fd: waker.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        // An interrupted wait is a short one: the caller looks at its clock anyway.
        _ = zmq_poll(&items, Int32(items.count), milliseconds)
        waker?.clear()
    }

    /// The handshakes refused since the last call, the newest 256 at most, and how many there were.
    package func takeRefusals() -> (recent: [Refusal], total: UInt64) { refusalLog.take() }

    private static func setOptions(
        _ socket: RawSocket, _ configuration: Configuration, domain: String
    ) throws(MessagingError) {
        try socket.set(ZMQ_CURVE_SERVER, 1)
        try socket.set(ZMQ_CURVE_SECRETKEY, bytes: configuration.secretKey.bytes)
        try socket.set(ZMQ_ZAP_DOMAIN, bytes: Array(domain.utf8))
        // ZMQ_ZAP_ENFORCE_DOMAIN: a draft option by name, but Debian's build has it; without it libzmq admits anybody
        // whenever the ZAP handler is missing.
        try socket.set(93, 1)
        try socket.setConnectionOptions(
            maximumMessageBytes: configuration.maximumMessageBytes, timing: configuration.timing)
        // No high-water mark: at one libzmq 4.3.4 stops reading the connection, and when that connection then ends, the
        // next heartbeat aborts the process ("Assertion failed: !_io_error", "_input_stopped"; libzmq issues 3937 and
        // 4767, open). So the owner keeps receiving, and the peer table bounds what waits. Remove this when the oldest
        // libzmq served has them fixed.
        try socket.set(ZMQ_RCVHWM, 0)
        try socket.set(ZMQ_SNDHWM, 64)
        try socket.set(ZMQ_BACKLOG, 1024)
        // A second peer with the same routing id must not take the first one's place.
        try socket.set(ZMQ_ROUTER_HANDOVER, 0)
        // Answers to peers that are gone are counted rather than dropped in silence.
        try socket.set(ZMQ_ROUTER_MANDATORY, 1)
    }

    /// libzmq writes an IPv4 address of a dual-stack socket as a mapped one (RFC 4291, section 2.5.5.2).
    private static func plain(_ endpoint: String) -> String {
        let mapped = "tcp://[::ffff:"
        guard endpoint.hasPrefix(mapped), let bracket = endpoint.lastIndex(of: "]") else { return endpoint }
        let address = endpoint[..<bracket].dropFirst(mapped.count)
        return address.contains(".") ? "tcp://\(address)\(endpoint[bracket...].dropFirst())" : endpoint
    }

    private static func port(of endpoint: String) -> UInt16? {
        endpoint.lastIndex(of: ":").flatMap { UInt16(endpoint[endpoint.index(after: $0)...]) }
    }
}
