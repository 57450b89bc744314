import SystemCalls

/// Wakes a thread that waits at a socket. Any thread may call `wake`.
package final class Waker: Sendable {
    private let event: EventDescriptor

    package init() throws(MessagingError) {
        do throws(SystemError) {
            event = try EventDescriptor()
        } catch {
            throw MessagingError(.resources, error.description)
        }
    }

    var descriptor: Int32 { event.descriptor }

    /// Ends the current wait, or the next one when nobody waits. Never blocks.
    package func wake() { event.raise() }

    /// Waits for a wake-up without a socket, at most so long, and forgets it. Called by the waiting thread.
    package func wait(milliseconds: Int64) {
        event.wait(milliseconds: Int32(clamping: milliseconds))
        clear()
    }

    /// Forgets the wake-ups so far. Called by the waiting thread.
    func clear() { event.lower() }
}
