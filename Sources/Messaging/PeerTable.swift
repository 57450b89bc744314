import Glibc
import Synchronization
import SystemCalls

/// The TCP connections of one server socket: which descriptor belongs to whom, and how much of what came in has been
/// delivered. Behind a lock; any thread may kick.
///
/// libzmq has no call to end one connection, its high-water mark cannot be used (see `RouterSocket`), and its message
/// limit does not bound a message of many parts, which it gathers whole before it delivers any of it. So this ends
/// connections with shutdown(2).
package final class PeerTable: Sendable {
    /// What was cut and why, for metrics.
    package struct Counters: Sendable, Equatable {
        /// TCP connections taken.
        package var accepted: UInt64 = 0
        /// Connections cut because their key was removed.
        package var kicked: UInt64 = 0
        /// Connections cut because they held more undelivered bytes than allowed.
        package var overBound: UInt64 = 0
    }

    struct Peer {
        /// sockaddr bytes of the far end: the proof that the descriptor still is this connection.
        var name: [UInt8]
        var acceptedMilliseconds: Int64
        var deliveredBytes: UInt64 = 0
        var key: CurveKey?
    }

    private struct State {
        var peers: [Int32: Peer] = [:]
        var counters = Counters()
    }

    private let state = Mutex(State())
    private let localPort: UInt16
    private let undeliveredLimit: UInt64
    private let undeliveredTotal: UInt64

    init(localPort: UInt16, undeliveredLimit: Int, undeliveredTotal: Int) {
        self.localPort = localPort
        self.undeliveredLimit = UInt64(clamping: undeliveredLimit)
        self.undeliveredTotal = UInt64(clamping: undeliveredTotal)
    }

    package var counters: Counters { state.withLock { $0.counters } }

    /// Connections that are open now.
    package var count: Int { state.withLock { $0.peers.count } }

    /// Ends every connection that has sent a message with this key; returns how many.
    /// A connection that has sent nothing yet is ended at its first message.
    @discardableResult
    package func kick(_ key: CurveKey) -> Int {
        state.withLock { state in
            let targets = state.peers.filter { $0.value.key == key }
            let cut = targets.count { self.shutdown($0.key, $0.value) }
            state.counters.kicked &+= UInt64(cut)
            return cut
        }
    }

    /// Ends the connection that a message came by.
    func kick(descriptor: Int32) {
        state.withLock { state in
            guard let peer = state.peers[descriptor] ?? newPeer(descriptor, nowMilliseconds: 0),
                shutdown(descriptor, peer)
            else { return }
            state.counters.kicked &+= 1
        }
    }

    func accepted(_ descriptor: Int32, nowMilliseconds: Int64) {
        state.withLock { state in
            state.counters.accepted &+= 1
            // Gone already, or the number already means something else: then it is not ours to watch.
            guard let peer = newPeer(descriptor, nowMilliseconds: nowMilliseconds) else { return }
            // A message may overtake the news of its connection.
            if state.peers[descriptor]?.name != peer.name { state.peers[descriptor] = peer }
        }
    }

    private func newPeer(_ descriptor: Int32, nowMilliseconds: Int64) -> Peer? {
        guard Descriptor.localPort(descriptor) == localPort, let name = Descriptor.peerName(descriptor) else {
            return nil
        }
        return Peer(name: name, acceptedMilliseconds: nowMilliseconds)
    }

    func closed(_ descriptor: Int32) {
        state.withLock { _ = $0.peers.removeValue(forKey: descriptor) }
    }

    func delivered(_ descriptor: Int32, key: CurveKey?, payloadBytes: Int) {
        state.withLock { state in
            guard
                var peer = state.peers[descriptor]
                    ?? newPeer(descriptor, nowMilliseconds: Clock.monotonicNanoseconds() / 1_000_000)
            else { return }
            peer.deliveredBytes &+= UInt64(CurveFraming.wireBytes(payload: payloadBytes))
            if let key { peer.key = key }
            state.peers[descriptor] = peer
        }
    }

    /// Cuts every connection whose undelivered bytes are over the bound, and those that have most while all together
    /// are over theirs.
    func cutOverBound(nowMilliseconds: Int64) {
        state.withLock { state in
            var waiting: [(descriptor: Int32, peer: Peer, bytes: UInt64)] = []
            for (descriptor, peer) in state.peers {
                guard let received = Descriptor.receivedBytes(descriptor) else { continue }
                // Heartbeats (two CURVE commands of about 45 bytes per interval) are never delivered.
                let seconds = UInt64(clamping: (nowMilliseconds &- peer.acceptedMilliseconds) / 1000)
                let expected = peer.deliveredBytes &+ min(seconds &* 16, undeliveredLimit)
                if received > expected { waiting.append((descriptor, peer, received - expected)) }
            }
            var total = waiting.reduce(UInt64(0)) { $0 &+ $1.bytes }
            for (descriptor, peer, bytes) in waiting.sorted(by: { $0.bytes > $1.bytes }) {
                guard bytes > undeliveredLimit || total > undeliveredTotal else { return }
                if shutdown(descriptor, peer) { state.counters.overBound &+= 1 }
                total -= bytes
            }
        }
    }

    /// libzmq closes descriptors on its own thread, and the number may be anybody's by now: a database connection,
    /// say. Both ends' addresses prove that it still is the connection meant.
    private func shutdown(_ descriptor: Int32, _ peer: Peer) -> Bool {
        guard Descriptor.localPort(descriptor) == localPort, Descriptor.peerName(descriptor) == peer.name else {
            return false
        }
        return Glibc.shutdown(descriptor, Int32(SHUT_RDWR)) == 0
    }
}

/// What the kernel knows of a TCP socket.
private enum Descriptor {
    /// Bytes of the far end's sockaddr; nil when not connected.
    static func peerName(_ descriptor: Int32) -> [UInt8]? { name(descriptor, getpeername) }

    /// The port of the near end; nil when it is no Internet socket.
    static func localPort(_ descriptor: Int32) -> UInt16? {
        guard let name = name(descriptor, getsockname), name.count >= 4 else { return nil }
        let family = name.withUnsafeBytes { $0.loadUnaligned(as: sa_family_t.self) }
        guard family == sa_family_t(AF_INET) || family == sa_family_t(AF_INET6) else { return nil }
        // sin_port and sin6_port are at the same place, in network order.
        return UInt16(name[2]) << 8 | UInt16(name[3])
    }

    /// TCP_INFO's tcpi_bytes_received; nil when it is no TCP socket or the kernel is older than 4.1.
    static func receivedBytes(_ descriptor: Int32) -> UInt64? {
        // linux/tcp.h, struct tcp_info: 8 bytes, 24 × u32, then u64 pacing_rate, max_pacing_rate, bytes_acked,
        // bytes_received. glibc's own declaration of the structure ends before them.
        let offset = 8 + 24 * 4 + 3 * 8
        var info = [UInt8](repeating: 0, count: 256)
        var count = socklen_t(info.count)
        guard getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &count) == 0, count >= offset + 8 else {
            return nil
        }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    }

    private typealias NameCall = (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32

    private static func name(_ descriptor: Int32, _ call: NameCall) -> [UInt8]? {
        var storage = sockaddr_storage()
        var count = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &count) }
        }
        guard result == 0 else { return nil }
        return withUnsafeBytes(of: &storage) { Array($0.prefix(Int(count))) }
    }
}
