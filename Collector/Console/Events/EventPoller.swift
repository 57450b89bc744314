import Logging
import Runtime
import Store
import SystemCalls
import Telemetry

/// The thread that looks for what was stored, once for everybody who follows, while anybody does.
final class EventPoller: Sendable {
    /// Between two looks.
    private static let interval: Int32 = 1_000
    /// After a look that failed.
    private static let patience: Int32 = 5_000
    /// Windows that began longer ago are told no more.
    private static let minutes = 15

    private let stopped: EventDescriptor
    private let worker: Worker

    /// - Parameter prepare: done with each new connection.
    init(
        conninfo: String, hubs: EventHubs, heartbeatSeconds: Int64, log: RateLimitedLogger,
        prepare: @escaping @Sendable (StoreConnection) throws(StoreError) -> Void
    ) throws(SystemError) {
        let stopped = try EventDescriptor()
        self.stopped = stopped
        worker = try Worker(name: "console events") {
            var watch = WindowWatch()
            var kept = KeptConnection(conninfo: conninfo, name: "console events", prepare: prepare)
            var wait: Int32 = 0
            var beatAt = Clock.monotonicNanoseconds() + heartbeatSeconds * 1_000_000_000
            while !stopped.wait(milliseconds: wait) {
                wait = EventPoller.interval
                do throws(StoreError) {
                    if hubs.followers > 0 {
                        let news = watch.news(try kept.open().consoleWindows(minutes: EventPoller.minutes))
                        for (audience, windows) in news {
                            hubs.publish(windows.map { ("window", $0.data) }, to: audience)
                        }
                    }
                } catch {
                    kept.drop()
                    wait = EventPoller.patience
                    log.log(
                        level: .warning, "the console cannot look for events", metadata: ["err": "\(error.message)"])
                }
                if Clock.monotonicNanoseconds() >= beatAt {
                    hubs.beat()
                    beatAt = Clock.monotonicNanoseconds() + heartbeatSeconds * 1_000_000_000
                }
            }
            hubs.end()
        }
    }

    /// Ends the thread, and lets everybody go who follows.
    func stop() { stopped.raise() }
}
