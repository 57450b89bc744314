import Glibc
import SystemCalls

/// Runs `body` on a thread of its own.
struct ServiceThread: Sendable {
    private let identifier: pthread_t

    init(_ body: @escaping @Sendable () -> Void) throws(MessagingError) {
        final class Work: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        let work = Unmanaged.passRetained(Work(body))
        var identifier = pthread_t()
        let result = pthread_create(
            &identifier, nil,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw MessagingError(.resources, "pthread_create: \(SystemError.text(of: result))")
        }
        self.identifier = identifier
    }

    /// Waits for the thread's end; called exactly once, by another thread.
    func join() { pthread_join(identifier, nil) }

    /// Lets the thread run until the process ends.
    func detach() { pthread_detach(identifier) }
}
