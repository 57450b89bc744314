import CLibzmq
import SystemCalls

/// Proves on a loopback port, before a server socket is open to the world, that it refuses a key it does not know and
/// recognises one it does: libzmq fails open in several ways, none of which shows.
enum SelfTest {
    private static let deadlineNanoseconds: Int64 = 5_000_000_000

    /// - Parameter decide: sets what the ZAP handler says for the socket's domain.
    static func run(
        _ socket: RawSocket, secretKey: CurveSecretKey, decide: (ZapService.Decision?) -> Void
    ) throws(MessagingError) {
        let friend = try CurveKeyPair.generate()
        let friendKey = friend.publicKey
        decide { key, _ in key == friendKey }
        defer { decide(nil) }
        try socket.bind("tcp://127.0.0.1:*")
        let endpoint = socket.lastEndpoint
        let serverKey = try CurveKeyPair.publicKey(of: secretKey)

        let stranger = try DealerSocket(.init(serverKey: serverKey, identity: try .generate()))
        try stranger.connect(to: endpoint)
        guard case .handshakeFailed(.refused) = outcome(of: stranger) else {
            throw MessagingError(
                .selfTest,
                "the self-test of the ZeroMQ socket failed: a key that is not registered was not refused. "
                    + "Install Debian's libzmq5 with CURVE; do not run this collector")
        }

        let known = try DealerSocket(.init(serverKey: serverKey, identity: friend))
        try known.connect(to: endpoint)
        guard case .handshakeSucceeded = outcome(of: known), known.send([1]), sender(at: socket) == friendKey else {
            throw MessagingError(
                .selfTest,
                "the self-test of the ZeroMQ socket failed: a registered key was not recognised. "
                    + "Install Debian's libzmq5 with CURVE")
        }
        try socket.unbind(endpoint)
    }

    /// The end of a handshake; nil when there was none in time.
    private static func outcome(of socket: DealerSocket) -> ConnectionEvent? {
        let deadline = Clock.monotonicNanoseconds() + deadlineNanoseconds
        while Clock.monotonicNanoseconds() < deadline {
            while let event = socket.nextEvent() {
                if event != .connected { return event }
            }
            socket.wait(milliseconds: 100)
        }
        return nil
    }

    /// Whom the ZAP handler named as the sender of the one message that is on its way.
    private static func sender(at socket: RawSocket) -> CurveKey? {
        let deadline = Clock.monotonicNanoseconds() + deadlineNanoseconds
        while Clock.monotonicNanoseconds() < deadline {
            if let route = socket.receive(), route.more, let payload = socket.receive() {
                return payload.userID.flatMap { CurveKey($0) }
            }
            var item = zmq_pollitem_t(socket: socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            _ = zmq_poll(&item, 1, 100)
        }
        return nil
    }
}
