import CSupport
import Glibc
import Synchronization
package import SystemCalls

/// A thread of its own, for work that blocks. It begins at once, with the signals blocked that its maker has blocked.
package final class Worker: Sendable {
    let identifier: pthread_t
    private let isJoined = Atomic(false)

    /// - Parameters:
    ///   - name: what ps(1) and debuggers show; cut to 15 bytes.
    ///   - body: the thread ends when it returns. It is released on that thread.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        final class Work: Sendable {
            let name: String
            let body: @Sendable () -> Void
            init(name: String, body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        var identifier = pthread_t()
        let result = pthread_create(
            &identifier, &attributes,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                darkscope_name_thread(String(decoding: work.name.utf8.prefix(15), as: UTF8.self))
                work.body()
                return nil
            }, work.toOpaque())
        guard result == 0 else {
            work.release()
            throw SystemError("pthread_create", path: name, code: result)
        }
        self.identifier = identifier
    }

    deinit {
        if !isJoined.load(ordering: .relaxed) { pthread_detach(identifier) }
    }

    /// Waits for the thread's end; called at most once, and by another thread. A worker that is never joined runs on
    /// until its body returns.
    package func join() {
        let wasJoined = isJoined.exchange(true, ordering: .relaxed)
        precondition(!wasJoined, "a worker is joined once")
        pthread_join(identifier, nil)
    }

    private static let stackBytes = 1 << 20
}
