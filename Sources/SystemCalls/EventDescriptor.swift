import CSupport
import Glibc

/// A descriptor that one thread raises and another polls: eventfd(2). Every method may be called from any thread.
package final class EventDescriptor: Sendable {
    /// Readable while raised; for poll(2) and zmq_poll only.
    package let descriptor: Int32

    package init() throws(SystemError) {
        descriptor = try retrying("eventfd") { darkscope_eventfd() }
    }

    deinit { close(descriptor) }

    package func raise() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, 8)
    }

    /// Lowers it; whether it was raised.
    @discardableResult
    package func lower() -> Bool {
        var value: UInt64 = 0
        return read(descriptor, &value, 8) == 8
    }

    /// Waits until it is raised, at most so long; whether it is. A negative time waits for ever.
    @discardableResult
    package func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let start = Clock.monotonicNanoseconds()
        var left = milliseconds
        while true {
            let count = poll(&entry, 1, left)
            if count >= 0 || errno != EINTR { return count > 0 }
            if milliseconds >= 0 {
                let passed = (Clock.monotonicNanoseconds() - start) / 1_000_000
                left = Int32(clamping: max(0, Int64(milliseconds) - passed))
            }
        }
    }
}
