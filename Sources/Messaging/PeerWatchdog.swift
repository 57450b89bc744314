import CLibzmq
import SystemCalls

/// Follows the connections of a server socket and cuts those that make it hold too much.
/// Owned by: its own thread, which ends when the monitored socket stops its monitor.
final class PeerWatchdog: Sendable {
    /// Between two looks at the connections: at 1 Gbit/s a peer gets 3 MB further in that time.
    private static let intervalMilliseconds = 25

    private let thread: ServiceThread

    init(monitor: SocketMonitor, peers: PeerTable) throws(MessagingError) {
        // The monitor is handed to the thread as a whole, here and never again.
        nonisolated(unsafe) let handedOver = monitor
        thread = try ServiceThread { PeerWatchdog.run(handedOver, peers) }
    }

    /// Waits until the thread has ended; once.
    func join() { thread.join() }

    private static func run(_ monitor: SocketMonitor, _ peers: PeerTable) {
        while true {
            var item = zmq_pollitem_t(socket: monitor.socket.pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
            _ = zmq_poll(&item, 1, peers.count == 0 ? -1 : intervalMilliseconds)
            let now = Clock.monotonicNanoseconds() / 1_000_000
            while let (event, value) = monitor.next() {
                switch event {
                case ZMQ_EVENT_MONITOR_STOPPED: return
                case ZMQ_EVENT_ACCEPTED: peers.accepted(Int32(truncatingIfNeeded: value), nowMilliseconds: now)
                case ZMQ_EVENT_DISCONNECTED, ZMQ_EVENT_CLOSED: peers.closed(Int32(truncatingIfNeeded: value))
                default: continue
                }
            }
            peers.cutOverBound(nowMilliseconds: now)
        }
    }
}
