import CLibzmq
import Glibc
import Synchronization

/// The sensor's end: one connection attempt to one collector. It never reconnects by itself, because libzmq gives up
/// for ever on a refusal and does not back off after a wrong server key: the owner makes a new socket instead.
/// Owned by: the thread that made it.
package final class DealerSocket {
    /// Keys and bounds of a connection.
    package struct Configuration: Sendable {
        /// The collector's pinned public key.
        package var serverKey: CurveKey
        /// Who we are.
        package var identity: CurveKeyPair
        /// Payload bytes of a message at most, both ways.
        package var maximumMessageBytes: Int
        /// Messages that libzmq may hold for sending.
        package var sendQueue: Int32
        package var timing: ConnectionTiming

        package init(
            serverKey: CurveKey, identity: CurveKeyPair, maximumMessageBytes: Int = 1 << 20, sendQueue: Int32 = 8,
            timing: ConnectionTiming = ConnectionTiming()
        ) {
            self.serverKey = serverKey
            self.identity = identity
            self.maximumMessageBytes = maximumMessageBytes
            self.sendQueue = sendQueue
            self.timing = timing
        }
    }

    private static let serial = Atomic<UInt64>(0)

    private let socket: RawSocket
    private let monitor: SocketMonitor
    /// Multipart messages that were thrown away; a collector never sends one.
    package private(set) var multipartRefused: UInt64 = 0

    package init(_ configuration: Configuration) throws(MessagingError) {
        socket = try RawSocket(ZMQ_DEALER)
        try socket.set(ZMQ_CURVE_SERVERKEY, bytes: configuration.serverKey.bytes)
        try socket.set(ZMQ_CURVE_PUBLICKEY, bytes: configuration.identity.publicKey.bytes)
        try socket.set(ZMQ_CURVE_SECRETKEY, bytes: configuration.identity.secretKey.bytes)
        try socket.setConnectionOptions(
            maximumMessageBytes: configuration.maximumMessageBytes, timing: configuration.timing)
        try socket.set(ZMQ_SNDHWM, configuration.sendQueue)
        try socket.set(ZMQ_RCVHWM, 64)
        try socket.set(ZMQ_CONNECT_TIMEOUT, configuration.timing.connectMilliseconds)
        try socket.set(ZMQ_RECONNECT_IVL, -1)
        // Nothing is queued before the handshake is done.
        try socket.set(ZMQ_IMMEDIATE, 1)
        let number = DealerSocket.serial.add(1, ordering: .relaxed).newValue
        monitor = try SocketMonitor(socket, name: "dealer-\(number)", events: ZMQ_EVENT_ALL)
    }

    /// Starts to connect; what comes of it is told by `nextEvent`. Never blocks for a numeric address.
    /// - Parameter endpoint: `tcp://192.0.2.1:4747` or `tcp://[2001:db8::1]:4747`. A name would be resolved by
    ///   libzmq's only I/O thread, which then serves nobody for as long as DNS takes.
    package func connect(to endpoint: String) throws(MessagingError) {
        try socket.connect(endpoint)
    }

    /// Queues one message without waiting; false when the queue is full or the handshake is not done.
    /// True does not mean delivered: only the peer's own acknowledgement does.
    package func send(_ bytes: [UInt8]) -> Bool { socket.send(bytes) }

    /// The next message, or nil when none waits. Messages of several parts are thrown away and counted.
    package func receive() -> [UInt8]? {
        while let frame = socket.receive() {
            guard frame.more else { return frame.bytes }
            socket.drain()
            multipartRefused &+= 1
        }
        return nil
    }

    /// The next event of the connection, or nil when none waits.
    package func nextEvent() -> ConnectionEvent? {
        while let (event, value) = monitor.next() {
            switch event {
            case ZMQ_EVENT_CONNECTED: return .connected
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .handshakeSucceeded
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .handshakeFailed(.refused(status: value))
            case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: return .handshakeFailed(.protocolViolation(code: value))
            case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .handshakeFailed(.cut(errno: value))
            case ZMQ_EVENT_DISCONNECTED, ZMQ_EVENT_CLOSED: return .closed
            default: continue
            }
        }
        return nil
    }

    /// Waits until a message or an event can be taken, the waker is used, or the time is over.
    /// - Parameter milliseconds: 0 looks only; negative waits for ever.
    package func wait(milliseconds: Int, waker: Waker? = nil) {
        var items = [
            zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: monitor.socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        if let waker {
            items.append(zmq_pollitem_t(socket: nil, fd: waker.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        // An interrupted wait is a short one: the caller looks at its clock anyway.
        _ = zmq_poll(&items, Int32(items.count), milliseconds)
        waker?.clear()
    }
}
