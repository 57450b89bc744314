import Glibc
package import SystemCalls

/// The wish that the program ends, from SIGTERM, SIGINT or its own code; beside it SIGHUP. Any thread may use it.
///
/// The first SIGTERM or SIGINT raises it for good; the second ends the process at once, with exit status 130 (SIGINT) or
/// 143 (SIGTERM), for whoever cannot wait.
package final class StopSignal: Sendable {
    /// Raised by each SIGHUP; who has acted on it lowers it.
    package let reload: EventDescriptor
    private let stop: EventDescriptor
    let worker: Worker

    /// Blocks the signals in the calling thread and starts the thread that takes them; ignores SIGPIPE. Call it once,
    /// before any other thread starts: threads inherit what their maker blocks, and one that does not block them would
    /// be ended by them.
    package init() throws(SystemError) {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in StopPolicy.signals { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        signal(SIGPIPE, SIG_IGN)
        let (stop, reload) = (try EventDescriptor(), try EventDescriptor())
        worker = try Worker(name: "signals") { [signals] in
            Privileges.renounce()
            var policy = StopPolicy()
            var signals = signals
            while true {
                var number: Int32 = 0
                guard sigwait(&signals, &number) == 0 else { continue }
                switch policy.receive(number) {
                case .stop: stop.raise()
                case .reload: reload.raise()
                case .exit(let status): _exit(status)
                }
            }
        }
        self.stop = stop
        self.reload = reload
    }

    /// Readable once raised, and from then on; for poll(2) and zmq_poll.
    package var descriptor: Int32 { stop.descriptor }

    package var isRaised: Bool { stop.wait(milliseconds: 0) }

    /// Raises it from code, for a program that ends by itself.
    package func raise() { stop.raise() }

    /// Waits until it is raised, at most so long; whether it is. A negative time waits for ever.
    @discardableResult
    package func wait(milliseconds: Int32 = -1) -> Bool { stop.wait(milliseconds: milliseconds) }
}
