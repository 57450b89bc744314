import CLibzmq
import Glibc

/// One part of a message as libzmq delivered it.
struct Frame {
    var bytes: [UInt8]
    /// Whether another part of the same message follows.
    var more: Bool
    /// What the ZAP handler called the peer; set on payload parts only (libzmq 4.3.4 gives none on the routing id).
    var userID: String?
    /// The descriptor of the connection that the part came by; -1 when unknown.
    var descriptor: Int32
}

/// A libzmq socket with Swift's errors; closed when it goes.
/// Owned by: the one thread that owns the socket type it is inside of.
final class RawSocket {
    let pointer: UnsafeMutableRawPointer

    init(_ type: Int32) throws(MessagingError) {
        pointer = try MessagingContext.socket(type)
        // A pending message must never hold the process back: the spool is the queue.
        try set(ZMQ_LINGER, 0)
    }

    deinit { zmq_close(pointer) }

    func set(_ option: Int32, _ value: Int32) throws(MessagingError) {
        var value = value
        guard zmq_setsockopt(pointer, option, &value, 4) == 0 else {
            throw .current(.option, "libzmq refused socket option \(option) = \(value)")
        }
    }

    func set(_ option: Int32, wide: Int64) throws(MessagingError) {
        var value = wide
        guard zmq_setsockopt(pointer, option, &value, 8) == 0 else {
            throw .current(.option, "libzmq refused socket option \(option) = \(value)")
        }
    }

    /// The value is not repeated in the error: it may be a secret key.
    func set(_ option: Int32, bytes: [UInt8]) throws(MessagingError) {
        guard zmq_setsockopt(pointer, option, bytes, bytes.count) == 0 else {
            throw .current(.option, "libzmq refused socket option \(option)")
        }
    }

    func bind(_ endpoint: String) throws(MessagingError) {
        guard zmq_bind(pointer, endpoint) == 0 else { throw .current(.bind, "cannot listen on \(endpoint)") }
    }

    func unbind(_ endpoint: String) throws(MessagingError) {
        guard zmq_unbind(pointer, endpoint) == 0 else { throw .current(.bind, "cannot stop listening on \(endpoint)") }
    }

    func connect(_ endpoint: String) throws(MessagingError) {
        guard zmq_connect(pointer, endpoint) == 0 else { throw .current(.connect, "cannot connect to \(endpoint)") }
    }

    /// What `bind` made of its endpoint: a wildcard port is a number here.
    var lastEndpoint: String {
        var text = [CChar](repeating: 0, count: 256)
        var count = text.count
        guard zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &count) == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Queues one part without waiting; false when there is no room or no such peer.
    func send(_ bytes: [UInt8], more: Bool = false) -> Bool {
        while true {
            if zmq_send(pointer, bytes, bytes.count, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) >= 0 { return true }
            if zmq_errno() != EINTR { return false }
        }
    }

    /// The next part, or nil when no whole message waits. Cost: one copy of the bytes.
    func receive() -> Frame? {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        while zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) < 0 {
            if zmq_errno() != EINTR { return nil }
        }
        let bytes = [UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message)))
        return Frame(
            bytes: bytes, more: zmq_msg_more(&message) != 0,
            userID: zmq_msg_gets(&message, "User-Id").map { String(cString: $0) },
            descriptor: zmq_msg_get(&message, ZMQ_SRCFD))
    }

    /// Takes the remaining parts of a message without copying them.
    func drain() {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        repeat {
            while zmq_msg_recv(&message, pointer, ZMQ_DONTWAIT) < 0 {
                if zmq_errno() != EINTR { return }
            }
        } while zmq_msg_more(&message) != 0
    }
}

extension RawSocket {
    /// What both ends of a connection set alike.
    /// - Parameter maximumMessageBytes: of the payload; libzmq measures the encrypted frame, hence the addition.
    func setConnectionOptions(maximumMessageBytes: Int, timing: ConnectionTiming) throws(MessagingError) {
        try set(ZMQ_IPV6, 1)
        try set(ZMQ_MAXMSGSIZE, wide: Int64(maximumMessageBytes + CurveFraming.messageOverhead))
        try set(ZMQ_HANDSHAKE_IVL, timing.handshakeMilliseconds)
        try set(ZMQ_HEARTBEAT_IVL, timing.heartbeatMilliseconds)
        try set(ZMQ_HEARTBEAT_TIMEOUT, timing.silenceMilliseconds)
        try set(ZMQ_HEARTBEAT_TTL, timing.silenceMilliseconds)
        // Beside ZeroMQ's heartbeat, which begins only after the handshake.
        try set(ZMQ_TCP_KEEPALIVE, 1)
        try set(ZMQ_TCP_KEEPALIVE_IDLE, 60)
        try set(ZMQ_TCP_KEEPALIVE_INTVL, 20)
        try set(ZMQ_TCP_KEEPALIVE_CNT, 3)
    }
}

/// How fast a dead connection is noticed.
package struct ConnectionTiming: Sendable, Equatable {
    /// Milliseconds that TCP's connect may take.
    package var connectMilliseconds: Int32
    /// Milliseconds that a handshake may take before the connection is cut.
    package var handshakeMilliseconds: Int32
    /// Milliseconds between ZMTP PINGs.
    package var heartbeatMilliseconds: Int32
    /// Milliseconds without any byte from the peer after which the connection is cut.
    package var silenceMilliseconds: Int32

    package init(
        connectMilliseconds: Int32 = 10_000, handshakeMilliseconds: Int32 = 5_000,
        heartbeatMilliseconds: Int32 = 10_000, silenceMilliseconds: Int32 = 30_000
    ) {
        self.connectMilliseconds = connectMilliseconds
        self.handshakeMilliseconds = handshakeMilliseconds
        self.heartbeatMilliseconds = heartbeatMilliseconds
        self.silenceMilliseconds = silenceMilliseconds
    }
}

/// Sizes on the wire of a CURVE message (ZeroMQ RFC 26 and RFC 23).
enum CurveFraming {
    /// "\x07MESSAGE", the short nonce, the box's authenticator and the flags.
    static let messageOverhead = 8 + 8 + 16 + 1

    /// Bytes that a payload takes in the TCP stream.
    static func wireBytes(payload: Int) -> Int {
        let body = payload &+ messageOverhead
        return body &+ (body > 255 ? 9 : 2)
    }
}
