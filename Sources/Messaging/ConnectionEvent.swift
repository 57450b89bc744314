import CLibzmq

/// What happened to a connection, from libzmq's socket monitor.
package enum ConnectionEvent: Sendable, Equatable {
    /// TCP is connected; the handshake begins.
    case connected
    /// CURVE is done and the server's ZAP handler said yes: messages flow.
    case handshakeSucceeded
    /// The handshake failed.
    case handshakeFailed(HandshakeFailure)
    /// The connection is over, or was never made.
    case closed

    /// Why a handshake failed.
    package enum HandshakeFailure: Sendable, Equatable {
        /// The server does not admit our key (ZAP status, 300…500).
        case refused(status: UInt32)
        /// The peer is no ZeroMQ peer with CURVE, or the bytes were damaged (a ZMQ_PROTOCOL_ERROR code).
        case protocolViolation(code: UInt32)
        /// The connection ended in the middle: a wrong server key looks like this from the client.
        case cut(errno: UInt32)
    }
}

/// Reads one socket's monitor.
/// Owned by: the thread that owns the monitored socket, or the one that was made for the monitor.
final class SocketMonitor {
    let socket: RawSocket
    private let monitored: RawSocket

    /// - Parameters:
    ///   - name: unique in the process.
    ///   - events: the ZMQ_EVENT bits wanted. libzmq's I/O thread waits when a monitor's queue (2,000 events) is full,
    ///     so the reader must keep reading.
    init(_ monitored: RawSocket, name: String, events: Int32) throws(MessagingError) {
        let endpoint = "inproc://monitor-\(name)"
        guard zmq_socket_monitor(monitored.pointer, endpoint, events) == 0 else {
            throw .current(.resources, "libzmq gave no socket monitor")
        }
        do throws(MessagingError) {
            socket = try RawSocket(ZMQ_PAIR)
            try socket.connect(endpoint)
        } catch {
            zmq_socket_monitor(monitored.pointer, nil, 0)
            throw error
        }
        self.monitored = monitored
    }

    /// Ends the monitoring while its reader is still there: libzmq would wait for ever for room in a queue that nobody
    /// reads, and as it does so on the thread that closes all sockets, no socket of the process would be closed again.
    deinit { zmq_socket_monitor(monitored.pointer, nil, 0) }

    /// The next event's number and value, or nil when none waits.
    func next() -> (event: Int32, value: UInt32)? {
        // First part: event u16, value u32, in host order; second part: the endpoint (zmq_socket_monitor(3)).
        guard let frame = socket.receive() else { return nil }
        if frame.more { socket.drain() }
        guard frame.bytes.count == 6 else { return nil }
        return frame.bytes.withUnsafeBytes { bytes in
            (
                Int32(bytes.loadUnaligned(fromByteOffset: 0, as: UInt16.self)),
                bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
            )
        }
    }
}
